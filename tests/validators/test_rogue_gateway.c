/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/base/support.h"
#include "tests/validators/judge.h"
#include "tests/validators/request.h"

#define GLUETUN "\"labels\":{\"app.kubernetes.io/name\":\"gluetun\",\"x\":\"y\"}"
#define OTHER "\"labels\":{\"app.kubernetes.io/name\":\"other\"}"
#define ITS_ACCOUNT "\"serviceAccountName\":\"gluetun\""
#define AN_ACCOUNT "\"serviceAccountName\":\"default\""

/* A pod: `old` is NULL at its creation, else its metadata before. */
struct pod_case {
    const char *name;
    const char *subresource;
    const char *namespace;
    const char *old;
    const char *metadata;
    const char *spec;
    enum reason want;
    const char *field;
};

static const struct pod_case pods[] = {
    {"the gateway itself", "", "vpn", NULL, GLUETUN, ITS_ACCOUNT, REASON_NONE, ""},
    {"the gateway by the account's old name", "", "vpn", NULL, GLUETUN,
     "\"serviceAccount\":\"gluetun\"", REASON_NONE, ""},
    {"its labels and another account", "", "vpn", NULL, GLUETUN, AN_ACCOUNT, REASON_ROGUE_GATEWAY,
     "spec.serviceAccountName"},
    {"its labels and no account", "", "vpn", NULL, GLUETUN, "\"containers\":[]",
     REASON_ROGUE_GATEWAY, "spec.serviceAccountName"},
    {"its labels and two names of an account", "", "vpn", NULL, GLUETUN,
     "\"serviceAccount\":\"gluetun\",\"serviceAccountName\":\"x\"", REASON_ROGUE_GATEWAY,
     "spec.serviceAccountName"},
    {"its labels, and an account that is none", "", "vpn", NULL, GLUETUN,
     "\"serviceAccountName\":7", REASON_MALFORMED, "spec.serviceAccountName"},
    {"another pod of its namespace", "", "vpn", NULL, OTHER, AN_ACCOUNT, REASON_NONE, ""},
    {"a pod without labels", "", "vpn", NULL, "\"labels\":null", AN_ACCOUNT, REASON_NONE, ""},
    {"its labels in another namespace", "", "media", NULL, GLUETUN, AN_ACCOUNT, REASON_NONE, ""},
    {"its labels, come later", "", "vpn", OTHER, GLUETUN, AN_ACCOUNT, REASON_ROGUE_GATEWAY,
     "metadata.labels"},
    {"its labels, come by pods/status", "status", "vpn", OTHER, GLUETUN, AN_ACCOUNT,
     REASON_ROGUE_GATEWAY, "metadata.labels"},
    {"its labels, come later to the gateway's account", "", "vpn", OTHER, GLUETUN, ITS_ACCOUNT,
     REASON_NONE, ""},
    {"its labels, there before", "", "vpn", GLUETUN, GLUETUN ",\"finalizers\":[]", AN_ACCOUNT,
     REASON_NONE, ""},
    {"its labels, taken away", "", "vpn", GLUETUN, OTHER, AN_ACCOUNT, REASON_NONE, ""},
};

static void print_pod(struct buf *text, const struct pod_case *c, const char *metadata)
{
    if (metadata == NULL) {
        buf_text(text, "null");
        return;
    }
    buf_printf(text,
               "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":"
               "\"%s\",%s},\"spec\":{%s}}",
               c->namespace, metadata, c->spec);
}

EACH_ROW(validators_rogue_gateway, pod, pods)
{
    const struct pod_case *c = &pods[*index];
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 65536);
    buf_printf(&text,
               "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":"
               "{\"uid\":\"u\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"
               "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"
               "\"subResource\":\"%s\",\"name\":\"p\",\"namespace\":\"%s\",\"operation\":\"%s\","
               "\"object\":",
               c->subresource, c->namespace, c->old == NULL ? "CREATE" : "UPDATE");
    print_pod(&text, c, c->metadata);
    buf_text(&text, ",\"oldObject\":");
    print_pod(&text, c, c->old);
    buf_text(&text, "}}");

    struct findings findings = judge_review(buf_cstr(&text));

    cr_assert_str_eq(reason_name(findings.denied), reason_name(c->want), "%s: %s", c->name,
                     findings.message);
    cr_assert_str_eq(findings.field, c->field, "%s", c->name);
}

Test(validators_rogue_gateway, a_binding_is_no_pod)
{
    struct findings findings = judge_review(
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":"
        "{\"uid\":\"u\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Binding\"},"
        "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"
        "\"subResource\":\"binding\",\"name\":\"p\",\"namespace\":\"vpn\",\"operation\":\"CREATE\","
        "\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Binding\",\"metadata\":{\"name\":"
        "\"p\"," GLUETUN "}}}}");

    cr_assert_eq(findings.denied, REASON_NONE, "%s", findings.message);
}

/* ---- The Service by which it is found ---- */

#define JANE .namespace = "vpn", .name = "gluetun", .user = "jane"
#define SPEC(spec)                                                                                 \
    {                                                                                              \
        "\"labels\":{}", ",\"spec\":{" spec "}"                                                    \
    }
#define SELECTS "\"clusterIP\":\"None\",\"selector\":{\"app.kubernetes.io/name\":\"gluetun\"}"
#define SELECTS_LESS "\"selector\":{\"app\":\"gluetun\"}"
#define ITS_SLICE "\"labels\":{\"kubernetes.io/service-name\":\"gluetun\"}"
#define OTHERS_SLICE "\"labels\":{\"kubernetes.io/service-name\":\"db\"}"
#define LEADS ",\"addressType\":\"IPv4\",\"endpoints\":[{\"addresses\":[\"10.1.0.66\"]}]"
#define LEADS_AWAY ",\"addressType\":\"IPv4\",\"endpoints\":[{\"addresses\":[\"10.1.0.67\"]}]"
#define NOWHERE ",\"addressType\":\"IPv4\",\"endpoints\":[]"
#define SUBSETS ",\"subsets\":[{\"addresses\":[{\"ip\":\"10.1.0.66\"}]}]"
#define ROGUE(field) REASON_ROGUE_GATEWAY, field
#define FREE REASON_NONE, ""

static const struct service_case {
    const char *name;
    struct request request;
    enum reason want;
    const char *field;
} services[] = {
    {"the gateway's Service", {A_SERVICE, JANE, .object = SPEC(SELECTS)}, FREE},
    {"it selects more narrowly",
     {A_SERVICE, JANE,
      .object = SPEC("\"selector\":{\"app.kubernetes.io/name\":\"gluetun\",\"zone\":\"a\"}")},
     FREE},
    {"it selects others", {A_SERVICE, JANE, .object = SPEC(SELECTS_LESS)}, ROGUE("spec.selector")},
    {"it selects nothing",
     {A_SERVICE, JANE, .object = SPEC("\"clusterIP\":\"None\"")},
     ROGUE("spec.selector")},
    {"its selector is null",
     {A_SERVICE, JANE, .object = SPEC("\"selector\":null")},
     ROGUE("spec.selector")},
    {"its selector is a list",
     {A_SERVICE, JANE, .object = SPEC("\"selector\":[]")},
     ROGUE("spec.selector")},
    {"it is a name alone",
     {A_SERVICE, JANE,
      .object = SPEC("\"type\":\"ExternalName\",\"externalName\":\"a.example.org\"," SELECTS)},
     ROGUE("spec.selector")},
    {"it selects others later",
     {A_SERVICE, JANE, .old = SPEC(SELECTS), .object = SPEC(SELECTS_LESS)},
     ROGUE("spec.selector")},
    {"it becomes a name",
     {A_SERVICE, JANE, .old = SPEC(SELECTS), .object = SPEC("\"type\":\"ExternalName\"," SELECTS)},
     ROGUE("spec.selector")},
    {"it selected others before",
     {A_SERVICE, JANE, .old = SPEC(SELECTS_LESS), .object = SPEC(SELECTS_LESS ",\"ports\":[]")},
     FREE},
    {"it selected others before, and now anything",
     {A_SERVICE, JANE, .old = SPEC(SELECTS_LESS), .object = SPEC("\"selector\":{}")},
     ROGUE("spec.selector")},
    {"it is put right",
     {A_SERVICE, JANE, .old = SPEC(SELECTS_LESS), .object = SPEC(SELECTS)},
     FREE},
    {"another Service",
     {A_SERVICE, .namespace = "vpn", .name = "db", .user = "jane", .object = SPEC(SELECTS_LESS)},
     FREE},
    {"one of that name elsewhere",
     {A_SERVICE, .namespace = "media", .name = "gluetun", .user = "jane",
      .object = SPEC(SELECTS_LESS)},
     FREE},
    {"a slice by hand", {A_SLICE, JANE, .object = {ITS_SLICE, LEADS}}, ROGUE("endpoints")},
    {"a slice by its controller",
     {A_SLICE, .namespace = "vpn", .name = "gluetun-x",
      .user = "system:serviceaccount:kube-system:endpointslice-controller",
      .object = {ITS_SLICE, LEADS}},
     FREE},
    {"a slice that leads nowhere", {A_SLICE, JANE, .object = {ITS_SLICE, NOWHERE}}, FREE},
    {"a slice of another type",
     {A_SLICE, JANE, .object = {ITS_SLICE, ",\"endpoints\":{}"}},
     ROGUE("endpoints")},
    {"a slice of another Service", {A_SLICE, JANE, .object = {OTHERS_SLICE, LEADS}}, FREE},
    {"a slice of that name elsewhere",
     {A_SLICE, .namespace = "media", .name = "a", .user = "jane", .object = {ITS_SLICE, LEADS}},
     FREE},
    {"a slice that becomes its",
     {A_SLICE, JANE, .old = {OTHERS_SLICE, LEADS}, .object = {ITS_SLICE, LEADS}},
     ROGUE("endpoints")},
    {"a slice of its that leads elsewhere",
     {A_SLICE, JANE, .old = {ITS_SLICE, LEADS}, .object = {ITS_SLICE, LEADS_AWAY}},
     ROGUE("endpoints")},
    {"a slice of its that stays",
     {A_SLICE, JANE, .old = {ITS_SLICE, LEADS}, .object = {ITS_SLICE ",\"finalizers\":[]", LEADS}},
     FREE},
    {"a slice of its that goes",
     {A_SLICE, JANE, .old = {ITS_SLICE, LEADS}, .object = {"\"labels\":{}", LEADS}},
     FREE},
    {"Endpoints by hand",
     {ENDPOINTS, JANE, .object = {"\"labels\":{}", SUBSETS}},
     ROGUE("subsets")},
    {"Endpoints by their controller",
     {ENDPOINTS, .namespace = "vpn", .name = "gluetun",
      .user = "system:serviceaccount:kube-system:endpoint-controller",
      .object = {"\"labels\":{}", SUBSETS}},
     FREE},
    {"Endpoints of another Service",
     {ENDPOINTS, .namespace = "vpn", .name = "db", .user = "jane",
      .object = {"\"labels\":{}", SUBSETS}},
     FREE},
};

EACH_ROW(validators_rogue_gateway, service, services)
{
    const struct service_case *c = &services[*index];
    AUTO(buf) struct buf text = {0};

    print_request(&text, &c->request);
    struct findings findings = judge_review(buf_cstr(&text));

    cr_assert_str_eq(reason_name(findings.denied), reason_name(c->want), "%s: %s", c->name,
                     findings.message);
    cr_assert_str_eq(findings.field, c->field, "%s", c->name);
}
