/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mesh/peer.h"

#include "lib/pod/names.h"

#include <stdio.h>

enum { PEER_MAX = 2 * NAME_MAX_LEN + 16 };

/* Whole, "abc*", "*abc" or "*". */
static bool is_like(struct slice text, struct slice pattern)
{
    if (slice_is(pattern, "*")) {
        return true;
    }
    if (pattern.len > 0 && pattern.data[pattern.len - 1] == '*') {
        size_t head = pattern.len - 1;
        return text.len >= head && memcmp(text.data, pattern.data, head) == 0;
    }
    if (pattern.len > 0 && pattern.data[0] == '*') {
        struct slice tail = slice_after(pattern, 1);
        return text.len >= tail.len && slice_equal(slice_after(text, text.len - tail.len), tail);
    }
    return slice_equal(text, pattern);
}

static int shown(struct slice name)
{
    return name.len < NAME_MAX_LEN ? (int)name.len : NAME_MAX_LEN;
}

/* "/ns/NAMESPACE/sa/ACCOUNT", what stands behind the trust domain. */
static struct slice print_peer(const struct peer *peer, char out[static PEER_MAX])
{
    (void)snprintf(out, PEER_MAX, "/ns/%.*s/sa/%.*s", shown(peer->namespace), peer->namespace.data,
                   shown(peer->account), peer->account.data);
    return slice_of(out);
}

bool peer_is_named(const struct peer *peer, struct slice pattern)
{
    char text[PEER_MAX];
    struct slice name = print_peer(peer, text);

    if (pattern.len > 0 && pattern.data[0] == '*') {
        struct slice tail = slice_after(pattern, 1);
        /* With more than what is known: then that must be its end. */
        return is_like(name, pattern) ||
               (tail.len > name.len && slice_equal(slice_after(tail, tail.len - name.len), name));
    }
    struct slice rest = pattern;
    while (rest.len > 0 && rest.data[0] != '/') {
        rest = slice_after(rest, 1);
    }
    if (rest.len == 0) {
        return slice_ends_with(pattern, "*");
    }
    return is_like(name, rest);
}

/* One of Istio's short names: "media/sonarr", or "sonarr" in the policy's own namespace. */
static bool is_account(const struct authz *policy, const struct peer *peer, struct slice text)
{
    const char *slash = text.len == 0 ? NULL : memchr(text.data, '/', text.len);

    if (slash == NULL) {
        return slice_equal(text, peer->account) && slice_equal(policy->namespace, peer->namespace);
    }
    size_t at = (size_t)(slash - text.data);
    return slice_equal((struct slice){text.data, at}, peer->namespace) &&
           slice_equal(slice_after(text, at + 1), peer->account);
}

static bool is_meant(const struct authz *policy, const struct peer *peer,
                     const struct authz_attribute *attribute, struct slice text)
{
    if (slice_is(attribute->name, "principals")) {
        return peer_is_named(peer, text);
    }
    if (slice_is(attribute->name, "namespaces")) {
        return is_like(peer->namespace, text);
    }
    return !slice_is(attribute->name, "serviceAccounts") || is_account(policy, peer, text);
}

static bool attribute_fits(const struct authz *policy, const struct peer *peer,
                           const struct authz_attribute *attribute)
{
    struct value_iter iter = value_iter(attribute->values);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (is_meant(policy, peer, attribute, value_string(item))) {
            return true;
        }
    }
    return value_count(attribute->values) == 0;
}

static bool match_fits(const struct authz *policy, const struct peer *peer,
                       const struct authz_match *match)
{
    bool fits = true;

    for (size_t i = 0; i < match->count && fits; i++) {
        fits = attribute_fits(policy, peer, &match->attributes[i]);
    }
    return fits;
}

static bool rule_fits(const struct authz *policy, const struct peer *peer,
                      const struct authz_rule *rule)
{
    for (size_t i = 0; i < rule->count; i++) {
        const struct authz_clause *clause = &rule->clauses[i];
        bool fits = clause->part != AUTHZ_FROM;
        for (size_t j = 0; j < clause->count && !fits; j++) {
            fits = match_fits(policy, peer, &clause->matches[j]);
        }
        if (!fits) {
            return false;
        }
    }
    return true;
}

bool peer_may_pass(const struct authz *policy, const struct peer *peer)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        if (rule_fits(policy, peer, &policy->rules[i])) {
            return true;
        }
    }
    return false;
}
