/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kubeconfig: a context names a cluster and a user, both found by name in lists.
 * Data in the file is preferred to a file that it names, a token file to a token, as
 * kubectl does it; paths are relative to the kubeconfig.
 */
#include "lib/base/base64.h"
#include "lib/base/file.h"
#include "lib/kube/client/apiserver.h"
#include "lib/kube/client/wipe.h"
#include "lib/kube/printable.h"
#include "lib/kube/yaml.h"

#include <limits.h>
#include <stdio.h>

enum { MAX_KUBECONFIG = 1048576, SHOWN = 80 };

#define TOKEN_WAY_OUT                                                                              \
    "give a token (kubectl create token NAME) or a client certificate, or run podveil in a pod"

struct reading {
    const struct apiserver_options *options;
    struct slice dir; /* where relative paths start */
    struct apiserver *server;
};

static const char *show(struct slice text, char out[static SHOWN])
{
    (void)printable(out, SHOWN, text);
    return out;
}

/* A text member; empty where it is absent, null, or no text. */
static struct slice text_of(struct value object, const char *name)
{
    struct slice text = value_string(value_member(object, name));

    return text.data == NULL ? SLICE("") : text;
}

static char *path_from(const struct reading *reading, struct slice path)
{
    char *whole = NULL;
    bool is_absolute = path.len > 0 && path.data[0] == '/';
    struct slice dir = is_absolute ? SLICE("") : reading->dir;

    if (asprintf(&whole, "%.*s%.*s", SLICE_ARGS(dir), SLICE_ARGS(path)) < 0) {
        return NULL;
    }
    return whole;
}

/* What NAME-data holds, without its line breaks. */
static int decode(const char *name, struct slice text, struct buf *out, struct error *err)
{
    AUTO(wiped_buf) struct buf joined = {0};

    buf_init(&joined, MAX_KUBECONFIG);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '\n' && text.data[i] != ' ') {
            buf_char(&joined, text.data[i]);
        }
    }
    if (buf_check(&joined, err) != 0) {
        return -1;
    }
    return base64_decode(out, buf_view(&joined), err) == 0 ? 0 : error_prefix(err, "%s", name);
}

static int keep_data(const char *name, struct slice data, struct memfile *file, char **out,
                     struct error *err)
{
    AUTO(wiped_buf) struct buf pem = {0};

    buf_init(&pem, MAX_KUBECONFIG);
    if (decode(name, data, &pem, err) != 0) {
        return -1;
    }
    if (strstr(buf_cstr(&pem), "-----BEGIN ") == NULL) {
        return error_set(err, ERR_CONFIG, "%s: no PEM text in base64", name);
    }
    if (memfile_make(file, name, buf_view(&pem), err) != 0) {
        return -1;
    }
    *out = strdup(file->path);
    return *out == NULL ? error_set(err, ERR_NO_MEMORY, "no memory for a path") : 0;
}

/* NAME-data, or else the file NAME, or else nothing. */
static int keep_pem(const struct reading *reading, struct value object, const char *name,
                    struct memfile *file, char **out, struct error *err)
{
    char data_name[64];

    (void)snprintf(data_name, sizeof data_name, "%s-data", name);
    struct slice data = text_of(object, data_name);
    struct slice path = text_of(object, name);
    if (data.len > 0) {
        return keep_data(data_name, data, file, out, err);
    }
    if (path.len == 0) {
        return 0;
    }
    *out = path_from(reading, path);
    return *out == NULL ? error_set(err, ERR_NO_MEMORY, "no memory for a path") : 0;
}

static int check_trust(const struct reading *reading, struct value cluster, struct error *err)
{
    struct value insecure = value_member(cluster, "insecure-skip-tls-verify");

    if (!value_is_set(insecure) ||
        (value_kind(insecure) == JSON_BOOL && !value_is_true(insecure))) {
        return 0;
    }
    if (!value_is_true(insecure)) {
        return error_set(err, ERR_CONFIG, "insecure-skip-tls-verify: neither true nor false");
    }
    if (!reading->options->allow_insecure) {
        return error_set(
            err, ERR_CONFIG,
            "insecure-skip-tls-verify: whoever is in between could read podveil's "
            "token and change what it writes; give certificate-authority-data instead");
    }
    reading->server->insecure = true;
    return 0;
}

static int read_cluster(const struct reading *reading, struct value cluster, struct error *err)
{
    struct apiserver *server = reading->server;

    if (text_of(cluster, "proxy-url").len > 0) {
        return error_set(err, ERR_CONFIG,
                         "proxy-url: podveil does not go through a proxy; give a server that can "
                         "be reached, such as kubectl's port-forward or a tunnel");
    }
    if (check_trust(reading, cluster, err) != 0 ||
        apiserver_set_url(server, text_of(cluster, "server"), text_of(cluster, "tls-server-name"),
                          err) != 0) {
        return -1;
    }
    return keep_pem(reading, cluster, "certificate-authority", &server->ca, &server->ca_file, err);
}

/* What a user may be that podveil cannot be. */
static int check_user(struct value user, struct error *err)
{
    static const struct {
        const char *key;
        const char *what;
    } refused[] = {
        {"exec", "podveil runs no credential plugin; " TOKEN_WAY_OUT},
        {"auth-provider", "podveil knows no auth provider; " TOKEN_WAY_OUT},
        {"username", "no API server takes a password any more; " TOKEN_WAY_OUT},
        {"password", "no API server takes a password any more; " TOKEN_WAY_OUT},
        {"as", "podveil acts as nobody else; name a user of its own"},
        {"as-uid", "podveil acts as nobody else; name a user of its own"},
        {"as-groups", "podveil acts as nobody else; name a user of its own"},
        {"as-user-extra", "podveil acts as nobody else; name a user of its own"},
    };

    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        if (value_is_set(value_member(user, refused[i].key))) {
            return error_set(err, ERR_CONFIG, "%s is not supported: %s", refused[i].key,
                             refused[i].what);
        }
    }
    return 0;
}

static int read_token(const struct reading *reading, struct value user, struct error *err)
{
    struct token *token = &reading->server->token;
    struct slice path = text_of(user, "tokenFile");
    struct slice text = text_of(user, "token");

    if (path.len > 0) {
        AUTO(chars) char *whole = path_from(reading, path);
        const char *ignored = NULL;
        if (whole == NULL) {
            return error_set(err, ERR_NO_MEMORY, "no memory for a path");
        }
        if (token_init_file(token, whole, err) != 0) {
            return -1;
        }
        return token_show(token, 0, true, &ignored, err);
    }
    return text.len > 0 ? token_init_fixed(token, text, err) : 0;
}

static int read_user(const struct reading *reading, struct value user, struct error *err)
{
    struct apiserver *server = reading->server;

    if (check_user(user, err) != 0 || read_token(reading, user, err) != 0 ||
        keep_pem(reading, user, "client-certificate", &server->certificate,
                 &server->certificate_file, err) != 0 ||
        keep_pem(reading, user, "client-key", &server->key, &server->key_file, err) != 0) {
        return -1;
    }
    if ((server->certificate_file == NULL) != (server->key_file == NULL)) {
        return error_set(err, ERR_CONFIG,
                         "client-certificate and client-key: one of them is missing");
    }
    if (server->certificate_file == NULL && server->token.text == NULL) {
        return error_set(err, ERR_CONFIG, "no token and no client certificate: " TOKEN_WAY_OUT);
    }
    return 0;
}

/* The object `member` of the item of root.list that has that name. */
static int find(struct value root, const char *list, const char *member, struct slice name,
                struct value *out, struct error *err)
{
    struct value_iter iter = value_iter(value_member(root, list));
    struct slice key;
    struct value item;
    char shown[SHOWN];

    while (value_next(&iter, &key, &item)) {
        struct value found = value_member(item, member);
        if (slice_equal(text_of(item, "name"), name) && value_kind(found) == JSON_OBJECT) {
            *out = found;
            return 0;
        }
    }
    return error_set(err, ERR_CONFIG, "%s: there is none of the name \"%s\" with a %s", list,
                     show(name, shown), member);
}

/* What the failure is about stands before it. */
static int read_named(const struct reading *reading, struct value root, struct value context,
                      const char *member,
                      int (*read)(const struct reading *, struct value, struct error *),
                      struct error *err)
{
    struct slice name = text_of(context, member);
    struct value object = VALUE_ABSENT;
    char list[16];
    char shown[SHOWN];

    (void)snprintf(list, sizeof list, "%ss", member);
    if (find(root, list, member, name, &object, err) != 0) {
        return -1;
    }
    return read(reading, object, err) == 0
               ? 0
               : error_prefix(err, "%s \"%s\"", member, show(name, shown));
}

static int read_context(const struct reading *reading, struct value root, struct error *err)
{
    const char *chosen = reading->options->context;
    struct slice name = chosen != NULL ? slice_of(chosen) : text_of(root, "current-context");
    struct value context = VALUE_ABSENT;

    if (value_kind(root) != JSON_OBJECT || !value_is(value_member(root, "kind"), "Config")) {
        return error_set(err, ERR_CONFIG, "no kubeconfig: it is to say \"kind: Config\"");
    }
    if (name.len == 0) {
        return error_set(err, ERR_CONFIG,
                         "current-context: none; kubectl config use-context NAME sets it");
    }
    if (find(root, "contexts", "context", name, &context, err) != 0 ||
        read_named(reading, root, context, "cluster", read_cluster, err) != 0 ||
        read_named(reading, root, context, "user", read_user, err) != 0) {
        return -1;
    }
    struct slice namespace = text_of(context, "namespace");
    reading->server->namespace = strndup(namespace.data, namespace.len);
    return reading->server->namespace == NULL ? error_set(err, ERR_NO_MEMORY, "no memory") : 0;
}

static struct slice dir_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return (struct slice){.data = path, .len = slash == NULL ? 0 : (size_t)(slash - path) + 1};
}

static int read_document(const struct reading *reading, const struct yaml_document *document,
                         struct error *err)
{
    AUTO(json) struct json doc = {0};
    struct slice text = {.data = document->json, .len = document->len};

    if (json_parse(&doc, text, err) != 0) {
        return -1;
    }
    int got = read_context(reading, value_root(&doc), err);
    explicit_bzero(document->json, document->len);
    return got;
}

int apiserver_parse(struct slice text, const struct apiserver_options *options,
                    struct apiserver **out, struct error *err)
{
    AUTO(yaml_stream) struct yaml_stream stream = {0};
    AUTO(apiserver) struct apiserver *server = calloc(1, sizeof *server);
    const char *path = options->path != NULL ? options->path : "kubeconfig";
    struct reading reading = {.options = options, .dir = dir_of(path), .server = server};

    if (server == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a kubeconfig");
    }
    if (yaml_read(&stream, text, YAML_MANIFEST, err) != 0) {
        return error_prefix(err, "%s", path);
    }
    if (stream.count != 1) {
        return error_set(err, ERR_CONFIG, "%s: %zu documents where a kubeconfig has one", path,
                         stream.count);
    }
    if (read_document(&reading, &stream.documents[0], err) != 0) {
        return error_prefix(err, "%s", path);
    }
    *out = STEAL(server);
    return 0;
}

/* The path that the options, the environment or kubectl's habit name; the caller frees it. */
static char *choose_path(const struct apiserver_options *options, struct error *err)
{
    const char *environment = secure_getenv("KUBECONFIG");
    const char *home = secure_getenv("HOME");
    char *path = NULL;
    int len = 0;

    if (options->path == NULL && environment != NULL && strchr(environment, ':') != NULL) {
        (void)error_set(err, ERR_CONFIG,
                        "KUBECONFIG names several files and podveil reads one: kubectl config view "
                        "--flatten --minify > FILE joins them");
        return NULL;
    }
    if (options->path != NULL) {
        len = asprintf(&path, "%s", options->path);
    } else if (environment != NULL && environment[0] != '\0') {
        len = asprintf(&path, "%s", environment);
    } else {
        len = asprintf(&path, "%s/.kube/config", home != NULL ? home : "");
    }
    if (len < 0) {
        (void)error_set(err, ERR_NO_MEMORY, "no memory for a path");
        return NULL;
    }
    return path;
}

/* It is read for each connection, but one that is missing is to be said at the start. */
static int check_file(const char *name, const char *path, struct error *err)
{
    AUTO(wiped_buf) struct buf pem = {0};

    buf_init(&pem, MAX_KUBECONFIG);
    if (path == NULL) {
        return 0;
    }
    if (file_read(path, &pem, err) != 0) {
        return error_prefix(err, "%s", name);
    }
    if (strstr(buf_cstr(&pem), "-----BEGIN ") == NULL) {
        return error_set(err, ERR_CONFIG, "%s: there is no PEM text in %s", name, path);
    }
    return 0;
}

static int check_files(const struct apiserver *server, struct error *err)
{
    if (check_file("certificate-authority", server->ca_file, err) != 0 ||
        check_file("client-certificate", server->certificate_file, err) != 0) {
        return -1;
    }
    return check_file("client-key", server->key_file, err);
}

int apiserver_kubeconfig(const struct apiserver_options *options, struct apiserver **out,
                         struct error *err)
{
    AUTO(chars) char *path = choose_path(options, err);
    AUTO(wiped_buf) struct buf text = {0};
    struct apiserver_options chosen = *options;

    buf_init(&text, MAX_KUBECONFIG);
    if (path == NULL || file_read(path, &text, err) != 0) {
        return -1;
    }
    chosen.path = path;
    AUTO(apiserver) struct apiserver *server = NULL;
    if (apiserver_parse(buf_view(&text), &chosen, &server, err) != 0 || server == NULL) {
        return -1;
    }
    if (check_files(server, err) != 0) {
        return error_prefix(err, "%s", path);
    }
    *out = STEAL(server);
    return 0;
}
