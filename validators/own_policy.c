/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podveil's own policies, floor and companion, whoever writes them: their spec is exactly
 * the generated one, nothing makes them go on their own, and they stay as long as there is a pod
 * that they hold.
 *
 * By content, not by author: what `podveil render` prints is welcome from anybody, and no account
 * has leave to do without it. The namespace controller's turn comes by itself: once the
 * namespace's last privacy pod is gone, the policies may go.
 *
 * An update that leaves the spec as it was is judged by its metadata alone, so that what stands
 * under an older configuration can still be labelled and let go of.
 */
#include "lib/pod/own_policy.h"

#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

enum { POLICY_MAX = 1024 * 1024, SHOWN_MAX = 240 };

static bool handles(const struct review *review)
{
    return kind_is(&review->resource, "networking.k8s.io", "v1", "networkpolicies") &&
           review->subresource.len == 0 && review->operation != OPERATION_CONNECT;
}

static struct slice name_of(const struct review *review)
{
    bool is_there = review->operation != OPERATION_DELETE;

    return value_string(
        value_get(is_there ? review->object : review->old_object, "metadata", "name", NULL));
}

/* ---- What would make it go ---- */

static bool same_owner(struct value a, struct value b)
{
    static const char *const names[] = {"apiVersion", "kind", "name", "uid"};
    bool same = true;

    for (size_t i = 0; i < COUNT_OF(names) && same; i++) {
        same = value_equal(value_member(a, names[i]), value_member(b, names[i]));
    }
    return same;
}

/* Was this owner or finalizer there before? */
static bool was_there(struct value old_list, struct value item)
{
    struct value_iter iter = value_iter(old_list);
    struct slice key;
    struct value other;

    while (value_next(&iter, &key, &other)) {
        if (value_kind(item) == JSON_OBJECT ? same_owner(item, other) : value_equal(item, other)) {
            return true;
        }
    }
    return false;
}

/* The first of the list that the old object has not; false: there is none. */
static bool find_added(const struct review *review, const char *list, size_t *index,
                       struct value *item)
{
    struct value old_list = value_get(review->old_object, "metadata", list, NULL);
    struct value_iter iter = value_iter(value_get(review->object, "metadata", list, NULL));
    struct slice key;

    while (value_next(&iter, &key, item)) {
        if (!was_there(old_list, *item)) {
            *index = iter.index;
            return true;
        }
    }
    return false;
}

static void judge_lists(const struct review *review, struct findings *findings)
{
    struct value metadata = TYPED_OBJECT(findings, review->object, "metadata", "%s", "");
    struct value item = VALUE_ABSENT;
    char field[64];
    size_t index = 0;

    (void)TYPED_LIST(findings, metadata, "ownerReferences", "metadata");
    (void)TYPED_LIST(findings, metadata, "finalizers", "metadata");
    if (find_added(review, "ownerReferences", &index, &item)) {
        (void)snprintf(field, sizeof field, "metadata.ownerReferences[%zu]", index);
        findings_deny(findings, REASON_COMPANION_CHANGED, field,
                      "%s makes the garbage collector delete this killswitch as soon as the %.*s "
                      "%.*s is gone. Leave ownerReferences out.",
                      field, CALLED(value_string(value_member(item, "kind"))),
                      CALLED(value_string(value_member(item, "name"))));
    }
    if (find_added(review, "finalizers", &index, &item)) {
        (void)snprintf(field, sizeof field, "metadata.finalizers[%zu]", index);
        findings_deny(findings, REASON_COMPANION_CHANGED, field,
                      "%s, %.*s, would keep this killswitch between being there and being gone, "
                      "where nobody can put it back. Leave finalizers out.",
                      field, CALLED(value_string(item)));
    }
}

static void judge_mark(const struct review *review, struct findings *findings)
{
    struct value old = value_get(review->old_object, "metadata", "annotations", MARK_GOING, NULL);
    struct value new = value_get(review->object, "metadata", "annotations", MARK_GOING, NULL);

    if (value_exists(new) && !value_equal(old, new)) {
        findings_deny(findings, REASON_COMPANION_CHANGED, "metadata.annotations[" MARK_GOING "]",
                      "the annotation " MARK_GOING
                      " is podveil's own word for a policy that nobody "
                      "needs any more. Leave it out.");
    }
}

/* ---- What it is ---- */

static void deny_unknown(const struct review *review, const struct own_policy *own,
                         struct findings *findings)
{
    findings_deny(findings, REASON_COMPANION_CHANGED, "spec",
                  "%.*s is the killswitch of pods of the gateway %s, which this configuration does "
                  "not know, so nobody knows what else it may be. Leave its spec as it is, or "
                  "delete it once those pods are gone.",
                  CALLED(name_of(review)), own->gateway);
}

static int deny_spec(const struct review *review, struct value wanted, struct findings *findings,
                     struct error *err)
{
    AUTO(buf) struct buf text = {0};
    char field[COMPANION_FIELD];
    struct value there = companion_difference(review->object, wanted, field);

    buf_init(&text, POLICY_MAX);
    value_encode(there, &text);
    if (buf_check(&text, err) != 0) {
        return -1;
    }
    char instead[SHOWN_MAX + 32] = "Write the spec that podveil render prints";
    if (text.len == 0) {
        (void)snprintf(instead, sizeof instead, "Take it out");
    } else if (text.len <= SHOWN_MAX) {
        (void)snprintf(instead, sizeof instead, "Write %s there", buf_cstr(&text));
    }
    findings_deny(findings, REASON_COMPANION_CHANGED, field,
                  "%s of %.*s, a killswitch of podveil's, %s. %s, or leave the policy to podveil.",
                  field, CALLED(name_of(review)),
                  text.len == 0 ? "has no place there" : "is not as podveil makes it", instead);
    return 0;
}

/* `stood`: it was one of podveil's already; what is only to become one of nobody's is none. */
static int judge_spec(const struct judgement *judgement, const struct own_policy *own, bool stood,
                      struct findings *findings, struct error *err)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};

    buf_init(&text, POLICY_MAX);
    if (own_policy_print(own, judgement->ruleset, &text, err) != 0) {
        return -1;
    }
    if (text.len == 0) {
        if (stood) {
            deny_unknown(judgement->review, own, findings);
        }
        return 0;
    }
    if (json_parse(&doc, buf_view(&text), err) != 0) {
        return -1;
    }
    if (companion_same_spec(judgement->review->object, value_root(&doc))) {
        return 0;
    }
    return deny_spec(judgement->review, value_root(&doc), findings, err);
}

/* ---- Whether it may go ---- */

static const char *after_that(const struct judgement *judgement)
{
    struct error unused = {0};
    bool ends = false;

    return cluster_is_terminating(judgement->around, judgement->review->namespace, &ends,
                                  &unused) == 0 &&
                   ends
               ? "The namespace is being deleted: it goes once they are gone"
               : "Delete those pods first, and wait until they are gone";
}

/* The `kubectl get pods` that lists them is in it. */
static void deny_needed(const struct judgement *judgement, const struct own_policy *own,
                        size_t count, struct findings *findings)
{
    const struct review *review = judgement->review;

    findings_deny(findings, REASON_COMPANION_DELETED, "",
                  "%.*s keeps the privacy pods of this namespace from everything but the tunnel, "
                  "and %zu of them %s. %s: kubectl get pods -n %.*s -l " MARK_GATEWAY "%s%s%s%s.",
                  CALLED(name_of(review)), count, count == 1 ? "lives" : "live",
                  after_that(judgement), CALLED(review->namespace),
                  own->gateway[0] != '\0' ? "=" : "", own->gateway,
                  own->workload[0] != '\0' ? "," MARK_WORKLOAD "=" : "", own->workload);
}

static struct slice set_or_none(const char *text)
{
    return text[0] != '\0' ? slice_of(text) : (struct slice){0};
}

static int judge_end(const struct judgement *judgement, const struct own_policy *own,
                     struct findings *findings, struct error *err)
{
    const struct review *review = judgement->review;
    struct error unknown = {0};
    size_t count = 0;

    int failed = cluster_count_pods(judgement->around, review->namespace, set_or_none(own->gateway),
                                    set_or_none(own->workload), &count, &unknown);
    if (failed != 0 && unknown.code == ERR_NO_MEMORY) {
        *err = unknown;
        return -1;
    }
    if (failed != 0) {
        findings_deny(findings, REASON_COMPANION_DELETED, "",
                      "whether %.*s still holds privacy pods is not known: %s. Try again, or leave "
                      "the policy to podveil.",
                      CALLED(name_of(review)), unknown.text);
    } else if (count > 0) {
        deny_needed(judgement, own, count, findings);
    }
    return 0;
}

/* The last finalizer of one that was deleted: no other request comes before it is gone. */
static bool is_the_end(const struct review *review)
{
    struct value metadata = value_member(review->object, "metadata");

    return review->operation == OPERATION_DELETE ||
           (review->operation == OPERATION_UPDATE &&
            value_is_set(value_member(metadata, "deletionTimestamp")) &&
            value_count(value_member(metadata, "finalizers")) == 0);
}

static bool is_of_unknown_gateway(const struct own_policy *own, const struct ruleset *ruleset)
{
    return own->kind == OWN_COMPANION && ruleset_gateway(ruleset, slice_of(own->gateway)) == NULL;
}

/*
 * An update is of what stood there, or else of what it would become: also where what stood there is
 * of a gateway that is not there any more.
 */
static int find_own(const struct judgement *judgement, struct own_policy *own, bool *stood,
                    struct error *err)
{
    const struct review *review = judgement->review;
    struct own_policy next = {.kind = OWN_NONE};

    *own = (struct own_policy){.kind = OWN_NONE};
    if (review->operation != OPERATION_CREATE && own_policy_of(review->old_object, own, err) != 0) {
        return -1;
    }
    *stood = own->kind != OWN_NONE;
    if (review->operation != OPERATION_DELETE && own_policy_of(review->object, &next, err) != 0) {
        return -1;
    }
    if (next.kind != OWN_NONE && (!*stood || is_of_unknown_gateway(own, judgement->ruleset)) &&
        !is_the_end(review)) {
        *own = next;
    }
    return 0;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct review *review = judgement->review;
    struct own_policy own;
    bool stood = false;

    if (judgement->standing) {
        return 0;
    }
    if (find_own(judgement, &own, &stood, err) != 0) {
        return -1;
    }
    if (own.kind == OWN_NONE) {
        return 0;
    }
    if (is_the_end(review)) {
        return judge_end(judgement, &own, findings, err);
    }
    judge_lists(review, findings);
    judge_mark(review, findings);
    if (findings->denied != REASON_NONE ||
        (review->operation == OPERATION_UPDATE &&
         companion_same_spec(review->object, review->old_object))) {
        return 0;
    }
    return judge_spec(judgement, &own, stood, findings, err);
}

extern const struct validator validator_own_policy;
const struct validator validator_own_policy = {
    .name = "own_policy",
    .handles = handles,
    .check = check,
};
