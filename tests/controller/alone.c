/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The controller without a server around it, with times that users cannot shorten:
 *
 *   controller_alone CONFIG KUBECONFIG [NAME=MS]...
 *
 * SIGHUP reads the configuration again, SIGUSR1 prints the figures, SIGTERM stops. One line an
 * event on standard error: "what: detail".
 */
#include "server/controller/controller.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

struct host {
    const char *config;
    pthread_mutex_t mutex;
    const struct ruleset *ruleset;
};

static void say(void *arg, bool warning, const char *what, const char *detail)
{
    (void)arg;
    (void)warning;
    (void)fprintf(stderr, "%s: %s\n", what, detail);
}

static void count(void *arg, enum voice_count what)
{
    (void)arg;
    (void)what;
}

static void changed(void *arg)
{
    (void)arg;
}

static const struct ruleset *current(void *arg)
{
    struct host *host = arg;

    (void)pthread_mutex_lock(&host->mutex);
    const struct ruleset *ruleset = ruleset_ref(host->ruleset);
    (void)pthread_mutex_unlock(&host->mutex);
    return ruleset;
}

static int load(struct host *host, struct error *err)
{
    AUTO(config) const struct config *config = NULL;
    const struct ruleset *ruleset = NULL;

    if (config_load(host->config, &config, NULL, err) != 0 ||
        ruleset_new(config, &ruleset, err) != 0) {
        return -1;
    }
    (void)pthread_mutex_lock(&host->mutex);
    const struct ruleset *old = host->ruleset;
    host->ruleset = ruleset;
    (void)pthread_mutex_unlock(&host->mutex);
    if (old != NULL) {
        ruleset_unref(old);
    }
    return 0;
}

/* "lease=1500": false where there is no such time. */
static bool set_time(struct controller_times *times, const char *word)
{
    const struct {
        const char *name;
        int64_t *time;
    } known[] = {
        {"lease=", &times->lease_ms},     {"renew=", &times->renew_ms},
        {"retry=", &times->retry_ms},     {"follower=", &times->follower_ms},
        {"unknown=", &times->unknown_ms}, {"sweep=", &times->sweep_ms},
        {"idle=", &times->idle_ms},       {"going=", &times->going_ms},
        {"report=", &times->report_ms},   {"compare=", &times->compare_ms},
        {"differ=", &times->differ_ms},   {"trust=", &times->trust_ms},
    };

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        size_t len = strlen(known[i].name);
        if (strncmp(word, known[i].name, len) == 0) {
            *known[i].time = strtoll(word + len, NULL, 10);
            return true;
        }
    }
    return false;
}

static void print_figures(const struct controller *controller)
{
    struct figures f;

    controller_read(controller, &f);
    (void)fprintf(stderr,
                  "figures: leads=%" PRId64 " restored=%" PRId64 " not_restored=%" PRId64
                  " conflicts=%" PRId64 " removed=%" PRId64 " unprotected=%" PRId64
                  " old_settings=%" PRId64 " differences=%" PRId64 " other_configs=%" PRId64 "\n",
                  f.leads, f.restored, f.not_restored, f.conflicts, f.removed, f.unprotected,
                  f.old_settings, f.differences, f.other_configs);
}

/* Until SIGTERM. */
static void serve(struct host *host, const struct controller *controller, const sigset_t *signals)
{
    int number = 0;
    struct error err = {0};

    while (sigwait(signals, &number) == 0 && number != SIGTERM) {
        if (number == SIGUSR1) {
            print_figures(controller);
        } else if (load(host, &err) != 0) {
            (void)fprintf(stderr, "configuration refused: %s\n", err.text);
        }
    }
}

static int run(struct host *host, const struct controller_options *options, const sigset_t *signals,
               struct error *err)
{
    const struct voice voice = {
        .say = say, .count = count, .changed = changed, .ruleset = current, .arg = host};
    AUTO(controller) struct controller *controller = NULL;

    if (load(host, err) != 0 || controller_open(options, &controller, err) != 0 ||
        controller_start(controller, &voice, err) != 0) {
        return -1;
    }
    serve(host, controller, signals);
    controller_stop(controller);
    return 0;
}

int main(int argc, char **argv)
{
    struct controller_options options = {.place = CLUSTER_KUBECONFIG};
    struct host host = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    struct error err = {0};
    sigset_t signals;

    if (argc < 3) {
        (void)fputs("usage: controller_alone CONFIG KUBECONFIG [NAME=MS]...\n", stderr);
        return 2;
    }
    host.config = argv[1];
    options.kubeconfig = argv[2];
    for (int i = 3; i < argc; i++) {
        if (!set_time(&options.times, argv[i])) {
            (void)fprintf(stderr, "no such time: %s\n", argv[i]);
            return 2;
        }
    }
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigaddset(&signals, SIGUSR1);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    int failed = run(&host, &options, &signals, &err);
    if (failed != 0) {
        (void)fprintf(stderr, "%s\n", err.text);
    }
    if (host.ruleset != NULL) {
        ruleset_unref(host.ruleset);
    }
    return failed != 0 ? 1 : 0;
}
