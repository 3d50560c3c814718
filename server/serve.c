/* SPDX-License-Identifier: Apache-2.0 */
#include "server/serve.h"

#include "certs/names.h"
#include "lib/base/parse.h"
#include "lib/kube/client/apiserver.h"
#include "server/cli/cli.h"
#include "server/controller/controller.h"
#include "server/http/server.h"

#include <arpa/inet.h>

enum { HOST_MAX = 253, PORT_MAX = 65535 };

static const char *const sources[] = {"self", "files", NULL};
static const char *const clusters[] = {"in-cluster", "kubeconfig", "none", NULL};
static const char *const logs[] = {"json", "text", NULL};

static const struct flag flag_config_file = {
    .name = "config",
    .value = "FILE",
    .help = "the configuration, followed on disk",
};
static const struct flag flag_config_map = {
    .name = "config-map",
    .value = "NAME",
    .help = "the configuration from the key podveil.yaml of this ConfigMap in\n"
            "podveil's own namespace, followed in the API; one of the two",
};
static const struct flag flag_listen = {
    .name = "listen",
    .value = "ADDRESS",
    .help = "HTTPS for the API server, HOST:PORT (default: 0.0.0.0:8443);\n"
            "a port of 0 is chosen by the system and logged",
};
static const struct flag flag_ops = {
    .name = "ops",
    .value = "ADDRESS",
    .help = "plain HTTP for /healthz, /readyz, /metrics and the status page\n"
            "(default: 0.0.0.0:8080)",
};
static const struct flag flag_cert_source = {
    .name = "cert-source",
    .value = "SOURCE",
    .help = "self: an own CA, in a cluster shared by a Secret, and a leaf in\n"
            "memory; files: those of --cert-dir\n"
            "(default: self)",
    .choices = sources,
};
static const struct flag flag_dns_name = {
    .name = "dns-name",
    .value = "NAME",
    .help = "a name or an address that the own certificate is for",
    .repeated = true,
};
static const struct flag flag_ca_out = {
    .name = "ca-out",
    .value = "FILE",
    .help = "write the own CA's certificate there, for clients",
};
static const struct flag flag_cert_dir = {
    .name = "cert-dir",
    .value = "DIR",
    .help = "tls.crt and tls.key, followed on disk (--cert-source files)",
};
static const struct flag flag_cluster = {
    .name = "cluster",
    .value = "CLUSTER",
    .help = "where the API server is: in-cluster, the default where a service\n"
            "account is mounted; kubeconfig; or none, which keeps policies as\n"
            "files",
    .choices = clusters,
};
static const struct flag flag_kubeconfig = {
    .name = "kubeconfig",
    .value = "FILE",
    .help = "for --cluster kubeconfig (default: $KUBECONFIG, ~/.kube/config)",
};
static const struct flag flag_policy_dir = {
    .name = "policy-dir",
    .value = "DIR",
    .help = "write policies as DIR/NAMESPACE/POLICY.yaml; without it privacy\n"
            "pods are denied",
};
static const struct flag flag_log = {
    .name = "log",
    .value = "FORM",
    .help = "json, or text for people (default: json)",
    .choices = logs,
};
static const struct flag flag_drain = {
    .name = "drain",
    .value = "DURATION",
    .help = "after SIGTERM, how long open connections are still served\n"
            "(default: 5s)",
};

static const struct flag *const flags[] = {
    &flag_config_file, &flag_config_map, &flag_listen,   &flag_ops,     &flag_cert_source,
    &flag_dns_name,    &flag_ca_out,     &flag_cert_dir, &flag_cluster, &flag_kubeconfig,
    &flag_policy_dir,  &flag_log,        &flag_drain,    NULL,
};

static int check_host(struct slice host, struct error *err)
{
    bool brackets = host.len > 1 && host.data[0] == '[' && host.data[host.len - 1] == ']';
    struct slice bare = brackets ? (struct slice){host.data + 1, host.len - 2} : host;
    unsigned char address[sizeof(struct in6_addr)];
    char text[HOST_MAX + 1] = "";

    if (bare.len > HOST_MAX) {
        return error_set(err, ERR_MALFORMED, "the host is too long");
    }
    memcpy(text, bare.data, bare.len);
    if (brackets && inet_pton(AF_INET6, text, address) != 1) {
        return error_set(err, ERR_MALFORMED, "\"%s\" is no IPv6 address", text);
    }
    if (!brackets && (strpbrk(text, ":[] /") != NULL)) {
        return error_set(err, ERR_MALFORMED, "an IPv6 address stands in brackets: [::1]:8443");
    }
    return 0;
}

static int check_address(const struct arguments *arguments, const struct flag *flag,
                         struct error *err)
{
    const char *address = arguments_value(arguments, flag, ":0");
    const char *colon = strrchr(address, ':');
    uint64_t port = 0;

    if (colon == NULL) {
        return error_set(err, ERR_MALFORMED, "--%s %s has no port: write HOST:PORT", flag->name,
                         address);
    }
    struct slice host = {address, (size_t)(colon - address)};
    if (parse_uint(slice_of(colon + 1), PORT_MAX, &port, err) != 0 || check_host(host, err) != 0) {
        return error_prefix(err, "--%s %s", flag->name, address);
    }
    return 0;
}

/* Where the API server is; "" where nothing says so. */
static const char *cluster_of(const struct arguments *arguments)
{
    bool mounted = apiserver_is_in_cluster(&(struct in_cluster){0});

    return arguments_value(arguments, &flag_cluster, mounted ? "in-cluster" : "");
}

static int check_cluster(const struct arguments *arguments, struct error *err)
{
    const char *cluster = cluster_of(arguments);
    bool kubeconfig = strcmp(cluster, "kubeconfig") == 0;

    if (cluster[0] == '\0') {
        return error_set(err, ERR_MALFORMED,
                         "there is no service account here, so say where the API server is: "
                         "--cluster in-cluster, kubeconfig or none");
    }
    if (!kubeconfig && arguments_has(arguments, &flag_kubeconfig)) {
        return error_set(err, ERR_MALFORMED, "--kubeconfig goes with --cluster kubeconfig");
    }
    if (strcmp(cluster, "none") != 0 && arguments_has(arguments, &flag_policy_dir)) {
        return error_set(err, ERR_MALFORMED,
                         "--policy-dir goes with --cluster none: with an API server policies "
                         "stand there");
    }
    return 0;
}

static int check_certificates(const struct arguments *arguments, bool own, struct error *err)
{
    if (own && arguments_has(arguments, &flag_cert_dir)) {
        return error_set(err, ERR_MALFORMED, "--cert-dir goes with --cert-source files");
    }
    if (!own && !arguments_has(arguments, &flag_cert_dir)) {
        return error_set(err, ERR_MALFORMED, "--cert-source files needs --cert-dir DIR");
    }
    if (!own &&
        (arguments_has(arguments, &flag_ca_out) || arguments_has(arguments, &flag_dns_name))) {
        return error_set(err, ERR_MALFORMED,
                         "--ca-out and --dns-name are about the own certificate, not about "
                         "--cert-source files");
    }
    return 0;
}

static int check_names(const struct server_options *options, struct error *err)
{
    struct names names;

    if (options->dns_name_count == 0) {
        return 0;
    }
    if (names_parse(options->dns_names, options->dns_name_count, &names, err) != 0) {
        return error_prefix(err, "--dns-name");
    }
    return 0;
}

static int check_configuration(const struct arguments *arguments, struct error *err)
{
    const char *file = arguments_value(arguments, &flag_config_file, NULL);
    const char *map = arguments_value(arguments, &flag_config_map, NULL);

    if ((file == NULL) == (map == NULL)) {
        return error_set(err, ERR_MALFORMED,
                         "the configuration is either --config FILE or --config-map NAME");
    }
    if (file != NULL && strcmp(file, "-") == 0) {
        return error_set(err, ERR_MALFORMED, "--config - : serve follows a file on disk");
    }
    if (map != NULL && !name_is_subdomain(slice_of(map))) {
        return error_set(err, ERR_MALFORMED, "--config-map %s: this is no ConfigMap's name", map);
    }
    if (map != NULL && strcmp(cluster_of(arguments), "none") == 0) {
        return error_set(err, ERR_MALFORMED,
                         "--config-map needs an API server: with --cluster none write --config "
                         "FILE");
    }
    return 0;
}

/* `names` has room for every flag that was given. */
static int read_options(const struct arguments *arguments, const char **names,
                        struct server_options *options, struct error *err)
{
    bool own = strcmp(arguments_value(arguments, &flag_cert_source, "self"), "self") == 0;
    bool as_text = strcmp(arguments_value(arguments, &flag_log, "json"), "text") == 0;
    size_t at = 0;

    *options = (struct server_options){
        .config = arguments_value(arguments, &flag_config_file, NULL),
        .listen = arguments_value(arguments, &flag_listen, NULL),
        .ops = arguments_value(arguments, &flag_ops, NULL),
        .certificate = own ? SERVER_CERTIFICATE_SELF : SERVER_CERTIFICATE_FILES,
        .dns_names = names,
        .ca_out = arguments_value(arguments, &flag_ca_out, NULL),
        .cert_dir = arguments_value(arguments, &flag_cert_dir, NULL),
        .policy_dir = arguments_value(arguments, &flag_policy_dir, NULL),
        .log = as_text ? SERVER_LOG_TEXT : SERVER_LOG_JSON,
    };
    for (const char *name = arguments_next(arguments, &flag_dns_name, &at); name != NULL;
         name = arguments_next(arguments, &flag_dns_name, &at)) {
        names[options->dns_name_count++] = name;
    }
    if (check_configuration(arguments, err) != 0) {
        return -1;
    }
    if (parse_duration_ms(slice_of(arguments_value(arguments, &flag_drain, "5s")),
                          &options->drain_ms, err) != 0) {
        return error_prefix(err, "--drain");
    }
    if (check_address(arguments, &flag_listen, err) != 0 ||
        check_address(arguments, &flag_ops, err) != 0 || check_cluster(arguments, err) != 0 ||
        check_certificates(arguments, own, err) != 0) {
        return -1;
    }
    return check_names(options, err);
}

/* With an API server behind it, or without one. */
static int run(const struct arguments *arguments, struct server_options *options, struct error *err)
{
    const char *place = cluster_of(arguments);
    const struct controller_certificates certificates = {
        .names = options->dns_names,
        .count = options->dns_name_count,
    };
    bool own = options->certificate == SERVER_CERTIFICATE_SELF;
    const struct controller_options where = {
        .place = strcmp(place, "kubeconfig") == 0 ? CLUSTER_KUBECONFIG : CLUSTER_IN_CLUSTER,
        .kubeconfig = arguments_value(arguments, &flag_kubeconfig, NULL),
        .config_map = arguments_value(arguments, &flag_config_map, NULL),
        .certificates = own ? &certificates : NULL,
    };
    AUTO(controller) struct controller *controller = NULL;

    if (strcmp(place, "none") == 0) {
        return server_run(options, err);
    }
    if (controller_open(&where, &controller, err) != 0) {
        return -1;
    }
    const struct server_backend backend = {
        .start = controller_start,
        .stop = controller_stop,
        .ready = controller_is_ready,
        .read = controller_read,
        .read_config = controller_read_config,
        .place = controller,
        .store = controller_store(controller),
    };
    options->backend = &backend;
    options->source = controller_source(controller);
    if (own) {
        options->certificate = SERVER_CERTIFICATE_GIVEN;
    }
    int result = server_run(options, err);
    options->backend = NULL;
    return result;
}

static int serve(const struct arguments *arguments, const struct console *console)
{
    const char **names = calloc(arguments->given_count, sizeof *names);
    struct server_options options;
    struct error err = {0};
    int code = EXIT_ALLOWED;

    if (names == NULL) {
        (void)error_set(&err, ERR_NO_MEMORY, "no memory for the flags");
        return console_fail(console, &err);
    }
    if (read_options(arguments, names, &options, &err) != 0) {
        code = cli_usage(arguments, console, "%s", err.text);
    } else if (run(arguments, &options, &err) != 0) {
        code = console_fail(console, &err);
    }
    free(names);
    return code;
}

const struct command command_serve = {
    .name = "serve",
    .summary = "the webhook server",
    .text = "Answers the API server's AdmissionReviews over HTTPS until SIGTERM, which drains, or\n"
            "SIGINT. The configuration and certificate files are followed on disk, and read again\n"
            "on SIGHUP. Logs are one JSON line an event on standard error.",
    .flags = flags,
    .run = serve,
};
