/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/base/support.h"
#include "tests/validators/judge.h"
#include "tests/validators/request.h"

#define SPEC(spec)                                                                                 \
    {                                                                                              \
        "\"labels\":{}", ",\"spec\":{" spec "}"                                                    \
    }
#define CLAIMS(addresses) SPEC("\"externalIPs\":[" addresses "]")
#define JANE A_SERVICE, .namespace = "media", .name = "door", .user = "jane"
#define DENIED(index) REASON_EXTERNAL_ENDPOINT, "spec.externalIPs[" #index "]"
#define FREE REASON_NONE, ""

/* Addresses that a Service claims. */
static const struct claim_case {
    const char *name;
    struct request request;
    enum reason want;
    const char *field;
    const char *says;
} claims[] = {
    {"none", {JANE, .object = SPEC("\"type\":\"ClusterIP\"")}, FREE, ""},
    {"an empty list", {JANE, .object = CLAIMS("")}, FREE, ""},
    {"null", {JANE, .object = SPEC("\"externalIPs\":null")}, FREE, ""},
    {"one on the internet",
     {JANE, .object = CLAIMS("\"198.51.100.7\"")},
     DENIED(0),
     "198.51.100.7, outside the cluster"},
    {"one on the internet behind others",
     {JANE, .object = CLAIMS("\"192.168.0.240\",\"192.168.1.2\",\"198.51.100.7\"")},
     DENIED(2),
     "nodeCIDRs"},
    {"one of the configured LAN", {JANE, .object = CLAIMS("\"192.168.0.240\"")}, FREE, ""},
    {"one of a LAN that nobody configured", {JANE, .object = CLAIMS("\"192.168.1.2\"")}, FREE, ""},
    {"a private one of IPv6", {JANE, .object = CLAIMS("\"fd00::7\"")}, FREE, ""},
    {"one of IPv6 on the internet", {JANE, .object = CLAIMS("\"2001:db8::7\"")}, DENIED(0), ""},
    {"a pod's", {JANE, .object = CLAIMS("\"10.1.2.3\"")}, DENIED(0), "pods or Services"},
    {"another Service's",
     {JANE, .object = CLAIMS("\"10.152.183.10\"")},
     DENIED(0),
     "to their gateway too"},
    {"a pod's with a leading zero",
     {JANE, .object = CLAIMS("\"010.1.2.3\"")},
     DENIED(0),
     "canonical"},
    {"a pod's in IPv6", {JANE, .object = CLAIMS("\"::ffff:10.1.2.3\"")}, DENIED(0), "canonical"},
    {"no address", {JANE, .object = CLAIMS("\"a.example.org\"")}, DENIED(0), ""},
    {"a number", {JANE, .object = CLAIMS("7")}, REASON_MALFORMED, "spec.externalIPs[0]", ""},
    {"a text",
     {JANE, .object = SPEC("\"externalIPs\":\"198.51.100.7\"")},
     REASON_MALFORMED,
     "spec.externalIPs",
     ""},
    {"one that comes later",
     {JANE, .old = CLAIMS(""), .object = CLAIMS("\"198.51.100.7\"")},
     DENIED(0),
     ""},
    {"one that was there before",
     {JANE, .old = CLAIMS("\"198.51.100.7\""), .object = CLAIMS("\"198.51.100.7\"")},
     FREE,
     ""},
    {"one beside one that was there before",
     {JANE, .old = CLAIMS("\"198.51.100.7\""),
      .object = CLAIMS("\"198.51.100.7\",\"198.51.100.8\"")},
     DENIED(1),
     ""},
    {"a name that resolves anywhere",
     {JANE, .object = SPEC("\"type\":\"ExternalName\",\"externalName\":\"db.example.org\"")},
     FREE,
     ""},
};

static void check_claim(const struct claim_case *c)
{
    AUTO(buf) struct buf text = {0};

    print_request(&text, &c->request);
    struct findings findings = judge_review(buf_cstr(&text));

    cr_assert_str_eq(reason_name(findings.denied), reason_name(c->want), "%s: %s", c->name,
                     findings.message);
    cr_assert_str_eq(findings.field, c->field, "%s", c->name);
    cr_assert_not_null(strstr(findings.message, c->says), "%s: %s", c->name, findings.message);
}

EACH_ROW(validators_service, claim, claims)
{
    check_claim(&claims[*index]);
}

/* ---- What its status says of a load balancer ---- */

#define BALANCED(type, ingress)                                                                    \
    {                                                                                              \
        "\"labels\":{}", ",\"spec\":{\"type\":\"" type                                             \
                         "\"},\"status\":{\"loadBalancer\":{\"ingress\":" ingress "}}"             \
    }
#define NOT_YET(type) BALANCED(type, "[]")
#define AT(address) "[{\"ip\":\"" address "\"}]"
#define BY(who) A_SERVICE, .namespace = "media", .name = "door", .below = "status", .user = who
#define BALANCER(type, ingress)                                                                    \
    {                                                                                              \
        BY("jane"), .old = NOT_YET(type), .object = BALANCED(type, ingress)                        \
    }
#define INGRESS REASON_EXTERNAL_ENDPOINT, "status.loadBalancer.ingress[0].ip"

static const struct claim_case balancers[] = {
    {"a public one", BALANCER("LoadBalancer", AT("198.51.100.7")), FREE, ""},
    {"a public one of IPv6", BALANCER("LoadBalancer", AT("2001:db8::7")), FREE, ""},
    {"a public one without a balancer", BALANCER("ClusterIP", AT("198.51.100.7")), INGRESS,
     "outside the cluster"},
    {"a public one of a port", BALANCER("NodePort", AT("198.51.100.7")), INGRESS, ""},
    {"one of a LAN", BALANCER("LoadBalancer", AT("192.168.1.2")), FREE, ""},
    {"one of a LAN without a balancer", BALANCER("ClusterIP", AT("192.168.1.2")), FREE, ""},
    {"a pod's", BALANCER("LoadBalancer", AT("10.1.2.3")), INGRESS, "pods or Services"},
    {"a Service's", BALANCER("LoadBalancer", AT("10.152.183.10")), INGRESS, "pods or Services"},
    {"a pod's in IPv6", BALANCER("LoadBalancer", AT("::ffff:10.1.2.3")), INGRESS, "canonical"},
    {"a name", BALANCER("LoadBalancer", "[{\"hostname\":\"lb.example.org\"}]"), FREE, ""},
    {"none", BALANCER("LoadBalancer", "null"), FREE, ""},
    {"the second", BALANCER("LoadBalancer", "[{\"ip\":\"198.51.100.7\"},{\"ip\":\"10.1.2.3\"}]"),
     REASON_EXTERNAL_ENDPOINT, "status.loadBalancer.ingress[1].ip", ""},
    {"a pod's that was there before",
     {BY("jane"), .old = BALANCED("LoadBalancer", AT("10.1.2.3")),
      .object = BALANCED("LoadBalancer", AT("10.1.2.3"))},
     FREE,
     ""},
    {"a pod's by a controller",
     {BY("system:kube-controller-manager"), .old = NOT_YET("LoadBalancer"),
      .object = BALANCED("LoadBalancer", AT("10.1.2.3"))},
     FREE,
     ""},
    {"a number", BALANCER("LoadBalancer", "[{\"ip\":7}]"), REASON_MALFORMED,
     "status.loadBalancer.ingress[0].ip", ""},
    {"no object", BALANCER("LoadBalancer", "[7]"), REASON_MALFORMED,
     "status.loadBalancer.ingress[0]", ""},
    {"no list", BALANCER("LoadBalancer", "{}"), REASON_MALFORMED, "status.loadBalancer.ingress",
     ""},
};

EACH_ROW(validators_service, balancer, balancers)
{
    check_claim(&balancers[*index]);
}

/* ---- What the cluster answers ---- */

enum reply { YES, NO, UNKNOWN, NO_MEMORY };

static int add_nodes(const void *place, struct addrset *set, struct error *err)
{
    enum reply answer = *(const enum reply *)place;

    if (answer == UNKNOWN || answer == NO_MEMORY) {
        return error_set(err, answer == UNKNOWN ? ERR_SYSTEM : ERR_NO_MEMORY, "nobody tells");
    }
    return cluster_add_address(set, answer == YES ? SLICE("198.51.100.7") : SLICE("198.51.100.8"),
                               err);
}

static int selects_pods(const void *place, struct slice namespace, struct value labels, bool *out,
                        struct error *err)
{
    enum reply answer = *(const enum reply *)place;

    cr_assert(slice_is(namespace, "media"));
    cr_assert(value_is(value_member(labels, "app"), "a"));
    if (answer == UNKNOWN || answer == NO_MEMORY) {
        return error_set(err, answer == UNKNOWN ? ERR_SYSTEM : ERR_NO_MEMORY, "nobody tells");
    }
    *out = answer == YES;
    return 0;
}

static struct cluster_view view_of(const enum reply *answer)
{
    return (struct cluster_view){
        .place = answer, .add_nodes = add_nodes, .selects_pods = selects_pods};
}

/* Of a node, and of the LAN and the pods, where it makes no difference. */
static const struct node_case {
    const char *name;
    enum reply answer;
    const char *spec;
    enum reason want;
} nodes[] = {
    {"a node's", YES, "\"externalIPs\":[\"198.51.100.7\"]", REASON_NONE},
    {"no node's", NO, "\"externalIPs\":[\"198.51.100.7\"]", REASON_EXTERNAL_ENDPOINT},
    {"a node's that nobody tells of", UNKNOWN, "\"externalIPs\":[\"198.51.100.7\"]",
     REASON_EXTERNAL_ENDPOINT},
    {"a private one", NO_MEMORY, "\"externalIPs\":[\"192.168.1.2\"]", REASON_NONE},
    {"a pod's", NO_MEMORY, "\"externalIPs\":[\"10.1.2.3\"]", REASON_EXTERNAL_ENDPOINT},
};

static struct findings judge_spec(const char *config, const char *spec, const char *old_spec,
                                  const enum reply *answer)
{
    const struct cluster_view around = view_of(answer);
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(config);
    AUTO(buf) struct buf text = {0};
    AUTO(buf) struct buf new = {0};
    AUTO(buf) struct buf old = {0};
    struct request request = {JANE};

    buf_init(&new, 4096);
    buf_init(&old, 4096);
    buf_printf(&new, ",\"spec\":{%s}", spec);
    request.object[0] = "\"labels\":{}";
    request.object[1] = buf_cstr(&new);
    if (old_spec != NULL) {
        buf_printf(&old, ",\"spec\":{%s}", old_spec);
        request.old[0] = "\"labels\":{}";
        request.old[1] = buf_cstr(&old);
    }
    print_request(&text, &request);
    return judge_review_by(ruleset, buf_cstr(&text), &around);
}

#define CONFIG(validation)                                                                         \
    "apiVersion: podveil.io/v1\nkind: Configuration\n"                                             \
    "cluster:\n  podCIDRs: [10.1.0.0/16]\n  serviceCIDRs: [10.152.183.0/24]\n"                     \
    "  dns: {address: 10.152.183.10}\n" validation "gateways:\n"                                   \
    "- name: vpn\n  address: gluetun.vpn.svc.cluster.local\n  namespace: vpn\n"                    \
    "  podSelector: {app: gluetun}\n  serviceAccount: gluetun\n"

EACH_ROW(validators_service, node, nodes)
{
    const struct node_case *c = &nodes[*index];

    struct findings findings = judge_spec(CONFIG(""), c->spec, NULL, &c->answer);

    cr_assert_str_eq(reason_name(findings.denied), reason_name(c->want), "%s: %s", c->name,
                     findings.message);
}

Test(validators_service, public_addresses_of_the_configuration_may_be_claimed)
{
    static const char config[] =
        "apiVersion: podveil.io/v1\nkind: Configuration\n"
        "cluster:\n  podCIDRs: [10.1.0.0/16]\n  serviceCIDRs: [10.152.183.0/24]\n"
        "  nodeCIDRs: [198.51.100.0/25]\n  localCIDRs: [203.0.113.0/24]\n  allowPublic: true\n"
        "  dns: {address: 10.152.183.10}\ngateways:\n- name: vpn\n"
        "  address: gluetun.vpn.svc.cluster.local\n  namespace: vpn\n"
        "  podSelector: {app: gluetun}\n  serviceAccount: gluetun\n";
    const enum reply no = NO;

    struct findings node = judge_spec(config, "\"externalIPs\":[\"198.51.100.7\"]", NULL, &no);
    struct findings local = judge_spec(config, "\"externalIPs\":[\"203.0.113.7\"]", NULL, &no);
    struct findings other = judge_spec(config, "\"externalIPs\":[\"198.51.100.128\"]", NULL, &no);

    cr_assert_eq(node.denied, REASON_NONE, "%s", node.message);
    cr_assert_eq(local.denied, REASON_NONE, "%s", local.message);
    cr_assert_eq(other.denied, REASON_EXTERNAL_ENDPOINT);
}

/* ---- From outside to a privacy pod ---- */

#define TO(labels) ",\"selector\":{" labels "}"
#define APP TO("\"app\":\"a\"")
#define NODE_PORT "\"type\":\"NodePort\""
#define LOAD_BALANCER "\"type\":\"LoadBalancer\""
#define INSIDE "\"type\":\"ClusterIP\""

static const struct entrance_case {
    const char *name;
    enum reply answer;
    const char *old_spec;
    const char *spec;
    const char *warning; /* "" for none */
} entrances[] = {
    {"a port of the nodes", YES, NULL, NODE_PORT APP, "HostPort: a Service with type NodePort"},
    {"a load balancer", YES, NULL, LOAD_BALANCER APP, "HostPort: a Service with type LoadB"},
    {"an address", YES, NULL, INSIDE APP ",\"externalIPs\":[\"192.168.1.2\"]",
     "HostPort: a Service with external addresses"},
    {"from inside alone", YES, NULL, INSIDE APP, ""},
    {"to other pods", NO, NULL, NODE_PORT APP, ""},
    {"to pods that nobody tells of", UNKNOWN, NULL, NODE_PORT APP, ""},
    {"to a workload by its mark", NO, NULL, LOAD_BALANCER TO("\"podveil.io/workload\":\"a\""),
     "HostPort: "},
    {"to a gateway's pods by their mark", NO, NULL, NODE_PORT TO("\"podveil.io/gateway\":\"vpn\""),
     "HostPort: "},
    {"to pods that opted out", YES, NULL,
     NODE_PORT TO("\"app\":\"a\",\"podveil.io/gateway\":\"none\""), ""},
    {"to no pods", NO_MEMORY, NULL, NODE_PORT ",\"selector\":null", ""},
    {"to no pods by an empty selector", NO_MEMORY, NULL, NODE_PORT TO(""), ""},
    {"opened later", YES, INSIDE APP, NODE_PORT APP, "HostPort: "},
    {"turned to a privacy pod later", YES, NODE_PORT TO("\"app\":\"b\""), NODE_PORT APP,
     "HostPort: "},
    {"open before", YES, NODE_PORT APP, NODE_PORT APP ",\"ports\":[]", ""},
};

EACH_ROW(validators_service, entrance, entrances)
{
    const struct entrance_case *c = &entrances[*index];

    struct findings findings = judge_spec(CONFIG(""), c->spec, c->old_spec, &c->answer);

    cr_assert_eq(findings.denied, REASON_NONE, "%s: %s", c->name, findings.message);
    cr_assert_eq(findings.warning_count, c->warning[0] == '\0' ? 0 : 1, "%s: %s", c->name,
                 findings.warnings[0]);
    cr_assert_not_null(strstr(findings.warnings[0], c->warning), "%s: %s", c->name,
                       findings.warnings[0]);
}

Test(validators_service, an_entrance_is_refused_or_passed_over_as_validation_has_it)
{
    const enum reply yes = YES;

    struct findings denied =
        judge_spec(CONFIG("validation: {HostPort: deny}\n"), NODE_PORT APP, NULL, &yes);
    struct findings off =
        judge_spec(CONFIG("validation: {HostPort: off}\n"), NODE_PORT APP, NULL, &yes);

    cr_assert_eq(denied.denied, REASON_HOST_PORT, "%s", denied.message);
    cr_assert_str_eq(denied.field, "spec.selector");
    cr_assert_eq(off.denied, REASON_NONE);
    cr_assert_eq(off.warning_count, 0);
}

/* ---- Faults ---- */

static int fail(const char *spec)
{
    const enum reply answer = NO_MEMORY;
    const struct cluster_view around = view_of(&answer);
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(CONFIG(""));
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    const struct request request = {JANE, .object = {"\"labels\":{}", spec}};
    struct error err = {0};
    struct review review = {0};
    struct findings findings;

    print_request(&text, &request);
    fixture_parse(&doc, buf_cstr(&text));
    cr_assert_eq(review_parse(&review, value_root(&doc), &err), 0);
    findings_init(&findings, ruleset->config);
    const struct judgement judgement = {.ruleset = ruleset, .review = &review, .around = &around};
    int result = validators_check(&judgement, &findings, &err);
    cr_assert_eq(err.code, result == 0 ? ERR_NONE : ERR_NO_MEMORY);
    return result;
}

Test(validators_service, without_memory_it_fails)
{
    cr_assert_eq(fail(",\"spec\":{\"externalIPs\":[\"198.51.100.7\"]}"), -1);
    cr_assert_eq(fail(",\"spec\":{" NODE_PORT APP "}"), -1);
    cr_assert_eq(fail(",\"spec\":{" INSIDE APP "}"), 0);
}

Test(validators_service, without_a_configuration_no_address_is_claimed)
{
    AUTO(config) const struct config *config = NULL;
    AUTO(ruleset) const struct ruleset *ruleset = NULL;
    AUTO(buf) struct buf text = {0};
    const struct request request = {JANE, .object = CLAIMS("\"192.168.1.2\"")};
    struct error err = {0};

    cr_assert_eq(config_none(&config, &err), 0);
    cr_assert_eq(ruleset_new(config, &ruleset, &err), 0);
    print_request(&text, &request);
    struct findings findings = judge_review_by(ruleset, buf_cstr(&text), NULL);

    cr_assert_eq(findings.denied, REASON_EXTERNAL_ENDPOINT, "%s", findings.message);
}
