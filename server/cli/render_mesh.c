/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two places enforce. ztunnel, at each pod, sees who comes: the caller itself,
 * or the waypoint where the Service has one, or a gateway, which goes past the
 * waypoint unless the Service says otherwise. The waypoint sees the caller. So
 * a Service without a waypoint needs one policy, one with a waypoint two: the
 * waypoint at ztunnel, the callers at the waypoint.
 *
 * A peer's identity is its account: cluster.local/ns/NAMESPACE/sa/ACCOUNT.
 */
#include "server/cli/render_mesh.h"

#include "lib/kube/printable.h"
#include "lib/kube/quote.h"
#include "lib/mesh/names.h"
#include "server/cli/render_calls.h"
#include "server/cli/render_ingress.h"

#include <stdio.h>

#define TRUST_DOMAIN "cluster.local"

enum { POLICY_MAX = 16 * 1024 * 1024, PORTS_MAX = 64, WHY_MAX = 512, PORT_MAX = 65535 };

struct rendering {
    struct printer *printer;
    const struct members *members;
    const struct calls *calls;
};

struct ports {
    int64_t items[PORTS_MAX];
    size_t count;
};

/* The policy that is being written. */
struct writing {
    struct buf *rules;
    const struct ports *ports; /* NULL: the Service's own, which the waypoint has no others of */
};

static void put_comment(struct buf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* One line, whatever stands in a manifest. */
static void put_comment(struct buf *out, const char *fmt, ...)
{
    char text[WHY_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    buf_text(out, "  # ");
    printable_append(out, slice_of(text));
    buf_char(out, '\n');
}

static void put_rule(const struct writing *writing, struct slice namespace, struct slice account)
{
    struct buf *out = writing->rules;

    buf_printf(out,
               "  - from:\n    - source:\n        principals: [\"" TRUST_DOMAIN
               "/ns/%.*s/sa/%.*s\"]\n",
               SLICE_ARGS(namespace), SLICE_ARGS(account));
    if (writing->ports == NULL) {
        return;
    }
    buf_text(out, "    to:\n    - operation:\n        ports: [");
    for (size_t i = 0; i < writing->ports->count; i++) {
        buf_printf(out, "%s\"%lld\"", i == 0 ? "" : ", ", (long long)writing->ports->items[i]);
    }
    buf_text(out, "]\n");
}

static void put_gateway(void *arg, struct slice namespace, const char *account, const char *why)
{
    const struct writing *writing = arg;

    put_comment(writing->rules, "%s", why);
    put_rule(writing, namespace, slice_of(account));
}

static bool is_same_peer(const struct member *a, const struct member *b)
{
    return slice_equal(a->namespace, b->namespace) && slice_equal(a->account, b->account);
}

static void put_reason(const struct rendering *rendering, const struct call *call, struct buf *out)
{
    const struct member *member = &rendering->members->items[call->member];
    const struct offer *offer = &rendering->members->offers[call->offer];
    char where[MENTION_WHERE];

    mention_describe(&call->mention, where);
    put_comment(out, "%.*s %s names Service %.*s: %s%s", SLICE_ARGS(object_kind(member->object)),
                member->name, SLICE_ARGS(offer->name), where,
                member->meshed ? "" : " (it is not in the mesh, and has no identity there)");
}

/* Does none of those before call with the same identity? */
static bool is_first_call(const struct members *members, const struct call *calls, size_t at)
{
    const struct member *caller = &members->items[calls[at].member];
    bool first = name_is_subdomain(caller->account);

    for (size_t i = 0; i < at && first; i++) {
        first = !is_same_peer(caller, &members->items[calls[i].member]);
    }
    return first;
}

/* The reasons of all that call with the identity of this one. */
static void put_reasons(const struct rendering *rendering, const struct call *calls, size_t count,
                        struct buf *out)
{
    const struct member *items = rendering->members->items;

    for (size_t i = 0; i < count; i++) {
        if (is_same_peer(&items[calls[0].member], &items[calls[i].member])) {
            put_reason(rendering, &calls[i], out);
        }
    }
}

/* One rule for each peer, with a line for each workload that it runs. */
static void put_callers(const struct rendering *rendering, size_t offer,
                        const struct writing *writing)
{
    const struct members *members = rendering->members;
    size_t count = 0;
    const struct call *calls = calls_to(rendering->calls, offer, &count);

    for (size_t i = 0; i < count; i++) {
        const struct member *caller = &members->items[calls[i].member];
        if (is_first_call(members, calls, i)) {
            put_reasons(rendering, &calls[i], count - i, writing->rules);
            put_rule(writing, caller->namespace, caller->account);
        }
    }
}

static void add_port(struct ports *ports, int64_t port)
{
    for (size_t i = 0; i < ports->count; i++) {
        if (ports->items[i] == port) {
            return;
        }
    }
    if (port > 0 && port <= PORT_MAX && ports->count < PORTS_MAX) {
        ports->items[ports->count++] = port;
    }
}

static int64_t port_of_container(struct value container, struct slice name)
{
    struct value_iter ports = value_iter(value_member(container, "ports"));
    struct error wrong = {0};
    struct slice key;
    struct value port;
    int64_t number = 0;

    while (value_next(&ports, &key, &port)) {
        if (slice_equal(value_string(value_member(port, "name")), name) &&
            value_int64(value_member(port, "containerPort"), &number, &wrong) == 0) {
            return number;
        }
    }
    return 0;
}

/* The number of a container's port of that name; 0 where there is none. */
static int64_t port_named(struct value pod, struct slice name)
{
    const struct container_lists lists = container_lists(pod);
    struct container_iter iter = container_iter(&lists);
    struct value container;
    int64_t number = 0;
    char at[64];

    while (number == 0 && container_next(&iter, &container, at)) {
        number = port_of_container(container, name);
    }
    return number;
}

/* The pods' own ports behind the Service's: ztunnel compares those. */
static void find_ports(const struct rendering *rendering, const struct offer *offer,
                       const struct member *member, struct ports *out)
{
    struct value_iter iter = value_iter(value_member(offer->spec, "ports"));
    struct slice key;
    struct value port;
    struct error wrong = {0};

    while (value_next(&iter, &key, &port)) {
        struct value target = value_member(port, "targetPort");
        struct value protocol = value_member(port, "protocol");
        struct value number = value_is_set(target) ? target : value_member(port, "port");
        struct slice name = value_string(number);
        int64_t found = 0;
        if (value_is_set(protocol) && !value_is(protocol, "TCP")) {
            continue;
        }
        if (name.len > 0) {
            found = port_named(member->pod, name);
        } else if (value_int64(number, &found, &wrong) != 0) {
            found = 0;
        }
        if (found == 0) {
            console_say(rendering->printer->job->console,
                        "Service %.*s/%.*s: no container of %s has the port that it leads to",
                        SLICE_ARGS(offer->namespace), SLICE_ARGS(offer->name), member->name);
        }
        add_port(out, found);
    }
}

static void put_head(struct buf *out, size_t printed, struct slice name, const char *suffix,
                     struct slice namespace)
{
    buf_printf(out,
               "%sapiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n"
               "  name: \"%.*s%s\"\n  namespace: \"%.*s\"\nspec:\n",
               printed == 0 ? "" : "---\n", SLICE_ARGS(name), suffix, SLICE_ARGS(namespace));
}

static int put_policy(const struct rendering *rendering, struct buf *head, const struct buf *rules,
                      struct error *err)
{
    buf_text(head, "  action: ALLOW\n");
    if (rules->len == 0) {
        put_comment(head, "no manifest names a Service of it: nobody is let in");
    } else {
        buf_text(head, "  rules:\n");
        buf_slice(head, buf_view(rules));
    }
    if (buf_check(rules, err) != 0 || buf_check(head, err) != 0) {
        return -1;
    }
    console_put(rendering->printer->job->console, buf_view(head));
    rendering->printer->count++;
    return 0;
}

static void put_labels(struct buf *out, struct value labels)
{
    struct value_iter iter = value_iter(labels);
    struct slice key;
    struct value value;

    while (value_next(&iter, &key, &value)) {
        buf_text(out, "      ");
        quote(out, key);
        buf_text(out, ": ");
        quote(out, value_string(value));
        buf_char(out, '\n');
    }
}

/* What tells the workload's pods from all others. */
static void put_selector(struct buf *out, const struct member *member)
{
    struct value own = value_get(member->object->value, "spec", "selector", "matchLabels", NULL);

    buf_text(out, "  selector:\n    matchLabels:\n");
    if (member->rules != NULL) {
        buf_printf(out, "      " MARK_GATEWAY ": \"%s\"\n      " MARK_WORKLOAD ": \"%s\"\n",
                   member->rules->gateway->name, member->mark);
        return;
    }
    put_labels(out,
               value_count(own) > 0 ? own : value_get(member->pod, "metadata", "labels", NULL));
}

static void put_remarks(const struct rendering *rendering, const struct member *member,
                        struct buf *out)
{
    const struct cidr_list *probes = &rendering->printer->job->config->mesh.probes;

    put_comment(out, "ztunnel, at each pod of %s: nobody comes in but by one of these rules",
                member->name);
    if (probes->count > 0) {
        char probe[CIDR_TEXT] = "";
        cidr_format(&probes->items[0], probe);
        put_comment(out, "the kubelet's probes come from %s and are not asked", probe);
    }
    if (member->rules != NULL) {
        put_comment(out, "what comes in through the tunnel has no identity and stays out");
    }
}

/* The rules for one Service that leads to the workload. */
static void put_offer(const struct rendering *rendering, size_t at, const struct member *member,
                      struct buf *rules)
{
    const struct offer *offer = &rendering->members->offers[at];
    struct ports ports = {0};
    struct writing writing = {.rules = rules, .ports = &ports};

    find_ports(rendering, offer, member, &ports);
    if (ports.count == 0) {
        return;
    }
    if (offer->waypoint.len > 0) {
        put_comment(rules, "the waypoint %.*s/%.*s passes on what it lets in to Service %.*s",
                    SLICE_ARGS(offer->waypoint_namespace), SLICE_ARGS(offer->waypoint),
                    SLICE_ARGS(offer->name));
        put_rule(&writing, offer->waypoint_namespace, offer->waypoint);
    } else {
        put_callers(rendering, at, &writing);
    }
    if (!offer->ingress_at_waypoint) {
        ingress_visit(rendering->printer->job, rendering->members, offer, put_gateway, &writing);
    }
}

/* Private pods are bound to the configuration's waypoint, for what is sent to their own addresses.
 */
static void put_own_waypoint(const struct rendering *rendering, const struct member *member,
                             struct buf *rules)
{
    const char *waypoint = rendering->printer->job->config->mesh.waypoint;
    const struct members *members = rendering->members;
    struct ports ports = {0};
    struct writing writing = {.rules = rules, .ports = &ports};
    bool there = member->rules == NULL || waypoint[0] == '\0';

    for (size_t i = 0; i < members->offer_count && !there; i++) {
        const struct offer *offer = &members->offers[i];
        if (!offer_leads_to(offer, member)) {
            continue;
        }
        find_ports(rendering, offer, member, &ports);
        there = slice_is(offer->waypoint, waypoint) &&
                slice_equal(offer->waypoint_namespace, member->namespace);
    }
    if (there || ports.count == 0) {
        return;
    }
    put_comment(rules, "the configuration's waypoint %s passes on what is sent to the pods",
                waypoint);
    put_rule(&writing, member->namespace, slice_of(waypoint));
}

static int render_member(const struct rendering *rendering, const struct member *member,
                         struct error *err)
{
    AUTO(buf) struct buf rules = {0};
    AUTO(buf) struct buf text = {0};
    char base[NAME_MAX_LEN + 1];

    buf_init(&rules, POLICY_MAX);
    buf_init(&text, POLICY_MAX);
    if (name_cut(slice_of(member->name), POLICY_BASE_MAX, base, err) != 0) {
        return -1;
    }
    put_head(&text, rendering->printer->count, slice_of(base), "-mesh", member->namespace);
    put_remarks(rendering, member, &text);
    put_selector(&text, member);
    for (size_t i = 0; i < rendering->members->offer_count; i++) {
        if (offer_leads_to(&rendering->members->offers[i], member)) {
            put_offer(rendering, i, member, &rules);
        }
    }
    put_own_waypoint(rendering, member, &rules);
    return put_policy(rendering, &text, &rules, err);
}

/* Was a policy of that name printed: for a workload of the same name and marks? */
static bool is_first(const struct members *members, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (members->items[i].meshed &&
            strcmp(members->items[i].name, members->items[at].name) == 0 &&
            slice_equal(members->items[i].namespace, members->items[at].namespace)) {
            return false;
        }
    }
    return true;
}

static bool leads_to_mesh(const struct members *members, const struct offer *offer)
{
    for (size_t i = 0; i < members->count; i++) {
        if (members->items[i].meshed && offer_leads_to(offer, &members->items[i])) {
            return true;
        }
    }
    return false;
}

static int render_offer(const struct rendering *rendering, size_t at, struct error *err)
{
    const struct offer *offer = &rendering->members->offers[at];
    AUTO(buf) struct buf rules = {0};
    AUTO(buf) struct buf text = {0};
    struct writing writing = {.rules = &rules};

    buf_init(&rules, POLICY_MAX);
    buf_init(&text, POLICY_MAX);
    put_head(&text, rendering->printer->count, offer->name, "-waypoint", offer->namespace);
    put_comment(&text, "the waypoint %.*s/%.*s, which sees who calls Service %.*s",
                SLICE_ARGS(offer->waypoint_namespace), SLICE_ARGS(offer->waypoint),
                SLICE_ARGS(offer->name));
    buf_printf(&text, "  targetRefs:\n  - group: \"\"\n    kind: Service\n    name: \"%.*s\"\n",
               SLICE_ARGS(offer->name));
    put_callers(rendering, at, &writing);
    if (offer->ingress_at_waypoint) {
        ingress_visit(rendering->printer->job, rendering->members, offer, put_gateway, &writing);
    }
    return put_policy(rendering, &text, &rules, err);
}

static int render_members(const struct rendering *rendering, struct error *err)
{
    const struct members *members = rendering->members;

    for (size_t i = 0; i < members->count; i++) {
        if (members->items[i].meshed && is_first(members, i) &&
            render_member(rendering, &members->items[i], err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < members->offer_count; i++) {
        const struct offer *offer = &members->offers[i];
        if (offer->waypoint.len > 0 && leads_to_mesh(members, offer) &&
            render_offer(rendering, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int render_mesh(struct printer *printer, struct error *err)
{
    AUTO(members) struct members members = {0};
    AUTO(calls) struct calls calls = {0};
    const struct rendering rendering = {.printer = printer, .members = &members, .calls = &calls};

    if (members_find(printer->job, &members, err) != 0 ||
        calls_find(printer->job, &members, &calls, err) != 0) {
        return -1;
    }
    return render_members(&rendering, err);
}
