/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/peer.h"

#include "lib/netpol/policy.h"

struct build *peer_build_block(const struct cidr *cidr)
{
    struct build *peer = build_object();
    char text[CIDR_TEXT];

    cidr_format(cidr, text);
    build_set(build_set(peer, "ipBlock", build_object()), "cidr", build_text(text));
    return peer;
}

struct build *peer_build_all_pods(void)
{
    struct build *peer = build_object();

    build_set(peer, "namespaceSelector", build_object());
    return peer;
}

static void copy_text(struct build *to, struct value from, const char *name)
{
    build_set(to, name, build_string(value_string(value_member(from, name))));
}

static void copy_filled(struct build *to, struct value from, const char *name)
{
    struct value member = value_member(from, name);

    if (value_count(member) > 0) {
        build_set(to, name, build_copy(member));
    }
}

static void copy_expressions(struct build *to, struct value list)
{
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;

    if (value_count(list) == 0) {
        return;
    }
    struct build *copies = build_set(to, "matchExpressions", build_array());
    while (value_next(&iter, &key, &item)) {
        struct build *copy = build_push(copies, build_object());
        copy_text(copy, item, "key");
        copy_text(copy, item, "operator");
        copy_filled(copy, item, "values");
    }
}

static struct build *copy_selector(struct value from)
{
    struct build *copy = build_object();

    copy_filled(copy, from, "matchLabels");
    copy_expressions(copy, value_member(from, "matchExpressions"));
    return copy;
}

/* Labels have strings as values, a selector has none. */
static bool is_labels(struct value v)
{
    struct value_iter iter = value_iter(v);
    struct slice key;
    struct value item;

    return value_next(&iter, &key, &item) && value_kind(item) == JSON_STRING;
}

struct build *peer_build_pods(const char *namespace, struct value pods)
{
    struct build *peer = build_object();
    struct build *spaces = build_set(peer, "namespaceSelector", build_object());
    struct build *labels = build_set(spaces, "matchLabels", build_object());

    build_set(labels, METADATA_NAME, build_text(namespace));
    if (is_labels(pods)) {
        struct build *selector = build_set(peer, "podSelector", build_object());
        build_set(selector, "matchLabels", build_copy(pods));
    } else if (value_is_set(pods)) {
        build_set(peer, "podSelector", copy_selector(pods));
    }
    return peer;
}

static void copy_block(struct build *to, struct value from)
{
    struct build *block = build_set(to, "ipBlock", build_object());

    copy_text(block, from, "cidr");
    copy_filled(block, from, "except");
}

struct build *peer_build_copy(struct value peer)
{
    static const char *const selectors[] = {"namespaceSelector", "podSelector"};
    struct build *copy = build_object();

    for (size_t i = 0; i < COUNT_OF(selectors); i++) {
        struct value selector = value_member(peer, selectors[i]);
        if (value_is_set(selector)) {
            build_set(copy, selectors[i], copy_selector(selector));
        }
    }
    if (value_is_set(value_member(peer, "ipBlock"))) {
        copy_block(copy, value_member(peer, "ipBlock"));
    }
    return copy;
}
