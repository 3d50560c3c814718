/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value that could not be completed becomes one of cJSON's kind "invalid",
 * which cJSON refuses to print: so a failure needs no flag beside the tree.
 * Strings, numbers and copies are put in as finished JSON text, because cJSON
 * cuts a string at a NUL, passes bytes on that are no UTF-8, and takes every
 * number through a double.
 */
#include "lib/kube/build.h"

#include "lib/kube/quote.h"

#include <cjson/cJSON.h>

#include <assert.h>
#include <inttypes.h>

struct build {
    cJSON item; /* the first member, so that a pointer to one is a pointer to the other */
};

static struct build *from_cjson(cJSON *item)
{
    return (struct build *)item;
}

static struct build *raw(const struct buf *text)
{
    struct error unused = {0};
    return buf_check(text, &unused) == 0 ? from_cjson(cJSON_CreateRaw(buf_cstr(text))) : NULL;
}

struct build *build_object(void)
{
    return from_cjson(cJSON_CreateObject());
}

struct build *build_array(void)
{
    return from_cjson(cJSON_CreateArray());
}

struct build *build_bool(bool value)
{
    return from_cjson(cJSON_CreateBool(value));
}

struct build *build_string(struct slice text)
{
    AUTO(buf) struct buf quoted = {0};

    buf_init(&quoted, JSON_MAX_TEXT);
    quote(&quoted, text);
    return raw(&quoted);
}

struct build *build_text(const char *text)
{
    return build_string(slice_of(text));
}

struct build *build_int(int64_t value)
{
    AUTO(buf) struct buf digits = {0};

    buf_init(&digits, 32);
    buf_printf(&digits, "%" PRId64, value);
    return raw(&digits);
}

struct build *build_copy(struct value v)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, JSON_MAX_TEXT);
    value_encode(v, &text);
    return text.len == 0 ? NULL : raw(&text);
}

void build_free(struct build *build)
{
    cJSON_Delete(build == NULL ? NULL : &build->item);
}

/* What is to go into `container` is not there, or could not be put in. */
static struct build *give_up(struct build *container, struct build *child)
{
    build_free(child);
    if (container != NULL) {
        container->item.type = cJSON_Invalid;
    }
    return NULL;
}

static bool takes(const struct build *container, int type)
{
    assert(container == NULL || container->item.type == type ||
           container->item.type == cJSON_Invalid);
    return container != NULL;
}

struct build *build_set(struct build *object, const char *name, struct build *child)
{
    if (!takes(object, cJSON_Object) || child == NULL) {
        return give_up(object, child);
    }
    cJSON_DeleteItemFromObjectCaseSensitive(&object->item, name);
    if (!cJSON_AddItemToObject(&object->item, name, &child->item)) {
        return give_up(object, child);
    }
    return child;
}

struct build *build_push(struct build *array, struct build *child)
{
    if (!takes(array, cJSON_Array) || child == NULL) {
        return give_up(array, child);
    }
    if (!cJSON_AddItemToArray(&array->item, &child->item)) {
        return give_up(array, child);
    }
    return child;
}

int build_encode(const struct build *build, struct buf *out, struct error *err)
{
    char *text = build == NULL ? NULL : cJSON_PrintUnformatted(&build->item);

    if (text == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for JSON");
    }
    buf_text(out, text);
    cJSON_free(text);
    return buf_check(out, err);
}
