/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole controller over the stand-in, by the clock that the test moves, with the example
 * configuration (tests/support/fixture.h).
 */
#ifndef TESTS_CONTROLLER_WHOLE_H
#define TESTS_CONTROLLER_WHOLE_H

#include "server/controller/state.h"

enum { WHOLE_LOG = 256 * 1024, WHOLE_THREADS = 2 /* loop and lease */ };

#define WHOLE_POLICIES "networkpolicies"
#define WHOLE_NAMESPACE "{\"metadata\":{\"name\":\"media\"}}"

/* A pod of the workload `web` that runs with all that it needs, but its annotation. */
#define WHOLE_POD(name)                                                                            \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"media\",\"labels\":{"                    \
    "\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"web\"}},\"spec\":{"                  \
    "\"initContainers\":[{\"name\":\"podveil-init\"},{\"name\":\"podveil-sidecar\"}]},"            \
    "\"status\":{\"phase\":\"Running\"}}"

/* A policy that lets everything out. */
#define WHOLE_ALLOW_ALL                                                                            \
    "{\"metadata\":{\"name\":\"open\",\"namespace\":\"media\"},\"spec\":{\"podSelector\":{},"      \
    "\"policyTypes\":[\"Egress\"],\"egress\":[{}]}}"

struct whole {
    struct controller *controller;
    const struct ruleset *ruleset;
    pthread_mutex_t mutex; /* of what follows, and the ruleset */
    unsigned leaks;
    unsigned changes;
    char log[WHOLE_LOG];
};

/* Ends the test where it cannot start. The options' place is filled in. */
void whole_open(struct whole *whole, const struct controller_options *options);
int whole_run(struct whole *whole, struct error *err) MUST_CHECK;
void whole_stop(struct whole *whole);

/* Opened, run, and at rest. */
void whole_start(struct whole *whole, const struct controller_options *options);

/* Another configuration: the text of a YAML file. */
void whole_configure(struct whole *whole, const char *yaml);

unsigned whole_said(struct whole *whole, const char *what);
void whole_forget(struct whole *whole);

/* What is to stand, for the namespace media; the caller's. */
void whole_floor(const struct whole *whole, struct policy_text *out);
void whole_companion(const struct whole *whole, struct policy_text *out);
DEFINE_AUTO_IN_PLACE(policy_text, struct policy_text, policy_text_done);

int whole_make(const struct whole *whole, const struct policy_text *policy, bool dry_run,
               struct policy_made *made, struct error *err) MUST_CHECK;
bool whole_stands(const struct whole *whole, const struct policy_text *policy);

/* Made by a write, and `settle` over. */
void whole_make_well(const struct whole *whole, const struct policy_text *policy);

#endif
