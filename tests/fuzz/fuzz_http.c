/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as a client writes them: requests, one behind the other, chunked or not,
 * whole or broken. The first four bytes say in which pieces they arrive; the
 * answers must be the same as when all arrives at once, and no more than there
 * were requests. Of a last request that never ends rightly (a trailer without a
 * name) libmicrohttpd lets our refusal out or just closes, by what it has read
 * when it sees that: one refusal more or less is right, an answer is not.
 */
#include "tests/fuzz/target.h"
#include "tests/fuzz/wire.h"

enum { STEPS = 4, TEXT_SIZE = 4 * 1024 * 1024 };

static const char *find(struct slice text, const char *word)
{
    return text.len == 0 ? NULL : memmem(text.data, text.len, word, strlen(word));
}

static size_t count_of(struct slice text, const char *word)
{
    size_t count = 0;
    const char *at = NULL;

    while ((at = find(text, word)) != NULL) {
        count++;
        text = slice_after(text, (size_t)(at - text.data) + strlen(word));
    }
    return count;
}

/* Without the lines that tell the time. */
static void drop_dates(struct slice text, struct buf *out)
{
    const char *at = NULL;

    buf_init(out, TEXT_SIZE);
    while ((at = find(text, "\r\nDate: ")) != NULL) {
        size_t before = (size_t)(at - text.data);
        buf_append(out, text.data, before);
        text = slice_after(text, before + 2);
        const char *end = find(text, "\r\n");
        text = slice_after(text, end == NULL ? text.len : (size_t)(end - text.data));
    }
    buf_slice(out, text);
}

static void claim_answers(struct slice sent, struct slice got)
{
    size_t allowed = count_of(got, "\"allowed\":true");
    size_t answers = count_of(got, "HTTP/1.");

    claim(got.len == 0 || slice_starts_with(got, "HTTP/1."), "no HTTP: %.*s", SLICE_ARGS(got));
    claim(find(got, "HTTP/1.1 500") == NULL, "an error of ours: %.*s", SLICE_ARGS(got));
    claim(allowed <= count_of(got, "HTTP/1.1 200") + count_of(got, "HTTP/1.0 200"),
          "allowed outside of an answer");
    claim(allowed <= count_of(sent, "POST"), "%zu allowed of fewer requests", allowed);
    claim(answers <= count_of(sent, "\n") + 1, "%zu answers", answers);
}

/* The same, but for a refusal at the end that only one of them has. */
static void claim_same(const struct buf *whole, const struct buf *pieces)
{
    size_t shared = whole->len < pieces->len ? whole->len : pieces->len;
    struct slice more = slice_after(buf_view(whole->len > pieces->len ? whole : pieces), shared);
    bool same = memcmp(buf_cstr(whole), buf_cstr(pieces), shared) == 0 &&
                (more.len == 0 ||
                 (slice_starts_with(more, "HTTP/1.1 4") && count_of(more, "HTTP/1.") == 1));

    claim(same, "at once:\n%s\nin pieces:\n%s", buf_cstr(whole), buf_cstr(pieces));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = target_input(data, size);
    struct slice steps = {input.data, size < STEPS ? size : STEPS};
    struct slice text = slice_after(input, STEPS);
    AUTO(buf) struct buf whole = {0};
    AUTO(buf) struct buf pieces = {0};
    AUTO(buf) struct buf whole_text = {0};
    AUTO(buf) struct buf pieces_text = {0};

    wire_exchange(text, SLICE(""), &whole);
    claim_answers(text, buf_view(&whole));
    wire_exchange(text, steps, &pieces);
    drop_dates(buf_view(&whole), &whole_text);
    drop_dates(buf_view(&pieces), &pieces_text);
    claim_same(&whole_text, &pieces_text);
    return 0;
}
