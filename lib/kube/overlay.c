/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/overlay.h"

#include "lib/kube/json_scan.h"
#include "lib/kube/json_tape.h"
#include "lib/kube/quote.h"

/* JSON text that came from elsewhere and lives as long as the overlay. */
struct adopted {
    struct adopted *next;
    struct json doc;
};

enum { NAMED = 64 }; /* bytes of a token in an error message */

void overlay_init(struct overlay *overlay, struct value root)
{
    *overlay = (struct overlay){.root = root};
    arena_init(&overlay->arena, OVERLAY_MAX);
}

void overlay_done(struct overlay *overlay)
{
    for (struct adopted *each = overlay->adopted; each != NULL; each = each->next) {
        json_done(&each->doc);
    }
    overlay->adopted = NULL;
    arena_done(&overlay->arena);
}

void *overlay_alloc(struct overlay *overlay, size_t size, struct error *err)
{
    const struct arena *arena = &overlay->arena;
    void *piece = arena_alloc(&overlay->arena, size);

    if (piece == NULL && size > arena->max - arena->total) {
        (void)error_set(err, ERR_TOO_LARGE, "the object is too large to be changed");
    } else if (piece == NULL) {
        (void)error_set(err, ERR_NO_MEMORY, "no memory for a change");
    }
    return piece;
}

int overlay_copy(struct overlay *overlay, struct slice text, struct slice *out, struct error *err)
{
    char *copy = overlay_alloc(overlay, text.len + 1, err);

    if (copy == NULL) {
        return -1;
    }
    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    *out = (struct slice){.data = copy, .len = text.len};
    return 0;
}

int overlay_adopt(struct overlay *overlay, struct slice json, struct value *out, struct error *err)
{
    struct adopted *adopted = overlay_alloc(overlay, sizeof *adopted, err);
    struct slice copy;

    if (adopted == NULL || overlay_copy(overlay, json, &copy, err) != 0 ||
        json_parse(&adopted->doc, copy, err) != 0) {
        return -1;
    }
    adopted->next = overlay->adopted;
    overlay->adopted = adopted;
    *out = value_root(&adopted->doc);
    return 0;
}

int overlay_freeze(struct overlay *overlay, struct value v, struct value *out, struct error *err)
{
    if (v.node == NULL) {
        *out = v;
        return 0;
    }
    AUTO(buf) struct buf text = {0};
    buf_init(&text, JSON_MAX_TEXT);
    value_encode(v, &text);
    if (buf_check(&text, err) != 0) {
        return -1;
    }
    return overlay_adopt(overlay, buf_view(&text), out, err);
}

static struct node *new_node(struct overlay *overlay, enum json_kind kind, struct error *err)
{
    struct node *node = overlay_alloc(overlay, sizeof *node, err);
    if (node != NULL) {
        node->kind = kind;
    }
    return node;
}

/* The children of a container of a tape: most of what an edit costs. */
static void copy_from_tape(struct child *child, struct value container)
{
    const struct json *doc = container.doc;
    bool keyed = tape_kind(doc, container.token) == JSON_OBJECT;
    uint32_t token = container.token + 1;

    for (uint32_t left = tape_count(doc, container.token); left > 0; left--) {
        if (keyed) {
            child->key = tape_string(doc, token);
            child->raw_key = json_raw(doc, token);
            token++;
        }
        child->value = (struct value){.doc = doc, .token = token};
        child->next = child + 1;
        token = tape_skip(doc, token);
        child++;
    }
}

static void copy_from_node(struct child *child, const struct node *node)
{
    for (const struct child *from = node->first; from != NULL; from = from->next) {
        child->key = from->key;
        child->raw_key = from->raw_key;
        child->value = from->value;
        child->next = child + 1;
        child++;
    }
}

/* A node with the children of `container`. */
static struct node *copy_container(struct overlay *overlay, struct value container,
                                   struct error *err)
{
    size_t count = value_count(container);
    struct node *node = new_node(overlay, value_kind(container), err);
    struct child *children =
        node == NULL ? NULL : overlay_alloc(overlay, (count + 1) * sizeof *children, err);

    if (children == NULL) {
        return NULL;
    }
    if (container.node != NULL) {
        copy_from_node(children, container.node);
    } else {
        copy_from_tape(children, container);
    }
    node->count = count;
    if (count > 0) {
        children[count - 1].next = NULL;
        node->first = children;
    }
    return node;
}

/* Make `*node` (which `*value` is, or will be) a copy of the container that `*value` is now. */
static int open_value(struct overlay *overlay, struct value *value, struct node **node,
                      struct error *err)
{
    if (*node != NULL) {
        return 0;
    }
    if (value_kind(*value) != JSON_OBJECT && value_kind(*value) != JSON_ARRAY) {
        return error_set(err, ERR_MALFORMED, "this is no object and no array");
    }
    struct node *copy = copy_container(overlay, *value, err);
    if (copy == NULL) {
        return -1;
    }
    *node = copy;
    *value = (struct value){.node = copy};
    return 0;
}

int overlay_open_root(struct overlay *overlay, struct node **out, struct error *err)
{
    if (open_value(overlay, &overlay->root, &overlay->node, err) != 0) {
        return -1;
    }
    *out = overlay->node;
    return 0;
}

/* Where the link to child `index` stands, or would for the one behind the last. */
static struct child **link_of(struct node *node, size_t index)
{
    struct child **link = &node->first;

    for (; index > 0; index--) {
        link = &(*link)->next;
    }
    return link;
}

/* The same by name, or by an index that is there; NULL for no such child. */
static struct child **find(struct node *node, struct slice token)
{
    size_t index = 0;

    if (node->kind == JSON_ARRAY) {
        bool there = pointer_index(token, &index) && index < node->count;
        return there ? link_of(node, index) : NULL;
    }
    for (struct child **link = &node->first; *link != NULL; link = &(*link)->next) {
        if (slice_equal((*link)->key, token)) {
            return link;
        }
    }
    return NULL;
}

static int not_found(struct slice token, struct error *err)
{
    return error_set(err, ERR_MALFORMED, "there is no \"%.*s\"",
                     (int)(token.len < NAMED ? token.len : NAMED), token.data);
}

struct value overlay_child(const struct node *node, struct slice token)
{
    struct value v = {.node = node};
    size_t index = 0;

    if (node->kind == JSON_OBJECT) {
        return value_member_slice(v, token);
    }
    return pointer_index(token, &index) ? value_item(v, index) : VALUE_ABSENT;
}

int overlay_open(struct overlay *overlay, struct node *node, struct slice token, struct node **out,
                 struct error *err)
{
    struct child **link = find(node, token);

    if (link == NULL) {
        return not_found(token, err);
    }
    if (open_value(overlay, &(*link)->value, &(*link)->node, err) != 0) {
        return error_prefix(err, "\"%.*s\"", (int)(token.len < NAMED ? token.len : NAMED),
                            token.data);
    }
    *out = (*link)->node;
    return 0;
}

int overlay_open_path(struct overlay *overlay, const struct pointer *place, size_t count,
                      struct node **out, struct error *err)
{
    struct node *node = NULL;

    if (overlay_open_root(overlay, &node, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (overlay_open(overlay, node, place->tokens[i], &node, err) != 0) {
            return -1;
        }
    }
    *out = node;
    return 0;
}

/* A name without a character that JSON escapes, in quotes; .data is NULL without memory. */
static struct slice quote_plain(struct overlay *overlay, struct slice name, struct error *err)
{
    char *quoted = overlay_alloc(overlay, name.len + 2, err);

    if (quoted == NULL) {
        return (struct slice){0};
    }
    quoted[0] = '"';
    memcpy(quoted + 1, name.data, name.len);
    quoted[name.len + 1] = '"';
    return (struct slice){quoted, name.len + 2};
}

static int name_child(struct overlay *overlay, struct child *child, struct slice name,
                      struct error *err)
{
    AUTO(buf) struct buf quoted = {0};

    if (scan_plain(name.data, 0, name.len) == name.len) {
        child->raw_key = quote_plain(overlay, name, err);
        if (child->raw_key.data == NULL) {
            return -1;
        }
        child->key = (struct slice){child->raw_key.data + 1, name.len};
        return 0;
    }
    buf_init(&quoted, JSON_MAX_TEXT);
    quote(&quoted, name);
    if (buf_check(&quoted, err) != 0 ||
        overlay_copy(overlay, buf_view(&quoted), &child->raw_key, err) != 0) {
        return -1;
    }
    return overlay_copy(overlay, name, &child->key, err);
}

/* The child to be set: one that exists in an object, else a new one in its place. */
static struct child *place_child(struct overlay *overlay, struct node *node, struct slice token,
                                 struct error *err)
{
    bool object = node->kind == JSON_OBJECT;
    struct child **link = find(node, token);
    size_t index = node->count;

    if (link != NULL && object) {
        return *link;
    }
    if (!object && !slice_is(token, "-") &&
        (!pointer_index(token, &index) || index > node->count)) {
        (void)not_found(token, err);
        return NULL;
    }
    struct child *child = overlay_alloc(overlay, sizeof *child, err);
    if (child == NULL || (object && name_child(overlay, child, token, err) != 0)) {
        return NULL;
    }
    link = link == NULL ? link_of(node, node->count) : link;
    child->next = *link;
    *link = child;
    node->count++;
    return child;
}

int overlay_put(struct overlay *overlay, struct node *node, struct slice token, struct value value,
                struct error *err)
{
    struct child *child = place_child(overlay, node, token, err);

    if (child == NULL) {
        return -1;
    }
    child->value = value;
    child->node = NULL;
    return 0;
}

int overlay_put_new(struct overlay *overlay, struct node *node, struct slice token,
                    enum json_kind kind, struct node **out, struct error *err)
{
    struct node *empty = new_node(overlay, kind, err);
    struct child *child = empty == NULL ? NULL : place_child(overlay, node, token, err);

    if (child == NULL) {
        return -1;
    }
    child->value = (struct value){.node = empty};
    child->node = empty;
    *out = empty;
    return 0;
}

int overlay_take(struct overlay *overlay, struct node *node, struct slice token, struct value *out,
                 struct error *err)
{
    struct child **link = find(node, token);

    if (link == NULL) {
        return not_found(token, err);
    }
    if (overlay_freeze(overlay, (*link)->value, out, err) != 0) {
        return -1;
    }
    *link = (*link)->next;
    node->count--;
    return 0;
}

void overlay_shift(struct node *array, size_t from, size_t to)
{
    struct child **link = link_of(array, from);
    struct child *moved = *link;

    *link = moved->next;
    link = link_of(array, to);
    moved->next = *link;
    *link = moved;
}
