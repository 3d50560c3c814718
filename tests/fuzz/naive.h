/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second opinion on what was allowed: the request read by another JSON reader
 * (cJSON) and judged by a plain walk that knows spec.md 3 and 5 and nothing of
 * how the rules are written. It knows less than they do; what it refuses, they
 * must refuse.
 *
 * Each function ends the process by claim() where the answer was too kind.
 */
#ifndef TESTS_FUZZ_NAIVE_H
#define TESTS_FUZZ_NAIVE_H

#include "lib/config/config.h"

#include <cjson/cJSON.h>

/* A place below `value`, names with a slash between: "spec/hostNetwork". NULL: not there. */
const cJSON *naive_at(const cJSON *value, const char *path);
bool naive_is(const cJSON *value, const char *text);

/* The creation of a whole pod that should go through a gateway, as far as the request tells. */
bool naive_creates_pod(const cJSON *request);
bool naive_asks_for_gateway(const struct config *config, const cJSON *request,
                            struct slice path_gateway);

/* A pod that was allowed as it is: nothing in it gets around the tunnel. */
void naive_claim_pod_safe(const struct config *config, const cJSON *pod);

/* A pod's update that was allowed: its marks are what they were, and it asks for nothing new. */
void naive_claim_pod_kept(const struct config *config, const cJSON *request);

/* A policy that was allowed: it does not open everything to every pod. */
void naive_claim_policy_tight(const cJSON *request);

#endif
