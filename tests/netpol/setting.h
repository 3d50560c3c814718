/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cluster and the gateway of the example configuration, and what podveil
 * writes for them, as JSON with ' for ".
 */
#ifndef TESTS_NETPOL_SETTING_H
#define TESTS_NETPOL_SETTING_H

#include "lib/netpol/companion.h"
#include "tests/netpol/allowing.h"

#define NAMED(name) "'namespaceSelector':{'matchLabels':{'kubernetes.io/metadata.name':'" name "'}}"
#define TO(peer) "{'to':[{" peer "}]}"
#define BLOCK(cidr) TO("'ipBlock':{'cidr':'" cidr "'}")
#define TO_DNS(peer)                                                                               \
    "{'to':[{" peer "}],'ports':[{'protocol':'UDP','port':53},{'protocol':'TCP','port':53}]}"
#define KUBE_DNS "'podSelector':{'matchLabels':{'k8s-app':'kube-dns'}}"
#define GATEWAY                                                                                    \
    TO(NAMED("vpn") ",'podSelector':{'matchLabels':{'app.kubernetes.io/name':'gluetun'}}")
#define DB "{'podSelector':{'matchLabels':{'app':'db'}}}"
#define LAN "{'ipBlock':{'cidr':'192.168.0.0/24','except':['192.168.0.1/32']}}"

/* The egress rules of the policy that this one stands for. */
#define EXAMPLE_RULES                                                                              \
    BLOCK("10.1.0.0/16"), BLOCK("10.152.183.0/24"), BLOCK("192.168.0.0/24"),                       \
        BLOCK("169.254.7.127/32"), TO_DNS(NAMED("kube-system"))

struct setting {
    struct cidr cidrs[3];
    struct cidr probes[2];
    struct parsed gateway_pods;
    struct parsed dns_pods;
    struct parsed listed;
    struct companion_target target;
};

static inline void setting_done(struct setting *setting)
{
    parsed_done(&setting->gateway_pods);
    parsed_done(&setting->dns_pods);
    parsed_done(&setting->listed);
}
DEFINE_AUTO_IN_PLACE(setting, struct setting, setting_done);

static inline void set_cidr(struct cidr *out, const char *text)
{
    struct error err = {0};

    cr_assert_eq(cidr_parse(slice_of(text), out, &err), 0, "%s", err.text);
}

static inline void setting_make(struct setting *setting, const char *listed)
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

/* Takes the object; JSON with ' for ". */
static inline char *text_of(struct build *object)
{
    AUTO(build) struct build *owned = object;
    AUTO(buf) struct buf text = {0};
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

static inline void read_policy(struct build *object, struct parsed *parsed, struct policy *out)
{
    AUTO(chars) char *text = text_of(object);
    enum policy_fault fault = POLICY_WRONG;
    struct error err = {0};

    parsed_read(parsed, text);
    cr_assert_eq(policy_parse(parsed->root, &parsed->arena, out, &fault, &err), 0, "%s", err.text);
}

#endif
