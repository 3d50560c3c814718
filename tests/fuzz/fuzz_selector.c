/* SPDX-License-Identifier: Apache-2.0 */
/*
 * {"a": selector, "b": selector, "labels": {...}} as JSON, or any other bytes, of
 * which each makes one expression over few keys and values: those meet often.
 * Every answer about the two is compared with all label sets tried one by one.
 */
#include "lib/netpol/selector.h"
#include "tests/fuzz/naive_selector.h"
#include "tests/fuzz/target.h"

enum { ARENA_SIZE = 4 * 1024 * 1024, TEXT_SIZE = 256 * 1024, BYTES_MAX = 32 };

static void print_expression(struct buf *out, uint8_t byte)
{
    static const char *const operators[] = {"In", "NotIn", "Exists", "DoesNotExist"};
    static const char *const lists[] = {
        "", "\"x\"", "\"y\"", "\"x\",\"y\"", "\"\"", "\"z\",\"x\",\"x\""};
    unsigned which = byte % 4;

    buf_printf(out, "{\"key\":\"%c\",\"operator\":\"%s\"", "kmn"[byte / 4 % 3], operators[which]);
    if (which < 2) {
        buf_printf(out, ",\"values\":[%s]", lists[byte / 12 % COUNT_OF(lists)]);
    }
    buf_char(out, '}');
}

static void print_selector(struct buf *out, const char *name, const uint8_t *bytes, size_t count)
{
    buf_printf(out, "\"%s\":{\"matchExpressions\":[", name);
    for (size_t i = 0; i < count; i++) {
        buf_text(out, i == 0 ? "" : ",");
        print_expression(out, bytes[i]);
    }
    buf_text(out, "]},");
}

static void print_all(struct buf *out, const uint8_t *bytes, size_t size)
{
    size_t count = size < BYTES_MAX ? size : BYTES_MAX;
    size_t half = count / 2;

    buf_char(out, '{');
    print_selector(out, "a", bytes, half);
    print_selector(out, "b", bytes + half, count - half);
    buf_printf(out, "\"labels\":{\"k\":\"%s\"}}", count % 2 == 0 ? "x" : "y");
}

/* Up to what naive_labels takes. False above. */
static bool read_labels(struct value labels, struct naive_labels *out)
{
    struct value_iter iter = value_iter(labels);
    struct slice key;
    struct value value;

    *out = (struct naive_labels){0};
    while (value_next(&iter, &key, &value)) {
        if (out->count == NAIVE_KEYS || value_kind(value) != JSON_STRING) {
            return false;
        }
        out->items[out->count] = (struct naive_label){key, value_string(value)};
        out->count++;
    }
    return true;
}

static void claim_matches(struct value text, const struct selector *selector, struct value labels)
{
    struct naive_labels known;

    if (read_labels(labels, &known)) {
        claim(selector_matches(selector, labels) == naive_matches(text, &known),
              "a selector is judged otherwise");
    }
}

static void claim_pair(struct value root)
{
    AUTO(arena) struct arena arena = {0};
    struct selector a = {0};
    struct selector b = {0};
    struct naive_worlds worlds;
    struct error err = {0};
    struct value text_a = value_member(root, "a");
    struct value text_b = value_member(root, "b");

    arena_init(&arena, ARENA_SIZE);
    if (selector_parse(text_a, &arena, &a, &err) != 0 ||
        selector_parse(text_b, &arena, &b, &err) != 0) {
        return;
    }
    claim_matches(text_a, &a, value_member(root, "labels"));
    claim_matches(text_b, &b, value_member(root, "labels"));
    claim(selectors_overlap(&a, &b) == selectors_overlap(&b, &a), "overlap has a direction");
    if (!naive_worlds(text_a, text_b, &worlds)) {
        return;
    }
    claim(selector_is_satisfiable(&a) == worlds.a, "can a match? The other says %d", worlds.a);
    claim(selector_is_satisfiable(&b) == worlds.b, "can b match? The other says %d", worlds.b);
    claim(selectors_overlap(&a, &b) == worlds.both, "do they overlap? The other says %d",
          worlds.both);
    claim(!worlds.b || selector_covers(&a, &b) == !worlds.b_without_a,
          "does a cover b? The other says %d", !worlds.b_without_a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    buf_init(&text, TEXT_SIZE);
    if (size > 0 && data[0] != '{') {
        print_all(&text, data, size);
    } else {
        buf_append(&text, data, size);
    }
    if (json_parse(&doc, buf_view(&text), &err) == 0) {
        claim_pair(value_root(&doc));
    }
    return 0;
}
