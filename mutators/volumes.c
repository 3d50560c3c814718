/* SPDX-License-Identifier: Apache-2.0 */
#include "mutators/mutator.h"

static bool has_volume(const struct patch *patch, const char *name)
{
    struct value_iter iter = value_iter(value_get(patch_target(patch), "spec", "volumes", NULL));
    struct slice key;
    struct value volume;

    while (value_next(&iter, &key, &volume)) {
        if (value_is(value_member(volume, "name"), name)) {
            return true;
        }
    }
    return false;
}

static int apply(const struct subject *subject, struct patch *patch, struct findings *findings,
                 struct error *err)
{
    (void)findings;
    if (!has_volume(patch, CONFIG_VOLUME) &&
        patch_add(patch, subject->rules->config_volume, err, "/spec/volumes/-") != 0) {
        return -1;
    }
    if (has_volume(patch, TOKEN_VOLUME)) {
        return 0;
    }
    return patch_add(patch, subject->rules->token_volume, err, "/spec/volumes/-");
}

extern const struct mutator mutator_volumes;
const struct mutator mutator_volumes = {
    .name = "volumes",
    .apply = apply,
};
