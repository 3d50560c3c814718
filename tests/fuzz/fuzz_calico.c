/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A selector of Calico's as text. Claims: what can be read can be put into
 * parentheses, negated and joined, with the answers that follow; more that is
 * known never turns a sure answer round; and what does not stand in balance is
 * never read.
 */
#include "lib/netpol/calico_selector.h"
#include "tests/fuzz/target.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 4096 };

static const struct calico_label known[] = {{{"k", 1}, {"vpn", 3}}, {{"a/b", 3}, {"", 0}}};

static bool evaluate(struct slice text, size_t count, enum answer *out)
{
    struct error err = {0};
    bool read = calico_evaluate(text, known, count, out, &err) == 0;

    claim(read || (err.code == ERR_MALFORMED && err.text[0] != '\0'), "a refusal says nothing");
    return read;
}

static enum answer put(const char *before, struct slice text, const char *behind)
{
    char whole[TEXT_MAX + 64];
    int len = snprintf(whole, sizeof whole, "%s%.*s%s", before, SLICE_ARGS(text), behind);
    enum answer answer = ANSWER_MAYBE;

    claim(len > 0 && (size_t)len < sizeof whole, "the text does not fit");
    claim(evaluate((struct slice){whole, (size_t)len}, 1, &answer), "%s is not read", whole);
    return answer;
}

/* Outside of quotes. */
static bool is_balanced(struct slice text)
{
    long depth = 0;
    char quote = '\0';

    for (size_t i = 0; i < text.len && depth >= 0; i++) {
        char c = text.data[i];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else {
            depth += c == '(' ? 1 : (c == ')' ? -1 : 0);
        }
    }
    return depth == 0 && quote == '\0';
}

/* An empty selector is all() by itself, but nothing in parentheses; nor fits one more pair into the
 * deepest. A NUL, which no review has, would end what is printed. */
static bool can_be_put(struct slice text)
{
    size_t open = 0;
    bool blank = true;

    for (size_t i = 0; i < text.len; i++) {
        open += text.data[i] == '(' ? 1 : 0;
        blank = blank && (text.data[i] == ' ' || text.data[i] == '\t');
    }
    return !blank && open < CALICO_MAX_DEPTH && memchr(text.data, '\0', text.len) == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = target_input(data, size < TEXT_MAX ? size : TEXT_MAX);
    enum answer answer = ANSWER_MAYBE;
    enum answer nothing_known = ANSWER_MAYBE;
    enum answer more_known = ANSWER_MAYBE;

    if (!evaluate(text, 1, &answer)) {
        return 0;
    }
    claim(is_balanced(text), "a selector out of balance is read");
    claim(evaluate(text, 0, &nothing_known) && evaluate(text, 2, &more_known),
          "what is known decides whether a selector is read");
    claim(nothing_known == ANSWER_MAYBE || nothing_known == answer, "a sure answer turns round");
    claim(answer == ANSWER_MAYBE || answer == more_known, "a sure answer turns round");
    if (can_be_put(text)) {
        claim(put("(", text, ")") == answer, "parentheses change the answer");
        claim((int)put("!(", text, ")") == ANSWER_YES - (int)answer, "a negation is none");
        claim(put("!all() && (", text, ")") == ANSWER_NO, "no and something is not no");
        claim(put("has(k) || ", text, "") == ANSWER_YES, "yes or something is not yes");
    }
    return 0;
}
