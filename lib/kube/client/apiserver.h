/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the API server is, how it proves that it is the one, and who we are to it:
 * read from a kubeconfig, or from what kubelet mounts into a pod.
 *
 * What podveil cannot do is refused here and never left out: a kubeconfig that asks
 * for an exec plugin, another user's rights or a proxy would else talk to somebody
 * else, or as somebody else, than its author meant.
 *
 * Ownership: the caller's; apiserver_free(). Files in it are named, not read: libcurl
 *            reads them for each connection, and so sees them renewed.
 * Threads:   one owner at a time. Made before threads start, as the environment is read.
 * Errors:    ERR_CONFIG with the file, the place in it and what to write instead.
 * Limits:    a kubeconfig of 1 MiB.
 */
#ifndef CLIENT_APISERVER_H
#define CLIENT_APISERVER_H

#include "lib/kube/client/memfile.h"
#include "lib/kube/client/token.h"

struct apiserver {
    char *url;        /* "https://HOST[:PORT][/PATH]" without a slash at its end */
    char *connect_to; /* as CURLOPT_CONNECT_TO has it, where HOST is the certificate's name only */
    char *namespace;  /* "" where none is named */
    bool insecure;    /* the certificate is not looked at: only where the caller allowed it */

    /* Paths of PEM files, or NULL. Without ca_file the machine's own authorities are trusted. */
    char *ca_file;
    char *certificate_file;
    char *key_file;
    struct memfile ca; /* behind those paths, where the kubeconfig has the text itself */
    struct memfile certificate;
    struct memfile key;
    struct token token;
};

struct apiserver_options {
    const char *path;    /* kubeconfig; NULL: $KUBECONFIG, else ~/.kube/config */
    const char *context; /* NULL: the current one */
    bool allow_insecure; /* take insecure-skip-tls-verify for what it says */
};

int apiserver_kubeconfig(const struct apiserver_options *options, struct apiserver **out,
                         struct error *err) MUST_CHECK;

/* The same of a text; `path` tells where its relative paths start, and is for messages. */
int apiserver_parse(struct slice text, const struct apiserver_options *options,
                    struct apiserver **out, struct error *err) MUST_CHECK;

/* Where kubelet puts a service account, and the environment that says where the server is. */
struct in_cluster {
    const char *dir;  /* NULL: /var/run/secrets/kubernetes.io/serviceaccount */
    const char *host; /* NULL: $KUBERNETES_SERVICE_HOST */
    const char *port; /* NULL: $KUBERNETES_SERVICE_PORT */
};
#define IN_CLUSTER_DIR "/var/run/secrets/kubernetes.io/serviceaccount"

int apiserver_in_cluster(const struct in_cluster *place, struct apiserver **out,
                         struct error *err) MUST_CHECK;

/* Is a service account mounted here at all? */
bool apiserver_is_in_cluster(const struct in_cluster *place);

void apiserver_free(struct apiserver *server);
DEFINE_AUTO(apiserver, struct apiserver, apiserver_free);

/* For those who make one: check and take an address. `tls_name` may be NULL. */
int apiserver_set_url(struct apiserver *server, struct slice text, struct slice tls_name,
                      struct error *err) MUST_CHECK;

#endif
