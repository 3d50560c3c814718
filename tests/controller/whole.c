/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/whole.h"

#include "tests/controller/stand_in.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static void say(void *arg, bool warning, const char *what, const char *detail)
{
    struct whole *whole = arg;

    (void)warning;
    (void)pthread_mutex_lock(&whole->mutex);
    size_t len = strlen(whole->log);
    (void)snprintf(whole->log + len, sizeof whole->log - len, "%s: %s\n", what, detail);
    (void)pthread_mutex_unlock(&whole->mutex);
}

static void count(void *arg, enum voice_count what)
{
    struct whole *whole = arg;

    (void)what;
    (void)pthread_mutex_lock(&whole->mutex);
    whole->leaks++;
    (void)pthread_mutex_unlock(&whole->mutex);
}

static void changed(void *arg)
{
    struct whole *whole = arg;

    (void)pthread_mutex_lock(&whole->mutex);
    whole->changes++;
    (void)pthread_mutex_unlock(&whole->mutex);
}

static const struct ruleset *current(void *arg)
{
    struct whole *whole = arg;

    (void)pthread_mutex_lock(&whole->mutex);
    const struct ruleset *ruleset = ruleset_ref(whole->ruleset);
    (void)pthread_mutex_unlock(&whole->mutex);
    return ruleset;
}

static const char kubeconfig[] =
    "kind: Config\ncurrent-context: x\n"
    "clusters: [{name: c, cluster: {server: \"https://127.0.0.1:1\"}}]\n"
    "users: [{name: u, user: {token: t}}]\n"
    "contexts: [{name: x, context: {cluster: c, user: u, namespace: podveil}}]\n";

void whole_open(struct whole *whole, const struct controller_options *options)
{
    struct controller_options all = *options;
    struct error err = {0};
    char path[64];
    int fd = memfd_create("kubeconfig", MFD_CLOEXEC);

    cr_assert_eq(write(fd, kubeconfig, sizeof kubeconfig - 1), (ssize_t)sizeof kubeconfig - 1);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    *whole = (struct whole){.ruleset = fixture_ruleset(FIXTURE_EXAMPLE)};
    (void)pthread_mutex_init(&whole->mutex, NULL);
    all.place = CLUSTER_KUBECONFIG;
    all.kubeconfig = path;
    cr_assert_eq(controller_open(&all, &whole->controller, &err), 0, "%s", err.text);
    (void)close(fd);
}

int whole_run(struct whole *whole, struct error *err)
{
    const struct voice voice = {
        .say = say, .count = count, .changed = changed, .ruleset = current, .arg = whole};

    return controller_start(whole->controller, &voice, err);
}

void whole_start(struct whole *whole, const struct controller_options *options)
{
    struct error err = {0};

    whole_open(whole, options);
    cr_assert_eq(whole_run(whole, &err), 0, "%s", err.text);
    stand_in_quiet(WHOLE_THREADS);
}

void whole_stop(struct whole *whole)
{
    controller_close(whole->controller);
    ruleset_unref(whole->ruleset);
    (void)pthread_mutex_destroy(&whole->mutex);
}

void whole_configure(struct whole *whole, const char *yaml)
{
    const struct ruleset *fresh = fixture_ruleset_of(yaml);

    (void)pthread_mutex_lock(&whole->mutex);
    const struct ruleset *old = whole->ruleset;
    whole->ruleset = fresh;
    (void)pthread_mutex_unlock(&whole->mutex);
    ruleset_unref(old);
}

unsigned whole_said(struct whole *whole, const char *what)
{
    unsigned times = 0;

    (void)pthread_mutex_lock(&whole->mutex);
    for (const char *at = strstr(whole->log, what); at != NULL; at = strstr(at + 1, what)) {
        times++;
    }
    (void)pthread_mutex_unlock(&whole->mutex);
    return times;
}

void whole_forget(struct whole *whole)
{
    (void)pthread_mutex_lock(&whole->mutex);
    whole->log[0] = '\0';
    (void)pthread_mutex_unlock(&whole->mutex);
}

void whole_floor(const struct whole *whole, struct policy_text *out)
{
    struct error err = {0};

    cr_assert_eq(policies_floor(whole->ruleset, SLICE("media"), out, &err), 0, "%s", err.text);
}

void whole_companion(const struct whole *whole, struct policy_text *out)
{
    struct error err = {0};
    const struct subject subject = {
        .ruleset = whole->ruleset,
        .rules = ruleset_gateway(whole->ruleset, SLICE("vpn")),
        .namespace = SLICE("media"),
        .workload = "web",
        .workload_label = "web",
    };

    cr_assert_eq(policies_companion(&subject, out, &err), 0, "%s", err.text);
}

int whole_make(const struct whole *whole, const struct policy_text *policy, bool dry_run,
               struct policy_made *made, struct error *err)
{
    const struct policy_store store = controller_store(whole->controller);
    const struct policy_order order = {
        .policy = policy,
        .ruleset = whole->ruleset,
        .dry_run = dry_run,
    };

    *made = (struct policy_made){0};
    return store.make(store.place, &order, made, err);
}

bool whole_stands(const struct whole *whole, const struct policy_text *policy)
{
    const struct policy_store store = controller_store(whole->controller);
    struct policy_mark mark = {.text = ""};

    return store.stands(store.place, policy, &mark);
}

void whole_make_well(const struct whole *whole, const struct policy_text *policy)
{
    struct policy_made made;
    struct error err = {0};

    cr_assert_eq(whole_make(whole, policy, false, &made, &err), 0, "%s", err.text);
    stand_in_quiet(WHOLE_THREADS);
    while (made.wait_ms > 0) {
        stand_in_pass(made.wait_ms, WHOLE_THREADS);
        cr_assert_eq(whole_make(whole, policy, false, &made, &err), 0, "%s", err.text);
    }
    cr_assert(whole_stands(whole, policy));
}
