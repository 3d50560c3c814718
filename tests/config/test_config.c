/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/file.h"
#include "tests/config/sample.h"

#include <criterion/parameterized.h>

#include <stdio.h>
#include <unistd.h>

static char *encoded(const struct config *config)
{
    AUTO(buf) struct buf out = {0};
    struct error err = {0};
    buf_init(&out, 1 << 20);

    cr_assert_eq(config_encode(config, &out, &err), 0, "%s", err.text);
    return buf_take(&out);
}

Test(config, has_every_default)
{
    AUTO(config) const struct config *config = sample_read(sample, NULL);
    const struct gateway *gateway = &config->gateways[0];
    const struct client *client = &gateway->client;

    cr_assert_str_eq(config->label, "podveil.io/gateway");
    cr_assert_eq(config->alias_count, 0);
    cr_assert_eq(config->cluster.local_cidrs.count, 0);
    cr_assert_eq(config->cluster.node_cidrs.count, 0);
    cr_assert_not(config->cluster.allow_public);
    cr_assert_str_eq(config->cluster.domain, "cluster.local");
    cr_assert_str_eq(config->cluster.dns_namespace, "kube-system");
    cr_assert_not(value_exists(config->cluster.dns_pods));
    cr_assert_eq(config->mesh.mode, MESH_NONE);
    cr_assert_str_eq(config->mesh.waypoint, "");
    cr_assert_eq(config->mesh.probes.count, 2);
    cr_assert_eq(config->companion, COMPANION_WORKLOAD);
    cr_assert_eq(config->settle_ms, 1000);
    cr_assert_eq(config->raw_sockets, RAW_SOCKETS_DROP);
    cr_assert_eq(config->host_paths.count, 0);
    cr_assert_eq(config->claims.count, 0);
    cr_assert_eq(config->opt_out_count, 0);
    cr_assert_eq(config->host_port, VALIDATION_WARN);
    cr_assert_eq(config->exec, VALIDATION_DENY);
    cr_assert_eq(config->external_endpoint, VALIDATION_DENY);
    cr_assert_eq(config->mesh_no_op, VALIDATION_DENY);
    cr_assert_eq(gateway->usable_from.count, 0);
    cr_assert_eq(gateway->vxlan_id, 42);
    cr_assert_eq(gateway->vxlan_port, 14789);
    cr_assert_eq(gateway->vxlan_network.prefix, 24);
    cr_assert_eq(gateway->dns, DNS_TUNNEL);
    cr_assert_eq(gateway->reach, REACH_CLUSTER);
    cr_assert_not(value_exists(gateway->listed));
    cr_assert_str_eq(client->image, "ghcr.io/angelnu/pod-gateway:v1.13.0");
    cr_assert_str_eq(client->pull_policy, "");
    cr_assert_eq(client->also_images.count, 0);
    cr_assert(client->lock);
    cr_assert_str_eq(client->init_command.items[0], "/bin/client_init.sh");
    cr_assert_str_eq(client->sidecar_command.items[0], "/bin/client_sidecar.sh");
    cr_assert(value_is(value_get(client->resources, "limits", "cpu", NULL), "500m"));
    cr_assert_eq(client->tolerate_env.count + client->tolerate_mounts.count, 0);
    cr_assert_eq(client->may_precede.count, 0);
}

static const char full[] =
    "apiVersion: podveil.io/v1\nkind: Configuration\nlabel: example.com/vpn\n"
    "aliases: [{label: setGateway, value: 'true', gateway: b}, {label: setGateway, value: '', "
    "gateway: a}]\n"
    "cluster:\n  podCIDRs: [10.0.0.0/16, 'fd01::/64', 203.0.113.0/24]\n  serviceCIDRs: "
    "[10.9.0.0/16]\n"
    "  localCIDRs: [192.168.0.0/24]\n  nodeCIDRs: [192.168.1.0/24]\n  allowPublic: true\n"
    "  domain: k8s.example\n"
    "  dns: {address: 192.168.0.53, namespace: dns, podSelector: {k8s-app: kube-dns}}\n"
    "mesh: {mode: ambient, waypoint: wp, probeAddresses: [169.254.7.1/32]}\n"
    "companion: namespace\nsettle: 250ms\n"
    "gateways:\n"
    "- name: a\n  address: a.vpn.svc\n  namespace: ns\n  podSelector: {z: '1', a: b}\n"
    "  serviceAccount: sa.x\n  usableFrom: [x, y]\n"
    "  vxlan: {id: 16777215, port: 65535, network: 100.64.3.0/24}\n  dns: cluster\n  reach: "
    "listed\n"
    "  listed: [{namespaceSelector: {}, podSelector: {matchLabels: {b: c, a: b}}}, "
    "{ipBlock: {cidr: 10.0.1.0/24, except: [10.0.1.0/25]}}]\n"
    "  client: {image: "
    "'m.io/a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',\n"
    "    imagePullPolicy: Always, alsoImages: [m.io/], lock: false, initCommand: [/bin/sh, -c, "
    "'-c'],\n"
    "    sidecarCommand: [a b], resources: {requests: {cpu: 0.5, memory: 1}, limits: {memory: "
    "1Gi}},\n"
    "    tolerate: {env: [HTTP_PROXY], mounts: [tools]}, mayPrecede: [istio-init]}\n"
    "- {name: b, address: b.vpn.svc, namespace: ns, podSelector: {a: c}, serviceAccount: sa, "
    "vxlan: {id: 1}}\n"
    "rawSockets: keep\nhostPaths: [/mnt/media]\nclaims: [gpu]\n"
    "optOut: [{namespace: tools, serviceAccount: debug}, {namespace: tools, serviceAccount: x}]\n"
    "validation: {HostPort: off, Exec: warn, ExternalEndpoint: off, MeshNoOp: warn}\n";

static const char full_encoded[] =
    "{\"apiVersion\":\"podveil.io/v1\",\"kind\":\"Configuration\",\"label\":\"example.com/vpn\","
    "\"aliases\":[{\"label\":\"setGateway\",\"value\":\"true\",\"gateway\":\"b\"},"
    "{\"label\":\"setGateway\",\"value\":\"\",\"gateway\":\"a\"}],"
    "\"cluster\":{\"podCIDRs\":[\"10.0.0.0/16\",\"fd01::/64\",\"203.0.113.0/24\"],"
    "\"serviceCIDRs\":[\"10.9.0.0/16\"],\"localCIDRs\":[\"192.168.0.0/24\"],"
    "\"nodeCIDRs\":[\"192.168.1.0/24\"],\"allowPublic\":true,\"domain\":\"k8s.example\","
    "\"dns\":{\"address\":\"192.168.0.53\",\"namespace\":\"dns\",\"podSelector\":{\"k8s-app\":"
    "\"kube-dns\"}}},"
    "\"mesh\":{\"mode\":\"ambient\",\"waypoint\":\"wp\",\"probeAddresses\":[\"169.254.7.1/32\"]},"
    "\"companion\":\"namespace\",\"settle\":\"250ms\","
    "\"gateways\":[{\"name\":\"a\",\"address\":\"a.vpn.svc\",\"namespace\":\"ns\","
    "\"podSelector\":{\"a\":\"b\",\"z\":\"1\"},\"serviceAccount\":\"sa.x\",\"usableFrom\":[\"x\","
    "\"y\"],"
    "\"vxlan\":{\"id\":16777215,\"port\":65535,\"network\":\"100.64.3.0/24\"},\"dns\":\"cluster\","
    "\"reach\":\"listed\",\"listed\":[{\"namespaceSelector\":{},\"podSelector\":{\"matchLabels\":{"
    "\"a\":\"b\",\"b\":\"c\"}}},"
    "{\"ipBlock\":{\"cidr\":\"10.0.1.0/24\",\"except\":[\"10.0.1.0/25\"]}}],"
    "\"client\":{\"image\":\"m.io/"
    "a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
    "\"imagePullPolicy\":\"Always\",\"alsoImages\":[\"m.io/\"],\"lock\":false,"
    "\"initCommand\":[\"/bin/sh\",\"-c\",\"-c\"],\"sidecarCommand\":[\"a b\"],"
    "\"resources\":{\"requests\":{\"cpu\":0.5,\"memory\":1},\"limits\":{\"memory\":\"1Gi\"}},"
    "\"tolerate\":{\"env\":[\"HTTP_PROXY\"],\"mounts\":[\"tools\"]},\"mayPrecede\":[\"istio-init\"]"
    "}},"
    "{\"name\":\"b\",\"address\":\"b.vpn.svc\",\"namespace\":\"ns\",\"podSelector\":{\"a\":\"c\"},"
    "\"serviceAccount\":\"sa\",\"usableFrom\":[],"
    "\"vxlan\":{\"id\":1,\"port\":14789,\"network\":\"172.16.0.0/24\"},\"dns\":\"tunnel\","
    "\"reach\":\"cluster\",\"listed\":[],"
    "\"client\":{\"image\":\"ghcr.io/angelnu/"
    "pod-gateway:v1.13.0\",\"imagePullPolicy\":\"\",\"alsoImages\":[],"
    "\"lock\":true,\"initCommand\":[\"/bin/client_init.sh\"],\"sidecarCommand\":[\"/bin/"
    "client_sidecar.sh\"],"
    "\"resources\":{\"requests\":{\"cpu\":\"10m\",\"memory\":\"16Mi\"},\"limits\":{\"cpu\":"
    "\"500m\",\"memory\":\"64Mi\"}},"
    "\"tolerate\":{\"env\":[],\"mounts\":[]},\"mayPrecede\":[]}}],"
    "\"rawSockets\":\"keep\",\"hostPaths\":[\"/mnt/media\"],\"claims\":[\"gpu\"],"
    "\"optOut\":[{\"namespace\":\"tools\",\"serviceAccount\":\"debug\"},{\"namespace\":\"tools\","
    "\"serviceAccount\":\"x\"}],"
    "\"validation\":{\"HostPort\":\"off\",\"Exec\":\"warn\",\"ExternalEndpoint\":\"off\","
    "\"MeshNoOp\":\"warn\"}}";

Test(config, is_encoded_in_the_order_of_the_schema)
{
    AUTO(config) const struct config *config = sample_read(full, NULL);

    AUTO(chars) char *got = encoded(config);

    cr_assert_str_eq(got, full_encoded, "%s", got);
}

/* The canonical form is a configuration itself, and the same one. */
Test(config, of_its_encoding_is_the_same)
{
    AUTO(config) const struct config *config = sample_read(full_encoded, NULL);

    AUTO(chars) char *got = encoded(config);

    cr_assert_str_eq(got, full_encoded);
    AUTO(config) const struct config *before = sample_read(full, NULL);
    cr_assert_str_eq(config->id, before->id);
    cr_assert_eq(strlen(config->id), CONFIG_ID_LEN);
}

Test(config, finds_gateways)
{
    AUTO(config) const struct config *config = sample_read(full, NULL);

    cr_assert_eq(config_gateway(config, SLICE("b")), &config->gateways[1]);
    cr_assert_null(config_gateway(config, SLICE("c")));
    cr_assert_null(config_gateway(config, SLICE("")));
}

struct id_case {
    const char *name;
    const char *part;
    const char *with;
    bool same;
};

static const struct id_case ids[] = {
    {"nothing", "kind", "kind", true},
    {"a comment", "cluster:\n", "# a comment\ncluster:   # another\n", true},
    {"style", "{app: gluetun}", "\n    'app': \"gluetun\"", true},
    {"the order of keys", "  namespace: vpn\n  podSelector: {app: gluetun}\n",
     "  podSelector: {app: gluetun}\n  namespace: vpn\n", true},
    {"a default written out", "kind", "settle: 1s\nkind", true},
    {"a default in other words", "kind", "settle: 1000ms\nkind", true},
    {"an empty object", "kind", "mesh: {}\nvalidation: {}\nkind", true},
    {"a name", "name: vpn", "name: vpm", false},
    {"a label", "{app: gluetun}", "{app: gluetum}", false},
    {"another label", "{app: gluetun}", "{app: gluetun, a: b}", false},
    {"an address", "gluetun.vpn.svc", "gluetun.vpn.svd", false},
    {"a CIDR", "10.1.0.0/16", "10.1.0.0/17", false},
    {"a CIDR's list", "serviceCIDRs: [10.152.183.0/24]",
     "serviceCIDRs: [10.152.183.0/24]\n  localCIDRs: [10.152.184.0/24]", false},
    {"a number", "kind", "settle: 2s\nkind", false},
    {"a boolean", "  dns", "  allowPublic: true\n  dns", false},
    {"a word", "kind", "rawSockets: keep\nkind", false},
    {"a default that is turned", "kind", "validation: {Exec: warn}\nkind", false},
};

ParameterizedTestParameters(config, has_an_id_of_its_meaning)
{
    static size_t index[COUNT_OF(ids)];
    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, config, has_an_id_of_its_meaning)
{
    const struct id_case *c = &ids[*index];
    AUTO(chars) char *text = sample_with(c->part, c->with);
    AUTO(config) const struct config *before = sample_read(sample, NULL);

    AUTO(config) const struct config *after = sample_read(text, NULL);

    cr_assert_eq(strcmp(before->id, after->id) == 0, c->same, "%s", c->name);
}

/* An id that changed for the same file would make every running pod "old". */
Test(config, keeps_its_id_from_version_to_version)
{
    AUTO(config) const struct config *config = sample_read(sample, NULL);

    cr_assert_str_eq(config->id, "beb580070b73");
}

Test(config, sorts_the_labels_for_its_id)
{
    AUTO(chars) char *one = sample_with("{app: gluetun}", "{a: b, c: d, e: f}");
    AUTO(chars) char *two = sample_with("{app: gluetun}", "{e: f, c: d, a: b}");

    AUTO(config) const struct config *first = sample_read(one, NULL);
    AUTO(config) const struct config *second = sample_read(two, NULL);

    cr_assert_str_eq(first->id, second->id);
}

struct remark_case {
    const char *part;
    const char *with;
    unsigned line;
    unsigned column;
    const char *want;
};

/* On the sample with nodeCIDRs, which has none. */
static const struct remark_case remarks[] = {
    {NULL, "  vxlan: {port: 0}\n", 14, 17,
     "gateways[0].vxlan.port: port 0 is the kernel's default"},
    {NULL, "  vxlan: {port: 4789}\n", 14, 17, "gateways[0].vxlan.port: Calico drops"},
    {NULL, "  vxlan: {port: 4790}\n", 14, 17, "gateways[0].vxlan.port: port 4790"},
    {NULL, "  vxlan: {port: 8472}\n", 14, 17, "gateways[0].vxlan.port: Cilium and flannel"},
    {NULL, "  dns: cluster\n", 14, 8, "gateways[0].dns: the cluster's resolver"},
    {NULL, "  client: {lock: false}\n", 14, 18, "gateways[0].client.lock: without the lock"},
    {NULL, "  listed: [{podSelector: {}}]\n", 14, 11, "gateways[0].listed: this is read with"},
    {"gateways:", "rawSockets: keep\ngateways:", 8, 13, "rawSockets: with raw sockets"},
    {"gateways:", "mesh: {waypoint: a}\ngateways:", 8, 18, "mesh.waypoint: this is read with"},
    {"  nodeCIDRs", "  allowPublic: true\n  nodeCIDRs", 4, 16,
     "cluster.allowPublic: public addresses"},
    {"  nodeCIDRs: [192.168.0.0/24]\n", "", 4, 3, "cluster: without nodeCIDRs"},
    {"[192.168.0.0/24]", "[]", 4, 14, "cluster.nodeCIDRs: without nodeCIDRs"},
};

ParameterizedTestParameters(config, remarks_on_what_is_odd)
{
    static size_t index[COUNT_OF(remarks)];
    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, config, remarks_on_what_is_odd)
{
    const struct remark_case *c = &remarks[*index];
    AUTO(chars)
    char *quiet = sample_with("  podCIDRs", "  nodeCIDRs: [192.168.0.0/24]\n  podCIDRs");
    const char *at = c->part == NULL ? quiet + strlen(quiet) : strstr(quiet, c->part);
    struct config_warnings warnings = {0};
    AUTO(buf) struct buf text = {0};
    buf_init(&text, 4096);
    buf_append(&text, quiet, (size_t)(at - quiet));
    buf_text(&text, c->with);
    buf_text(&text, at + (c->part == NULL ? 0 : strlen(c->part)));

    AUTO(config) const struct config *config = sample_read(buf_cstr(&text), &warnings);

    cr_assert_not_null(config);
    cr_assert_eq(warnings.count, 1, "%s: %zu remarks", c->want, warnings.count);
    cr_assert_eq(strncmp(warnings.items[0].text, c->want, strlen(c->want)), 0, "%s",
                 warnings.items[0].text);
    cr_assert_eq(warnings.items[0].line, c->line, "%s: line %u", c->want, warnings.items[0].line);
    cr_assert_eq(warnings.items[0].column, c->column, "%s: column %u", c->want,
                 warnings.items[0].column);
}

Test(config, remarks_nothing_without_a_reason)
{
    AUTO(chars) char *mesh = sample_with("gateways:", "mesh: {mode: ambient}\ngateways:");
    struct config_warnings warnings = {0};

    AUTO(config) const struct config *config = sample_read(mesh, &warnings);

    cr_assert_not_null(config);
    cr_assert_eq(warnings.count, 0, "%s", warnings.items[0].text);
}

/* `count` gateways, all but for their name and id alike. */
static char *many_gateways(size_t count)
{
    AUTO(buf) struct buf text = {0};
    buf_init(&text, 1 << 20);

    buf_text(&text, sample);
    for (size_t i = 1; i < count; i++) {
        buf_printf(&text,
                   "- {name: g%zu, address: a.b, namespace: n, podSelector: {a: b}, "
                   "serviceAccount: c, vxlan: {id: %zu, port: 0}, dns: cluster}\n",
                   i, i + 100);
    }
    return buf_take(&text);
}

Test(config, keeps_as_many_remarks_as_there_is_room_for)
{
    AUTO(chars) char *text = many_gateways(64);
    struct config_warnings warnings = {0};

    AUTO(config) const struct config *config = sample_read(text, &warnings);

    cr_assert_eq(config->gateway_count, 64);
    cr_assert_eq(warnings.count, CONFIG_MAX_WARNINGS);
}

Test(config, has_64_gateways_at_most)
{
    AUTO(chars) char *text = many_gateways(65);
    const struct config *config = NULL;
    struct error err = {0};

    cr_assert_eq(config_parse(slice_of(text), "f", &config, NULL, &err), -1);

    cr_assert_str_eq(err.text, "f:8:1: gateways: 65 are too many; at most 64 are read");
}

Test(config, is_bounded_in_depth_and_size)
{
    AUTO(buf) struct buf text = {0};
    const struct config *config = NULL;
    struct error err = {0};
    buf_init(&text, 1 << 21);
    buf_text(&text, "a: ");
    for (size_t i = 0; i < 64; i++) {
        buf_text(&text, "[");
    }

    cr_assert_eq(config_parse(buf_view(&text), "f", &config, NULL, &err), -1);
    cr_assert_str_eq(err.text, "f:1:67: nested deeper than 64 levels");
    cr_assert_eq(err.code, ERR_CONFIG);

    buf_clear(&text);
    buf_text(&text, sample);
    while (text.len <= 1048576) {
        buf_text(&text, "# 456789\n");
    }
    cr_assert_eq(config_parse(buf_view(&text), "f", &config, NULL, &err), -1);
    cr_assert_str_eq(err.text, "f:116491:6: more than 1048576 bytes", "%s", err.text);
}

Test(config, of_a_megabyte_is_read)
{
    AUTO(buf) struct buf text = {0};
    buf_init(&text, 1048576);
    buf_text(&text, sample);
    while (text.len < 1048576) {
        buf_text(&text, "#");
    }

    AUTO(config) const struct config *config = sample_read(buf_cstr(&text), NULL);

    cr_assert_str_eq(config->label, "podveil.io/gateway");
}

Test(config, lives_as_long_as_its_references)
{
    const struct config *config = sample_read(sample, NULL);

    const struct config *again = config_ref(config);
    config_unref(config);

    cr_assert_eq(again, config);
    cr_assert_str_eq(again->gateways[0].name, "vpn");
    cr_assert(value_is(value_member(again->gateways[0].pods, "app"), "gluetun"));
    config_unref(again);
    config_unref(NULL);
}

Test(config, is_loaded_from_a_file)
{
    static const char *const files[] = {"/docs/podveil.example.yaml",
                                        "/tests/fixtures/config/example.yaml"};

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[1024];
        struct error err = {0};
        AUTO(config) const struct config *config = NULL;
        (void)snprintf(path, sizeof path, "%s%s", TEST_SOURCE_DIR, files[i]);
        cr_assert_eq(config_load(path, &config, NULL, &err), 0, "%s", err.text);
        cr_assert_str_eq(config->gateways[0].name, "vpn", "%s", path);
    }
}

Test(config, that_cannot_be_loaded_says_why)
{
    static const char large[] = TEST_BINARY_DIR "/test_config_large.yaml";
    AUTO(buf) struct buf text = {0};
    const struct config *config = NULL;
    struct error err = {0};
    buf_init(&text, 1 << 21);
    while (text.len <= 1048576) {
        buf_text(&text, "# 456789\n");
    }

    cr_assert_eq(config_load("/nowhere/podveil.yaml", &config, NULL, &err), -1);
    cr_assert_str_eq(err.text, "/nowhere/podveil.yaml: No such file or directory");
    cr_assert_eq(err.code, ERR_SYSTEM);

    cr_assert_eq(file_write(large, buf_view(&text), 0600, &err), 0, "%s", err.text);
    cr_assert_eq(config_load(large, &config, NULL, &err), -1);
    (void)unlink(large);
    cr_assert_str_eq(err.text,
                     TEST_BINARY_DIR "/test_config_large.yaml:1:1: more than 1048576 bytes");
    cr_assert_eq(err.code, ERR_CONFIG);
}
