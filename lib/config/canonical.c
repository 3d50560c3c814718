/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/canonical.h"

#include "lib/kube/json.h"

enum { MAX_LEVELS = JSON_MAX_DEPTH };

struct member {
    struct slice name; /* with a NUL behind it */
    struct value value;
};

struct level {
    struct build *made;
    enum json_kind kind;
    struct member *members;
    size_t count;
    size_t next;
};

static int compare_members(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;

    return strcmp(a->name.data, b->name.data);
}

static struct build *begin(struct value v)
{
    switch (value_kind(v)) {
    case JSON_OBJECT:
        return build_object();
    case JSON_ARRAY:
        return build_array();
    case JSON_STRING:
        return build_string(value_string(v));
    case JSON_ABSENT:
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_NUMBER:
    default:
        return build_copy(v);
    }
}

/* The children of a container; false without memory. */
static bool open_level(struct level *level, struct value v, struct arena *arena)
{
    struct value_iter iter = value_iter(v);
    struct member *member = arena_alloc(arena, (value_count(v) + 1) * sizeof *member);
    struct slice name;

    level->members = member;
    level->count = value_count(v);
    level->next = 0;
    level->kind = value_kind(v);
    while (member != NULL && value_next(&iter, &name, &member->value)) {
        member->name = arena_copy(arena, name);
        if (member->name.data == NULL) {
            return false;
        }
        member++;
    }
    if (level->kind == JSON_OBJECT && level->count > 1 && level->members != NULL) {
        qsort(level->members, level->count, sizeof *level->members, compare_members);
    }
    return level->members != NULL;
}

static struct build *attach(const struct level *level, const struct member *member)
{
    struct build *child = begin(member->value);

    return level->kind == JSON_OBJECT ? build_set(level->made, member->name.data, child)
                                      : build_push(level->made, child);
}

static bool fill(struct level *levels, struct arena *arena)
{
    size_t depth = 1;
    bool good = true;

    while (good && depth > 0) {
        struct level *level = &levels[depth - 1];
        if (level->next == level->count) {
            depth--;
            continue;
        }
        const struct member *member = &level->members[level->next];
        level->next++;
        struct build *child = attach(level, member);
        if (value_count(member->value) > 0) {
            levels[depth].made = child;
            good = open_level(&levels[depth], member->value, arena);
            depth++;
        }
    }
    return good;
}

struct build *canonical(struct value v, struct arena *arena)
{
    struct level levels[MAX_LEVELS];
    struct build *root = begin(v);

    levels[0].made = root;
    if (!open_level(&levels[0], v, arena) || !fill(levels, arena)) {
        build_free(root);
        return NULL;
    }
    return root;
}
