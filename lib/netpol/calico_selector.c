/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass, no tree: the answer is put together while the text is read.
 *
 *   selector   = [ either ]
 *   either     = both { "||" both }
 *   both       = operation { "&&" operation }
 *   operation  = { "!" } ( "(" either ")" | call | comparison )
 *   call       = "has(" key ")" | "all(" ")" | "global(" ")"     without a space before "("
 *   comparison = key ( "==" text | "!=" text | "contains" text | "starts" "with" text
 *                    | "ends" "with" text | [ "not" ] "in" "{" [ text { "," text } [ "," ] ] "}" )
 *   text       = "..." or '...', without escapes
 *
 * White space is blanks and tabs. The answers are those of three-valued logic.
 */
#include "lib/netpol/calico_selector.h"

#include "lib/netpol/admin.h"

#include <stdint.h>

struct scanner {
    struct slice text;
    size_t at;
    const struct calico_label *known;
    size_t known_count;
    unsigned depth;
    struct error *err;
};

static int wrong(struct scanner *scanner, const char *expected)
{
    return error_set(scanner->err, ERR_MALFORMED, "character %zu: %s", scanner->at + 1, expected);
}

static char peek(const struct scanner *scanner)
{
    if (scanner->at >= scanner->text.len) {
        return '\0';
    }
    return scanner->text.data[scanner->at];
}

static void skip_blanks(struct scanner *scanner)
{
    while (peek(scanner) == ' ' || peek(scanner) == '\t') {
        scanner->at++;
    }
}

/* Exactly this text, here. */
static bool take(struct scanner *scanner, const char *text)
{
    bool found = slice_starts_with(slice_after(scanner->text, scanner->at), text);

    scanner->at += found ? strlen(text) : 0;
    return found;
}

static bool take_after_blanks(struct scanner *scanner, const char *text)
{
    skip_blanks(scanner);
    return take(scanner, text);
}

static bool is_key_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '-';
}

static int read_key(struct scanner *scanner, struct slice *out)
{
    size_t start = scanner->at;

    while (is_key_character(peek(scanner))) {
        scanner->at++;
    }
    *out = (struct slice){scanner->text.data + start, scanner->at - start};
    return out->len > 0 ? 0 : wrong(scanner, "a label's key, has(), all() or ( is expected");
}

static int read_text(struct scanner *scanner, struct slice *out)
{
    skip_blanks(scanner);
    char quote = peek(scanner);
    if (quote != '"' && quote != '\'') {
        return wrong(scanner, "a text in quotes is expected");
    }
    const char *start = scanner->text.data + scanner->at + 1;
    size_t left = scanner->text.len - scanner->at - 1;
    const char *end = left == 0 ? NULL : memchr(start, quote, left);
    if (end == NULL) {
        return wrong(scanner, "the text has no end");
    }
    *out = (struct slice){start, (size_t)(end - start)};
    scanner->at += out->len + 2;
    return 0;
}

/* --- answers --- */

static enum answer answer_of(bool yes)
{
    return yes ? ANSWER_YES : ANSWER_NO;
}

static enum answer negate(enum answer answer)
{
    return (enum answer)(ANSWER_YES - answer);
}

/* The label's value; .data is NULL where it is not known. */
static struct slice value_of(const struct scanner *scanner, struct slice key)
{
    for (size_t i = 0; i < scanner->known_count; i++) {
        if (slice_equal(scanner->known[i].key, key)) {
            return scanner->known[i].value;
        }
    }
    return (struct slice){0};
}

static bool is_there(const struct scanner *scanner, struct slice key)
{
    for (size_t i = 0; i < scanner->known_count; i++) {
        if (slice_equal(scanner->known[i].key, key)) {
            return true;
        }
    }
    return false;
}

static bool ends_with(struct slice value, struct slice text)
{
    return value.len >= text.len && slice_equal(slice_after(value, value.len - text.len), text);
}

static bool starts_with(struct slice value, struct slice text)
{
    return value.len >= text.len && slice_equal((struct slice){value.data, text.len}, text);
}

static bool contains(struct slice value, struct slice text)
{
    for (size_t i = 0; i + text.len <= value.len; i++) {
        if (starts_with(slice_after(value, i), text)) {
            return true;
        }
    }
    return false;
}

static bool is_same(struct slice value, struct slice text)
{
    return slice_equal(value, text);
}

/* --- the language --- */

static int read_either(struct scanner *scanner, enum answer *out);

static int compare_one(struct scanner *scanner, struct slice value,
                       bool (*holds)(struct slice value, struct slice text), enum answer *out)
{
    struct slice text = {0};

    if (read_text(scanner, &text) != 0) {
        return -1;
    }
    *out = value.data == NULL ? ANSWER_MAYBE : answer_of(holds(value, text));
    return 0;
}

static int compare_many(struct scanner *scanner, struct slice value, enum answer *out)
{
    bool found = false;
    struct slice text = {0};

    if (!take_after_blanks(scanner, "{")) {
        return wrong(scanner, "{ is expected");
    }
    skip_blanks(scanner);
    for (bool more = peek(scanner) != '}'; more; more = more && peek(scanner) != '}') {
        if (read_text(scanner, &text) != 0) {
            return -1;
        }
        found = found || slice_equal(value, text);
        more = take_after_blanks(scanner, ",");
        skip_blanks(scanner);
    }
    if (!take(scanner, "}")) {
        return wrong(scanner, "} is expected");
    }
    *out = value.data == NULL ? ANSWER_MAYBE : answer_of(found);
    return 0;
}

static bool take_words(struct scanner *scanner, const char *first, const char *second)
{
    struct scanner before = *scanner;
    bool found = take(scanner, first) && take_after_blanks(scanner, second);

    if (!found) {
        *scanner = before;
    }
    return found;
}

static int read_comparison(struct scanner *scanner, enum answer *out)
{
    struct slice key = {0};
    bool negated = false;
    int rc = 0;

    if (read_key(scanner, &key) != 0) {
        return -1;
    }
    struct slice value = value_of(scanner, key);
    skip_blanks(scanner);
    if (take(scanner, "==")) {
        rc = compare_one(scanner, value, is_same, out);
    } else if (take(scanner, "!=")) {
        negated = true;
        rc = compare_one(scanner, value, is_same, out);
    } else if (take(scanner, "contains")) {
        rc = compare_one(scanner, value, contains, out);
    } else if (take_words(scanner, "starts", "with")) {
        rc = compare_one(scanner, value, starts_with, out);
    } else if (take_words(scanner, "ends", "with")) {
        rc = compare_one(scanner, value, ends_with, out);
    } else if (take_words(scanner, "not", "in")) {
        negated = true;
        rc = compare_many(scanner, value, out);
    } else if (take(scanner, "in")) {
        rc = compare_many(scanner, value, out);
    } else {
        rc = wrong(scanner, "==, !=, in, not in, contains, starts with or ends with is expected");
    }
    *out = rc == 0 && negated ? negate(*out) : *out;
    return rc;
}

static int close_call(struct scanner *scanner)
{
    return take_after_blanks(scanner, ")") ? 0 : wrong(scanner, ") is expected");
}

static int read_has(struct scanner *scanner, enum answer *out)
{
    struct slice key = {0};

    skip_blanks(scanner);
    if (read_key(scanner, &key) != 0 || close_call(scanner) != 0) {
        return -1;
    }
    *out = is_there(scanner, key) ? ANSWER_YES : ANSWER_MAYBE;
    return 0;
}

static int read_group(struct scanner *scanner, enum answer *out)
{
    if (scanner->depth == CALICO_MAX_DEPTH) {
        return wrong(scanner, "there are too many parentheses in each other");
    }
    scanner->depth++;
    if (read_either(scanner, out) != 0 || close_call(scanner) != 0) {
        return -1;
    }
    scanner->depth--;
    return 0;
}

static int read_plain(struct scanner *scanner, enum answer *out)
{
    if (take(scanner, "(")) {
        return read_group(scanner, out);
    }
    if (take(scanner, "has(")) {
        return read_has(scanner, out);
    }
    if (take(scanner, "all(")) {
        *out = ANSWER_YES;
        return close_call(scanner);
    }
    if (take(scanner, "global(")) {
        *out = ANSWER_MAYBE; /* what is in no namespace; Calico's versions differ outside rules */
        return close_call(scanner);
    }
    return read_comparison(scanner, out);
}

static int read_operation(struct scanner *scanner, enum answer *out)
{
    bool negated = false;

    while (take_after_blanks(scanner, "!")) {
        negated = !negated;
    }
    if (read_plain(scanner, out) != 0) {
        return -1;
    }
    *out = negated ? negate(*out) : *out;
    return 0;
}

static int read_both(struct scanner *scanner, enum answer *out)
{
    enum answer other = ANSWER_YES;

    if (read_operation(scanner, out) != 0) {
        return -1;
    }
    while (take_after_blanks(scanner, "&&")) {
        if (read_operation(scanner, &other) != 0) {
            return -1;
        }
        *out = other < *out ? other : *out;
    }
    return 0;
}

static int read_either(struct scanner *scanner, enum answer *out)
{
    enum answer other = ANSWER_NO;

    if (read_both(scanner, out) != 0) {
        return -1;
    }
    while (take_after_blanks(scanner, "||")) {
        if (read_both(scanner, &other) != 0) {
            return -1;
        }
        *out = other > *out ? other : *out;
    }
    return 0;
}

int calico_evaluate(struct slice text, const struct calico_label *known, size_t count,
                    enum answer *out, struct error *err)
{
    struct scanner scanner = {.text = text, .known = known, .known_count = count, .err = err};
    enum answer answer = ANSWER_YES;

    if (text.len > CALICO_MAX_TEXT) {
        return error_set(err, ERR_MALFORMED, "has more than %d characters", CALICO_MAX_TEXT);
    }
    skip_blanks(&scanner);
    if (scanner.at < text.len && read_either(&scanner, &answer) != 0) {
        return -1;
    }
    skip_blanks(&scanner);
    if (scanner.at < text.len) {
        return wrong(&scanner, "&&, || or the end is expected");
    }
    *out = answer;
    return 0;
}

bool calico_breaks_out(struct slice text)
{
    size_t depth = 0;
    char quote = '\0';

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool is_quoted = quote != '\0';
        if (is_quoted && c == quote) {
            quote = '\0';
        } else if (!is_quoted && (c == '"' || c == '\'')) {
            quote = c;
        } else if (!is_quoted && c == '(') {
            depth++;
        } else if (!is_quoted && c == ')' && depth == 0) {
            return true;
        } else if (!is_quoted && c == ')') {
            depth--;
        }
    }
    return depth != 0 || quote != '\0';
}

static bool is_among(const struct slice *names, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(names[i], name)) {
            return true;
        }
    }
    return false;
}

/* The texts of == or in, to the end. */
static bool are_among(struct scanner *scanner, const struct slice *names, size_t count)
{
    struct slice name = {0};
    bool many = !take(scanner, "==");
    bool more = !many || (take(scanner, "in") && take_after_blanks(scanner, "{"));
    bool good = more;

    while (good && more) {
        good = read_text(scanner, &name) == 0 && is_among(names, count, name);
        more = many && take_after_blanks(scanner, ",");
    }
    good = good && (!many || take_after_blanks(scanner, "}"));
    skip_blanks(scanner);
    return good && scanner->at == scanner->text.len;
}

bool calico_names_only(struct slice text, const struct slice *names, size_t count)
{
    struct error err = {0};
    struct scanner scanner = {.text = text, .err = &err};
    struct slice key = {0};

    skip_blanks(&scanner);
    if (read_key(&scanner, &key) != 0) {
        return false;
    }
    skip_blanks(&scanner);
    return (slice_is(key, "projectcalico.org/name") || slice_is(key, METADATA_NAME)) &&
           are_among(&scanner, names, count);
}

static bool may_match(struct slice text, const struct calico_label *known, size_t count)
{
    struct error err = {0};
    enum answer answer = ANSWER_MAYBE;

    return calico_evaluate(text, known, count, &answer, &err) != 0 || answer != ANSWER_NO;
}

/* A namespace's labels are no bound, its name included: a pod's label pcns.<key> comes before its
 * namespace's <key>. What Calico writes over the pod's own labels is one. */
bool calico_may_select(const struct calico_subject *subject, struct slice gateway)
{
    const struct calico_label known[] = {
        {SLICE(ADMIN_GATEWAY_LABEL), gateway},
        {SLICE("projectcalico.org/orchestrator"), SLICE("k8s")},
        {SLICE("projectcalico.org/namespace"), subject->home},
    };

    return may_match(subject->pods, known, COUNT_OF(known)) &&
           may_match(subject->namespaces, NULL, 0) && may_match(subject->accounts, NULL, 0);
}
