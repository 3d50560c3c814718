/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/base/support.h"
#include "tests/validators/judge.h"
#include "tests/validators/request.h"

#define DB "\"labels\":{\"kubernetes.io/service-name\":\"db\"}"
#define IPV4 ",\"addressType\":\"IPv4\",\"endpoints\":[{\"addresses\":["
#define IPV6 ",\"addressType\":\"IPv6\",\"endpoints\":[{\"addresses\":["
#define FQDN ",\"addressType\":\"FQDN\",\"endpoints\":[{\"addresses\":["
#define END "]}]"
#define SUBSETS ",\"subsets\":[{\"addresses\":[{\"ip\":\""
#define JANE "jane"
#define CONTROLLER(name) "system:serviceaccount:kube-system:" name

#define INNER(name) name, "discovery.k8s.io", JANE
#define DENIED(field) REASON_EXTERNAL_ENDPOINT, field
#define FREE REASON_NONE, "", ""

/* Metadata and what follows it, as members; `old` is NULL at the creation. */
struct endpoint_case {
    const char *name;
    const char *group;
    const char *user;
    const char *old[2];
    const char *object[2];
    enum reason want;
    const char *field;
    const char *says;
};

#define SLICE_OF(name, object)                                                                     \
    name, "discovery.k8s.io", JANE, {NULL, NULL},                                                  \
    {                                                                                              \
        DB, object                                                                                 \
    }
#define SLICE_BY(name, user, object)                                                               \
    name, "discovery.k8s.io", user, {NULL, NULL},                                                  \
    {                                                                                              \
        DB, object                                                                                 \
    }
#define CHANGED(name, old, object)                                                                 \
    name, "discovery.k8s.io", JANE, {DB, old},                                                     \
    {                                                                                              \
        DB, object                                                                                 \
    }
#define POINTS(name, object)                                                                       \
    name, "", JANE, {NULL, NULL},                                                                  \
    {                                                                                              \
        "\"labels\":{}", object                                                                    \
    }

static const struct endpoint_case cases[] = {
    {SLICE_OF("a pod", IPV4 "\"10.1.2.3\"" END), FREE},
    {SLICE_OF("another Service's address", IPV4 "\"10.152.183.9\"" END), FREE},
    {SLICE_OF("a host of the LAN", IPV4 "\"192.168.0.7\"" END), FREE},
    {SLICE_OF("a public address", IPV4 "\"203.0.113.9\"" END), DENIED("endpoints[0].addresses[0]"),
     "203.0.113.9, outside the cluster: behind Service "},
    {SLICE_OF("a public address last",
              IPV4 "\"10.1.2.3\"]},{\"addresses\":[\"10.1.2.4\",\"203.0.113.9\"" END),
     DENIED("endpoints[1].addresses[1]"), "ExternalName"},
    {SLICE_OF("a host of a LAN that nobody configured", IPV4 "\"192.168.1.7\"" END),
     DENIED("endpoints[0].addresses[0]"), "nodeCIDRs or localCIDRs"},
    {SLICE_OF("the tunnel's own network", IPV4 "\"172.16.0.1\"" END),
     DENIED("endpoints[0].addresses[0]"), ""},
    {SLICE_OF("IPv6", IPV6 "\"2001:db8::1\"" END), DENIED("endpoints[0].addresses[0]"), ""},
    {SLICE_OF("IPv4 in IPv6", IPV6 "\"::ffff:203.0.113.9\"" END),
     DENIED("endpoints[0].addresses[0]"), "canonical"},
    {SLICE_OF("IPv4 of the cluster in IPv6", IPV6 "\"::ffff:10.1.2.3\"" END),
     DENIED("endpoints[0].addresses[0]"), "canonical"},
    {SLICE_OF("leading zeros", IPV4 "\"010.1.2.3\"" END), DENIED("endpoints[0].addresses[0]"),
     "canonical"},
    {SLICE_OF("no address at all", IPV4 "\"\"" END), DENIED("endpoints[0].addresses[0]"), ""},
    {SLICE_OF("a name", FQDN "\"db.example.org\"" END), DENIED("endpoints[0].addresses[0]"),
     "a name that may lead anywhere"},
    {SLICE_OF("a name of the cluster", FQDN "\"db.media.svc.cluster.local\"" END), FREE},
    {SLICE_OF("a name that looks like one", FQDN "\"db.svc.cluster.local.example.org\"" END),
     DENIED("endpoints[0].addresses[0]"), ""},
    {SLICE_OF("a name among addresses", IPV4 "\"db.media.svc.cluster.local\"" END),
     DENIED("endpoints[0].addresses[0]"), ""},
    {SLICE_OF("no endpoints", ",\"addressType\":\"IPv4\",\"endpoints\":null"), FREE},
    {SLICE_OF("no addresses", ",\"addressType\":\"IPv4\",\"endpoints\":[{\"addresses\":null}]"),
     FREE},
    {SLICE_OF("an address of another type", IPV4 "17" END), REASON_MALFORMED,
     "endpoints[0].addresses[0]", ""},
    {SLICE_OF("addresses of another type", ",\"endpoints\":[{\"addresses\":\"203.0.113.9\"}]"),
     REASON_MALFORMED, "endpoints[0].addresses", ""},
    {SLICE_OF("an endpoint of another type", ",\"endpoints\":[[\"203.0.113.9\"]]"),
     REASON_MALFORMED, "endpoints[0]", ""},
    {SLICE_OF("endpoints of another type", ",\"endpoints\":{\"addresses\":[\"203.0.113.9\"]}"),
     REASON_MALFORMED, "endpoints", ""},
    {SLICE_OF("an address type of another type", ",\"addressType\":4,\"endpoints\":[]"),
     REASON_MALFORMED, "addressType", ""},
    {"a slice of no Service",
     "discovery.k8s.io",
     JANE,
     {NULL, NULL},
     {"\"labels\":{\"a\":\"b\"}", IPV4 "\"203.0.113.9\"" END},
     FREE},
    {"a slice whose Service is a number",
     "discovery.k8s.io",
     JANE,
     {NULL, NULL},
     {"\"labels\":{\"kubernetes.io/service-name\":1}", IPV4 "\"203.0.113.9\"" END},
     REASON_MALFORMED,
     "metadata.labels[kubernetes.io/service-name]",
     ""},
    {SLICE_BY("of the controller of slices", CONTROLLER("endpointslice-controller"),
              IPV4 "\"203.0.113.9\"" END),
     FREE},
    {SLICE_BY("of the mirror", CONTROLLER("endpointslicemirroring-controller"),
              IPV4 "\"203.0.113.9\"" END),
     FREE},
    {SLICE_BY("of the controller manager", "system:kube-controller-manager",
              IPV4 "\"203.0.113.9\"" END),
     FREE},
    {SLICE_BY("of the API server", "system:apiserver", IPV4 "\"203.0.113.9\"" END), FREE},
    {SLICE_BY("of an account called like a controller",
              "system:serviceaccount:media:endpointslice-controller", IPV4 "\"203.0.113.9\"" END),
     DENIED("endpoints[0].addresses[0]"), ""},
    {CHANGED("one that was there before", IPV4 "\"203.0.113.9\"" END,
             IPV4 "\"203.0.113.9\",\"10.1.2.3\"" END),
     FREE},
    {CHANGED("one beside one that was there", IPV4 "\"203.0.113.9\"" END,
             IPV4 "\"203.0.113.9\",\"203.0.113.10\"" END),
     DENIED("endpoints[0].addresses[1]"), "203.0.113.10"},
    {CHANGED("a name that was there before", FQDN "\"db.example.org\"" END,
             FQDN "\"db.example.org\"" END),
     FREE},
    {CHANGED("a name beside one that was there", FQDN "\"db.example.org\"" END,
             FQDN "\"db.example.org\",\"b.example.org\"" END),
     DENIED("endpoints[0].addresses[0]"), ""},
    {CHANGED("a text that was there and that nobody reads alike", IPV4 "\"010.1.2.3\"" END,
             IPV4 "\"010.1.2.3\"" END ",\"ports\":[]"),
     FREE},
    {"a slice that gets its Service later",
     "discovery.k8s.io",
     JANE,
     {"\"labels\":{}", IPV4 "\"203.0.113.9\"" END},
     {DB, IPV4 "\"203.0.113.9\"" END},
     DENIED("endpoints[0].addresses[0]"),
     ""},
    {"a slice that changes its Service",
     "discovery.k8s.io",
     JANE,
     {"\"labels\":{\"kubernetes.io/service-name\":\"a\"}", IPV4 "\"203.0.113.9\"" END},
     {DB, IPV4 "\"203.0.113.9\"" END},
     DENIED("endpoints[0].addresses[0]"),
     ""},
    {"a slice that loses its Service",
     "discovery.k8s.io",
     JANE,
     {DB, IPV4 "\"203.0.113.9\"" END},
     {"\"labels\":{}", IPV4 "\"203.0.113.9\"" END},
     FREE},
    {POINTS("Endpoints in the cluster", SUBSETS "10.1.2.3\"}]}]"), FREE},
    {POINTS("Endpoints outside", SUBSETS "203.0.113.9\"}]}]"), DENIED("subsets[0].addresses[0].ip"),
     "behind Service media/db"},
    {POINTS("Endpoints outside, not ready",
            ",\"subsets\":[{\"notReadyAddresses\":[{\"ip\":\"203.0.113.9\"}]}]"),
     DENIED("subsets[0].notReadyAddresses[0].ip"), ""},
    {POINTS("Endpoints without an address",
            ",\"subsets\":[{\"addresses\":[{\"hostname\":\"a\"}]}]"),
     REASON_MALFORMED, "subsets[0].addresses[0].ip", ""},
    {POINTS("Endpoints of nothing", ""), FREE},
    {"Endpoints of their controller",
     "",
     CONTROLLER("endpoint-controller"),
     {NULL, NULL},
     {"\"labels\":{}", SUBSETS "203.0.113.9\"}]}]"},
     FREE},
};

static void print_review(struct buf *text, const struct endpoint_case *c)
{
    struct request request = {ENDPOINTS, .namespace = "media", .name = "db", .user = c->user};

    if (c->group[0] != '\0') {
        request = (struct request){A_SLICE, .namespace = "media", .name = "db", .user = c->user};
    }
    memcpy(request.old, c->old, sizeof request.old);
    memcpy(request.object, c->object, sizeof request.object);
    print_request(text, &request);
}

EACH_ROW(validators_external_endpoint, addresses, cases)
{
    const struct endpoint_case *c = &cases[*index];
    AUTO(buf) struct buf text = {0};

    print_review(&text, c);
    struct findings findings = judge_review(buf_cstr(&text));

    cr_assert_str_eq(reason_name(findings.denied), reason_name(c->want), "%s: %s", c->name,
                     findings.message);
    cr_assert_str_eq(findings.field, c->field, "%s", c->name);
    cr_assert_not_null(strstr(findings.message, c->says), "%s: %s", c->name, findings.message);
}

#define SETTING(reach, validation)                                                                 \
    "apiVersion: podveil.io/v1\nkind: Configuration\n"                                             \
    "cluster:\n  podCIDRs: [10.1.0.0/16]\n  serviceCIDRs: [10.152.183.0/24]\n"                     \
    "  dns: {address: 10.152.183.10}\n" validation "gateways:\n"                                   \
    "- name: vpn\n  address: gluetun.vpn.svc.cluster.local\n  namespace: vpn\n"                    \
    "  podSelector: {app: gluetun}\n  serviceAccount: gluetun\n" reach
#define LISTED "  reach: listed\n  listed:\n  - "
#define SECOND                                                                                     \
    "- name: b\n  address: b.b.svc.cluster.local\n  namespace: b\n  podSelector: {app: b}\n"       \
    "  serviceAccount: b\n  vxlan: {id: 43, network: 172.16.1.0/24}\n"
#define LEVEL(level) "validation: {ExternalEndpoint: " level "}\n"

/* What a configuration makes of a public address behind a Service. */
static const struct setting_case {
    const char *name;
    const char *config;
    enum reason want;
    size_t warnings;
} settings[] = {
    {"reach: cluster", SETTING("", ""), REASON_EXTERNAL_ENDPOINT, 0},
    {"pods alone are listed", SETTING(LISTED "namespaceSelector: {}\n", ""), REASON_NONE, 0},
    {"pods' addresses are listed", SETTING(LISTED "ipBlock: {cidr: 10.1.0.0/16}\n", ""),
     REASON_NONE, 0},
    {"Services are listed", SETTING(LISTED "ipBlock: {cidr: 10.152.183.0/24}\n", ""),
     REASON_EXTERNAL_ENDPOINT, 0},
    {"one Service is listed", SETTING(LISTED "ipBlock: {cidr: 10.152.183.64/32}\n", ""),
     REASON_EXTERNAL_ENDPOINT, 0},
    {"another gateway reaches the cluster", SETTING(LISTED "namespaceSelector: {}\n" SECOND, ""),
     REASON_EXTERNAL_ENDPOINT, 0},
    {"warn", SETTING("", LEVEL("warn")), REASON_NONE, 1},
    {"off", SETTING("", LEVEL("off")), REASON_NONE, 0},
};

static const struct endpoint_case outside = {
    SLICE_OF("a public address", IPV4 "\"203.0.113.9\"" END), FREE};

EACH_ROW(validators_external_endpoint, settings, settings)
{
    const struct setting_case *c = &settings[*index];
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(c->config);
    AUTO(buf) struct buf text = {0};

    print_review(&text, &outside);
    struct findings findings = judge_review_by(ruleset, buf_cstr(&text), NULL);

    cr_assert_str_eq(reason_name(findings.denied), reason_name(c->want), "%s: %s", c->name,
                     findings.message);
    cr_assert_eq(findings.warning_count, c->warnings, "%s", c->name);
    if (c->warnings > 0) {
        cr_assert_not_null(strstr(findings.warnings[0], "203.0.113.9, outside the cluster"), "%s",
                           findings.warnings[0]);
    }
}

Test(validators_external_endpoint, without_a_configuration_nothing_is_known_to_be_inside)
{
    AUTO(config) const struct config *config = NULL;
    AUTO(ruleset) const struct ruleset *ruleset = NULL;
    AUTO(buf) struct buf text = {0};
    struct error err = {0};

    cr_assert_eq(config_none(&config, &err), 0);
    cr_assert_eq(ruleset_new(config, &ruleset, &err), 0);
    print_review(&text, &cases[0]);
    struct findings findings = judge_review_by(ruleset, buf_cstr(&text), NULL);

    cr_assert_eq(findings.denied, REASON_EXTERNAL_ENDPOINT, "%s", findings.message);
}

/* ---- Addresses of nodes ---- */

enum { KNOWN, UNKNOWN, NO_MEMORY };

static int add_nodes(const void *place, struct addrset *set, struct error *err)
{
    int answer = *(const int *)place;

    if (answer != KNOWN) {
        return error_set(err, answer == UNKNOWN ? ERR_SYSTEM : ERR_NO_MEMORY, "nobody tells");
    }
    return cluster_add_address(set, SLICE("203.0.113.9"), err);
}

static const struct node_case {
    const char *name;
    int answer;
    const char *object;
    enum reason want;
} nodes[] = {
    {"a node", KNOWN, IPV4 "\"203.0.113.9\",\"10.1.2.3\"" END, REASON_NONE},
    {"no node", KNOWN, IPV4 "\"203.0.113.8\"" END, REASON_EXTERNAL_ENDPOINT},
    {"no node after a node", KNOWN, IPV4 "\"203.0.113.9\",\"203.0.113.8\"" END,
     REASON_EXTERNAL_ENDPOINT},
    {"a node that nobody tells of", UNKNOWN, IPV4 "\"203.0.113.9\"" END, REASON_EXTERNAL_ENDPOINT},
    {"the cluster's, which needs no question", NO_MEMORY, IPV4 "\"10.1.2.3\"" END, REASON_NONE},
};

EACH_ROW(validators_external_endpoint, nodes, nodes)
{
    const struct node_case *c = &nodes[*index];
    const struct cluster_view around = {.place = &c->answer, .add_nodes = add_nodes};
    const struct endpoint_case asked = {SLICE_OF("", c->object), FREE};
    AUTO(buf) struct buf text = {0};

    print_review(&text, &asked);
    struct findings findings = judge_review_in(buf_cstr(&text), FIXTURE_EXAMPLE, &around);

    cr_assert_str_eq(reason_name(findings.denied), reason_name(c->want), "%s: %s", c->name,
                     findings.message);
}

Test(validators_external_endpoint, without_memory_for_the_nodes_it_fails)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    const struct cluster_view around = {.place = &(const int){NO_MEMORY}, .add_nodes = add_nodes};
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    struct review review = {0};
    struct findings findings;

    print_review(&text, &outside);
    fixture_parse(&doc, buf_cstr(&text));
    cr_assert_eq(review_parse(&review, value_root(&doc), &err), 0);
    findings_init(&findings, ruleset->config);
    const struct judgement judgement = {.ruleset = ruleset, .review = &review, .around = &around};

    cr_assert_eq(validators_check(&judgement, &findings, &err), -1);
    cr_assert_eq(err.code, ERR_NO_MEMORY);
}
