/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/spots.h"

#include "tests/fuzz/target.h"

/* The containers that a token stands in, from the root inwards. */
struct walk {
    struct {
        size_t spot;
        uint32_t end; /* the first token behind it */
    } levels[JSON_MAX_DEPTH + 1];
    size_t depth;
};

static size_t offset_of(struct slice text, struct slice part)
{
    return (size_t)(part.data - text.data);
}

/* The value of which `token` is the first token, its name included. Gives the token of the value.
 */
static uint32_t take_spot(struct spots *spots, const struct walk *walk, const struct json *doc,
                          uint32_t token)
{
    struct spot *spot = &spots->items[spots->count];
    const struct spot *parent = spot;
    struct slice first = json_raw(doc, token);
    uint32_t value = token;

    *spot = (struct spot){.parent = spots->count, .begin = offset_of(doc->text, first)};
    if (walk->depth > 0) {
        spot->parent = walk->levels[walk->depth - 1].spot;
        parent = &spots->items[spot->parent];
        spot->name = parent->name;
    }
    if (parent->kind == JSON_OBJECT) {
        spot->name = json_string(doc, token);
        value++;
    }
    struct slice raw = json_raw(doc, value);
    spot->kind = json_kind(doc, value);
    spot->value = offset_of(doc->text, raw);
    spot->end = spot->value + raw.len;
    spot->is_empty = json_skip(doc, value) == value + 1;
    return value;
}

static void find(struct spots *spots, const struct json *doc)
{
    struct walk walk = {.depth = 0};
    uint32_t token = 0;

    while (token < doc->count && spots->count < SPOTS_MAX) {
        while (walk.depth > 0 && walk.levels[walk.depth - 1].end <= token) {
            walk.depth--;
        }
        uint32_t value = take_spot(spots, &walk, doc, token);
        enum json_kind kind = spots->items[spots->count].kind;
        if (kind == JSON_OBJECT || kind == JSON_ARRAY) {
            walk.levels[walk.depth].spot = spots->count;
            walk.levels[walk.depth].end = json_skip(doc, value);
            walk.depth++;
        }
        spots->count++;
        token = value + 1;
    }
}

/* Names that had escapes stand in the document, which goes: those spots have no name. */
static void drop_foreign_names(struct spots *spots, struct slice text)
{
    for (size_t i = 0; i < spots->count; i++) {
        const char *data = spots->items[i].name.data;
        if (data < text.data || data > text.data + text.len) {
            spots->items[i].name = (struct slice){0};
        }
    }
}

bool spots_find(struct spots *spots, struct slice text)
{
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    *spots = (struct spots){0};
    if (json_parse(&doc, text, &err) != 0) {
        return false;
    }
    spots->items = calloc(SPOTS_MAX, sizeof *spots->items);
    claim(spots->items != NULL, "no memory");
    find(spots, &doc);
    drop_foreign_names(spots, text);
    return true;
}

void spots_done(struct spots *spots)
{
    free(spots->items);
}
