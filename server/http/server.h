/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The webhook server of `podveil serve` (spec.md 4): one call that starts it,
 * serves until a signal says otherwise, drains, and returns.
 *
 * The caller has read the command line; this header knows no flag. Nothing may
 * have started a thread before: server_run() blocks SIGTERM, SIGINT and SIGHUP
 * for the whole process and ignores SIGPIPE.
 *
 *   SIGTERM  drains: see drain.h. A second one, or SIGINT at any time, ends within a second.
 *   SIGHUP   reads the configuration and the certificate files now.
 *
 * Ownership: the options and all they point to are borrowed until server_run() returns.
 * Threads:   call it from the main thread, once.
 * Errors:    ERR_CONFIG for the configuration file and for options that cannot be right,
 *            ERR_SYSTEM for what the machine refuses (an address in use, a directory that
 *            cannot be made). Returns 0 after a stop that a signal asked for. Where something
 *            hangs at the end (a disk), it leaves the process by _exit(0) instead of returning.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "lib/base/error.h"
#include "server/admission/config_text.h"
#include "server/admission/figures.h"
#include "server/admission/store.h"
#include "server/admission/voice.h"

#include <stddef.h>
#include <stdint.h>

struct cert_source; /* certs/source.h */

enum server_certificate {
    SERVER_CERTIFICATE_SELF,  /* an own CA and leaf, made at the start */
    SERVER_CERTIFICATE_FILES, /* tls.crt and tls.key of a directory, followed on disk */
    SERVER_CERTIFICATE_GIVEN, /* by `source`, which may have none at the start */
};

enum server_log {
    SERVER_LOG_JSON,
    SERVER_LOG_TEXT,
};

struct controller; /* server/controller, which nobody here knows: its functions and it are passed on
                    */

/*
 * What a server with an API server stands on. Started when signals are blocked already and before
 * anything listens, stopped when nothing is served any more.
 */
struct server_backend {
    int (*start)(struct controller *place, const struct voice *voice, struct error *err);
    void (*stop)(struct controller *place);
    bool (*ready)(const struct controller *place, const char **why); /* `why` is static text */
    void (*read)(const struct controller *place, struct figures *out);

    /* Where options.config is NULL: the configuration as it is now. -1: there is none, and `err`
     * says what is missing. */
    int (*read_config)(const struct controller *place, struct config_text *out, struct error *err);
    struct controller *place;
    struct policy_store store;
};

struct server_options {
    const char *config; /* the configuration file, followed on disk; NULL: the backend's */
    const char *listen; /* HOST:PORT, [HOST]:PORT or :PORT; NULL: 0.0.0.0:8443 */
    const char *ops;    /* the same for plain HTTP; NULL: 0.0.0.0:8080 */

    enum server_certificate certificate;
    const char *const *dns_names; /* names and addresses of the own leaf; none: this machine's */
    size_t dns_name_count;
    const char *ca_out;         /* where the own CA is written before the server listens; or NULL */
    const char *cert_dir;       /* of SERVER_CERTIFICATE_FILES */
    struct cert_source *source; /* of SERVER_CERTIFICATE_GIVEN */

    /* Where policies stand; with neither, privacy pods are denied. */
    const char *policy_dir; /* made if absent */
    const struct server_backend *backend;

    enum server_log log;
    uint64_t drain_ms; /* how long a server that is told to stop still takes connections */

    /* No flags: 0 is what users get, tests shorten them. */
    uint64_t linger_ms;  /* after that, how long open connections are waited for; 0: 15 s */
    uint64_t request_ms; /* from a request's first byte to its last; 0: 10 s */
    uint64_t idle_s;     /* between two requests of a connection; 0: 120 s */
    uint64_t tick_ms;    /* between two looks at files and slow requests; 0: 1 s */
};

/* Serve until told to stop. What it listens on is in the log line "listening". */
int server_run(const struct server_options *options, struct error *err) MUST_CHECK;

#endif
