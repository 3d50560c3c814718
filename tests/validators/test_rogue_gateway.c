/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/validators/judge.h"

#include <criterion/parameterized.h>

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

ParameterizedTestParameters(validators_rogue_gateway, pod)
{
    static size_t index[COUNT_OF(pods)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

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

ParameterizedTest(size_t *index, validators_rogue_gateway, pod)
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
