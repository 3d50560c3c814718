/* SPDX-License-Identifier: Apache-2.0 */
#include "validators/validator.h"

#define VALIDATOR(name) extern const struct validator validator_##name;
#include "validators/list.def"
#undef VALIDATOR

static const struct validator *const registry[] = {
#define VALIDATOR(name) &validator_##name,
#include "validators/list.def"
#undef VALIDATOR
};

size_t validators_count(void)
{
    return COUNT_OF(registry);
}

const struct validator *validators_at(size_t index)
{
    return index < COUNT_OF(registry) ? registry[index] : NULL;
}

int validators_check(const struct judgement *judgement, struct findings *findings,
                     struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(registry) && findings->denied == REASON_NONE; i++) {
        if (!registry[i]->handles(judgement->review)) {
            continue;
        }
        if (registry[i]->check(judgement, findings, err) != 0) {
            return error_prefix(err, "validator %s", registry[i]->name);
        }
    }
    return 0;
}
