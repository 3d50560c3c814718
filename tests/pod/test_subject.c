/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/subject.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>

#define CLUSTER                                                                                    \
    "apiVersion: podveil.io/v1\nkind: Configuration\n"                                             \
    "cluster:\n  podCIDRs: [10.1.0.0/16]\n  serviceCIDRs: [10.152.183.0/24]\n"                     \
    "  dns: {address: 10.152.183.10, namespace: kube-system}\n"                                    \
    "aliases:\n- {label: setGateway, value: \"true\", gateway: vpn}\n"                             \
    "- {label: oldGateway, value: second, gateway: second}\n"                                      \
    "optOut:\n- {namespace: tools, serviceAccount: debug}\n"                                       \
    "- {namespace: tools, serviceAccount: default}\n"                                              \
    "gateways:\n- name: vpn\n  address: gluetun.vpn.svc.cluster.local\n  namespace: vpn\n"         \
    "  podSelector: {app: gluetun}\n  serviceAccount: gluetun\n"                                   \
    "  vxlan: {id: 42, port: 14789, network: 172.16.0.0/24}\n"                                     \
    "- name: second\n  address: second.vpn.svc.cluster.local\n  namespace: vpn\n"                  \
    "  podSelector: {app: second}\n  serviceAccount: second\n  usableFrom: [media, books]\n"       \
    "  vxlan: {id: 43, port: 14789, network: 172.16.1.0/24}\n"

/* The label that users write: podveil's own, or another one. */
static const char *const configs[] = {CLUSTER, CLUSTER "label: example.org/vpn\n"};

enum {
    OWN,
    OTHER,
};

struct privacy_case {
    const char *name;
    size_t config;
    const char *namespace;
    const char *namespace_labels; /* JSON, or NULL */
    const char *path_gateway;     /* or NULL */
    const char *metadata;
    const char *spec;
    const char *gateway; /* whose pod it is; NULL: not private */
    enum reason reason;
    const char *says; /* field, or a piece of the message */
};

#define THIRTY_TWO "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAMED "\"name\":\"a\""
#define LABELS(labels) "{" NAMED ",\"labels\":{" labels "}}"
#define NOTES(annotations) "{" NAMED ",\"annotations\":{" annotations "}}"
#define VPN "\"podveil.io/gateway\":\"vpn\""
#define NS_VPN "{\"podveil.io/gateway\":\"vpn\"}"

static const struct privacy_case cases[] = {
    {"no label", OWN, "media", NULL, NULL, LABELS(""), "{}", NULL, REASON_NONE, ""},
    {"no metadata", OWN, "media", NULL, NULL, "null", "{}", NULL, REASON_NONE, ""},
    {"labels and annotations are null", OWN, "media", NULL, NULL,
     "{" NAMED ",\"labels\":null,\"annotations\":null}", "{}", NULL, REASON_NONE, ""},
    {"the label", OWN, "media", NULL, NULL, LABELS(VPN), "{}", "vpn", REASON_NONE, ""},
    {"another gateway", OWN, "media", NULL, NULL, LABELS("\"podveil.io/gateway\":\"second\""), "{}",
     "second", REASON_NONE, ""},
    {"an alias", OWN, "media", NULL, NULL, LABELS("\"setGateway\":\"true\""), "{}", "vpn",
     REASON_NONE, ""},
    {"an alias with another value", OWN, "media", NULL, NULL, LABELS("\"setGateway\":\"false\""),
     "{}", NULL, REASON_NONE, ""},
    {"an alias and the label agree", OWN, "media", NULL, NULL,
     LABELS(VPN ",\"setGateway\":\"true\""), "{}", "vpn", REASON_NONE, ""},
    {"an alias and the label do not", OWN, "media", NULL, NULL,
     LABELS(VPN ",\"oldGateway\":\"second\""), "{}", NULL, REASON_RESERVED_LABEL,
     "metadata.labels[oldGateway]"},
    {"two aliases do not", OWN, "media", NULL, NULL,
     LABELS("\"setGateway\":\"true\",\"oldGateway\":\"second\""), "{}", NULL, REASON_RESERVED_LABEL,
     "different gateways, \"vpn\" and \"second\""},
    {"an alias and none", OWN, "tools", NULL, NULL,
     LABELS("\"podveil.io/gateway\":\"none\",\"setGateway\":\"true\""), "{}", NULL,
     REASON_RESERVED_LABEL, "\"none\" and \"vpn\""},

    {"the namespace's label", OWN, "media", NS_VPN, NULL, LABELS(""), "{}", "vpn", REASON_NONE, ""},
    {"the namespace says none", OWN, "media", "{\"podveil.io/gateway\":\"none\"}", NULL, LABELS(""),
     "{}", NULL, REASON_NONE, ""},
    {"the namespace's label is null", OWN, "media", "{\"podveil.io/gateway\":null}", NULL,
     LABELS(""), "{}", NULL, REASON_NONE, ""},
    {"the namespace's label is a number", OWN, "media", "{\"podveil.io/gateway\":5}", NULL,
     LABELS(""), "{}", NULL, REASON_MALFORMED, "the labels of namespace media"},
    {"the namespace names no gateway that is", OWN, "media", "{\"podveil.io/gateway\":\"x\"}", NULL,
     LABELS(""), "{}", NULL, REASON_UNKNOWN_GATEWAY, "metadata.namespace"},
    {"the pod goes before the namespace", OWN, "media", NS_VPN, NULL,
     LABELS("\"podveil.io/gateway\":\"second\""), "{}", "second", REASON_NONE, ""},
    {"the path", OWN, "media", NULL, "vpn", LABELS(""), "{}", "vpn", REASON_NONE, ""},
    {"the path goes before the namespace's labels", OWN, "media",
     "{\"podveil.io/gateway\":\"none\"}", "vpn", LABELS(""), "{}", "vpn", REASON_NONE, ""},
    {"the pod goes before the path", OWN, "media", NULL, "vpn",
     LABELS("\"podveil.io/gateway\":\"second\""), "{}", "second", REASON_NONE, ""},
    {"the path names no gateway that is", OWN, "media", NULL, "x", LABELS(""), "{}", NULL,
     REASON_UNKNOWN_GATEWAY, "metadata.namespace"},
    {"and that is said of the namespace", OTHER, "media", NULL, "x", LABELS(""), "{}", NULL,
     REASON_UNKNOWN_GATEWAY,
     "the label example.org/vpn of namespace media names \"x\", which is no gateway. Give the "
     "namespace one that there is: vpn, second (for example example.org/vpn: vpn)."},
    {"a path for all that names none", OWN, "media", NULL, "none", LABELS(""), "{}", NULL,
     REASON_UNKNOWN_GATEWAY,
     "the label podveil.io/gateway of namespace media names no gateway that there is. Give the "
     "namespace one that there is: vpn, second (for example podveil.io/gateway: vpn)."},

    {"a namespace that is a path", OWN, "../etc", NULL, NULL, LABELS(VPN), "{}", NULL,
     REASON_MALFORMED, "metadata.namespace"},
    {"a namespace of 64 letters", OWN, THIRTY_TWO THIRTY_TWO, NULL, NULL, LABELS(VPN), "{}", NULL,
     REASON_MALFORMED, "at most 63"},
    {"such a namespace, and no label", OWN, "../etc", NULL, NULL, LABELS(""), "{}", NULL,
     REASON_NONE, ""},
    {"no such gateway", OWN, "media", NULL, NULL, LABELS("\"podveil.io/gateway\":\"x\""), "{}",
     NULL, REASON_UNKNOWN_GATEWAY, "no gateway \"x\". Write one that there is: vpn, second"},
    {"an empty name", OWN, "media", NULL, NULL, LABELS("\"podveil.io/gateway\":\"\""), "{}", NULL,
     REASON_UNKNOWN_GATEWAY, "metadata.labels[podveil.io/gateway]"},
    {"quotes, newlines and a command", OWN, "media", NULL, NULL,
     LABELS("\"podveil.io/gateway\":\"vpn\\\"\\n$(reboot)\""), "{}", NULL, REASON_UNKNOWN_GATEWAY,
     "metadata.labels[podveil.io/gateway]"},
    {"usableFrom has the namespace", OWN, "books", NULL, NULL,
     LABELS("\"podveil.io/gateway\":\"second\""), "{}", "second", REASON_NONE, ""},
    {"usableFrom has others", OWN, "games", NULL, NULL, LABELS("\"podveil.io/gateway\":\"second\""),
     "{}", NULL, REASON_GATEWAY_NOT_ALLOWED, "namespace games may not use gateway second"},

    {"none without leave", OWN, "media", NS_VPN, NULL, LABELS("\"podveil.io/gateway\":\"none\""),
     "{}", NULL, REASON_OPT_OUT, "service account default of namespace media"},
    {"none where nothing is private", OWN, "media", NULL, NULL,
     LABELS("\"podveil.io/gateway\":\"none\""), "{}", NULL, REASON_OPT_OUT,
     "metadata.labels[podveil.io/gateway]"},
    {"none with leave", OWN, "tools", NS_VPN, NULL, LABELS("\"podveil.io/gateway\":\"none\""),
     "{\"serviceAccountName\":\"debug\"}", NULL, REASON_NONE, ""},
    {"none with leave by the account's old name", OWN, "tools", NS_VPN, NULL,
     LABELS("\"podveil.io/gateway\":\"none\""), "{\"serviceAccount\":\"debug\"}", NULL, REASON_NONE,
     ""},
    {"none with the default account", OWN, "tools", NS_VPN, NULL,
     LABELS("\"podveil.io/gateway\":\"none\""),
     "{\"serviceAccountName\":\"\",\"serviceAccount\":null}", NULL, REASON_NONE, ""},
    {"none with another account", OWN, "tools", NULL, "vpn",
     LABELS("\"podveil.io/gateway\":\"none\""), "{\"serviceAccountName\":\"web\"}", NULL,
     REASON_OPT_OUT, "serviceAccount: web}"},
    {"none with another account, the old name listed", OWN, "tools", NULL, NULL,
     LABELS("\"podveil.io/gateway\":\"none\""),
     "{\"serviceAccountName\":\"web\",\"serviceAccount\":\"debug\"}", NULL, REASON_OPT_OUT, ""},
    {"none with an account that is a number", OWN, "tools", NULL, NULL,
     LABELS("\"podveil.io/gateway\":\"none\""), "{\"serviceAccountName\":5}", NULL,
     REASON_MALFORMED, "spec.serviceAccountName"},

    {"a gateway's pod whose account is a number", OWN, "vpn", NS_VPN, NULL,
     LABELS("\"app\":\"gluetun\"," VPN),
     "{\"serviceAccountName\":1,\"serviceAccount\":\"gluetun\"}", "vpn", REASON_NONE, ""},
    {"the gateway's own pod", OWN, "vpn", NS_VPN, NULL, LABELS("\"app\":\"gluetun\"," VPN),
     "{\"serviceAccountName\":\"gluetun\"}", NULL, REASON_NONE, ""},
    {"the gateway's labels in another namespace", OWN, "media", NULL, NULL,
     LABELS("\"app\":\"gluetun\"," VPN), "{\"serviceAccountName\":\"gluetun\"}", "vpn", REASON_NONE,
     ""},
    {"the gateway's labels with another account", OWN, "vpn", NULL, NULL,
     LABELS("\"app\":\"gluetun\"," VPN), "{\"serviceAccountName\":\"default\"}", "vpn", REASON_NONE,
     ""},
    {"the gateway's account with other labels", OWN, "vpn", NULL, NULL, LABELS(VPN),
     "{\"serviceAccountName\":\"gluetun\"}", "vpn", REASON_NONE, ""},
    {"one gateway's labels with another's account", OWN, "vpn", NULL, NULL,
     LABELS("\"app\":\"gluetun\"," VPN), "{\"serviceAccountName\":\"second\"}", "vpn", REASON_NONE,
     ""},

    {"the workload mark is right", OWN, "media", NULL, NULL,
     LABELS(VPN ",\"podveil.io/workload\":\"a\""), "{}", "vpn", REASON_NONE, ""},
    {"the workload mark is another's", OWN, "media", NULL, NULL,
     LABELS(VPN ",\"podveil.io/workload\":\"b\""), "{}", "vpn", REASON_RESERVED_LABEL,
     "podveil.io/workload is \"b\", and podveil sets \"a\""},
    {"a workload mark on a pod that is not private", OWN, "media", NULL, NULL,
     LABELS("\"podveil.io/workload\":\"a\""), "{}", NULL, REASON_RESERVED_LABEL,
     "metadata.labels[podveil.io/workload]"},
    {"a mark that podveil does not know", OWN, "media", NULL, NULL,
     LABELS(VPN ",\"podveil.io/guarded\":\"true\""), "{}", "vpn", REASON_RESERVED_LABEL,
     "metadata.labels[podveil.io/guarded]"},
    {"talks-to as a label", OWN, "media", NULL, NULL, LABELS(VPN ",\"podveil.io/talks-to\":\"b\""),
     "{}", "vpn", REASON_RESERVED_LABEL, "metadata.labels[podveil.io/talks-to]"},
    {"talks-to as an annotation", OWN, "media", NS_VPN, NULL,
     NOTES("\"podveil.io/talks-to\":\"b\""), "{}", "vpn", REASON_NONE, ""},
    {"an injected annotation of other settings", OWN, "media", NS_VPN, NULL,
     NOTES("\"podveil.io/injected\":\"v1.0123456789ab.0123456789abcdef\""), "{}", "vpn",
     REASON_RESERVED_LABEL, "metadata.annotations[podveil.io/injected]"},
    {"another annotation of podveil's", OWN, "media", NS_VPN, NULL,
     NOTES("\"podveil.io/config\":\"0123456789ab\""), "{}", "vpn", REASON_RESERVED_LABEL,
     "is a mark of podveil's"},

    {"the configured label", OTHER, "media", NULL, NULL, LABELS("\"example.org/vpn\":\"vpn\""),
     "{}", "vpn", REASON_NONE, ""},
    {"the configured label and its mark", OTHER, "media", NULL, NULL,
     LABELS("\"example.org/vpn\":\"vpn\"," VPN), "{}", "vpn", REASON_NONE, ""},
    {"the configured label on the namespace, and the mark", OTHER, "media",
     "{\"example.org/vpn\":\"vpn\"}", NULL, LABELS(VPN), "{}", "vpn", REASON_NONE, ""},
    {"the mark alone", OTHER, "media", NULL, NULL, LABELS(VPN), "{}", NULL, REASON_RESERVED_LABEL,
     "metadata.labels[podveil.io/gateway]"},
    {"the mark of another gateway", OTHER, "media", NULL, NULL,
     LABELS("\"example.org/vpn\":\"second\"," VPN), "{}", "second", REASON_RESERVED_LABEL,
     "podveil.io/gateway is \"vpn\", and podveil sets \"second\""},
    {"the mark on the namespace means nothing", OTHER, "media", NS_VPN, NULL, LABELS(""), "{}",
     NULL, REASON_NONE, ""},
    {"the mark says none", OTHER, "tools", NULL, "vpn", LABELS("\"podveil.io/gateway\":\"none\""),
     "{}", "vpn", REASON_RESERVED_LABEL, "and podveil sets \"vpn\""},

    {"metadata is a list", OWN, "media", NULL, NULL, "[]", "{}", NULL, REASON_MALFORMED,
     "metadata"},
    {"labels are a number", OWN, "media", NULL, NULL, "{\"labels\":5}", "{}", NULL,
     REASON_MALFORMED, "metadata.labels"},
    {"a label is a number", OWN, "media", NULL, NULL, LABELS("\"a\":5"), "{}", NULL,
     REASON_MALFORMED, "metadata.labels[a]"},
    {"the label is null", OWN, "media", NULL, NULL, LABELS("\"podveil.io/gateway\":null"), "{}",
     NULL, REASON_MALFORMED, "metadata.labels[podveil.io/gateway]"},
    {"annotations are a string", OWN, "media", NULL, NULL, "{\"annotations\":\"a\"}", "{}", NULL,
     REASON_MALFORMED, "metadata.annotations"},
    {"an annotation is an object", OWN, "media", NULL, NULL, NOTES("\"a\":{}"), "{}", NULL,
     REASON_MALFORMED, "metadata.annotations[a]"},
    {"no spec", OWN, "media", NULL, NULL, LABELS(VPN), "null", NULL, REASON_MALFORMED, "spec"},
    {"spec is a string", OWN, "media", NULL, NULL, LABELS(VPN), "\"a\"", NULL, REASON_MALFORMED,
     "spec"},
    {"neither name nor generateName", OWN, "media", NULL, NULL, "{\"labels\":{" VPN "}}", "{}",
     NULL, REASON_MALFORMED, "metadata.name"},
    {"neither name nor generateName and not private", OWN, "media", NULL, NULL, "{}", "{}", NULL,
     REASON_NONE, ""},
};

static void try_privacy(const struct privacy_case *c)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(configs[c->config]);
    struct error err = {0};
    struct findings findings;
    struct subject subject;
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json pod = {0};
    AUTO(json) struct json labels = {0};

    buf_init(&text, 8192);
    buf_printf(&text, "{\"metadata\":%s,\"spec\":%s}", c->metadata, c->spec);
    fixture_parse(&pod, buf_cstr(&text));
    fixture_parse(&labels, c->namespace_labels == NULL ? "{}" : c->namespace_labels);
    findings_init(&findings, ruleset->config);
    struct surroundings around = {.namespace = slice_of(c->namespace),
                                  .namespace_labels = value_root(&labels)};
    if (c->path_gateway != NULL) {
        around.path_gateway = slice_of(c->path_gateway);
    }

    int rc = subject_of_pod(ruleset, value_root(&pod), &around, &subject, &findings, &err);

    cr_assert_eq(rc, 0, "%s: %s", c->name, err.text);
    cr_assert_str_eq(reason_name(findings.denied), reason_name(c->reason), "%s: %s", c->name,
                     findings.message);
    cr_assert(strcmp(findings.field, c->says) == 0 || strstr(findings.message, c->says) != NULL,
              "%s: %s: %s", c->name, findings.field, findings.message);
    cr_assert_eq(subject.rules == NULL, c->gateway == NULL, "%s", c->name);
    if (c->gateway != NULL) {
        cr_assert_str_eq(subject.rules->gateway->name, c->gateway, "%s", c->name);
        cr_assert_str_eq(subject.workload, "a", "%s", c->name);
        cr_assert_str_eq(subject.workload_label, "a", "%s", c->name);
    }
}

Test(pod_subject, goes_through_the_gateway_that_it_asks_for)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        try_privacy(&cases[i]);
    }
}

Test(pod_subject, a_long_workload_is_cut_for_the_label_alone)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(CLUSTER);
    struct error err = {0};
    struct findings findings;
    struct subject subject;
    AUTO(json) struct json pod = {0};

    fixture_parse(&pod, "{\"metadata\":{\"labels\":{" VPN "},\"name\":\"" THIRTY_TWO THIRTY_TWO
                        "\"},\"spec\":{}}");
    findings_init(&findings, ruleset->config);
    const struct surroundings around = {.namespace = SLICE("media")};

    cr_assert_eq(subject_of_pod(ruleset, value_root(&pod), &around, &subject, &findings, &err), 0);

    cr_assert_eq(strlen(subject.workload), 64U);
    cr_assert_eq(strlen(subject.workload_label), 63U);
}

Test(pod_subject, containers_of_all_three_lists_are_visited)
{
    static const char *const places[] = {"spec.containers[0]", "spec.containers[1]",
                                         "spec.initContainers[0]", "spec.ephemeralContainers[0]"};
    static const char *const pointers[] = {"/spec/containers/0", "/spec/containers/1",
                                           "/spec/initContainers/0", "/spec/ephemeralContainers/0"};
    AUTO(json) struct json pod = {0};
    struct value container;
    char at[64];
    size_t count = 0;

    fixture_parse(&pod, "{\"spec\":{\"ephemeralContainers\":[{}],\"initContainers\":[{}],"
                        "\"containers\":[{},{}]}}");
    const struct container_lists lists = container_lists(value_root(&pod));
    struct container_iter iter = container_iter(&lists);
    for (; container_next(&iter, &container, at); count++) {
        char pointer[64];
        container_pointer(&iter, pointer);
        cr_assert_str_eq(at, places[count]);
        cr_assert_str_eq(pointer, pointers[count]);
    }

    cr_assert_eq(count, COUNT_OF(places));
}

Test(pod_subject, a_pod_without_lists_has_no_containers)
{
    AUTO(json) struct json pod = {0};
    struct value container;
    char at[64];

    fixture_parse(&pod, "{\"spec\":{\"containers\":{}}}");
    const struct container_lists lists = container_lists(value_root(&pod));
    struct container_iter iter = container_iter(&lists);

    cr_assert_not(container_next(&iter, &container, at));
}

Test(pod_subject, the_place_of_the_three_hundredth_container)
{
    AUTO(json) struct json pod = {0};
    AUTO(buf) struct buf text = {0};
    struct value container;
    char at[64] = "";

    buf_init(&text, 65536);
    buf_text(&text, "{\"spec\":{\"containers\":[{}");
    for (int i = 1; i < 300; i++) {
        buf_text(&text, ",{}");
    }
    buf_text(&text, "]}}");
    fixture_parse(&pod, buf_cstr(&text));
    const struct container_lists lists = container_lists(value_root(&pod));
    struct container_iter iter = container_iter(&lists);
    while (container_next(&iter, &container, at)) {
        continue;
    }

    cr_assert_str_eq(at, "spec.containers[299]");
}
