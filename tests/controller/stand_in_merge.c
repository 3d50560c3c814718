/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/stand_in_merge.h"

#include <stdbool.h>
#include <string.h>

#define MANAGER "podveil"

void merge_patch(cJSON *into, const cJSON *patch)
{
    const cJSON *item = NULL;

    cJSON_ArrayForEach (item, patch) {
        cJSON *there = cJSON_GetObjectItemCaseSensitive(into, item->string);
        if (cJSON_IsObject(item) && cJSON_IsObject(there)) {
            merge_patch(there, item);
            continue;
        }
        cJSON_DeleteItemFromObjectCaseSensitive(into, item->string);
        if (cJSON_IsObject(item)) {
            merge_patch(cJSON_AddObjectToObject(into, item->string), item);
        } else if (!cJSON_IsNull(item)) {
            (void)cJSON_AddItemToObject(into, item->string, cJSON_Duplicate(item, true));
        }
    }
}

/* The item of that name in a list; NULL where there is none. */
static cJSON *named(const cJSON *list, const cJSON *name)
{
    cJSON *item = NULL;

    cJSON_ArrayForEach (item, list) {
        if (cJSON_Compare(cJSON_GetObjectItemCaseSensitive(item, "name"), name, true)) {
            return item;
        }
    }
    return NULL;
}

static void apply_list(cJSON *list, const cJSON *wanted)
{
    const cJSON *item = NULL;

    cJSON_ArrayForEach (item, wanted) {
        cJSON *there = named(list, cJSON_GetObjectItemCaseSensitive(item, "name"));
        if (there == NULL) {
            (void)cJSON_AddItemToArray(list, cJSON_Duplicate(item, true));
        } else {
            merge_patch(there, item);
        }
    }
}

void merge_own(cJSON *object)
{
    cJSON *metadata = cJSON_GetObjectItemCaseSensitive(object, "metadata");
    cJSON *fields = cJSON_GetObjectItemCaseSensitive(metadata, "managedFields");
    const cJSON *item = NULL;

    if (fields == NULL) {
        fields = cJSON_AddArrayToObject(metadata, "managedFields");
    }
    cJSON_ArrayForEach (item, fields) {
        const cJSON *manager = cJSON_GetObjectItemCaseSensitive(item, "manager");
        if (cJSON_IsString(manager) && strcmp(manager->valuestring, MANAGER) == 0) {
            return;
        }
    }
    cJSON *entry = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(entry, "manager", MANAGER);
    (void)cJSON_AddItemToArray(fields, entry);
}

void merge_apply(cJSON *object, const cJSON *wanted)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "webhooks");
    cJSON *rest = cJSON_Duplicate(wanted, true);
    cJSON *metadata = cJSON_GetObjectItemCaseSensitive(object, "metadata");

    if (list != NULL) {
        apply_list(list, cJSON_GetObjectItemCaseSensitive(wanted, "webhooks"));
        cJSON_DeleteItemFromObjectCaseSensitive(rest, "webhooks");
    } else {
        cJSON_DeleteItemFromObjectCaseSensitive(metadata, "annotations");
    }
    merge_patch(object, rest);
    cJSON_Delete(rest);
    merge_own(object);
}
