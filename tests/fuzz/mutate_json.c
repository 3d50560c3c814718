/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes to a JSON text that leave it JSON: a value is dropped, doubled, replaced,
 * wrapped or exchanged for another, or gets something in it that a rule looks at
 * (pieces.c). What is not touched keeps its bytes. One in eight times, and where
 * the text is no JSON any more, the fuzzer changes bytes instead.
 */
#include "lib/base/buf.h"
#include "tests/fuzz/pieces.h"
#include "tests/fuzz/spots.h"
#include "tests/fuzz/target.h"
#include "tests/netpol/random.h"

enum { TEXT_MAX = 1024 * 1024 };

struct change {
    struct slice text;
    struct spots spots;
    uint64_t chance;
    struct buf *out; /* stays empty where there was nothing to change */
};

static size_t draw(struct change *change, size_t below)
{
    return random_below(&change->chance, (unsigned)below);
}

static const struct spot *any_spot(struct change *change)
{
    return &change->spots.items[draw(change, change->spots.count)];
}

static struct slice part(const struct change *change, size_t begin, size_t end)
{
    return (struct slice){.data = change->text.data + begin, .len = end - begin};
}

/* The text with `middle` in the place of what stands from begin to end. */
static void splice(struct change *change, size_t begin, size_t end, struct slice middle)
{
    buf_slice(change->out, part(change, 0, begin));
    buf_slice(change->out, middle);
    buf_slice(change->out, slice_after(change->text, end));
}

static void set(struct change *change, const struct spot *spot, const char *value)
{
    splice(change, spot->value, spot->end, slice_of(value));
}

static void set_any(struct change *change)
{
    set(change, any_spot(change), piece_values[draw(change, piece_value_count)]);
}

/* With the comma behind it, or the one before where it is the last. */
static void drop(struct change *change)
{
    const struct spot *spot = any_spot(change);
    const char *text = change->text.data;
    size_t begin = spot->begin;
    size_t end = spot->end;

    while (end < change->text.len && strchr(" \t\r\n", text[end]) != NULL) {
        end++;
    }
    if (end < change->text.len && text[end] == ',') {
        end++;
    } else {
        while (begin > 0 && strchr(" \t\r\n", text[begin - 1]) != NULL) {
            begin--;
        }
        begin -= begin > 0 && text[begin - 1] == ',' ? 1 : 0;
    }
    splice(change, begin, end, SLICE(""));
}

/* A member twice is no JSON that podveil reads; that is one of the things to know. */
static void double_it(struct change *change)
{
    const struct spot *spot = any_spot(change);

    buf_slice(change->out, part(change, 0, spot->end));
    buf_char(change->out, ',');
    buf_slice(change->out, slice_after(change->text, spot->begin));
}

static void copy_over(struct change *change)
{
    const struct spot *from = any_spot(change);
    const struct spot *to = any_spot(change);

    splice(change, to->value, to->end, part(change, from->value, from->end));
}

static void swap(struct change *change)
{
    const struct spot *a = any_spot(change);
    const struct spot *b = any_spot(change);

    if (a->value > b->value) {
        const struct spot *first = b;
        b = a;
        a = first;
    }
    if (a->end > b->value) {
        return;
    }
    buf_slice(change->out, part(change, 0, a->value));
    buf_slice(change->out, part(change, b->value, b->end));
    buf_slice(change->out, part(change, a->end, b->value));
    buf_slice(change->out, part(change, a->value, a->end));
    buf_slice(change->out, slice_after(change->text, b->end));
}

static void wrap(struct change *change)
{
    static const char *const around[][2] = {{"[", "]"}, {"{\"name\":", "}"}, {"[null,", "]"}};
    const struct spot *spot = any_spot(change);
    const char *const *pair = around[draw(change, COUNT_OF(around))];

    buf_slice(change->out, part(change, 0, spot->value));
    buf_text(change->out, pair[0]);
    buf_slice(change->out, part(change, spot->value, spot->end));
    buf_text(change->out, pair[1]);
    buf_slice(change->out, slice_after(change->text, spot->end));
}

static void write_into_string(struct change *change)
{
    const struct spot *spot = any_spot(change);

    for (size_t i = 0; i < 8 && spot->kind != JSON_STRING; i++) {
        spot = any_spot(change);
    }
    if (spot->kind != JSON_STRING) {
        return;
    }
    size_t at = spot->value + 1 + draw(change, spot->end - spot->value - 1);
    splice(change, at, at, slice_of(piece_texts[draw(change, piece_text_count)]));
}

static bool takes(const struct spot *spot, const struct piece *piece)
{
    return spot->kind == (piece->name != NULL ? JSON_OBJECT : JSON_ARRAY) &&
           slice_is(spot->name, piece->container);
}

/* A container that takes the piece, from a chance place on; NULL where none does. */
static const struct spot *container_for(struct change *change, const struct piece *piece)
{
    size_t count = change->spots.count;
    size_t first = draw(change, count);

    for (size_t i = 0; i < count; i++) {
        const struct spot *spot = &change->spots.items[(first + i) % count];
        if (takes(spot, piece)) {
            return spot;
        }
    }
    return NULL;
}

static const struct spot *member_of(const struct change *change, const struct spot *container,
                                    const char *name)
{
    size_t parent = (size_t)(container - change->spots.items);

    for (size_t i = parent + 1; name != NULL && i < change->spots.count; i++) {
        const struct spot *spot = &change->spots.items[i];
        if (spot->parent == parent && slice_is(spot->name, name)) {
            return spot;
        }
    }
    return NULL;
}

static void put_piece(struct change *change)
{
    const struct piece *piece = &pieces[draw(change, piece_count)];
    const struct spot *container = container_for(change, piece);

    if (container == NULL) {
        return;
    }
    const struct spot *there = member_of(change, container, piece->name);
    if (there != NULL) {
        set(change, there, piece->value);
        return;
    }
    buf_slice(change->out, part(change, 0, container->value + 1));
    if (piece->name != NULL) {
        buf_printf(change->out, "\"%s\":", piece->name);
    }
    buf_text(change->out, piece->value);
    buf_text(change->out, container->is_empty ? "" : ",");
    buf_slice(change->out, slice_after(change->text, container->value + 1));
}

/* How the body ends says how it is asked (fuzz_review.c). */
static void end_otherwise(struct change *change)
{
    static const char *const endings[] = {"\n", " ", "\t", "\r"};
    const struct spot *root = &change->spots.items[0];

    splice(change, root->end, change->text.len, slice_of(endings[draw(change, 4)]));
}

static void change_once(struct change *change)
{
    static void (*const ways[])(struct change * change) = {
        put_piece, put_piece, put_piece, put_piece,         put_piece,     set_any, drop, drop,
        double_it, copy_over, copy_over, write_into_string, end_otherwise, wrap,    swap,
    };
    ways[draw(change, COUNT_OF(ways))](change);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    AUTO(buf) struct buf out = {0};
    AUTO(spots) struct spots spots = {0};
    struct change change = {.text = {(const char *)data, size}, .chance = seed, .out = &out};

    buf_init(&out, TEXT_MAX);
    if (draw(&change, 8) == 0 || !spots_find(&spots, change.text)) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    change.spots = spots;
    change_once(&change);
    if (out.len == 0 || out.len > max_size) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    memcpy(data, out.data, out.len);
    return out.len;
}
