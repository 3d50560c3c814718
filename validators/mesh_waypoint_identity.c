/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behind a waypoint ztunnel sees the waypoint, not the caller: an ALLOW that
 * names callers alone keeps out all that comes through it. A warning, since
 * another policy may let the waypoint in.
 */
#include "lib/mesh/names.h"
#include "lib/mesh/peer.h"
#include "lib/mesh/question.h"
#include "lib/mesh/ztunnel.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

enum { OTHER_MEMORY_MAX = 4 * 1024 * 1024 };

struct search {
    const struct mesh_question *question;
    const struct authz *policy;
    struct peer waypoint; /* of a Service that leads to the policy's pods */
    bool let_in;          /* by another policy */
};

/* Does each label of the one stand in the other? */
static bool is_part(struct value part, struct value whole)
{
    struct value_iter iter = value_iter(part);
    struct slice key;
    struct value value;

    while (value_next(&iter, &key, &value)) {
        if (!value_equal(value_member_slice(whole, key), value)) {
            return false;
        }
    }
    return true;
}

/* Do Service and policy tell of the same pods, as far as their labels say? */
static bool meets(const struct authz *policy, struct value selector)
{
    return value_count(selector) > 0 &&
           (is_part(policy->labels, selector) || is_part(selector, policy->labels));
}

static bool take_service(void *arg, struct slice namespace, struct value service)
{
    struct search *search = arg;
    const struct cluster_objects around = {.kind = SLICE("Namespace"), .name = namespace};
    struct value labels = value_get(service, "metadata", "labels", NULL);

    if (!meets(search->policy, value_get(service, "spec", "selector", NULL))) {
        return true;
    }
    if (!value_is_set(value_member(labels, MESH_USE_WAYPOINT))) {
        (void)mesh_labels_of(search->question->around, &around, &labels);
    }
    struct slice other = value_string(value_member(labels, MESH_USE_WAYPOINT_NAMESPACE));
    struct slice waypoint = mesh_waypoint_of(labels);
    const struct peer peer = {other.len > 0 ? other : namespace, waypoint};
    if (waypoint.len == 0 || peer_may_pass(search->policy, &peer)) {
        return true;
    }
    search->waypoint = peer;
    return false;
}

/* Another ALLOW that lets it in. What cannot be read is judged by itself. */
static bool take_policy(void *arg, struct slice namespace, struct value object)
{
    struct search *search = arg;
    AUTO(arena) struct arena arena = {0};
    struct authz policy = {0};
    struct error wrong = {0};

    arena_init(&arena, OTHER_MEMORY_MAX);
    search->let_in = authz_parse(object, namespace, &arena, &policy, &wrong) == 0 &&
                     policy.action == AUTHZ_ALLOW && ztunnel_takes(&policy) == ZTUNNEL_ENFORCES &&
                     peer_may_pass(&policy, &search->waypoint);
    return !search->let_in;
}

static void find_waypoint(struct search *search)
{
    struct slice namespace = search->question->review->namespace;
    const char *own = search->question->config->mesh.waypoint;
    const struct peer configured = {namespace, slice_of(own)};
    const struct cluster_objects services = {.kind = SLICE("Service"), .namespace = namespace};
    const struct cluster_objects policies = {.group = SLICE(MESH_SECURITY),
                                             .kind = SLICE("AuthorizationPolicy"),
                                             .namespace = namespace};
    struct error unknown = {0};

    if (own[0] != '\0' && !peer_may_pass(search->policy, &configured)) {
        search->waypoint = configured;
    }
    if (cluster_visit(search->question->around, &services, take_service, search, &unknown) != 0 ||
        search->waypoint.account.len == 0) {
        return;
    }
    if (cluster_visit(search->question->around, &policies, take_policy, search, &unknown) != 0) {
        search->let_in = false;
    }
}

static int judge(const struct mesh_question *question, const struct authz *policy,
                 struct findings *findings, struct error *err)
{
    struct search search = {.question = question, .policy = policy};

    (void)err;
    if (ztunnel_takes(policy) != ZTUNNEL_ENFORCES || policy->action != AUTHZ_ALLOW ||
        policy->rule_count == 0 || authz_is_of_root(policy)) {
        return 0;
    }
    find_waypoint(&search);
    if (search.waypoint.account.len > 0 && !search.let_in) {
        char what[120];
        (void)snprintf(what, sizeof what,
                       "keep out the waypoint: add principals \"*/ns/%.*s/sa/%.*s\"",
                       CALLED(search.waypoint.namespace), CALLED(search.waypoint.account));
        mesh_warn(findings, "spec.rules", what);
    }
    return 0;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct mesh_question question = {findings->config, judgement->review, judgement->around};
    return mesh_judge_authz(&question, judge, findings, err);
}

extern const struct validator validator_mesh_waypoint_identity;
const struct validator validator_mesh_waypoint_identity = {
    .name = "mesh_waypoint_identity",
    .handles = mesh_asks_authz,
    .check = check,
};
