/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server alone, for tests over the network: `podveil serve` without the
 * command line, and with what users cannot shorten.
 */
#include "server/http/server.h"

#include <getopt.h>
#include <stdio.h>

enum { MAX_NAMES = 8 };

enum option_id {
    OPTION_CONFIG = 1,
    OPTION_LISTEN,
    OPTION_OPS,
    OPTION_CERT_DIR,
    OPTION_DNS_NAME,
    OPTION_CA_OUT,
    OPTION_POLICY_DIR,
    OPTION_TEXT,
    OPTION_DRAIN_MS,
    OPTION_LINGER_MS,
    OPTION_REQUEST_MS,
    OPTION_TICK_MS,
    OPTION_IDLE_S,
};

static const struct option options_table[] = {
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"ops", required_argument, NULL, OPTION_OPS},
    {"cert-dir", required_argument, NULL, OPTION_CERT_DIR},
    {"dns-name", required_argument, NULL, OPTION_DNS_NAME},
    {"ca-out", required_argument, NULL, OPTION_CA_OUT},
    {"policy-dir", required_argument, NULL, OPTION_POLICY_DIR},
    {"text", no_argument, NULL, OPTION_TEXT},
    {"drain-ms", required_argument, NULL, OPTION_DRAIN_MS},
    {"linger-ms", required_argument, NULL, OPTION_LINGER_MS},
    {"request-ms", required_argument, NULL, OPTION_REQUEST_MS},
    {"tick-ms", required_argument, NULL, OPTION_TICK_MS},
    {"idle-s", required_argument, NULL, OPTION_IDLE_S},
    {0},
};

/* One option; 0 where it is known. */
static int take(struct server_options *options, const char **names, int id)
{
    switch (id) {
    case OPTION_CONFIG:
        options->config = optarg;
        return 0;
    case OPTION_LISTEN:
        options->listen = optarg;
        return 0;
    case OPTION_OPS:
        options->ops = optarg;
        return 0;
    case OPTION_CERT_DIR:
        options->certificate = SERVER_CERTIFICATE_FILES;
        options->cert_dir = optarg;
        return 0;
    case OPTION_DNS_NAME:
        if (options->dns_name_count == MAX_NAMES) {
            return -1;
        }
        names[options->dns_name_count] = optarg;
        options->dns_name_count++;
        return 0;
    case OPTION_CA_OUT:
        options->ca_out = optarg;
        return 0;
    case OPTION_POLICY_DIR:
        options->policy_dir = optarg;
        return 0;
    case OPTION_TEXT:
        options->log = SERVER_LOG_TEXT;
        return 0;
    case OPTION_DRAIN_MS:
        options->drain_ms = strtoull(optarg, NULL, 10);
        return 0;
    case OPTION_LINGER_MS:
        options->linger_ms = strtoull(optarg, NULL, 10);
        return 0;
    case OPTION_REQUEST_MS:
        options->request_ms = strtoull(optarg, NULL, 10);
        return 0;
    case OPTION_TICK_MS:
        options->tick_ms = strtoull(optarg, NULL, 10);
        return 0;
    case OPTION_IDLE_S:
        options->idle_s = strtoull(optarg, NULL, 10);
        return 0;
    default:
        return -1;
    }
}

int main(int argc, char **argv)
{
    const char *names[MAX_NAMES];
    struct server_options options = {
        .listen = "127.0.0.1:0", .ops = "127.0.0.1:0", .dns_names = names};
    struct error err = {0};

    for (int id = 0; (id = getopt_long(argc, argv, "", options_table, NULL)) != -1;) {
        if (take(&options, names, id) != 0) {
            return 2;
        }
    }
    if (server_run(&options, &err) != 0) {
        (void)fprintf(stderr, "{\"msg\":\"failed\",\"code\":%d}\n%s\n", (int)err.code, err.text);
        return 1;
    }
    return 0;
}
