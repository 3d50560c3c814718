/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/setting.h"

#include "tests/fuzz/target.h"

#define CLUSTER                                                                                    \
    "apiVersion: podveil.io/v1\n"                                                                  \
    "kind: Configuration\n"                                                                        \
    "cluster:\n"                                                                                   \
    "  podCIDRs: [10.1.0.0/16, 'fd00:1::/64']\n"                                                   \
    "  serviceCIDRs: [10.152.183.0/24]\n"                                                          \
    "  localCIDRs: [192.168.0.0/24]\n"                                                             \
    "  dns: {address: 10.152.183.10, namespace: kube-system, podSelector: {k8s-app: kube-dns}}\n"
#define GATEWAY(name, id, network)                                                                 \
    "- name: " name "\n"                                                                           \
    "  address: gluetun.vpn.svc.cluster.local\n"                                                   \
    "  namespace: vpn\n"                                                                           \
    "  podSelector: {app.kubernetes.io/name: gluetun}\n"                                           \
    "  serviceAccount: gluetun\n"                                                                  \
    "  vxlan: {id: " id ", port: 14789, network: " network "}\n"

static const char *const texts[SETTINGS] = {
    [SETTING_EXAMPLE] = CLUSTER "mesh: {mode: ambient}\n"
                                "aliases:\n"
                                "- {label: setGateway, value: \"true\", gateway: vpn}\n"
                                "gateways:\n" GATEWAY("vpn", "42", "172.16.0.0/24"),
    [SETTING_NARROW] = CLUSTER
    "companion: namespace\n"
    "rawSockets: keep\n"
    "hostPaths: [/srv/media]\n"
    "claims: [gpu]\n"
    "optOut: [{namespace: tools, serviceAccount: debug}]\n"
    "validation: {HostPort: deny, ExternalEndpoint: warn, MeshNoOp: off}\n"
    "gateways:\n" GATEWAY("vpn", "42",
                          "172.16.0.0/24") "  dns: cluster\n"
                                           "  usableFrom: [media, demo]\n"
                                           "  client:\n"
                                           "    alsoImages: [mirror.example/]\n"
                                           "    tolerate: {env: [TRACE], "
                                           "mounts: [extra]}\n"
                                           "    mayPrecede: [first]\n" GATEWAY(
                                               "second", "43",
                                               "172.16.1.0/24") "  reach: listed\n"
                                                                "  listed: [{namespaceSelector: "
                                                                "{matchLabels: {team: media}}}]\n",
};

static const struct ruleset *make(enum setting setting)
{
    struct error err = {0};
    const struct config *config = NULL;
    const struct ruleset *ruleset = NULL;

    claim(config_parse(slice_of(texts[setting]), "setting", &config, NULL, &err) == 0 &&
              ruleset_new(config, &ruleset, &err) == 0,
          "the setting is wrong: %s", err.text);
    config_unref(config);
    return ruleset;
}

const struct ruleset *setting_ruleset(enum setting setting)
{
    static const struct ruleset *made[SETTINGS];

    if (made[setting] == NULL) {
        made[setting] = make(setting);
    }
    return made[setting];
}
