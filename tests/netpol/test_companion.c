/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/companion.h"
#include "tests/netpol/allowing.h"

#include <criterion/criterion.h>

#define NAMED(name) "'namespaceSelector':{'matchLabels':{'kubernetes.io/metadata.name':'" name "'}}"
#define TO(peer) "{'to':[{" peer "}]}"
#define BLOCK(cidr) TO("'ipBlock':{'cidr':'" cidr "'}")
#define TO_DNS(peer)                                                                               \
    "{'to':[{" peer "}],'ports':[{'protocol':'UDP','port':53},{'protocol':'TCP','port':53}]}"
#define KUBE_DNS "'podSelector':{'matchLabels':{'k8s-app':'kube-dns'}}"
#define GATEWAY                                                                                    \
    TO(NAMED("vpn") ",'podSelector':{'matchLabels':{'app.kubernetes.io/name':'gluetun'}}")
#define HEAD(metadata)                                                                             \
    "{'apiVersion':'networking.k8s.io/v1','kind':'NetworkPolicy','metadata':{" metadata            \
    ",'labels':{'app.kubernetes.io/managed-by':'podveil','podveil.io/config':'0123456789ab'}},"

/* The cluster and the gateway of the example configuration, with what a test makes of them. */
struct setting {
    struct cidr cidrs[3];
    struct cidr probes[2];
    struct parsed gateway_pods;
    struct parsed dns_pods;
    struct parsed listed;
    struct companion_target target;
};

static void setting_done(struct setting *setting)
{
    parsed_done(&setting->gateway_pods);
    parsed_done(&setting->dns_pods);
    parsed_done(&setting->listed);
}
DEFINE_AUTO_IN_PLACE(setting, struct setting, setting_done);

static void set_cidr(struct cidr *out, const char *text)
{
    struct error err = {0};

    cr_assert_eq(cidr_parse(slice_of(text), out, &err), 0, "%s", err.text);
}

static void setting_make(struct setting *setting, const char *listed)
{
    *setting = (struct setting){0};
    set_cidr(&setting->cidrs[0], "10.1.0.0/16");
    set_cidr(&setting->cidrs[1], "10.152.183.0/24");
    set_cidr(&setting->cidrs[2], "192.168.0.0/24");
    set_cidr(&setting->probes[0], "169.254.7.127/32");
    set_cidr(&setting->probes[1], "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128");
    parsed_read(&setting->gateway_pods, "{'app.kubernetes.io/name':'gluetun'}");
    parsed_read(&setting->dns_pods, "{'k8s-app':'kube-dns'}");
    parsed_read(&setting->listed, listed == NULL ? "[]" : listed);
    setting->target = (struct companion_target){
        .gateway = "vpn",
        .gateway_namespace = "vpn",
        .gateway_pods = setting->gateway_pods.root,
        .cidrs = setting->cidrs,
        .cidr_count = COUNT_OF(setting->cidrs),
        .probes = setting->probes,
        .probe_count = COUNT_OF(setting->probes),
        .listed_only = listed != NULL,
        .listed = setting->listed.root,
        .dns_namespace = "kube-system",
        .dns_pods = setting->dns_pods.root,
    };
}

static const struct companion_names names = {"name", "media", "0123456789ab"};

/* Takes the object; JSON with ' for ". */
static char *text_of(struct build *object)
{
    AUTO(build) struct build *owned = object;
    AUTO(buf) struct buf text;
    struct error err = {0};

    buf_init(&text, JSON_MAX_TEXT);
    cr_assert_eq(build_encode(owned, &text, &err), 0, "%s", err.text);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"') {
            text.data[i] = '\'';
        }
    }
    return buf_take(&text);
}

/* `rules` end with NULL; NULL where there are none. */
static void check(const char *text, const char *head, const char *pods, const char *const *rules)
{
    AUTO(buf) struct buf want;

    buf_init(&want, 1 << 16);
    buf_printf(&want, "%s'spec':{'podSelector':%s,'policyTypes':['Egress']", head, pods);
    for (size_t i = 0; rules != NULL && rules[i] != NULL; i++) {
        buf_printf(&want, "%s%s", i == 0 ? ",'egress':[" : ",", rules[i]);
    }
    buf_text(&want, rules == NULL ? "}}" : "]}}");
    cr_assert_str_eq(text, buf_cstr(&want));
}

Test(companion, writes_the_floor)
{
    AUTO(chars) char *text = text_of(companion_floor(&names));

    check(text, HEAD("'name':'name','namespace':'media'"),
          "{'matchExpressions':[{'key':'podveil.io/gateway','operator':'Exists'},"
          "{'key':'podveil.io/gateway','operator':'NotIn','values':['none']}]}",
          NULL);
}

Test(companion, writes_the_companion_of_a_workload)
{
    static const char *const rules[] = {
        GATEWAY,
        BLOCK("10.1.0.0/16"),
        BLOCK("10.152.183.0/24"),
        BLOCK("192.168.0.0/24"),
        BLOCK("169.254.7.127/32"),
        BLOCK("fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128"),
        TO("'namespaceSelector':{}"),
        TO_DNS(NAMED("kube-system") "," KUBE_DNS),
        NULL,
    };
    AUTO(setting) struct setting setting;

    setting_make(&setting, NULL);
    AUTO(chars) char *text = text_of(companion_policy(&names, "sabnzbd", &setting.target));

    check(text, HEAD("'name':'name','namespace':'media'"),
          "{'matchLabels':{'podveil.io/gateway':'vpn','podveil.io/workload':'sabnzbd'}}", rules);
}

Test(companion, writes_one_for_all_workloads_of_a_gateway)
{
    static const struct companion_names nowhere = {"name", NULL, "0123456789ab"};
    static const char *const rules[] = {
        GATEWAY, BLOCK("10.1.0.0/16"), TO("'namespaceSelector':{}"), TO_DNS(NAMED("kube-system")),
        NULL,
    };
    AUTO(setting) struct setting setting;

    setting_make(&setting, NULL);
    setting.target.cidr_count = 1;
    setting.target.probe_count = 0;
    setting.target.dns_pods = VALUE_ABSENT;
    AUTO(chars) char *text = text_of(companion_policy(&nowhere, NULL, &setting.target));

    check(text, HEAD("'name':'name'"), "{'matchLabels':{'podveil.io/gateway':'vpn'}}", rules);
}

#define DB "{'podSelector':{'matchLabels':{'app':'db'}}}"
#define LAN "{'ipBlock':{'cidr':'192.168.0.0/24','except':['192.168.0.1/32']}}"

Test(companion, lists_peers_in_place_of_the_cluster)
{
    static const char *const rules[] = {
        GATEWAY,
        BLOCK("169.254.7.127/32"),
        "{'to':[" DB "]}",
        "{'to':[" LAN "]}",
        TO_DNS(NAMED("kube-system") "," KUBE_DNS),
        NULL,
    };
    AUTO(setting) struct setting setting;

    setting_make(&setting, "[" DB ", " LAN "]");
    setting.target.probe_count = 1;
    AUTO(chars) char *text = text_of(companion_policy(&names, NULL, &setting.target));

    check(text, HEAD("'name':'name','namespace':'media'"),
          "{'matchLabels':{'podveil.io/gateway':'vpn'}}", rules);
}

struct peer_case {
    const char *name;
    const char *listed;
    const char *want;
};

/* The API server drops what is empty, null or unknown: written here it would differ for ever. */
Test(companion, writes_peers_as_the_api_server_gives_them_back)
{
    static const struct peer_case cases[] = {
        {"an empty list", "{'ipBlock':{'cidr':'10.0.0.0/8','except':[]}}",
         "{'ipBlock':{'cidr':'10.0.0.0/8'}}"},
        {"null members", "{'ipBlock':null,'namespaceSelector':{'matchLabels':null}}",
         "{'namespaceSelector':{}}"},
        {"empty members", "{'podSelector':{'matchLabels':{},'matchExpressions':[]}}",
         "{'podSelector':{}}"},
        {"an empty list of values",
         "{'podSelector':{'matchExpressions':[{'key':'a','operator':'Exists','values':[]}]}}",
         "{'podSelector':{'matchExpressions':[{'key':'a','operator':'Exists'}]}}"},
        {"all that there is",
         "{'namespaceSelector':{'matchLabels':{'a':'x'}},'podSelector':{'matchLabels':{'b':'y'},"
         "'matchExpressions':[{'key':'a','operator':'In','values':['y','x']}]}}",
         "{'namespaceSelector':{'matchLabels':{'a':'x'}},'podSelector':{'matchLabels':{'b':'y'},"
         "'matchExpressions':[{'key':'a','operator':'In','values':['y','x']}]}}"},
        {"another order and more", "{'port':1,'podSelector':{},'namespaceSelector':{}}",
         "{'namespaceSelector':{},'podSelector':{}}"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(setting) struct setting setting;
        AUTO(buf) struct buf text;
        buf_init(&text, 4096);
        buf_printf(&text, "[%s]", cases[i].listed);
        setting_make(&setting, buf_cstr(&text));
        buf_clear(&text);
        buf_printf(&text, "{'to':[%s]}", cases[i].want);
        AUTO(chars) char *got = text_of(companion_policy(&names, NULL, &setting.target));
        cr_assert_not_null(strstr(got, buf_cstr(&text)), "%s: %s", cases[i].name, got);
    }
}

Test(companion, takes_labels_and_selectors_of_pods)
{
    static const struct peer_case cases[] = {
        {"labels", "{'a':'x','b':'y'}", "'podSelector':{'matchLabels':{'a':'x','b':'y'}}}"},
        {"a selector", "{'matchLabels':{'a':'x'}}", "'podSelector':{'matchLabels':{'a':'x'}}}"},
        {"expressions", "{'matchExpressions':[{'key':'a','operator':'Exists'}]}",
         "'podSelector':{'matchExpressions':[{'key':'a','operator':'Exists'}]}}"},
        {"empty", "{}", "'podSelector':{}}"},
        {"null", "null", NAMED("vpn") "}]"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(setting) struct setting setting;
        AUTO(parsed) struct parsed pods;
        setting_make(&setting, NULL);
        parsed_read(&pods, cases[i].listed);
        setting.target.gateway_pods = pods.root;
        AUTO(chars) char *got = text_of(companion_policy(&names, NULL, &setting.target));
        cr_assert_not_null(strstr(got, cases[i].want), "%s: %s", cases[i].name, got);
    }
}

/* --- what the two mean --- */

static void read_policy(struct build *object, struct parsed *parsed, struct policy *out)
{
    AUTO(chars) char *text = text_of(object);
    enum policy_fault fault = POLICY_WRONG;
    struct error err = {0};

    parsed_read(parsed, text);
    cr_assert_eq(policy_parse(parsed->root, &parsed->arena, out, &fault, &err), 0, "%s", err.text);
}

struct labels_case {
    const char *labels;
    bool floor;
    bool companion;
};

Test(companion, selects_privacy_pods)
{
    static const struct labels_case cases[] = {
        {"{'podveil.io/gateway': 'vpn', 'podveil.io/workload': 'sabnzbd', 'a': 'x'}", true, true},
        {"{'podveil.io/gateway': 'vpn', 'podveil.io/workload': 'other'}", true, false},
        {"{'podveil.io/gateway': 'tor', 'podveil.io/workload': 'sabnzbd'}", true, false},
        {"{'podveil.io/gateway': 'none'}", false, false},
        {"{'podveil.io/workload': 'sabnzbd'}", false, false},
        {"{}", false, false},
    };
    AUTO(setting) struct setting setting;
    AUTO(parsed) struct parsed floor_text;
    AUTO(parsed) struct parsed companion_text;
    struct policy floor;
    struct policy companion;

    setting_make(&setting, NULL);
    read_policy(companion_floor(&names), &floor_text, &floor);
    read_policy(companion_policy(&names, "sabnzbd", &setting.target), &companion_text, &companion);

    cr_assert(floor.isolates_egress);
    cr_assert_eq(floor.egress_count, 0);
    cr_assert(companion.isolates_egress);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(parsed) struct parsed labels;
        parsed_read(&labels, cases[i].labels);
        cr_assert_eq(selector_matches(&floor.pods, labels.root), cases[i].floor, "%s",
                     cases[i].labels);
        cr_assert_eq(selector_matches(&companion.pods, labels.root), cases[i].companion, "%s",
                     cases[i].labels);
    }
}

/* The egress rules of the policy that this one stands for. */
static const char *const example[] = {
    BLOCK("10.1.0.0/16"),      BLOCK("10.152.183.0/24"),     BLOCK("192.168.0.0/24"),
    BLOCK("169.254.7.127/32"), TO_DNS(NAMED("kube-system")),
};

Test(companion, holds_each_rule_of_the_example)
{
    AUTO(setting) struct setting setting;
    AUTO(parsed) struct parsed parsed;
    struct policy policy;

    setting_make(&setting, NULL);
    setting.target.dns_pods = VALUE_ABSENT;
    read_policy(companion_policy(&names, "sabnzbd-k8s", &setting.target), &parsed, &policy);

    for (size_t i = 0; i < COUNT_OF(example); i++) {
        AUTO(parsed) struct parsed rule;
        bool found = false;
        parsed_read(&rule, example[i]);
        struct value_iter iter = value_iter(value_get(parsed.root, "spec", "egress", NULL));
        struct slice key;
        struct value item;
        while (value_next(&iter, &key, &item)) {
            found = found || value_equal(item, rule.root);
        }
        cr_assert(found, "%s", example[i]);
    }
}

static void judge(const struct policy *policy, const struct allowed *allowed, struct leak *leak)
{
    struct error err = {0};

    cr_assert_eq(judge_egress(policy, allowed, leak, &err), 0, "%s", err.text);
}

Test(companion, allows_the_example)
{
    AUTO(setting) struct setting setting;
    AUTO(arena) struct arena arena;
    AUTO(allowed) struct allowed allowed = {0};
    struct error err = {0};

    arena_init(&arena, 1 << 20);
    setting_make(&setting, NULL);
    cr_assert_eq(companion_allowed(&setting.target, &arena, &allowed, &err), 0, "%s", err.text);
    for (size_t i = 0; i < COUNT_OF(example); i++) {
        AUTO(parsed) struct parsed parsed;
        struct policy policy;
        struct leak leak;
        policy_of(example[i], &parsed, &policy);
        judge(&policy, &allowed, &leak);
        cr_assert_not(leak.found, "%s: %s %s", example[i], leak.field, leak.witness);
    }
}

struct allowed_case {
    const char *name;
    const char *listed; /* NULL: all of the cluster */
    const char *needed; /* for each region: is it the only one that allows what it allows? */
};

/* Take each region away in turn: what it alone allowed is a leak then. */
Test(companion, allows_what_the_companion_does_and_no_more)
{
    static const struct allowed_case cases[] = {
        {"all of the cluster", NULL, "nyyyyyyn"},
        {"listed", "[" DB ", " LAN "]", "yyyyyy"},
        {"nothing listed", "[]", "yyyy"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(setting) struct setting setting;
        AUTO(arena) struct arena arena;
        AUTO(allowed) struct allowed allowed = {0};
        AUTO(parsed) struct parsed parsed;
        struct policy policy;
        struct leak leak;
        struct error err = {0};
        arena_init(&arena, 1 << 20);
        setting_make(&setting, cases[i].listed);
        cr_assert_eq(companion_allowed(&setting.target, &arena, &allowed, &err), 0, "%s", err.text);
        cr_assert_eq(allowed.count, strlen(cases[i].needed), "%s", cases[i].name);
        read_policy(companion_policy(&names, "w", &setting.target), &parsed, &policy);
        judge(&policy, &allowed, &leak);
        cr_assert_not(leak.found, "%s: %s %s", cases[i].name, leak.field, leak.witness);
        for (size_t k = 0; k < allowed.count; k++) {
            struct allowed_region kept = allowed.regions[k];
            allowed.regions[k] = (struct allowed_region){0};
            judge(&policy, &allowed, &leak);
            cr_assert_eq(leak.found, cases[i].needed[k] == 'y', "%s: without region %zu",
                         cases[i].name, k);
            allowed.regions[k] = kept;
        }
    }
}

Test(companion, keeps_nothing_of_the_target)
{
    AUTO(arena) struct arena arena;
    AUTO(allowed) struct allowed allowed = {0};
    AUTO(parsed) struct parsed parsed;
    struct policy policy;
    struct leak leak;
    struct error err = {0};

    arena_init(&arena, 1 << 20);
    {
        AUTO(setting) struct setting setting;
        setting_make(&setting, "[{'podSelector':{'matchLabels':{'\\u0061pp':'d\\u0062'}}}]");
        cr_assert_eq(companion_allowed(&setting.target, &arena, &allowed, &err), 0, "%s", err.text);
    }
    policy_of("{'to':[" DB "]}", &parsed, &policy);
    judge(&policy, &allowed, &leak);

    cr_assert_not(leak.found, "%s %s", leak.field, leak.witness);
}

Test(companion, refuses_a_wrong_peer)
{
    AUTO(setting) struct setting setting;
    AUTO(arena) struct arena arena;
    struct allowed allowed = {.count = 77};
    struct error err = {0};

    arena_init(&arena, 1 << 20);
    setting_make(&setting, "[{'ipBlock': {'cidr': '10.0.0.5/8'}}]");
    cr_assert_eq(companion_allowed(&setting.target, &arena, &allowed, &err), -1);

    cr_assert_str_eq(err.text, "spec.egress[3].to[0].ipBlock.cidr: \"10.0.0.5/8\" has host bits "
                               "set; write 10.0.0.0/8");
    cr_assert_eq(allowed.count, 77);
}

Test(companion, says_that_there_is_no_memory)
{
    AUTO(setting) struct setting setting;
    size_t failures = 0;

    setting_make(&setting, NULL);
    for (size_t max = 0;; max += 64) {
        AUTO(arena) struct arena arena;
        AUTO(allowed) struct allowed allowed = {0};
        struct error err = {0};
        arena_init(&arena, max);
        if (companion_allowed(&setting.target, &arena, &allowed, &err) == 0) {
            break;
        }
        cr_assert_eq(err.code, ERR_NO_MEMORY, "%zu bytes: %s", max, err.text);
        failures++;
    }
    cr_assert_gt(failures, 10);
}

struct same_case {
    const char *name;
    const char *object;
    bool want;
};

Test(companion, compares_specs_by_content)
{
    static const char wanted[] =
        "{'metadata':{'name':'a'},'spec':{'podSelector':{'matchLabels':{'a':'x','b':'y'}},"
        "'policyTypes':['Egress'],'egress':[" BLOCK("10.1.0.0/16") "," BLOCK("10.2.0.0/16") "]}}";
    static const struct same_case cases[] = {
        {"members in another order, other metadata",
         "{'spec':{'egress':[" BLOCK("10.1.0.0/16") "," BLOCK(
             "10.2.0.0/16") "],'policyTypes':['Egress'],'podSelector':{'matchLabels':{'b':'y',"
                            "'a':'x'}}},'metadata':{'labels':{'mine':'x'}}}",
         true},
        {"rules in another order",
         "{'spec':{'podSelector':{'matchLabels':{'a':'x','b':'y'}},'policyTypes':['Egress'],"
         "'egress':[" BLOCK("10.2.0.0/16") "," BLOCK("10.1.0.0/16") "]}}",
         false},
        {"a rule less",
         "{'spec':{'podSelector':{'matchLabels':{'a':'x','b':'y'}},'policyTypes':['Egress'],"
         "'egress':[" BLOCK("10.1.0.0/16") "]}}",
         false},
        {"a member more",
         "{'spec':{'podSelector':{'matchLabels':{'a':'x','b':'y'}},'policyTypes':['Egress'],"
         "'egress':[" BLOCK("10.1.0.0/16") "," BLOCK("10.2.0.0/16") "],'ingress':[{}]}}",
         false},
        {"no spec", "{}", false},
        {"null", "{'spec':null}", false},
        {"no object", "'x'", false},
    };
    AUTO(parsed) struct parsed want;

    parsed_read(&want, wanted);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(parsed) struct parsed object;
        parsed_read(&object, cases[i].object);
        cr_assert_eq(companion_same_spec(object.root, want.root), cases[i].want, "%s",
                     cases[i].name);
    }
    cr_assert_not(companion_same_spec(VALUE_ABSENT, VALUE_ABSENT));
}
