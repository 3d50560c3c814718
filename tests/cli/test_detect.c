/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster's objects (tests/fixtures/detect) become the section and the notes that stand in
 * tests/golden/detect, and every finished section is a right configuration once it has a gateway.
 * UPDATE_GOLDEN=1 writes them anew.
 */
#include "lib/config/config.h"
#include "lib/kube/yaml.h"
#include "server/cli/detect.h"
#include "tests/base/support.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 1024 * 1024, MANY_NODES = 300 };

#define SERVER "https://192.168.0.10:16443"
#define HEAD "apiVersion: podveil.io/v1\nkind: Configuration\n"
#define GATEWAYS                                                                                   \
    "gateways:\n"                                                                                  \
    "- {name: vpn, address: gluetun.vpn.svc.cluster.local, namespace: vpn,\n"                      \
    "   podSelector: {app: gluetun}, serviceAccount: gluetun, vxlan: {network: 172.31.9.0/24}}\n"

static const struct {
    const char *name;
    bool unfinished;
} cases[] = {
    {"microk8s", false},      {"k3s", false},
    {"k3s-told", false},      {"k3s-usual", false},
    {"parts", false},         {"k3s-old", true},
    {"rke2", false},          {"kind-old", false},
    {"cloud", true},          {"kubeadm-dual-stack", false},
    {"cilium-public", false}, {"calico-pools", true},
    {"ipv6", true},           {"odd", false},
};

static void add(struct detected *found, const char *text, size_t len)
{
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    char kind[64];

    cr_assert_eq(json_parse(&doc, (struct slice){text, len}, &err), 0, "%s", err.text);
    slice_copy(value_string(value_member(value_root(&doc), "kind")), kind, sizeof kind);
    cr_assert_eq(detected_add(found, kind, value_root(&doc), &err), 0, "%s", err.text);
}

static void add_all(struct detected *found, const char *name)
{
    AUTO(yaml_stream) struct yaml_stream stream = {0};
    AUTO(buf) struct buf text = {0};
    struct error err = {0};
    char path[256];

    (void)snprintf(path, sizeof path, "fixtures/detect/%s.yaml", name);
    fixture_read(&text, path);
    cr_assert_eq(yaml_read(&stream, buf_view(&text), YAML_MANIFEST, &err), 0, "%s", err.text);
    for (size_t i = 0; i < stream.count; i++) {
        add(found, stream.documents[i].json, stream.documents[i].len);
    }
}

static void check_golden(const char *name, const char *end, const struct buf *got)
{
    AUTO(buf) struct buf want = {0};
    char path[256];

    (void)snprintf(path, sizeof path, TEST_SOURCE_DIR "/tests/golden/detect/%s.%s", name, end);
    if (getenv("UPDATE_GOLDEN") != NULL) {
        FILE *file = fopen(path, "w");
        cr_assert_not_null(file, "%s", path);
        (void)fwrite(buf_cstr(got), 1, got->len, file);
        cr_assert_eq(fclose(file), 0);
    }
    (void)snprintf(path, sizeof path, "golden/detect/%s.%s", name, end);
    fixture_read(&want, path);
    cr_assert_str_eq(buf_cstr(got), buf_cstr(&want), "%s:\n%s", path, buf_cstr(got));
}

static const struct config *parse(const struct buf *section, struct error *err)
{
    AUTO(buf) struct buf text = {0};
    const struct config *config = NULL;

    buf_init(&text, TEXT_MAX);
    buf_printf(&text, "%s%s%s", HEAD, buf_cstr(section), GATEWAYS);
    return config_parse(buf_view(&text), "detected.yaml", &config, NULL, err) == 0 ? config : NULL;
}

static void write(struct detected *found, struct buf *out)
{
    struct error err = {0};

    buf_init(out, TEXT_MAX);
    cr_assert_eq(detected_write(found, SERVER, out, &err), 0, "%s", err.text);
}

EACH_ROW(detect, objects_become_a_section, cases)
{
    const char *name = cases[*index].name;
    AUTO(detected) struct detected found = {0};
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    detected_init(&found);
    add_all(&found, name);
    write(&found, &out);
    check_golden(name, "yaml", &out);
    check_golden(name, "txt", &found.notes);
    cr_assert_eq(found.unfinished, cases[*index].unfinished, "%s:\n%s", name,
                 buf_cstr(&found.notes));
    if (!found.unfinished) {
        AUTO(config) const struct config *config = parse(&out, &err);
        cr_assert_not_null(config, "%s: %s", name, err.text);
    }
}

static void add_node(struct detected *found, unsigned number, unsigned step)
{
    char text[512];
    unsigned address = number * step;

    (void)snprintf(text, sizeof text,
                   "{\"kind\":\"Node\",\"metadata\":{\"name\":\"n%u\"},\"spec\":{\"podCIDRs\":["
                   "\"10.64.%u.0/24\"]},\"status\":{\"addresses\":[{\"type\":\"InternalIP\","
                   "\"address\":\"10.0.%u.%u\"}]}}",
                   number, number % 256, address / 256, address % 256);
    add(found, text, strlen(text));
}

static size_t count_lines(const struct buf *out, const char *what)
{
    size_t count = 0;

    for (const char *at = strstr(buf_cstr(out), what); at != NULL; at = strstr(at + 1, what)) {
        count++;
    }
    return count;
}

Test(detect, more_nodes_than_a_list_holds_are_joined)
{
    AUTO(detected) struct detected found = {0};
    AUTO(buf) struct buf out = {0};

    detected_init(&found);
    for (unsigned i = 0; i < MANY_NODES; i++) {
        add_node(&found, i, 1);
    }
    write(&found, &out);
    cr_expect_eq(count_lines(&out, "  - 10.0.0.0/24  "), 1, "%s", buf_cstr(&out));
    cr_expect_eq(count_lines(&out, "nodes n0, n1, n2 and 253 more: InternalIP"), 1, "%s",
                 buf_cstr(&out));
    cr_expect_eq(count_lines(&out, ": InternalIP"), 4, "%s", buf_cstr(&out)); /* 44: 32, 8, 4 */
    cr_expect_eq(count_lines(&out, "  - 10.64.0.0/16  "), 1, "%s", buf_cstr(&out));
}

Test(detect, nodes_that_cannot_be_joined_are_told)
{
    AUTO(detected) struct detected found = {0};
    AUTO(buf) struct buf out = {0};

    detected_init(&found);
    for (unsigned i = 0; i < MANY_NODES; i++) {
        add_node(&found, i, 2);
    }
    write(&found, &out);
    cr_expect(found.unfinished);
    cr_expect_neq(strstr(buf_cstr(&found.notes), "nodeCIDRs has 300 ranges, and at most 256 are"),
                  NULL, "%s", buf_cstr(&found.notes));
}

Test(detect, the_edges_of_the_addresses_are_joined)
{
    static const char *const parts[] = {"0.0.0.0/1", "128.0.0.0/1", "ffff::/17", "ffff:8000::/17"};
    AUTO(detected) struct detected found = {0};
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    detected_init(&found);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        cr_assert_eq(detected_block_add(&found, &found.parts, slice_of(parts[i]), "n", &err), 0);
    }
    write(&found, &out);
    cr_expect_eq(count_lines(&out, "  - 0.0.0.0/0 "), 1, "%s", buf_cstr(&out));
    cr_expect_eq(count_lines(&out, "  - ffff::/16 "), 1, "%s", buf_cstr(&out));
}

Test(detect, of_nothing_says_what_is_missing)
{
    AUTO(detected) struct detected found = {0};
    AUTO(buf) struct buf out = {0};

    detected_init(&found);
    write(&found, &out);
    check_golden("nothing", "yaml", &out);
    check_golden("nothing", "txt", &found.notes);
    cr_assert(found.unfinished);
}

/* Who answers as an API server may write anything there, and the section is taken as it stands. */
Test(detect, what_is_no_address_ends_no_comment)
{
    static const char services[] =
        "{\"kind\":\"Service\",\"metadata\":{\"name\":\"kubernetes\",\"namespace\":\"default\"},"
        "\"spec\":{\"clusterIP\":\"x\\n  - 0.0.0.0/1\\n  #\\u001b[2J\"}}";
    static const char dns[] =
        "{\"kind\":\"Service\",\"metadata\":{\"name\":\"d\\n  allowPublic: true\",\"namespace\":"
        "\"kube-system\",\"labels\":{\"k8s-app\":\"kube-dns\"}},\"spec\":{\"clusterIPs\":["
        "\"10.96.0.10\"]}}";
    AUTO(detected) struct detected found = {0};
    AUTO(buf) struct buf out = {0};

    detected_init(&found);
    add(&found, services, strlen(services));
    add(&found, dns, strlen(dns));
    write(&found, &out);
    cr_expect_eq(count_lines(&out, "\n  - "), 0, "%s", buf_cstr(&out));
    cr_expect_eq(count_lines(&out, "\n  allowPublic: true"), 0, "%s", buf_cstr(&out));
    cr_expect_null(memchr(out.data, '\033', out.len), "%s", buf_cstr(&out));
}
