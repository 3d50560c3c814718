/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/value.h"

#include "lib/base/parse.h"
#include "lib/kube/json_tape.h"
#include "lib/kube/node.h"

#include <assert.h>
#include <stdarg.h>

static bool on_tape(struct value v)
{
    return v.node == NULL && v.doc != NULL;
}

static struct value tape_value(const struct json *doc, uint32_t token)
{
    return (struct value){.doc = doc, .token = token};
}

struct value value_root(const struct json *doc)
{
    if (doc->count == 0) {
        return VALUE_ABSENT;
    }
    return tape_value(doc, 0);
}

enum json_kind value_kind(struct value v)
{
    if (v.node != NULL) {
        return v.node->kind;
    }
    return v.doc == NULL ? JSON_ABSENT : tape_kind(v.doc, v.token);
}

bool value_exists(struct value v)
{
    return value_kind(v) != JSON_ABSENT;
}

bool value_is_set(struct value v)
{
    return value_kind(v) > JSON_NULL;
}

static struct value tape_member(struct value object, struct slice name)
{
    const struct json *doc = object.doc;
    const struct json_token *key = &doc->tokens[object.token + 1];

    for (uint32_t left = tape_count(doc, object.token); left > 0; left--) {
        if (tape_is(doc, key, name)) {
            return tape_value(doc, (uint32_t)(key + 1 - doc->tokens));
        }
        key = tape_behind(doc, key + 1);
    }
    return VALUE_ABSENT;
}

struct value value_member_slice(struct value v, struct slice name)
{
    if (value_kind(v) != JSON_OBJECT) {
        return VALUE_ABSENT;
    }
    if (on_tape(v)) {
        return tape_member(v, name);
    }
    for (const struct child *child = v.node->first; child != NULL; child = child->next) {
        if (slice_equal(child->key, name)) {
            return child->value;
        }
    }
    return VALUE_ABSENT;
}

struct value value_get(struct value v, ...)
{
    va_list ap;

    va_start(ap, v);
    for (const char *name = va_arg(ap, const char *); name != NULL;
         name = va_arg(ap, const char *)) {
        v = value_member(v, name);
    }
    va_end(ap);
    return v;
}

struct value value_at(struct value v, const char *pointer)
{
    while (*pointer == '/') {
        size_t len = strcspn(pointer + 1, "/");
        v = value_member_slice(v, (struct slice){pointer + 1, len});
        pointer += len + 1;
    }
    return v;
}

size_t value_count(struct value v)
{
    if (v.node != NULL) {
        return v.node->count;
    }
    return v.doc == NULL ? 0 : tape_count(v.doc, v.token);
}

struct value_iter value_iter(struct value container)
{
    struct value_iter iter = {.token = container.token + 1, .index = SIZE_MAX};

    iter.left = value_count(container);
    if (iter.left > 0) {
        iter.parent = container;
        iter.child = container.node == NULL ? NULL : container.node->first;
        iter.keyed = on_tape(container) && tape_kind(container.doc, container.token) == JSON_OBJECT;
    }
    return iter;
}

bool value_next(struct value_iter *iter, struct slice *key, struct value *item)
{
    const struct child *child = iter->child;

    if (iter->left == 0) {
        return false;
    }
    iter->left--;
    iter->index++;
    if (child != NULL) {
        *key = child->key;
        *item = child->value;
        iter->child = child->next;
        return true;
    }
    const struct json *doc = iter->parent.doc;
    assert(iter->parent.node == NULL);
    *key = iter->keyed ? tape_string(doc, iter->token) : (struct slice){.data = "", .len = 0};
    iter->token += iter->keyed ? 1 : 0;
    *item = tape_value(doc, iter->token);
    iter->token = tape_skip(doc, iter->token);
    return true;
}

struct value value_item(struct value v, size_t index)
{
    struct value_iter iter = value_iter(v);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (iter.index == index) {
            return item;
        }
    }
    return VALUE_ABSENT;
}

struct slice value_string(struct value v)
{
    return value_kind(v) == JSON_STRING ? tape_string(v.doc, v.token) : (struct slice){0};
}

bool value_is(struct value v, const char *text)
{
    return value_kind(v) == JSON_STRING && slice_is(tape_string(v.doc, v.token), text);
}

bool value_is_true(struct value v)
{
    return value_kind(v) == JSON_BOOL && json_raw(v.doc, v.token).data[0] == 't';
}

int value_int64(struct value v, int64_t *out, struct error *err)
{
    if (value_kind(v) != JSON_NUMBER) {
        return error_set(err, ERR_MALFORMED, "not a whole number");
    }
    return parse_int64(json_raw(v.doc, v.token), out, err);
}

struct slice value_raw(struct value v)
{
    return on_tape(v) ? json_raw(v.doc, v.token) : (struct slice){0};
}

struct writing {
    const struct node *node;
    const struct child *next;
};

static struct writing start_writing(const struct node *node, struct buf *out)
{
    buf_char(out, node->kind == JSON_OBJECT ? '{' : '[');
    return (struct writing){.node = node, .next = node->first};
}

/* What stands before a child's value. */
static void begin_child(const struct node *node, const struct child *child, struct buf *out)
{
    if (child != node->first) {
        buf_char(out, ',');
    }
    if (node->kind == JSON_OBJECT) {
        buf_slice(out, child->raw_key);
        buf_char(out, ':');
    }
}

static void encode_node(const struct node *root, struct buf *out)
{
    WRITTEN_FIRST struct writing open[NODE_MAX_DEPTH];
    size_t depth = 1;

    open[0] = start_writing(root, out);
    while (depth > 0) {
        struct writing *top = &open[depth - 1];
        const struct child *child = top->next;
        if (child == NULL) {
            buf_char(out, top->node->kind == JSON_OBJECT ? '}' : ']');
            depth--;
            continue;
        }
        begin_child(top->node, child, out);
        top->next = child->next;
        if (child->value.node != NULL) {
            assert(depth < COUNT_OF(open));
            open[depth] = start_writing(child->value.node, out);
            depth++;
        } else {
            buf_slice(out, value_raw(child->value));
        }
    }
}

void value_encode(struct value v, struct buf *out)
{
    if (v.node != NULL) {
        encode_node(v.node, out);
    } else {
        buf_slice(out, value_raw(v));
    }
}

/* Two containers that are being compared; `b` is looked up in where members have names. */
struct pair {
    struct value_iter a;
    struct value_iter b;
};

static bool is_container(struct value v)
{
    return value_kind(v) >= JSON_ARRAY;
}

bool value_is_same(struct value a, struct value b)
{
    return a.doc == b.doc && a.token == b.token && a.node == b.node;
}

/* Are they equal as far as can be seen without looking into containers? */
static bool looks_equal(struct value a, struct value b)
{
    if (value_kind(a) != value_kind(b) || value_count(a) != value_count(b)) {
        return false;
    }
    if (value_kind(a) == JSON_STRING) {
        return slice_equal(value_string(a), value_string(b));
    }
    return is_container(a) || slice_equal(value_raw(a), value_raw(b));
}

/* Pass what both nodes have from the same place of the same tape, in the same order. */
static void pass_same(struct pair *pair)
{
    const struct child *a = pair->a.child;
    const struct child *b = pair->b.child;

    while (a != NULL && b != NULL && value_is_same(a->value, b->value) &&
           a->key.data == b->key.data) {
        a = a->next;
        b = b->next;
        pair->a.left--;
        pair->b.left--;
    }
    pair->a.child = a;
    pair->b.child = b;
}

/* The next item of `b`, or its member of that name, which mostly is the next one as well. */
static struct value counterpart(struct pair *pair, struct slice key)
{
    struct slice name = {0};
    struct value item = VALUE_ABSENT;

    if (value_next(&pair->b, &name, &item) &&
        (value_kind(pair->b.parent) == JSON_ARRAY || slice_equal(name, key))) {
        return item;
    }
    return value_member_slice(pair->b.parent, key);
}

/* Their stack is large: not for what can be seen without it. */
static bool containers_equal(struct value a, struct value b)
{
    WRITTEN_FIRST struct pair open[NODE_MAX_DEPTH + JSON_MAX_DEPTH];
    size_t depth = 1;

    open[0] = (struct pair){value_iter(a), value_iter(b)};
    while (depth > 0) {
        struct pair *top = &open[depth - 1];
        struct slice key;
        pass_same(top);
        if (!value_next(&top->a, &key, &a)) {
            depth--;
            continue;
        }
        b = counterpart(top, key);
        if (value_is_same(a, b)) {
            continue;
        }
        if (!looks_equal(a, b) || depth == COUNT_OF(open)) {
            return false;
        }
        if (is_container(a)) {
            open[depth] = (struct pair){value_iter(a), value_iter(b)};
            depth++;
        }
    }
    return true;
}

bool value_equal(struct value a, struct value b)
{
    if (value_is_same(a, b)) {
        return true;
    }
    return looks_equal(a, b) && (!is_container(a) || containers_equal(a, b));
}
