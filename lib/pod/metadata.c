/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/metadata.h"

#include "lib/pod/names.h"

#include <stdio.h>

int metadata_set(struct patch *patch, const struct metadata_key *key, const char *value,
                 struct error *err)
{
    struct value map = value_get(patch_target(patch), "metadata", key->map, NULL);
    char json[NAME_MAX_LEN + 3];

    if (value_is_set(value_member(map, key->name))) {
        return 0;
    }
    (void)snprintf(json, sizeof json, "\"%s\"", value);
    return patch_add_json(patch, slice_of(json), err, "%s", key->pointer);
}
