/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/names.h"

#include "lib/digest/sha256.h"

#include <assert.h>
#include <stdio.h>

enum { CUT_HASH = 8, DNS_LABEL_MAX = 63 };

static bool is_joint(char c)
{
    return c == '-' || c == '.' || c == '_';
}

int name_cut(struct slice name, size_t n, char out[static NAME_MAX_LEN + 1], struct error *err)
{
    char hash[SHA256_HEX + 1];

    assert(n > CUT_HASH + 1 && n <= NAME_MAX_LEN);
    if (name.len <= n) {
        slice_copy(name, out, NAME_MAX_LEN + 1);
        return 0;
    }
    if (sha256_hex(name, CUT_HASH, hash, err) != 0) {
        return -1;
    }
    size_t len = n - CUT_HASH - 1;
    while (len > 0 && is_joint(name.data[len - 1])) {
        len--;
    }
    (void)snprintf(out, NAME_MAX_LEN + 1, "%.*s-%s", (int)len, name.data, hash);
    return 0;
}

/* The 8 hex digits that tell this gateway's companion from the first one's. */
static int pair_hash(struct slice workload, const char *gateway, char out[static SHA256_HEX + 1],
                     struct error *err)
{
    AUTO(buf) struct buf pair = {0};

    buf_init(&pair, (size_t)2 * (NAME_MAX_LEN + 1));
    buf_slice(&pair, workload);
    buf_char(&pair, '/');
    buf_text(&pair, gateway);
    if (buf_check(&pair, err) != 0) {
        return -1;
    }
    return sha256_hex(buf_view(&pair), CUT_HASH, out, err);
}

/* Does it end as a cut name or one with a hash does: a dash and 8 hex digits? */
static bool looks_hashed(struct slice name)
{
    struct slice tail = slice_after(name, name.len < CUT_HASH + 1 ? name.len : name.len - CUT_HASH);

    return tail.len == CUT_HASH && tail.data[-1] == '-' &&
           strspn(tail.data, "0123456789abcdef") >= CUT_HASH;
}

int companion_name(struct slice workload, const char *gateway, bool first,
                   char out[static NAME_MAX_LEN + 1], struct error *err)
{
    char base[NAME_MAX_LEN + 1];
    char hash[SHA256_HEX + 1] = "";
    bool plain = first && (workload.len > POLICY_BASE_MAX || !looks_hashed(workload));

    if (name_cut(workload, POLICY_BASE_MAX, base, err) != 0 ||
        (!plain && pair_hash(workload, gateway, hash, err) != 0)) {
        return -1;
    }
    hash[CUT_HASH] = '\0';
    char *end = stpcpy(out, base);
    end = stpcpy(end, plain ? "" : "-");
    end = stpcpy(end, hash);
    (void)stpcpy(end, COMPANION_SUFFIX);
    return 0;
}

/* Is it what companion_name() makes of that workload, which the label is a cut of? */
static int is_named_after(struct slice name, struct slice label, const char *gateway,
                          struct slice workload, bool *out, struct error *err)
{
    char text[NAME_MAX_LEN + 1];

    if (*out || workload.len == 0 || workload.len > NAME_MAX_LEN) {
        return 0;
    }
    if (name_cut(workload, LABEL_VALUE_MAX, text, err) != 0) {
        return -1;
    }
    if (!slice_is(label, text)) {
        return 0;
    }
    for (int first = 0; first < 2 && !*out; first++) {
        if (companion_name(workload, gateway, first == 1, text, err) != 0) {
            return -1;
        }
        *out = slice_is(name, text);
    }
    return 0;
}

/* "a-long-name-...-89abcdef" cut once more for a label, which keeps the hash of the whole. */
static bool are_cuts_of_one(struct slice base, struct slice label)
{
    size_t len = LABEL_VALUE_MAX - CUT_HASH - 1;

    if (base.len > POLICY_BASE_MAX || base.len <= LABEL_VALUE_MAX || !looks_hashed(base)) {
        return false;
    }
    while (len > 0 && is_joint(base.data[len - 1])) {
        len--;
    }
    return label.len == len + CUT_HASH + 1 && memcmp(label.data, base.data, len) == 0 &&
           memcmp(label.data + len, base.data + base.len - CUT_HASH - 1, CUT_HASH + 1) == 0;
}

int companion_is_called(struct slice name, struct slice label, const char *gateway, bool *out,
                        struct error *err)
{
    bool found = false;

    if (label.len == 0 || name.len > NAME_MAX_LEN || !slice_ends_with(name, COMPANION_SUFFIX)) {
        *out = false;
        return 0;
    }
    const struct slice base = {name.data, name.len - strlen(COMPANION_SUFFIX)};
    struct slice plain = base; /* without what may be the hash of the pair */
    if (looks_hashed(base)) {
        plain.len -= CUT_HASH + 1;
    }
    if (is_named_after(name, label, gateway, label, &found, err) != 0 ||
        is_named_after(name, label, gateway, base, &found, err) != 0 ||
        is_named_after(name, label, gateway, plain, &found, err) != 0) {
        return -1;
    }
    *out = found || are_cuts_of_one(base, label) || are_cuts_of_one(plain, label);
    return 0;
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* One or more labels with dots between them; each begins and ends with a letter or digit. */
static bool is_dotted(struct slice name)
{
    char before = '.';

    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool fine = is_alnum(c) || (c == '-' && before != '.') || (c == '.' && is_alnum(before));
        if (!fine) {
            return false;
        }
        before = c;
    }
    return is_alnum(before);
}

bool name_is_label(struct slice name)
{
    return name.len <= DNS_LABEL_MAX && is_dotted(name) && memchr(name.data, '.', name.len) == NULL;
}

bool name_is_subdomain(struct slice name)
{
    return name.len <= NAME_MAX_LEN && is_dotted(name);
}
