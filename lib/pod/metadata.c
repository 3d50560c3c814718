/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/metadata.h"

#include "lib/pod/names.h"

#include <assert.h>

int metadata_set(struct patch *patch, const struct metadata_key *key, const char *value,
                 struct error *err)
{
    struct value map = value_get(patch_target(patch), "metadata", key->map, NULL);
    struct slice text = slice_of(value);
    char json[NAME_MAX_LEN + 2] = "\"";

    if (value_is_set(value_member(map, key->name))) {
        return 0;
    }
    assert(text.len <= NAME_MAX_LEN);
    memcpy(json + 1, text.data, text.len);
    json[text.len + 1] = '"';
    return patch_add_json(patch, (struct slice){json, text.len + 2}, err, "%s", key->pointer);
}
