/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one review:
 *
 *   parse strictly -> uid -> envelope -> phase
 *     mutate    CREATE of a pod: pod_mutate, the policies named
 *     validate  CREATE of a pod: pod_judge; everything: the validators that handle it
 *   -> answer
 *
 * A denial is an answer with HTTP 200. What cannot be answered, because no uid can be echoed, is
 * 400; a fault of ours is 500, which the API server takes as a failed call.
 */
#include "server/admission/admission.h"

#include "lib/kube/review.h"
#include "lib/pod/template.h"
#include "lib/pod/typed.h"
#include "server/admission/answer.h"
#include "server/admission/neighbours.h"
#include "server/admission/pod.h"
#include "validators/validator.h"

#include <stdio.h>

/* What the steps share. */
struct run {
    const struct admission_request *request;
    const struct ruleset *ruleset; /* the one that decides */
    struct json doc;
    struct review review;
    struct findings findings;
    struct subject subject;
    struct buf patch;
    struct admission *out;
};

static struct pod_case pod_case_of(const struct run *run, const char *prefix)
{
    const struct review *review = &run->review;

    return (struct pod_case){
        .ruleset = run->ruleset,
        .object = run->review.object,
        .prefix = prefix,
        .around = {.namespace = run->review.namespace,
                   .path_gateway = run->request->path_gateway,
                   .controller =
                       template_workload(review->object, review->kind.name, review->name, prefix)},
    };
}

/* The floor and the companion that must stand before the pod is let in. */
static int name_policies(struct run *run, struct error *err)
{
    struct admission *out = run->out;

    if (policies_floor(run->ruleset, run->review.namespace, &out->policies[0], err) != 0) {
        return -1;
    }
    out->ruleset = ruleset_ref(run->ruleset);
    out->policy_count = 1;
    if (policies_companion(&run->subject, &out->policies[1], err) != 0) {
        return -1;
    }
    out->policy_count = 2;
    return 0;
}

static bool is_known_where(const struct policy_store *store)
{
    return store != NULL && store->is_there != NULL;
}

/* Where there is an API server, it is asked what it would say; files are not touched at all. */
static int try_policies(struct run *run, struct error *err)
{
    const struct policy_store *store = run->request->store;

    if (!is_known_where(store)) {
        return 0;
    }
    if (name_policies(run, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < run->out->policy_count; i++) {
        const struct policy_text *policy = &run->out->policies[i];
        struct policy_mark unused = {0};
        if (!store->is_there(store->place, policy, &unused)) {
            findings_warn(&run->findings, "%s: this NetworkPolicy would be made", policy->name);
        }
    }
    return 0;
}

static int visit_policy(void *arg, struct value policy, struct error *err)
{
    return neighbours_judge(arg, policy, err);
}

/* As they are known here; the first pod of a namespace has them read anew (store.h, make). */
static int judge_neighbours(struct run *run, struct findings *findings, struct error *err)
{
    const struct policy_store *store = run->request->store;

    if (store == NULL || store->visit == NULL) {
        return 0;
    }
    struct neighbours neighbours = {
        .ruleset = run->ruleset,
        .namespace = run->review.namespace,
        .subject = &run->subject,
        .verdicts = store->verdicts,
        .findings = findings,
    };
    struct error unknown = {0};
    if (store->visit(store->place, run->review.namespace, visit_policy, &neighbours, &unknown) ==
        0) {
        return 0;
    }
    if (unknown.code == ERR_NO_MEMORY) {
        *err = unknown;
        return -1;
    }
    findings_deny(findings, REASON_POLICY_NOT_WRITTEN, "",
                  "the policies of this namespace are not known: %s. Try again.", unknown.text);
    return 0;
}

static void remark(struct run *run)
{
    const struct policy_store *store = run->request->store;

    if (store != NULL && store->remark != NULL) {
        store->remark(store->place, &run->findings);
    }
}

static int finish_private_pod(struct run *run, const struct patch *patch, struct error *err)
{
    if (!run->request->policies_kept) {
        findings_deny(&run->findings, REASON_POLICY_NOT_WRITTEN, "",
                      "this server has no place for NetworkPolicies, and a pod without its "
                      "killswitch is not let in. Start it with --policy-dir DIR and apply what it "
                      "writes there, or with a cluster.");
        return 0;
    }
    if (judge_neighbours(run, &run->findings, err) != 0) {
        return -1;
    }
    if (run->findings.denied != REASON_NONE) {
        return 0;
    }
    if (patch_count(patch) > 0 && patch_encode(patch, &run->patch, err) != 0) {
        return -1;
    }
    remark(run);
    return run->review.dry_run ? try_policies(run, err) : name_policies(run, err);
}

static int mutate(struct run *run, struct error *err)
{
    const struct review *review = &run->review;
    bool pod = kind_is(&review->kind, "", "v1", "Pod") && review->subresource.len == 0;

    if (review->operation == OPERATION_CREATE && !pod && answer_prefix(&review->kind) == NULL) {
        findings_deny(&run->findings, REASON_MALFORMED, "kind",
                      "/mutate was asked about a %.*s, which is nothing that podveil changes. "
                      "Register it for pods.",
                      CALLED(review->kind.name));
        return 0;
    }
    if (review->operation != OPERATION_CREATE || !pod) {
        return 0;
    }
    AUTO(patch) struct patch *patch = patch_new(review->object, "");
    if (patch == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a patch");
    }
    struct pod_case pod_case = pod_case_of(run, "");
    if (pod_mutate(&pod_case, patch, &run->subject, &run->findings, err) != 0) {
        return -1;
    }
    if (run->findings.denied != REASON_NONE || run->subject.rules == NULL) {
        return 0;
    }
    return finish_private_pod(run, patch, err);
}

/* The policies of its pods are written before there is one: a CNI takes its time. */
static int name_early(struct run *run, struct error *err)
{
    if (run->subject.rules == NULL || run->review.dry_run || !is_known_where(run->request->store)) {
        return 0;
    }
    run->out->early = true;
    return name_policies(run, err);
}

/* What a workload's pods would be denied for is a warning at the workload. */
static int foresee(struct run *run, const char *prefix, struct error *err)
{
    struct findings template = {0};
    struct pod_case pod_case = pod_case_of(run, prefix);
    AUTO(patch) struct patch *patch = patch_new(run->review.object, prefix);

    findings_init(&template, run->ruleset->config);
    if (patch == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory to judge a template");
    }
    if (pod_mutate(&pod_case, patch, &run->subject, &template, err) != 0) {
        return -1;
    }
    if (template.denied == REASON_NONE && run->subject.rules != NULL &&
        judge_neighbours(run, &template, err) != 0) {
        return -1;
    }
    if (template.denied != REASON_NONE) {
        findings_warn(&run->findings, "its pods will be denied: %s", template.message);
        run->subject = (struct subject){0}; /* nothing there is protected */
    }
    return name_early(run, err);
}

/*
 * Of a pod that passes at the end: which policies stand, as far as is known without asking anybody.
 * A write of ours may wait for this very answer.
 */
static int look_at_policies(struct run *run, struct error *err)
{
    const struct policy_store *store = run->request->store;
    struct admission *out = run->out;

    if (run->subject.rules == NULL || run->findings.denied != REASON_NONE ||
        !is_known_where(store)) {
        return 0;
    }
    int failed = name_policies(run, err);
    for (size_t i = 0; failed == 0 && i < out->policy_count; i++) {
        if (!store->is_there(store->place, &out->policies[i], &out->marks[i])) {
            out->marks[i] = (struct policy_mark){0};
        }
    }
    answer_drop_policies(out);
    return failed;
}

/*
 * The neighbours once more: a policy that came right before the first pod of its namespace may not
 * have been known here when the pod was mutated, and is known once the floor has settled.
 */
static int judge_final(struct run *run, struct error *err)
{
    struct pod_case pod_case = pod_case_of(run, "");

    if (pod_judge(&pod_case, &run->subject, &run->findings, err) != 0) {
        return -1;
    }
    if (run->subject.rules != NULL && run->findings.denied == REASON_NONE &&
        judge_neighbours(run, &run->findings, err) != 0) {
        return -1;
    }
    return look_at_policies(run, err);
}

static int validate(struct run *run, struct error *err)
{
    const struct review *review = &run->review;
    const char *prefix = answer_prefix(&review->kind);
    bool whole = review->subresource.len == 0;
    bool made = whole && review->operation == OPERATION_CREATE;
    struct judgement judgement = {
        .ruleset = run->ruleset,
        .review = review,
        .around = run->request->store != NULL ? &run->request->store->around : NULL,
        .at_waypoint = run->request->at_waypoint,
    };

    if (prefix != NULL && prefix[0] == '\0' && made) {
        if (judge_final(run, err) != 0) {
            return -1;
        }
        judgement.subject = &run->subject;
    } else if (prefix != NULL && prefix[0] != '\0' && whole &&
               (made || review->operation == OPERATION_UPDATE)) {
        return foresee(run, prefix, err);
    }
    return validators_check(&judgement, &run->findings, err);
}

/* \u0000 is legal JSON and legal to the API server, and no name, path or value of a pod. */
static bool has_nul(struct run *run)
{
    char field[sizeof run->findings.field];

    if (run->doc.nul_token == 0) {
        return false;
    }
    answer_path_of(&run->doc, run->doc.nul_token, field, sizeof field);
    findings_deny(&run->findings, REASON_MALFORMED, field,
                  "the text at %s holds a NUL character. Take \\u0000 out of it.", field);
    return true;
}

/* A way around, or a guard, is judged by the configuration in use alone: an earlier one that knew a
 * gateway or an address otherwise was never asked to let anybody out by it. */
static bool may_be_right(enum reason denied)
{
    return denied != REASON_NONE && denied != REASON_NAMESPACE_UNLABELLED &&
           denied != REASON_ROGUE_GATEWAY && denied != REASON_EXTERNAL_ENDPOINT &&
           denied != REASON_MESH_BYPASS;
}

/*
 * What the ruleset in use refuses may be right by one that was, or is soon to be. But a pod that is
 * private by it is so by them: to one that does not know an alias yet each pod is right.
 */
static int validate_by_any(struct run *run, struct error *err)
{
    if (validate(run, err) != 0) {
        return -1;
    }
    const struct findings first = run->findings;
    bool private = run->subject.rules != NULL;
    for (size_t i = 0; i < run->request->believed_count && may_be_right(first.denied); i++) {
        run->ruleset = run->request->believed[i];
        findings_init(&run->findings, run->ruleset->config);
        if (validate(run, err) != 0) {
            return -1;
        }
        if (run->findings.denied == REASON_NONE && (!private || run->subject.rules != NULL)) {
            return 0;
        }
    }
    run->ruleset = run->request->ruleset;
    run->findings = first;
    return 0;
}

/* A pod is created whole: what is created below one (binding, eviction) is of another kind. */
static bool is_created_below(struct run *run)
{
    const struct review *review = &run->review;

    if (review->operation != OPERATION_CREATE || review->subresource.len == 0 ||
        !kind_is(&review->kind, "", "v1", "Pod")) {
        return false;
    }
    findings_deny(&run->findings, REASON_MALFORMED, "request.subResource",
                  "no pod is created as the subresource %.*s of another. Leave subResource out.",
                  CALLED(review->subresource));
    return true;
}

/* Of a kind that says what may reach what. */
static bool is_network(const struct kind *kind)
{
    static const char *const groups[] = {
        "networking.k8s.io",     "policy.networking.k8s.io", "cilium.io",
        "crd.projectcalico.org", "projectcalico.org",        "networking.istio.io",
    };
    bool found = false;

    for (size_t i = 0; i < COUNT_OF(groups) && !found; i++) {
        found = slice_is(kind->group, groups[i]);
    }
    return found;
}

static bool has_members_of(struct value object, struct value other)
{
    struct value_iter iter = value_iter(other);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (!slice_is(key, "metadata") && !slice_is(key, "status") &&
            !value_equal(value_member_slice(object, key), item)) {
            return false;
        }
    }
    return true;
}

/* Finalizers and labels go on: an update of nothing that the object says. */
static bool changes_metadata_alone(const struct review *review)
{
    return review->operation == OPERATION_UPDATE &&
           has_members_of(review->object, review->old_object) &&
           has_members_of(review->old_object, review->object);
}

/*
 * Nobody knows which pod is private. So no pod is let in that comes here, nor a policy that could
 * open a way for one that runs; what only changes a pod is judged against the old one as ever.
 */
static bool lacks_configuration(struct run *run)
{
    const struct review *review = &run->review;
    const char *prefix = answer_prefix(&review->kind);
    bool made = review->operation == OPERATION_CREATE;
    bool changed = made || review->operation == OPERATION_UPDATE;

    if (run->ruleset->gateway_count > 0 || !changed) {
        return false;
    }
    if (prefix != NULL && prefix[0] != '\0') {
        findings_warn(&run->findings, "podveil has no configuration, its pods will be denied");
        return true;
    }
    if ((prefix == NULL || !made) &&
        (!is_network(&review->kind) || changes_metadata_alone(review))) {
        return false;
    }
    findings_deny(&run->findings, REASON_UNKNOWN_GATEWAY, "",
                  "podveil has no configuration, so it knows no gateway and lets nothing private "
                  "in (%s). Write one, then try again.",
                  run->request->missing != NULL ? run->request->missing : "none was read");
    return true;
}

/* Did this ruleset give the pod what it has? The annotation says so, and pod_mutate() looks. */
static bool made_it(const struct ruleset *ruleset, struct value pod)
{
    struct value metadata = value_member(pod, "metadata");
    char prefix[sizeof "v1.." + CONFIG_ID_LEN];

    (void)snprintf(prefix, sizeof prefix, "v1.%s.", ruleset->config->id);
    return slice_starts_with(value_string(value_get(metadata, "annotations", MARK_INJECTED, NULL)),
                             prefix);
}

/*
 * Where another webhook or plugin changed a pod, the API server asks again. Whoever was asked first
 * may have been another replica, by what is in use there still, or already: then that goes on.
 */
static void choose_ruleset(struct run *run)
{
    const struct admission_request *request = run->request;

    for (size_t i = 0; i < request->again_count; i++) {
        if (made_it(request->believed[i], run->review.object)) {
            run->ruleset = request->believed[i];
            findings_init(&run->findings, run->ruleset->config);
            return;
        }
    }
}

static int decide(struct run *run, struct error *err)
{
    if (has_nul(run) || is_created_below(run) || lacks_configuration(run)) {
        return 0;
    }
    if (run->request->phase == PHASE_VALIDATE) {
        return validate_by_any(run, err);
    }
    choose_ruleset(run);
    return mutate(run, err);
}

static void review_body(struct run *run)
{
    struct error err = {0};
    struct slice uid = {0};

    if (json_parse(&run->doc, run->request->body, &err) != 0) {
        answer_error(run->out, &err);
        return;
    }
    if (review_uid(value_root(&run->doc), &uid, &err) != 0) {
        answer_error(run->out, &err);
        return;
    }
    answer_begin(run->out, uid);
    if (review_parse(&run->review, value_root(&run->doc), &err) != 0) {
        answer_malformed(run->out, err.text);
        return;
    }
    answer_describe(run->out, &run->review);
    if (decide(run, &err) != 0) {
        answer_fault(run->out, &err);
        return;
    }
    answer_by(run->out, run->ruleset->config);
    answer_decision(run->out, &run->findings, run->subject.rules != NULL, buf_view(&run->patch));
}

void admission_review(const struct admission_request *request, struct admission *out)
{
    struct run run = {.request = request, .ruleset = request->ruleset, .out = out};

    answer_init(out, request->ruleset->config);
    buf_init(&run.patch, JSON_MAX_TEXT);
    findings_init(&run.findings, request->ruleset->config);
    review_body(&run);
    buf_done(&run.patch);
    json_done(&run.doc);
}
