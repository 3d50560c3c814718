/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mesh/mention.h"

#include "lib/kube/printable.h"
#include "lib/pod/names.h"
#include "lib/pod/subject.h"

#include <stdio.h>

/* Of a host's name, and of the words that a name is no part of. */
static bool is_word(char c)
{
    char low = ascii_lower(c);

    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/* `text` without `head`, letters of either case alike; false where it does not begin so. */
static bool skip(struct slice *text, struct slice head)
{
    if (text->len < head.len) {
        return false;
    }
    for (size_t i = 0; i < head.len; i++) {
        if (ascii_lower(text->data[i]) != ascii_lower(head.data[i])) {
            return false;
        }
    }
    *text = slice_after(*text, head.len);
    return true;
}

/* What may follow a Service's name: its namespace, "svc", the domain, the root's dot. */
static bool is_rest(const struct mention_of *of, struct slice rest, bool needs_svc)
{
    bool own = slice_equal(of->namespace, of->from);

    if (rest.len == 0) {
        return own && !needs_svc;
    }
    if (!skip(&rest, SLICE(".")) || !skip(&rest, of->namespace)) {
        return false;
    }
    if (rest.len == 0) {
        return !needs_svc;
    }
    if (!skip(&rest, SLICE(".svc"))) {
        return false;
    }
    return rest.len == 0 || (skip(&rest, SLICE(".")) && skip(&rest, slice_of(of->domain)) &&
                             (rest.len == 0 || slice_is(rest, ".")));
}

/* A host's name: the Service's, or that of one of its pods, which comes with "svc" at least. */
static bool is_named_by(const struct mention_of *of, struct slice host)
{
    struct slice rest = host;

    if (skip(&rest, of->service) && is_rest(of, rest, false)) {
        return true;
    }
    while (host.len > 0 && host.data[0] != '.') {
        host = slice_after(host, 1);
    }
    rest = slice_after(host, 1);
    return host.len > 0 && skip(&rest, of->service) && is_rest(of, rest, true);
}

/* Behind one slash stands a path, behind two a host. */
static bool is_path(struct slice text, size_t at)
{
    return at > 0 && text.data[at - 1] == '/' && (at < 2 || text.data[at - 2] != '/');
}

bool mention_in_text(const struct mention_of *of, struct slice text)
{
    size_t at = 0;

    while (at < text.len) {
        size_t end = at;
        while (end < text.len && is_word(text.data[end])) {
            end++;
        }
        if (end > at && !is_path(text, at) &&
            is_named_by(of, (struct slice){text.data + at, end - at})) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

static bool in_list(const struct mention_of *of, struct value list, size_t first)
{
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (iter.index >= first && mention_in_text(of, value_string(item))) {
            return true;
        }
    }
    return false;
}

static struct slice in_environment(const struct mention_of *of, struct value container)
{
    struct value_iter iter = value_iter(value_member(container, "env"));
    struct slice key;
    struct value variable;

    while (value_next(&iter, &key, &variable)) {
        if (mention_in_text(of, value_string(value_member(variable, "value")))) {
            return value_string(value_member(variable, "name"));
        }
    }
    return (struct slice){0};
}

static void say(char where[static MENTION_WHERE], const char *what, struct slice name,
                struct value container)
{
    char shown[64];
    char holder[64];

    (void)printable(shown, sizeof shown, name);
    (void)printable(holder, sizeof holder, value_string(value_member(container, "name")));
    (void)snprintf(where, MENTION_WHERE, "%s%s%s of container %s", what, name.len > 0 ? " " : "",
                   shown, holder);
}

bool mention_in_pod(const struct mention_of *of, struct value pod, char where[static MENTION_WHERE])
{
    struct value annotations = value_get(pod, "metadata", "annotations", NULL);
    const struct container_lists lists = container_lists(pod);
    struct container_iter iter = container_iter(&lists);
    struct value container;
    char at[64];

    if (mention_in_text(of, value_string(value_member(annotations, MARK_TALKS_TO)))) {
        (void)snprintf(where, MENTION_WHERE, "its annotation " MARK_TALKS_TO);
        return true;
    }
    while (container_next(&iter, &container, at)) {
        struct slice variable = in_environment(of, container);
        if (variable.len > 0) {
            say(where, "the variable", variable, container);
            return true;
        }
        /* The first word of a command is a program's name. */
        if (in_list(of, value_member(container, "command"), 1) ||
            in_list(of, value_member(container, "args"), 0)) {
            say(where, "the arguments", (struct slice){0}, container);
            return true;
        }
    }
    return false;
}
