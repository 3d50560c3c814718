/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/cluster_view.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

static bool count_one(void *arg, struct slice namespace, struct value object)
{
    (void)namespace;
    (void)object;
    *(size_t *)arg += 1;
    return true;
}

Test(cluster_view, with_nobody_to_ask_is_not_known)
{
    static const struct cluster_view nobody = {0};
    static const struct slice any = {0};
    static const struct cluster_objects wanted = {.kind = {"Namespace", 9}};
    struct error err = {0};
    AUTO(addrset) struct addrset set = {0};
    size_t count = 0;
    bool terminates = false;

    addrset_init(&set);
    cr_assert_eq(cluster_count_pods(NULL, SLICE("media"), any, any, &count, &err), -1);
    cr_assert_eq(cluster_count_pods(&nobody, SLICE("media"), any, any, &count, &err), -1);
    cr_assert_eq(cluster_is_terminating(NULL, SLICE("media"), &terminates, &err), -1);
    cr_assert_eq(cluster_is_terminating(&nobody, SLICE("media"), &terminates, &err), -1);
    cr_assert_eq(cluster_selects_pods(NULL, SLICE("media"), VALUE_ABSENT, &terminates, &err), -1);
    cr_assert_eq(cluster_selects_pods(&nobody, SLICE("media"), VALUE_ABSENT, &terminates, &err),
                 -1);
    cr_assert_eq(cluster_add_nodes(NULL, &set, &err), -1);
    cr_assert_eq(cluster_add_nodes(&nobody, &set, &err), -1);
    cr_assert_eq(cluster_visit(NULL, &wanted, count_one, &count, &err), -1);
    cr_assert_eq(cluster_visit(&nobody, &wanted, count_one, &count, &err), -1);
    cr_assert_eq(count, 0);
    cr_assert_eq(err.code, ERR_SYSTEM);
    cr_assert_str_eq(err.text, "there is no cluster to ask");
}

/* ---- Nodes ---- */

static int visit_nodes(const void *place, const struct cluster_objects *wanted,
                       cluster_visitor *visitor, void *arg, struct error *err)
{
    AUTO(json) struct json doc = {0};
    const struct slice none = {0};

    (void)err;
    cr_assert(slice_is(wanted->kind, "Node") && wanted->group.len == 0);
    fixture_parse(&doc, place);
    struct value list = value_root(&doc);
    for (size_t i = 0; i < value_count(list) && visitor(arg, none, value_item(list, i)); i++) {
    }
    return 0;
}

static bool has(const struct addrset *set, const char *text)
{
    struct address address = {0};
    enum family family = FAMILY_IPV4;
    struct error err = {0};

    cr_assert_eq(address_parse(slice_of(text), &family, &address, &err), 0, "%s", err.text);
    return addrset_has(set, family, address);
}

Test(cluster_view, finds_nodes_among_the_objects_of_an_input)
{
    const struct cluster_view around = {
        .place = "[{\"status\":{\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"192.0.2.1\"},"
                 "{\"type\":\"Hostname\",\"address\":\"a\"}]}},{},"
                 "{\"status\":{\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"fd00::1\"},"
                 "{\"type\":\"ExternalIP\",\"address\":\"192.0.2.3\"},{},7]}}]",
        .visit = visit_nodes,
    };
    AUTO(addrset) struct addrset set = {0};
    struct error err = {0};

    addrset_init(&set);
    cr_assert_eq(cluster_add_address(&set, SLICE("203.0.113.1"), &err), 0);
    cr_assert_eq(cluster_add_nodes(&around, &set, &err), 0, "%s", err.text);
    cr_assert(has(&set, "203.0.113.1"));
    cr_assert(has(&set, "192.0.2.1"));
    cr_assert(has(&set, "192.0.2.3"));
    cr_assert(has(&set, "fd00::1"));
    cr_assert_not(has(&set, "192.0.2.2"));
}

Test(cluster_view, knows_which_labels_hold_which)
{
    AUTO(json) struct json doc = {0};

    fixture_parse(&doc, "[{\"a\":\"b\",\"c\":\"d\"},{\"a\":\"b\"},{},{\"a\":\"x\"},null]");
    struct value list = value_root(&doc);
    cr_assert(cluster_labels_hold(value_item(list, 0), value_item(list, 1)));
    cr_assert(cluster_labels_hold(value_item(list, 4), value_item(list, 2)));
    cr_assert_not(cluster_labels_hold(value_item(list, 1), value_item(list, 0)));
    cr_assert_not(cluster_labels_hold(value_item(list, 3), value_item(list, 1)));
    cr_assert_not(cluster_labels_hold(value_item(list, 4), value_item(list, 1)));
}
