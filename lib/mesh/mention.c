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

struct slice mention_first(struct slice host)
{
    size_t len = 0;

    while (len < host.len && host.data[len] != '.') {
        len++;
    }
    return (struct slice){host.data, len};
}

struct slice mention_second(struct slice host)
{
    struct slice first = mention_first(host);

    if (first.len == host.len) {
        return (struct slice){0};
    }
    return mention_first(slice_after(host, first.len + 1));
}

bool mention_means(const struct mention_of *of, struct slice host)
{
    struct slice rest = host;

    if (skip(&rest, of->service) && is_rest(of, rest, false)) {
        return true;
    }
    /* That of one of its pods, which comes with "svc" at least. */
    struct slice first = mention_first(host);
    rest = slice_after(host, first.len + 1);
    return first.len < host.len && skip(&rest, of->service) && is_rest(of, rest, true);
}

/* Behind one slash stands a path, behind two a host. */
static bool is_path(struct slice text, size_t at)
{
    return at > 0 && text.data[at - 1] == '/' && (at < 2 || text.data[at - 2] != '/');
}

struct search {
    mention_visitor *visitor;
    void *arg;
    struct mention mention; /* where the text stands */
};

static int visit_text(struct search *search, struct slice text, struct error *err)
{
    size_t at = 0;

    while (at < text.len) {
        size_t end = at;
        while (end < text.len && is_word(text.data[end])) {
            end++;
        }
        search->mention.host = (struct slice){text.data + at, end - at};
        if (end > at && !is_path(text, at) &&
            search->visitor(search->arg, &search->mention, err) != 0) {
            return -1;
        }
        at = end + 1;
    }
    return 0;
}

int mention_visit_text(const struct mention *place, struct slice text, mention_visitor *visitor,
                       void *arg, struct error *err)
{
    struct search search = {.visitor = visitor, .arg = arg, .mention = *place};

    return visit_text(&search, text, err);
}

static int visit_list(struct search *search, struct value list, size_t first, struct error *err)
{
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (iter.index >= first && visit_text(search, value_string(item), err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int visit_environment(struct search *search, struct value container, struct error *err)
{
    struct value_iter iter = value_iter(value_member(container, "env"));
    struct slice key;
    struct value variable;

    while (value_next(&iter, &key, &variable)) {
        search->mention.variable = value_string(value_member(variable, "name"));
        if (visit_text(search, value_string(value_member(variable, "value")), err) != 0) {
            return -1;
        }
    }
    search->mention.variable = (struct slice){0};
    return 0;
}

int mention_visit(struct value pod, mention_visitor *visitor, void *arg, struct error *err)
{
    struct value annotations = value_get(pod, "metadata", "annotations", NULL);
    const struct container_lists lists = container_lists(pod);
    struct container_iter iter = container_iter(&lists);
    struct search search = {.visitor = visitor, .arg = arg};
    struct value container;
    char at[64];

    if (visit_text(&search, value_string(value_member(annotations, MARK_TALKS_TO)), err) != 0) {
        return -1;
    }
    while (container_next(&iter, &container, at)) {
        search.mention.container = value_string(value_member(container, "name"));
        /* The first word of a command is a program's name. */
        if (visit_environment(&search, container, err) != 0 ||
            visit_list(&search, value_member(container, "command"), 1, err) != 0 ||
            visit_list(&search, value_member(container, "args"), 0, err) != 0) {
            return -1;
        }
    }
    return 0;
}

void mention_describe(const struct mention *mention, char where[static MENTION_WHERE])
{
    char variable[64];
    char container[64];

    if (mention->container.len == 0) {
        (void)snprintf(where, MENTION_WHERE, "its annotation " MARK_TALKS_TO);
        return;
    }
    (void)printable(variable, sizeof variable, mention->variable);
    (void)printable(container, sizeof container, mention->container);
    if (mention->variable.len > 0) {
        (void)snprintf(where, MENTION_WHERE, "the variable %s of container %s", variable,
                       container);
        return;
    }
    (void)snprintf(where, MENTION_WHERE, "the arguments of container %s", container);
}
