/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/apiserver.h"
#include "tests/client/support.h"

static void mount(struct support_dir *dir)
{
    support_dir_init(dir);
    (void)support_put(dir, "token", "mine");
    (void)support_put(dir, "ca.crt", "-----BEGIN CERTIFICATE-----\n");
    (void)support_put(dir, "namespace", "podveil");
}

Test(in_cluster, says_where_the_api_server_is_and_who_we_are)
{
    AUTO(support_dir) struct support_dir dir = {0};
    AUTO(apiserver) struct apiserver *server = NULL;
    struct error err = {0};

    mount(&dir);
    const struct in_cluster place = {.dir = dir.path, .host = "10.96.0.1", .port = "443"};
    cr_assert(apiserver_is_in_cluster(&place));
    cr_assert_eq(apiserver_in_cluster(&place, &server, &err), 0, "%s", err.text);

    cr_assert_str_eq(server->url, "https://10.96.0.1:443");
    cr_assert_str_eq(server->namespace, "podveil");
    cr_assert_str_eq(server->ca_file, dir.files[1]);
    cr_assert_str_eq(server->token.text, "mine");
    cr_assert_not(server->insecure);
}

Test(in_cluster, an_address_may_be_ipv6)
{
    AUTO(support_dir) struct support_dir dir = {0};
    AUTO(apiserver) struct apiserver *server = NULL;
    struct error err = {0};

    mount(&dir);
    const struct in_cluster place = {.dir = dir.path, .host = "fd00:10:96::1", .port = "443"};
    cr_assert_eq(apiserver_in_cluster(&place, &server, &err), 0, "%s", err.text);

    cr_assert_str_eq(server->url, "https://[fd00:10:96::1]:443");
}

static const struct {
    const char *name;
    const char *host;
    const char *port;
    const char *missing; /* a file that is not mounted */
    const char *want;
} refusals[] = {
    {"no host", "", "443", NULL, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT do not say"},
    {"no port", "10.96.0.1", "", NULL, "run podveil in a pod, or with --cluster kubeconfig"},
    {"a port that is none", "10.96.0.1", "https", NULL, "KUBERNETES_SERVICE_PORT: "},
    {"a port too high", "10.96.0.1", "65536", NULL, "KUBERNETES_SERVICE_PORT: "},
    {"a host that is none", "10.96.0.1/x?y", "443", NULL, "KUBERNETES_SERVICE_HOST: server: "},
    {"somebody in the host", "me@10.96.0.1", "443", NULL, "KUBERNETES_SERVICE_HOST: server: "},
    {"no token", "10.96.0.1", "443", "token", "/token: No such file or directory"},
    {"no authority", "10.96.0.1", "443", "ca.crt", "no service account is mounted here"},
    {"no namespace", "10.96.0.1", "443", "namespace", "/namespace: No such file or directory"},
};

EACH_ROW(in_cluster, what_is_missing_or_wrong_is_said, refusals)
{
    AUTO(support_dir) struct support_dir dir = {0};
    struct apiserver *server = NULL;
    struct error err = {0};

    mount(&dir);
    for (size_t i = 0; i < dir.count; i++) {
        const char *slash = strrchr(dir.files[i], '/');
        if (refusals[*index].missing != NULL && strcmp(slash + 1, refusals[*index].missing) == 0) {
            cr_assert_eq(unlink(dir.files[i]), 0);
        }
    }
    const struct in_cluster place = {
        .dir = dir.path, .host = refusals[*index].host, .port = refusals[*index].port};
    cr_assert_eq(apiserver_in_cluster(&place, &server, &err), -1, "%s", refusals[*index].name);
    cr_assert_not_null(strstr(err.text, refusals[*index].want), "%s: %s", refusals[*index].name,
                       err.text);
}

Test(in_cluster, is_known_by_the_token)
{
    const struct in_cluster nowhere = {.dir = "/nonexistent"};

    cr_assert_not(apiserver_is_in_cluster(&nowhere));
}
