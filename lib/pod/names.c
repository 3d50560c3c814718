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
    (void)stpcpy(end, "-vpn-killswitch");
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
