/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/companion.h"
#include "tests/netpol/setting.h"

#include <criterion/criterion.h>

#define HEAD(metadata)                                                                             \
    "{'apiVersion':'networking.k8s.io/v1','kind':'NetworkPolicy','metadata':{" metadata            \
    ",'labels':{'app.kubernetes.io/managed-by':'podveil','podveil.io/config':'0123456789ab'}},"

static const struct companion_names names = {"name", "media", "0123456789ab"};

/* `rules` end with NULL; NULL where there are none. */
static void check(const char *text, const char *head, const char *pods, const char *const *rules)
{
    AUTO(buf) struct buf want = {0};

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
    AUTO(setting) struct setting setting = {0};

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
    AUTO(setting) struct setting setting = {0};

    setting_make(&setting, NULL);
    setting.target.cidr_count = 1;
    setting.target.probe_count = 0;
    setting.target.dns_pods = VALUE_ABSENT;
    AUTO(chars) char *text = text_of(companion_policy(&nowhere, NULL, &setting.target));

    check(text, HEAD("'name':'name'"), "{'matchLabels':{'podveil.io/gateway':'vpn'}}", rules);
}

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
    AUTO(setting) struct setting setting = {0};

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
        AUTO(setting) struct setting setting = {0};
        AUTO(buf) struct buf text = {0};
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
        AUTO(setting) struct setting setting = {0};
        AUTO(parsed) struct parsed pods = {0};
        setting_make(&setting, NULL);
        parsed_read(&pods, cases[i].listed);
        setting.target.gateway_pods = pods.root;
        AUTO(chars) char *got = text_of(companion_policy(&names, NULL, &setting.target));
        cr_assert_not_null(strstr(got, cases[i].want), "%s: %s", cases[i].name, got);
    }
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
    AUTO(setting) struct setting setting = {0};
    AUTO(parsed) struct parsed floor_text = {0};
    AUTO(parsed) struct parsed companion_text = {0};
    struct policy floor;
    struct policy companion;

    setting_make(&setting, NULL);
    read_policy(companion_floor(&names), &floor_text, &floor);
    read_policy(companion_policy(&names, "sabnzbd", &setting.target), &companion_text, &companion);

    cr_assert(floor.isolates_egress);
    cr_assert_eq(floor.egress_count, 0);
    cr_assert(companion.isolates_egress);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(parsed) struct parsed labels = {0};
        parsed_read(&labels, cases[i].labels);
        cr_assert_eq(selector_matches(&floor.pods, labels.root), cases[i].floor, "%s",
                     cases[i].labels);
        cr_assert_eq(selector_matches(&companion.pods, labels.root), cases[i].companion, "%s",
                     cases[i].labels);
    }
}

Test(companion, holds_each_rule_of_the_example)
{
    static const char *const example[] = {EXAMPLE_RULES};
    AUTO(setting) struct setting setting = {0};
    AUTO(parsed) struct parsed parsed = {0};
    struct policy policy;

    setting_make(&setting, NULL);
    setting.target.dns_pods = VALUE_ABSENT;
    read_policy(companion_policy(&names, "sabnzbd-k8s", &setting.target), &parsed, &policy);

    for (size_t i = 0; i < COUNT_OF(example); i++) {
        AUTO(parsed) struct parsed rule = {0};
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
    AUTO(parsed) struct parsed want = {0};

    parsed_read(&want, wanted);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(parsed) struct parsed object = {0};
        parsed_read(&object, cases[i].object);
        cr_assert_eq(companion_same_spec(object.root, want.root), cases[i].want, "%s",
                     cases[i].name);
    }
    cr_assert_not(companion_same_spec(VALUE_ABSENT, VALUE_ABSENT));
}
