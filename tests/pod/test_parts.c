/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/names.h"
#include "lib/pod/parts.h"
#include "lib/pod/scripts.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>

#define CONFIG(lock, more_cluster, more_client)                                                    \
    "apiVersion: podveil.io/v1\nkind: Configuration\n"                                             \
    "cluster:\n  podCIDRs: [10.1.0.0/16, \"fd00:1::/64\"]\n"                                       \
    "  serviceCIDRs: [10.152.183.0/24]\n  localCIDRs: [192.168.0.0/24]\n" more_cluster             \
    "  dns: {address: 10.152.183.10, namespace: kube-system}\n"                                    \
    "gateways:\n- name: vpn\n  address: gluetun.vpn.svc.cluster.local\n  namespace: vpn\n"         \
    "  podSelector: {app: gluetun}\n  serviceAccount: gluetun\n"                                   \
    "  vxlan: {id: 42, port: 14789, network: 172.16.7.0/24}\n"                                     \
    "  client:\n    lock: " lock "\n" more_client

#define PLAIN CONFIG("true", "", "")
#define TOLERANT                                                                                   \
    CONFIG("true", "",                                                                             \
           "    alsoImages: [mirror.example/]\n"                                                   \
           "    initCommand: [/opt/client/init, --fast]\n"                                         \
           "    tolerate: {env: [AWS_REGION], mounts: [aws-token]}\n")

static const struct gateway_rules *rules_of(const struct ruleset *ruleset)
{
    return ruleset_gateway(ruleset, SLICE("vpn"));
}

Test(pod_parts, settings_are_the_lines_that_the_client_sources)
{
    AUTO(ruleset)
    const struct ruleset *ruleset =
        fixture_ruleset_of(CONFIG("true", "  nodeCIDRs: [10.0.0.0/24]\n", "") "mesh:\n"
                                                                              "  mode: ambient\n");
    struct value env = value_member(rules_of(ruleset)->init, "env");

    cr_assert(value_is(value_member(value_item(env, 0), "name"), "gateway"));
    cr_assert(value_is(value_member(value_item(env, 0), "value"), "gluetun.vpn.svc.cluster.local"));
    cr_assert(value_is(value_member(value_item(env, 1), "name"), "PODVEIL_SETTINGS"));
    cr_assert(value_is(value_member(value_item(env, 1), "value"),
                       "K8S_DNS_IPS=\"10.152.183.10\"\n"
                       "NOT_ROUTED_TO_GATEWAY_CIDRS=\"10.1.0.0/16 10.152.183.0/24 192.168.0.0/24 "
                       "10.0.0.0/24 169.254.7.127/32\"\n"
                       "VXLAN_ID=\"42\"\nVXLAN_PORT=\"14789\"\nVXLAN_IP_NETWORK=\"172.16.7\"\n"));
    cr_assert(value_is(value_member(value_item(env, 2), "name"), "PODVEIL_CIDRS6"));
    cr_assert(value_is(value_member(value_item(env, 2), "value"),
                       "fd00:1::/64 fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128"));
}

Test(pod_parts, without_a_mesh_no_probe_address_is_let_out)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(PLAIN);
    struct value env = value_member(rules_of(ruleset)->sidecar, "env");
    struct slice settings = value_string(value_member(value_item(env, 1), "value"));

    cr_assert_null(memmem(settings.data, settings.len, "169.254", 7));
    cr_assert(value_is(value_member(value_item(env, 2), "value"), "fd00:1::/64"));
}

static void assert_command(struct value container, const char *flag, const char *script,
                           const char *word)
{
    struct value command = value_member(container, "command");

    cr_assert_eq(value_count(command), 5U);
    cr_assert(value_is(value_item(command, 0), "/bin/bash"));
    cr_assert(value_is(value_item(command, 1), flag));
    cr_assert(value_is(value_item(command, 2), script));
    cr_assert(value_is(value_item(command, 3), "podveil"));
    cr_assert(value_is(value_item(command, 4), word));
}

Test(pod_parts, commands_are_the_scripts_with_the_clients_words)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(PLAIN);
    const struct gateway_rules *rules = rules_of(ruleset);

    assert_command(rules->init, "-ec", script_init, "/bin/client_init.sh");
    assert_command(rules->sidecar, "-c", script_sidecar, "/bin/client_sidecar.sh");
    cr_assert_not(value_exists(value_member(rules->init, "restartPolicy")));
    cr_assert(value_is(value_member(rules->sidecar, "restartPolicy"), "Always"));
}

/* The same script, whose iptables are functions that do nothing, for the client's scripts too. */
Test(pod_parts, without_the_lock_the_filter_is_nothing)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(CONFIG("false", "", ""));
    struct value command = value_member(rules_of(ruleset)->init, "command");
    struct slice script = value_string(value_item(command, 2));

    cr_assert(slice_starts_with(script, "iptables() { :; }\nip6tables() { :; }\n"
                                        "export -f iptables ip6tables\n"));
    cr_assert(slice_ends_with(script, script_init));
}

static void assert_json(struct value v, const char *want)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 65536);
    value_encode(v, &text);
    cr_assert_str_eq(buf_cstr(&text), want);
}

Test(pod_parts, every_pod_level_setting_is_overridden)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(PLAIN);
    const struct gateway_rules *rules = rules_of(ruleset);

    assert_json(value_member(rules->init, "securityContext"),
                "{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"add\":[\"NET_ADMIN\","
                "\"NET_RAW\"],\"drop\":[\"ALL\"]},\"runAsGroup\":0,\"runAsNonRoot\":false,"
                "\"runAsUser\":0,\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}");
    assert_json(value_member(rules->sidecar, "resources"),
                "{\"requests\":{\"cpu\":\"10m\",\"memory\":\"16Mi\"},\"limits\":{\"cpu\":\"500m\","
                "\"memory\":\"64Mi\"}}");
    assert_json(value_member(rules->sidecar, "volumeMounts"),
                "[{\"name\":\"podveil-config\",\"mountPath\":\"/config\"},{\"name\":"
                "\"podveil-no-token\",\"mountPath\":"
                "\"/var/run/secrets/kubernetes.io/serviceaccount\"}]");
    assert_json(rules->config_volume,
                "{\"name\":\"podveil-config\",\"emptyDir\":{\"sizeLimit\":\"1Mi\"}}");
    assert_json(rules->token_volume, "{\"name\":\"podveil-no-token\",\"emptyDir\":{}}");
}

Test(pod_parts, a_pull_policy_is_written_only_where_one_is_configured)
{
    AUTO(ruleset) const struct ruleset *plain = fixture_ruleset_of(PLAIN);
    AUTO(ruleset)
    const struct ruleset *always =
        fixture_ruleset_of(CONFIG("true", "", "    imagePullPolicy: Always\n"));

    cr_assert_not(value_exists(value_member(rules_of(plain)->init, "imagePullPolicy")));
    cr_assert(value_is(value_member(rules_of(always)->init, "imagePullPolicy"), "Always"));
}

/* ---- What may differ ---- */

struct match_case {
    const char *name;
    const char *from; /* this text of our sidecar ... */
    const char *to;   /* ... becomes this */
    const char *why;  /* the member that differs; NULL: still ours */
};

#define MEMBER(text) "\"name\":\"podveil-sidecar\",", "\"name\":\"podveil-sidecar\"," text
#define VARIABLE(text) "\"env\":[", "\"env\":[" text ","
#define MOUNT(text) "\"volumeMounts\":[", "\"volumeMounts\":[" text ","

static const struct match_case matches[] = {
    {"untouched", "", "", NULL},
    {"resources", "\"cpu\":\"10m\"", "\"cpu\":\"1\"", NULL},
    {"no resources", "\"resources\":", "\"resources\":null,\"x\":null,\"y\":", "y"},
    {"a pull policy", MEMBER("\"imagePullPolicy\":\"Never\","), NULL},
    {"where it ends",
     MEMBER("\"terminationMessagePath\":\"/dev/termination-log\","
            "\"terminationMessagePolicy\":\"File\","),
     NULL},
    {"where it ends is a program of ours",
     MEMBER("\"terminationMessagePath\":\"/usr/sbin/iptables\","), "terminationMessagePath"},
    {"an image of a mirror", "ghcr.io/", "mirror.example/ghcr.io/", NULL},
    {"another image", "ghcr.io/", "evil.example/ghcr.io/", "image"},
    {"another tag", "v1.13.0", "v1.13.1", "image"},
    {"members that are null", MEMBER("\"args\":null,\"ports\":null,\"lifecycle\":null,"), NULL},
    {"args", MEMBER("\"args\":[\"-x\"],"), "args"},
    {"empty args", MEMBER("\"args\":[],"), "args"},
    {"envFrom", MEMBER("\"envFrom\":[{\"configMapRef\":{\"name\":\"a\"}}],"), "envFrom"},
    {"a probe", MEMBER("\"livenessProbe\":{\"exec\":{\"command\":[\"true\"]}},"), "livenessProbe"},
    {"a hook", MEMBER("\"lifecycle\":{\"preStop\":{\"exec\":{\"command\":[\"x\"]}}},"),
     "lifecycle"},
    {"a port", MEMBER("\"ports\":[{\"containerPort\":80}],"), "ports"},
    {"a working directory", MEMBER("\"workingDir\":\"/tmp\","), "workingDir"},
    {"a member that nobody knows", MEMBER("\"newInV9\":true,"), "newInV9"},
    {"stdin", MEMBER("\"stdin\":true,"), "stdin"},
    {"another script", "\"podveil\"", "\"other\"", "command"},
    {"one word more", "\"/bin/client_sidecar.sh\"", "\"/bin/client_sidecar.sh\",\"x\"", "command"},
    {"it may end", "\"Always\"", "\"OnFailure\"", "restartPolicy"},
    {"no restart policy", "\"restartPolicy\":\"Always\",", "", "restartPolicy"},
    {"privileged", "\"allowPrivilegeEscalation\"", "\"privileged\":true,\"x\"", "securityContext"},
    {"one capability more", "\"NET_RAW\"", "\"NET_RAW\",\"SYS_ADMIN\"", "securityContext"},
    {"one capability less", ",\"NET_RAW\"", "", "securityContext"},
    {"another user", "\"runAsUser\":0", "\"runAsUser\":1000", "securityContext"},
    {"another seccomp profile", "RuntimeDefault", "Unconfined", "securityContext"},
    {"no security context", "\"securityContext\"", "\"securityContext\":null,\"x\"", "x"},

    {"another gateway", "gluetun.vpn.svc", "evil.vpn.svc", "env"},
    {"settings that route more", "10.1.0.0/16 ", "0.0.0.0/1 10.1.0.0/16 ", "env"},
    {"a tolerated variable", VARIABLE("{\"name\":\"AWS_REGION\",\"value\":\"eu\"}"), NULL},
    {"a tolerated variable from elsewhere",
     VARIABLE("{\"name\":\"AWS_REGION\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"a\"}}}"),
     NULL},
    {"a variable that is not tolerated", VARIABLE("{\"name\":\"AWS_ROLE\",\"value\":\"eu\"}"),
     "env"},
    {"a variable twice", VARIABLE("{\"name\":\"gateway\",\"value\":\"evil\"}"), "env"},
    {"ours twice", VARIABLE("{\"name\":\"gateway\",\"value\":\"gluetun.vpn.svc.cluster.local\"}"),
     "env"},
    {"a variable of ours from elsewhere", "\"value\":\"gluetun.vpn.svc.cluster.local\"",
     "\"value\":\"gluetun.vpn.svc.cluster.local\",\"valueFrom\":{}", "env"},
    {"an empty value left out", "\"value\":\"fd00:1::/64\"", "\"value\":\"\"", "env"},
    {"a variable that is a string", VARIABLE("\"AWS_REGION\""), "env"},
    {"env is an object", "\"env\":[", "\"env\":{},\"x\":[", "env"},
    {"no env", "\"env\":[", "\"x\":[", "x"},

    {"a tolerated mount",
     MOUNT("{\"name\":\"aws-token\",\"mountPath\":\"/var/run/secrets/aws\",\"readOnly\":true}"),
     NULL},
    {"certificates", MOUNT("{\"name\":\"aws-token\",\"mountPath\":\"/etc/ssl/certs\"}"), NULL},
    {"a mount that is not tolerated", MOUNT("{\"name\":\"other\",\"mountPath\":\"/var/other\"}"),
     "volumeMounts"},
    {"a tolerated mount over the settings",
     MOUNT("{\"name\":\"aws-token\",\"mountPath\":\"/config/settings.sh\"}"), "volumeMounts"},
    {"over programs", MOUNT("{\"name\":\"aws-token\",\"mountPath\":\"/usr/sbin\"}"),
     "volumeMounts"},
    {"over programs, with dots", MOUNT("{\"name\":\"aws-token\",\"mountPath\":\"/srv/../bin\"}"),
     "volumeMounts"},
    {"over programs, relative", MOUNT("{\"name\":\"aws-token\",\"mountPath\":\"bin\"}"),
     "volumeMounts"},
    {"over libraries", MOUNT("{\"name\":\"aws-token\",\"mountPath\":\"/lib64\"}"), "volumeMounts"},
    {"over everything", MOUNT("{\"name\":\"aws-token\",\"mountPath\":\"/\"}"), "volumeMounts"},
    {"over the loader's settings",
     MOUNT("{\"name\":\"aws-token\",\"mountPath\":\"/etc/ld.so.preload\"}"), "volumeMounts"},
    {"over what says whether there is IPv6",
     MOUNT("{\"name\":\"aws-token\",\"mountPath\":\"/proc/net/if_inet6\"}"), "volumeMounts"},
    {"over the command", MOUNT("{\"name\":\"aws-token\",\"mountPath\":\"/opt/client\"}"),
     "volumeMounts"},
    {"a mount without a path", MOUNT("{\"name\":\"aws-token\"}"), "volumeMounts"},
    {"our volume elsewhere as well", MOUNT("{\"name\":\"podveil-config\",\"mountPath\":\"/srv\"}"),
     "volumeMounts"},
    {"no token over the token", "\"name\":\"podveil-no-token\"", "\"name\":\"kube-api-access\"",
     "volumeMounts"},
    {"settings from a sub path", "\"mountPath\":\"/config\"",
     "\"mountPath\":\"/config\",\"subPath\":\"a\"", "volumeMounts"},
};

/* The text of our sidecar with the first `from` replaced; each case must find it. */
static void print_changed(const struct gateway_rules *rules, const struct match_case *c,
                          struct buf *out)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 65536);
    value_encode(rules->sidecar, &text);
    const char *at = strstr(buf_cstr(&text), c->from);
    cr_assert_not_null(at, "%s: no %s", c->name, c->from);
    buf_append(out, text.data, (size_t)(at - text.data));
    buf_text(out, c->to);
    buf_text(out, at + strlen(c->from));
}

static void try_match(const struct match_case *c)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(TOLERANT);
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    struct slice why = SLICE("");

    buf_init(&text, 131072);
    print_changed(rules_of(ruleset), c, &text);
    fixture_parse(&doc, buf_cstr(&text));

    bool ours = part_matches(rules_of(ruleset), PART_SIDECAR, value_root(&doc), &why);

    cr_assert_eq(ours, c->why == NULL, "%s: %.*s", c->name, SLICE_ARGS(why));
    cr_assert(slice_is(why, c->why == NULL ? "" : c->why), "%s: %.*s", c->name, SLICE_ARGS(why));
    cr_assert_eq(part_is_ours(ruleset, value_root(&doc)), c->why == NULL, "%s", c->name);
}

Test(pod_parts, what_may_differ_and_what_may_not)
{
    for (size_t i = 0; i < COUNT_OF(matches); i++) {
        try_match(&matches[i]);
    }
}

/* PODVEIL_CIDRS6 is empty where there is no IPv6, and the API server leaves "" out. */
Test(pod_parts, a_value_that_is_empty_may_be_left_out)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(ruleset)
    const struct ruleset *plain = fixture_ruleset_of(
        "apiVersion: podveil.io/v1\nkind: Configuration\ncluster:\n  podCIDRs: [10.1.0.0/16]\n"
        "  serviceCIDRs: [10.152.183.0/24]\n"
        "  dns: {address: 10.152.183.10, namespace: kube-system}\n"
        "gateways:\n- name: vpn\n  address: g.vpn.svc\n  namespace: vpn\n"
        "  podSelector: {app: g}\n  serviceAccount: g\n"
        "  vxlan: {id: 42, port: 14789, network: 172.16.0.0/24}\n");
    const struct match_case left_out = {"left out", ",\"value\":\"\"}", "}", NULL};
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};

    buf_init(&text, 131072);
    print_changed(rules_of(plain), &left_out, &text);
    fixture_parse(&doc, buf_cstr(&text));

    cr_assert(part_matches(rules_of(plain), PART_SIDECAR, value_root(&doc), NULL));
    cr_assert_not(part_matches(rules_of(ruleset), PART_SIDECAR, value_root(&doc), NULL));
}

Test(pod_parts, init_and_sidecar_are_not_each_other)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(PLAIN);
    const struct gateway_rules *rules = rules_of(ruleset);

    cr_assert(part_matches(rules, PART_INIT, rules->init, NULL));
    cr_assert(part_matches(rules, PART_SIDECAR, rules->sidecar, NULL));
    cr_assert_not(part_matches(rules, PART_INIT, rules->sidecar, NULL));
    cr_assert_not(part_matches(rules, PART_SIDECAR, rules->init, NULL));
    cr_assert(part_is_ours(ruleset, rules->init));
}

Test(pod_parts, volumes_are_known_again)
{
    static const struct {
        const char *json;
        bool ours;
    } volumes[] = {
        {"{\"emptyDir\":{\"sizeLimit\":\"1Mi\"},\"name\":\"podveil-config\"}", true},
        {"{\"name\":\"podveil-no-token\",\"emptyDir\":{}}", true},
        {"{\"name\":\"podveil-config\",\"emptyDir\":{}}", false},
        {"{\"name\":\"podveil-config\",\"configMap\":{\"name\":\"mine\"}}", false},
        {"{\"name\":\"podveil-no-token\",\"emptyDir\":{\"medium\":\"Memory\"}}", false},
        {"{\"name\":\"other\",\"emptyDir\":{}}", false},
    };
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(PLAIN);

    for (size_t i = 0; i < COUNT_OF(volumes); i++) {
        AUTO(json) struct json doc = {0};
        fixture_parse(&doc, volumes[i].json);
        cr_assert_eq(part_is_our_volume(rules_of(ruleset), value_root(&doc)), volumes[i].ours, "%s",
                     volumes[i].json);
    }
}
