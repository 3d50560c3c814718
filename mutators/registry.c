/* SPDX-License-Identifier: Apache-2.0 */
#include "mutators/mutator.h"

#define MUTATOR(name) extern const struct mutator mutator_##name;
#include "mutators/list.def"
#undef MUTATOR

static const struct mutator *const registry[] = {
#define MUTATOR(name) &mutator_##name,
#include "mutators/list.def"
#undef MUTATOR
};

size_t mutators_count(void)
{
    return COUNT_OF(registry);
}

const struct mutator *mutators_at(size_t index)
{
    return index < COUNT_OF(registry) ? registry[index] : NULL;
}

void mutators_check(const struct subject *subject, struct value pod, struct findings *findings)
{
    for (size_t i = 0; i < COUNT_OF(registry) && findings->denied == REASON_NONE; i++) {
        if (registry[i]->check != NULL) {
            registry[i]->check(subject, pod, findings);
        }
    }
}

int mutators_apply(const struct subject *subject, struct patch *patch, struct findings *findings,
                   struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(registry) && findings->denied == REASON_NONE; i++) {
        if (registry[i]->apply != NULL && registry[i]->apply(subject, patch, findings, err) != 0) {
            return error_prefix(err, "mutator %s", registry[i]->name);
        }
    }
    return 0;
}
