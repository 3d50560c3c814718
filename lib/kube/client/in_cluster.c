/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kubelet mounts into a pod: DIR/token, DIR/ca.crt and DIR/namespace, and two
 * variables of the environment. Both files are renewed in place.
 */
#include "lib/base/file.h"
#include "lib/base/parse.h"
#include "lib/kube/client/apiserver.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define WAY_OUT "run podveil in a pod, or with --cluster kubeconfig"

static const char *dir_of(const struct in_cluster *place)
{
    return place != NULL && place->dir != NULL ? place->dir : IN_CLUSTER_DIR;
}

static int path_in(const char *dir, const char *name, char path[static PATH_MAX], struct error *err)
{
    int len = snprintf(path, PATH_MAX, "%s/%s", dir, name);

    if (len < 0 || len >= PATH_MAX) {
        return error_set(err, ERR_CONFIG, "the service account's directory has too long a name");
    }
    return 0;
}

bool apiserver_is_in_cluster(const struct in_cluster *place)
{
    char path[PATH_MAX];
    struct error ignored = {0};

    return path_in(dir_of(place), "token", path, &ignored) == 0 && access(path, F_OK) == 0;
}

static int set_address(struct apiserver *server, const char *host, const char *port,
                       struct error *err)
{
    char url[512];
    uint64_t number = 0;

    if (host == NULL || port == NULL || host[0] == '\0' || port[0] == '\0') {
        return error_set(err, ERR_CONFIG,
                         "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT do not say where the "
                         "API server is: " WAY_OUT);
    }
    if (parse_uint(slice_of(port), 65535, &number, err) != 0) {
        return error_prefix(err, "KUBERNETES_SERVICE_PORT");
    }
    bool is_ipv6 = strchr(host, ':') != NULL;
    int len = snprintf(url, sizeof url, "https://%s%s%s:%s", is_ipv6 ? "[" : "", host,
                       is_ipv6 ? "]" : "", port);
    if (len < 0 || (size_t)len >= sizeof url) {
        return error_set(err, ERR_CONFIG, "KUBERNETES_SERVICE_HOST is too long");
    }
    if (apiserver_set_url(server, slice_of(url), SLICE(""), err) != 0) {
        return error_prefix(err, "KUBERNETES_SERVICE_HOST");
    }
    return 0;
}

/* A file whose place is kept, and that is there now. */
static int keep_path(const char *path, char **out, struct error *err)
{
    if (access(path, R_OK) != 0) {
        (void)error_errno(err, "%s", path);
        return error_prefix(err, "no service account is mounted here: " WAY_OUT);
    }
    *out = strdup(path);
    return *out == NULL ? error_set(err, ERR_NO_MEMORY, "no memory for a path") : 0;
}

static int read_namespace(const char *dir, char **out, struct error *err)
{
    char path[PATH_MAX];
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 256);
    if (path_in(dir, "namespace", path, err) != 0 || file_read(path, &text, err) != 0) {
        return -1;
    }
    *out = buf_take(&text);
    return *out == NULL ? error_set(err, ERR_CONFIG, "%s: no namespace in it", path) : 0;
}

static int fill(struct apiserver *server, const char *dir, struct error *err)
{
    char path[PATH_MAX];
    const char *ignored = NULL;

    if (path_in(dir, "ca.crt", path, err) != 0 || keep_path(path, &server->ca_file, err) != 0 ||
        path_in(dir, "token", path, err) != 0 || token_init_file(&server->token, path, err) != 0 ||
        token_show(&server->token, 0, true, &ignored, err) != 0) {
        return -1;
    }
    return read_namespace(dir, &server->namespace, err);
}

int apiserver_in_cluster(const struct in_cluster *place, struct apiserver **out, struct error *err)
{
    const char *host = place != NULL && place->host != NULL
                           ? place->host
                           : secure_getenv("KUBERNETES_SERVICE_HOST");
    const char *port = place != NULL && place->port != NULL
                           ? place->port
                           : secure_getenv("KUBERNETES_SERVICE_PORT");
    AUTO(apiserver) struct apiserver *server = calloc(1, sizeof *server);

    if (server == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the API server's address");
    }
    if (set_address(server, host, port, err) != 0 || fill(server, dir_of(place), err) != 0) {
        return -1;
    }
    *out = STEAL(server);
    return 0;
}
