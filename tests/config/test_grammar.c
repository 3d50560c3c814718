/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/amount.h"
#include "lib/config/grammar.h"
#include "lib/config/suggest.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>

/* Texts with a space between; "-" alone stands for the empty text. */
struct grammar_case {
    const char *name;
    const struct grammar *grammar;
    const char *good;
    const char *bad;
};

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct grammar_case cases[] = {
    {"DNS label", &grammar_dns_label, "a 0 a-b a--b vpn-1 " A63,
     "- A a_b a.b -a a- a/b \xc3\xa4 a$b " A63 "a"},
    {"DNS label or nothing", &grammar_dns_label_or_none, "- a a-b", "A a. a_b"},
    {"gateway", &grammar_gateway, "vpn nones none-1", "none - Vpn"},
    {"container", &grammar_container, "istio-init podveil", "podveil-init podveil-x - A"},
    {"volume", &grammar_volume, "tools", "/config podveil-config a/b -"},
    {"object", &grammar_dns_name, "a a.b a-b.c 0.1 " A63 "." A63,
     "- .a a. a..b A a_b a.-b " A63 "a"},
    {"domain", &grammar_domain, "cluster.local a 0.a x--y.z", "- .a a. a.0 10.1 A.b a..b a_b.c"},
    {"address", &grammar_address, "a.b gluetun.vpn.svc.cluster.local 0.a 1-1.svc",
     "- a 10.1.2.3 a.1 a.0x1 fd00::1 a.b. .a.b a..b A.b a.b/c a.b:80 a_b.c localhost"},
    {"IPv4", &grammar_ipv4, "10.0.0.1 0.0.0.0 255.255.255.255",
     "- 10.0.0 010.0.0.1 256.0.0.1 10.0.0.0/8 ::1 a 1.2.3.4.5 1.2.3.4a"},
    {"label key", &grammar_label_key, "a setGateway a.b/c podveil.io/gateway x-y.z/A_b.c",
     "- / a/ /a a/b/c a$ a. -a A.b/c podveil.io/workload podveil.io/guarded " A63 "a"},
    {"selector key", &grammar_selector_key, "a podveil.io/workload app.kubernetes.io/name",
     "- a/ a$"},
    {"label value", &grammar_label_value, "- a true A_b.c-d 1", "a/b a$ -a a. a:b " A63 "a"},
    {"variable", &grammar_variable,
     "A _a a.b A-b HTTP_PROXY KUBERNETES_PORT LDX ENVOY GATEWAY PATHS",
     "- 1A A=b A$ LD_PRELOAD LD_ LD_LIBRARY_PATH ENV BASH_ENV BASH_FUNC_ip PATH SHELLOPTS BASHOPTS "
     "IFS "
     "PS4 gateway PODVEIL_SETTINGS PODVEIL_ XTABLES_LIBDIR GLIBC_TUNABLES VXLAN_ID K8S_DNS_IPS "
     "NOT_ROUTED_TO_GATEWAY_CIDRS GCONV_PATH"},
    {"image", &grammar_image,
     "a a/b a.b/c:1 localhost:5000/a/b:v1.2.3_x-y ghcr.io/angelnu/pod-gateway:v1.13.0 a@sha256:" SHA
     " h.io/a__b--c.d/e:T@sha256:" SHA,
     "- A a: :a a/ /a a//b a:b:c a@b a@sha256:1 a;b a$b a\"b a'b a`b a\\b a|b a&b a..b a___b a/B "
     "http://a/b"},
    {"image prefix", &grammar_image_prefix,
     "a/ mirror.example.com/ m:5000/a/b a.b/c/d: a.b/c:v1.13.0 a.b/c@sha256:" SHA,
     "- a mirror.example.com / /a a//b a/$ a/;b a/\"b"},
    {"pull policy", &grammar_pull_policy, "- Always IfNotPresent Never",
     "always Sometimes AlwaysNever"},
    {"path", &grammar_path, "/a /a/b /.a /..a /a.b/c-d /... /mnt/media_1",
     "- / a a/b /a/ //a /a//b /. /.. /a/. /a/.. /a/../b /./a /\xc3\xa4"},
    {"word", &grammar_word, "/bin/sh -c a=b 'x' \"y\" ;", "- $ $A a$(B) $$ \xc3\xa4"},
    {"quantity", &grammar_quantity, "0 1 10m 500m 0.5 1.25Gi 16Mi 100k 1T 999999999999999",
     "- m -1 +1 01 1. .5 1.2345 0.5m 1e3 1E 64MB 1i 1Pi 1000000000000000 1_0"},
};

static bool next_text(const char **list, struct slice *text)
{
    *list += strspn(*list, " ");
    *text = (struct slice){*list, strcspn(*list, " ")};
    *list += text->len;
    bool found = text->len > 0;
    *text = slice_is(*text, "-") ? SLICE("") : *text;
    return found;
}

ParameterizedTestParameters(grammar, takes_these_and_not_those)
{
    static size_t index[COUNT_OF(cases)];
    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, grammar, takes_these_and_not_those)
{
    const struct grammar_case *c = &cases[*index];
    struct error err = {0};
    struct slice text;

    for (const char *list = c->good; next_text(&list, &text);) {
        cr_assert_eq(grammar_check(c->grammar, text, &err), 0, "%s takes %.*s: %s", c->name,
                     SLICE_ARGS(text), err.text);
    }
    for (const char *list = c->bad; next_text(&list, &text);) {
        cr_assert_eq(grammar_check(c->grammar, text, &err), -1, "%s refuses %.*s", c->name,
                     SLICE_ARGS(text));
        cr_assert_eq(err.code, ERR_CONFIG, "%s", c->name);
    }
}

/* What no text of any grammar may hold, whatever its pattern says of lines. */
Test(grammar, refuses_bytes_that_end_a_line_or_a_text)
{
    static const struct slice texts[] = {
        {"a\n", 2}, {"a\nb", 3}, {"\na", 2},  {"a\0b", 3},
        {"a\0", 2}, {"a b", 3},  {"a\tb", 3}, {"a\r", 2},
    };
    struct error err = {0};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t k = 0; k < COUNT_OF(texts); k++) {
            bool word = cases[i].grammar == &grammar_word && slice_is(texts[k], "a b");
            cr_assert_eq(grammar_check(cases[i].grammar, texts[k], &err), word ? 0 : -1, "%s, %zu",
                         cases[i].name, k);
        }
    }
}

Test(grammar, says_what_is_too_long)
{
    struct error err = {0};
    char text[64 + 1];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';

    cr_assert_eq(grammar_check(&grammar_dns_label, slice_of(text), &err), -1);

    cr_assert_str_eq(err.text, "\"" A63 "a\" is longer than 63 characters");
}

Test(grammar, shows_long_and_odd_text_safely)
{
    char shown[GRAMMAR_SHOWN];
    char text[200];
    memset(text, 'a', sizeof text);
    memcpy(text + 95, "\xc3\xa4\xc3\xa4", 4);

    cr_assert_str_eq(grammar_show(SLICE("a\x1b[31m\n\x7f\xc3\xa4"), shown), "a?[31m??\xc3\xa4");

    (void)grammar_show((struct slice){text, sizeof text}, shown);
    cr_assert_eq(strlen(shown), 95 + 3, "%s", shown);
    cr_assert_str_eq(shown + 95, "...");
    (void)grammar_show((struct slice){text, 96 - 1}, shown);
    cr_assert_eq(strlen(shown), 95);
}

Test(amount, is_in_thousandths)
{
    static const struct {
        const char *text;
        uint64_t milli;
    } amounts[] = {
        {"0", 0},
        {"1m", 1},
        {"500m", 500},
        {"1", 1000},
        {"0.5", 500},
        {"0.001", 1},
        {"2k", 2000000},
        {"1.5M", 1500000000},
        {"1G", 1000000000000},
        {"1T", 1000000000000000},
        {"1Ki", 1024000},
        {"64Mi", 67108864000},
        {"0.5Gi", 536870912000},
        {"1Ti", 1099511627776000},
    };
    struct error err = {0};

    for (size_t i = 0; i < COUNT_OF(amounts); i++) {
        uint64_t milli = 7;
        cr_assert_eq(amount_parse(slice_of(amounts[i].text), &milli, &err), 0, "%s: %s",
                     amounts[i].text, err.text);
        cr_assert_eq(milli, amounts[i].milli, "%s is %lu", amounts[i].text, milli);
    }
}

Test(suggest, takes_what_is_near)
{
    static const struct {
        const char *word;
        const char *known;
        bool near;
    } words[] = {
        {"podCidrs", "podCIDRs", true},
        {"gatways", "gateways", true},
        {"gatewyas", "gateways", true},
        {"gateway", "gateways", true},
        {"DNS", "dns", true},
        {"dsn", "dns", true},
        {"mesh", "dns", false},
        {"x", "dns", false},
        {"", "dns", false},
        {"id", "port", false},
        {"nodeCIDRs", "podCIDRs", true},
        {"a", "b", false},
        {"client_init_command_is_very_very_long_really", "initCommand", false},
    };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        unsigned best = SUGGEST_NONE;
        cr_assert_eq(suggest_is_nearer(slice_of(words[i].word), words[i].known, &best),
                     words[i].near, "%s and %s: %u", words[i].word, words[i].known, best);
    }
}

Test(suggest, keeps_the_nearest)
{
    unsigned best = SUGGEST_NONE;

    cr_assert(suggest_is_nearer(SLICE("noedCIDR"), "podCIDRs", &best));
    cr_assert(suggest_is_nearer(SLICE("noedCIDR"), "nodeCIDRs", &best));
    cr_assert_not(suggest_is_nearer(SLICE("noedCIDR"), "podCIDRs", &best));
}
