/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/apiserver.h"
#include "tests/client/support.h"

/* "-----BEGIN CERTIFICATE-----\nca\n" and its like, in base64. */
#define CA_DATA "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCmNhCg=="
#define CERT_DATA "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCm1lCg=="
#define KEY_DATA "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCm1lCg=="

#define CONFIG_OF(cluster, user)                                                                   \
    "apiVersion: v1\nkind: Config\ncurrent-context: here\n"                                        \
    "clusters:\n- name: other\n  cluster: {server: https://other}\n- name: c\n  "                  \
    "cluster:\n" cluster "users:\n- name: u\n  user:\n" user "contexts:\n- name: here\n"           \
    "  context: {cluster: c, user: u, namespace: media}\n"                                         \
    "- name: there\n  context: {cluster: other, user: u}\n"
#define SERVER "    server: https://10.0.0.1:6443\n"
#define TOKEN "    token: abc\n"

static struct apiserver *parse(const char *text, const struct apiserver_options *options)
{
    struct apiserver *server = NULL;
    struct error err = {0};

    cr_assert_eq(apiserver_parse(slice_of(text), options, &server, &err), 0, "%s", err.text);
    return server;
}

static const struct apiserver_options plain = {.path = "/etc/podveil/kubeconfig"};

Test(kubeconfig, says_where_the_api_server_is_and_who_we_are)
{
    AUTO(apiserver)
    struct apiserver *server =
        parse(CONFIG_OF(SERVER "    certificate-authority: ca.crt\n", TOKEN), &plain);

    cr_assert_str_eq(server->url, "https://10.0.0.1:6443");
    cr_assert_str_eq(server->namespace, "media");
    cr_assert_str_eq(server->ca_file, "/etc/podveil/ca.crt");
    cr_assert_str_eq(server->token.text, "abc");
    cr_assert_null(server->connect_to);
    cr_assert_null(server->certificate_file);
    cr_assert_not(server->insecure);
}

Test(kubeconfig, may_be_json)
{
    AUTO(apiserver)
    struct apiserver *server =
        parse("{\"kind\":\"Config\",\"current-context\":\"x\","
              "\"clusters\":[{\"name\":\"c\",\"cluster\":{\"server\":\"https://h/k8s/c-1/\"}}],"
              "\"users\":[{\"name\":\"u\",\"user\":{\"token\":\"t\"}}],"
              "\"contexts\":[{\"name\":\"x\",\"context\":{\"cluster\":\"c\",\"user\":\"u\"}}]}",
              &plain);

    cr_assert_str_eq(server->url, "https://h/k8s/c-1");
    cr_assert_str_eq(server->namespace, "");
    cr_assert_null(server->ca_file, "the machine's own authorities");
}

Test(kubeconfig, another_context_can_be_asked_for)
{
    const struct apiserver_options options = {.path = "kubeconfig", .context = "there"};
    AUTO(apiserver) struct apiserver *server = parse(CONFIG_OF(SERVER, TOKEN), &options);

    cr_assert_str_eq(server->url, "https://other");
}

static void assert_file_holds(const char *path, const char *want)
{
    AUTO(buf) struct buf text = {0};
    struct error err = {0};

    buf_init(&text, 4096);
    cr_assert_eq(file_read(path, &text, &err), 0, "%s", err.text);
    cr_assert_str_eq(buf_cstr(&text), want);
}

Test(kubeconfig, data_in_it_is_a_file_and_is_preferred_to_one)
{
    AUTO(apiserver)
    struct apiserver *server =
        parse(CONFIG_OF(SERVER "    certificate-authority: ca.crt\n"
                               "    certificate-authority-data: " CA_DATA "\n",
                        "    client-certificate-data: |\n      LS0tLS1CRUdJTiBDRVJUSUZJ\n"
                        "      Q0FURS0tLS0tCm1lCg==\n    client-key-data: " KEY_DATA "\n"),
              &plain);

    assert_file_holds(server->ca_file, "-----BEGIN CERTIFICATE-----\nca\n");
    assert_file_holds(server->certificate_file, "-----BEGIN CERTIFICATE-----\nme\n");
    assert_file_holds(server->key_file, "-----BEGIN PRIVATE KEY-----\nme\n");
    assert_file_holds(server->key_file, "-----BEGIN PRIVATE KEY-----\nme\n");
}

Test(kubeconfig, a_name_for_the_certificate_leaves_the_address)
{
    AUTO(apiserver)
    struct apiserver *server = parse(
        CONFIG_OF("    server: https://[fd00::1]:6443/x\n    tls-server-name: kube.local\n", TOKEN),
        &plain);

    cr_assert_str_eq(server->url, "https://kube.local:6443/x");
    cr_assert_str_eq(server->connect_to, "::[fd00::1]:6443");
}

Test(kubeconfig, a_token_file_is_preferred_to_a_token)
{
    AUTO(support_dir) struct support_dir dir = {0};
    const char *shown = NULL;
    struct error err = {0};

    support_dir_init(&dir);
    (void)support_put(&dir, "tok", "from-file\n");
    char path[SUPPORT_PATH + 16];
    (void)snprintf(path, sizeof path, "%s/kubeconfig", dir.path);
    const struct apiserver_options options = {.path = path};
    AUTO(apiserver)
    struct apiserver *server = parse(CONFIG_OF(SERVER, TOKEN "    tokenFile: tok\n"), &options);

    cr_assert_eq(token_show(&server->token, 1, false, &shown, &err), 0, "%s", err.text);
    cr_assert_str_eq(shown, "from-file");
}

Test(kubeconfig, insecure_is_taken_where_it_was_allowed)
{
    static const char text[] = CONFIG_OF(SERVER "    insecure-skip-tls-verify: true\n", TOKEN);
    const struct apiserver_options options = {.path = "k", .allow_insecure = true};
    AUTO(apiserver) struct apiserver *server = parse(text, &options);

    cr_assert(server->insecure);
}

Test(kubeconfig, not_insecure_is_nothing_to_allow)
{
    AUTO(apiserver)
    struct apiserver *server =
        parse(CONFIG_OF(SERVER "    insecure-skip-tls-verify: false\n", TOKEN), &plain);

    cr_assert_not(server->insecure);
}

static const struct {
    const char *name;
    const char *text;
    const char *want;
} refusals[] = {
    {"exec", CONFIG_OF(SERVER, "    exec: {command: aws}\n"),
     "user \"u\": exec is not supported: podveil runs no credential plugin; give a token"},
    {"exec beside a token", CONFIG_OF(SERVER, TOKEN "    exec: {command: aws}\n"),
     "exec is not supported"},
    {"auth-provider", CONFIG_OF(SERVER, "    auth-provider: {name: gcp}\n"),
     "auth-provider is not supported: podveil knows no auth provider; give a token"},
    {"password", CONFIG_OF(SERVER, "    username: me\n    password: x\n"),
     "username is not supported: no API server takes a password any more; give a token"},
    {"impersonation", CONFIG_OF(SERVER, TOKEN "    as: admin\n"),
     "as is not supported: podveil acts as nobody else"},
    {"groups", CONFIG_OF(SERVER, TOKEN "    as-groups: [admins]\n"), "as-groups is not supported"},
    {"nobody", CONFIG_OF(SERVER, "    {}\n"), "no token and no client certificate: give a token"},
    {"proxy", CONFIG_OF(SERVER "    proxy-url: http://p:3128\n", TOKEN),
     "cluster \"c\": proxy-url: podveil does not go through a proxy"},
    {"insecure", CONFIG_OF(SERVER "    insecure-skip-tls-verify: true\n", TOKEN),
     "insecure-skip-tls-verify: whoever is in between could read podveil's token"},
    {"insecure by text", CONFIG_OF(SERVER "    insecure-skip-tls-verify: \"false\"\n", TOKEN),
     "insecure-skip-tls-verify: neither true nor false"},
    {"http", CONFIG_OF("    server: http://10.0.0.1:8080\n", TOKEN),
     "server: \"http://10.0.0.1:8080\" does not start with https://"},
    {"no server", CONFIG_OF("    x: y\n", TOKEN), "server: \"\" does not start with https://"},
    {"a password in the address", CONFIG_OF("    server: https://me:pw@h\n", TOKEN),
     "server: there is a user in it; write https://HOST:PORT"},
    {"a query in the address", CONFIG_OF("    server: https://h/?a=b\n", TOKEN),
     "server: there is a query in it"},
    {"no host", CONFIG_OF("    server: https://:6443\n", TOKEN), "server: https://:6443: "},
    {"port", CONFIG_OF("    server: https://h:99999\n", TOKEN), "server: https://h:99999: "},
    {"a name that is none",
     CONFIG_OF("    server: https://h\n    tls-server-name: \"a b\"\n", TOKEN),
     "tls-server-name: a b: "},
    {"data that is no base64",
     CONFIG_OF(SERVER "    certificate-authority-data: \"!!!!\"\n", TOKEN),
     "certificate-authority-data: no base64 at character 0"},
    {"data that is no PEM", CONFIG_OF(SERVER "    certificate-authority-data: aGVsbG8=\n", TOKEN),
     "certificate-authority-data: no PEM text in base64"},
    {"half a pair", CONFIG_OF(SERVER, "    client-certificate-data: " CERT_DATA "\n"),
     "client-certificate and client-key: one of them is missing"},
    {"a token with a line end", CONFIG_OF(SERVER, "    token: \"a\\nHost: b\"\n"),
     "token: no token: it is to be 1 to 16384 printable characters"},
    {"a token file that is not there", CONFIG_OF(SERVER, "    tokenFile: /nonexistent/token\n"),
     "/nonexistent/token: No such file or directory"},
    {"another kind", "kind: Pod\n", "/etc/podveil/kubeconfig: no kubeconfig: it is to say"},
    {"a list", "- a\n", "no kubeconfig"},
    {"nothing", "", "0 documents where a kubeconfig has one"},
    {"two", "kind: Config\n---\nkind: Config\n", "2 documents where a kubeconfig has one"},
    {"no YAML", "a: [\n", "/etc/podveil/kubeconfig: "},
    {"no context", "kind: Config\n", "current-context: none; kubectl config use-context NAME"},
    {"a context that is not there", "kind: Config\ncurrent-context: x\n",
     "contexts: there is none of the name \"x\" with a context"},
    {"a cluster that is not there",
     "kind: Config\ncurrent-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n",
     "clusters: there is none of the name \"c\" with a cluster"},
    {"a user that is not there",
     "kind: Config\ncurrent-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
     "clusters: [{name: c, cluster: {server: \"https://h\"}}]\n",
     "users: there is none of the name \"u\" with a user"},
};

EACH_ROW(kubeconfig, that_would_mean_something_else_is_refused, refusals)
{
    struct apiserver *server = NULL;
    struct error err = {0};

    int got = apiserver_parse(slice_of(refusals[*index].text), &plain, &server, &err);

    cr_assert_eq(got, -1, "%s", refusals[*index].name);
    cr_assert_null(server);
    cr_assert_not_null(strstr(err.text, refusals[*index].want), "%s: %s", refusals[*index].name,
                       err.text);
    cr_assert_null(strstr(err.text, "abc"), "a token in an error");
}

Test(kubeconfig, is_found_as_kubectl_finds_it)
{
    AUTO(support_dir) struct support_dir dir = {0};
    const struct apiserver_options options = {0};
    struct apiserver *server = NULL;
    struct error err = {0};

    support_dir_init(&dir);
    const char *path = support_put(&dir, "kubeconfig", CONFIG_OF(SERVER, TOKEN));
    cr_assert_eq(setenv("KUBECONFIG", path, 1), 0);
    cr_assert_eq(apiserver_kubeconfig(&options, &server, &err), 0, "%s", err.text);
    apiserver_free(server);
    cr_assert_eq(setenv("KUBECONFIG", "/a:/b", 1), 0);
    cr_assert_eq(apiserver_kubeconfig(&options, &server, &err), -1);
    cr_assert_not_null(strstr(err.text, "kubectl config view --flatten"), "%s", err.text);
    cr_assert_eq(unsetenv("KUBECONFIG"), 0);
    cr_assert_eq(setenv("HOME", "/nonexistent", 1), 0);
    cr_assert_eq(apiserver_kubeconfig(&options, &server, &err), -1);
    cr_assert_str_eq(err.text, "/nonexistent/.kube/config: No such file or directory");
}
