/* SPDX-License-Identifier: Apache-2.0 */
/* Floor and companion: who changes them, makes them go, or deletes them. */
#include "lib/pod/policies.h"
#include "tests/validators/judge.h"

#include <criterion/parameterized.h>

#include <stdio.h>

#define TEXT_MAX 65536

/* ---- The generated ones ---- */

static void floor_text(struct buf *out)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    struct policy_text policy = {0};
    struct error err = {0};

    cr_assert_eq(policies_floor(ruleset, SLICE("media"), &policy, &err), 0, "%s", err.text);
    buf_text(out, policy.json);
    policy_text_done(&policy);
}

static void companion_text(struct buf *out)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    struct subject subject = {.ruleset = ruleset,
                              .rules = &ruleset->gateways[0],
                              .namespace = SLICE("media"),
                              .workload = "app",
                              .workload_label = "app"};
    struct policy_text policy = {0};
    struct error err = {0};

    cr_assert_eq(policies_companion(&subject, &policy, &err), 0, "%s", err.text);
    buf_text(out, policy.json);
    policy_text_done(&policy);
}

/* The same with `from` once replaced by `to`; "" is left alone. */
static void replaced(const struct buf *text, const char *from, const char *to, struct buf *out)
{
    const char *whole = buf_cstr(text);
    const char *at = strstr(whole, from);

    cr_assert_not_null(at, "%s in %s", from, whole);
    buf_printf(out, "%.*s%s%s", (int)(at - whole), whole, to, at + strlen(from));
}

/* ---- A cluster ---- */

struct pods {
    int known; /* -1: nothing is */
    size_t app;
    size_t others;
    bool terminating;
};

static int count_pods(const void *place, struct slice namespace, struct slice gateway,
                      struct slice workload, size_t *count, struct error *err)
{
    const struct pods *pods = place;

    cr_assert(slice_is(namespace, "media"));
    if (pods->known < 0) {
        return error_set(err, ERR_SYSTEM, "nobody told");
    }
    *count = gateway.data == NULL || slice_is(gateway, "vpn") ? pods->app : 0;
    if (workload.data != NULL && !slice_is(workload, "app")) {
        *count = 0;
    }
    *count += workload.data == NULL ? pods->others : 0;
    return 0;
}

static int is_terminating(const void *place, struct slice namespace, bool *out, struct error *err)
{
    const struct pods *pods = place;

    (void)err;
    cr_assert(slice_is(namespace, "media"));
    *out = pods->terminating;
    return 0;
}

static struct findings judge(const char *operation, const char *object, const char *old,
                             const struct pods *pods)
{
    const struct cluster_view around = {
        .place = pods, .count_pods = count_pods, .is_terminating = is_terminating};
    AUTO(buf) struct buf text = {0};

    buf_init(&text, JSON_MAX_TEXT);
    buf_printf(&text,
               "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":"
               "{\"uid\":\"u\",\"kind\":{\"group\":\"networking.k8s.io\",\"version\":\"v1\","
               "\"kind\":\"NetworkPolicy\"},\"resource\":{\"group\":\"networking.k8s.io\","
               "\"version\":\"v1\",\"resource\":\"networkpolicies\"},"
               "\"namespace\":\"media\",\"operation\":\"%s\",\"object\":%s,\"oldObject\":%s,"
               "\"userInfo\":{\"username\":\"jane\"}}}",
               operation, object, old);
    return judge_review_in(buf_cstr(&text), FIXTURE_EXAMPLE, pods != NULL ? &around : NULL);
}

/* ---- Changes ---- */

struct change {
    const char *name;
    bool floor;
    const char *from; /* in the generated policy */
    const char *to;
    enum reason created; /* what is said of it as a new object */
    enum reason updated; /* and as what becomes of the generated one */
    const char *field;   /* of the denial */
};

#define META "\"metadata\":{"
#define OWNER "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"c\",\"uid\":\"u\"}"

static const struct change changes[] = {
    {"the floor as it is made", true, "", "", REASON_NONE, REASON_NONE, ""},
    {"the companion as it is made", false, "", "", REASON_NONE, REASON_NONE, ""},
    {"other labels", false, "\"app.kubernetes.io/managed-by\":\"podveil\"", "\"a\":\"b\"",
     REASON_NONE, REASON_NONE, ""},
    {"labels taken away", true, "\"labels\"", "\"annotations\"", REASON_NONE, REASON_NONE, ""},
    {"a floor for nobody", true, "\"Exists\"", "\"DoesNotExist\"", REASON_COMPANION_CHANGED,
     REASON_COMPANION_CHANGED, "spec.podSelector.matchExpressions[0].operator"},
    {"a floor but for one gateway", true, "[\"none\"]", "[\"none\",\"vpn\"]",
     REASON_COMPANION_CHANGED, REASON_COMPANION_CHANGED,
     "spec.podSelector.matchExpressions[1].values[1]"},
    {"a floor of ingress", true, "[\"Egress\"]", "[\"Ingress\"]", REASON_COMPANION_CHANGED,
     REASON_COMPANION_CHANGED, "spec.policyTypes[0]"},
    {"a floor of both", true, "[\"Egress\"]", "[\"Egress\",\"Ingress\"]", REASON_COMPANION_CHANGED,
     REASON_COMPANION_CHANGED, "spec.policyTypes[1]"},
    {"a floor with a way out", true, "\"policyTypes\"", "\"egress\":[{}],\"policyTypes\"",
     REASON_COMPANION_CHANGED, REASON_COMPANION_CHANGED, "spec.egress"},
    {"a floor with a way in", true, "\"policyTypes\"", "\"ingress\":[],\"policyTypes\"",
     REASON_COMPANION_CHANGED, REASON_COMPANION_CHANGED, "spec.ingress"},
    {"a floor without a spec", true, "\"spec\"", "\"specs\"", REASON_COMPANION_CHANGED,
     REASON_COMPANION_CHANGED, "spec"},
    {"a floor whose spec is text", true, "\"spec\":", "\"spec\":\"x\",\"s\":",
     REASON_COMPANION_CHANGED, REASON_COMPANION_CHANGED, "spec"},
    {"a companion with a way out", false, "\"egress\":[", "\"egress\":[{},",
     REASON_COMPANION_CHANGED, REASON_COMPANION_CHANGED, "spec.egress[0].to"},
    {"a companion with another port", false, "\"port\":53", "\"port\":54", REASON_COMPANION_CHANGED,
     REASON_COMPANION_CHANGED, "spec.egress[7].ports[0].port"},
    {"a companion with a port less", false, ",{\"protocol\":\"TCP\",\"port\":53}", "",
     REASON_COMPANION_CHANGED, REASON_COMPANION_CHANGED, "spec.egress[7].ports[1]"},
    {"a companion of ingress", false, "[\"Egress\"]", "[\"Ingress\"]", REASON_COMPANION_CHANGED,
     REASON_COMPANION_CHANGED, "spec.policyTypes[0]"},
    {"a companion for other pods", false, "\"podveil.io/workload\":\"app\"",
     "\"podveil.io/workload\":\"web\"", REASON_NONE, REASON_COMPANION_CHANGED,
     "spec.podSelector.matchLabels.podveil.io/workload"},
    {"a companion for fewer pods", false, "\"podveil.io/workload\":\"app\"",
     "\"podveil.io/workload\":\"app\",\"a\":\"b\"", REASON_NONE, REASON_COMPANION_CHANGED,
     "spec.podSelector.matchLabels.a"},
    {"a companion for another gateway's pods", false, "\"podveil.io/gateway\":\"vpn\"",
     "\"podveil.io/gateway\":\"other\"", REASON_NONE, REASON_COMPANION_CHANGED,
     "spec.podSelector.matchLabels.podveil.io/gateway"},
    {"a floor that goes with its owner", true, META, META "\"ownerReferences\":[" OWNER "],",
     REASON_COMPANION_CHANGED, REASON_COMPANION_CHANGED, "metadata.ownerReferences[0]"},
    {"a companion that goes with its owner", false, META, META "\"ownerReferences\":[" OWNER "],",
     REASON_COMPANION_CHANGED, REASON_COMPANION_CHANGED, "metadata.ownerReferences[0]"},
    {"a floor that somebody holds", true, META, META "\"finalizers\":[\"example.org/mine\"],",
     REASON_COMPANION_CHANGED, REASON_COMPANION_CHANGED, "metadata.finalizers[0]"},
    {"owners of the wrong type", true, META, META "\"ownerReferences\":{\"a\":" OWNER "},",
     REASON_MALFORMED, REASON_MALFORMED, "metadata.ownerReferences"},
    {"no owners at all", true, META, META "\"ownerReferences\":[],\"finalizers\":null,",
     REASON_NONE, REASON_NONE, ""},
    {"a companion that nobody needs", false, META,
     META "\"annotations\":{\"podveil.io/going\":\"2026-11-30T19:00:00Z\"},",
     REASON_COMPANION_CHANGED, REASON_COMPANION_CHANGED, "metadata.annotations[podveil.io/going]"},
};

ParameterizedTestParameters(validators_own_policy, change)
{
    static size_t index[COUNT_OF(changes)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, validators_own_policy, change)
{
    const struct change *c = &changes[*index];
    AUTO(buf) struct buf made = {0};
    AUTO(buf) struct buf changed = {0};

    buf_init(&made, TEXT_MAX);
    buf_init(&changed, TEXT_MAX);
    (c->floor ? floor_text : companion_text)(&made);
    replaced(&made, c->from, c->to, &changed);

    const struct findings created = judge("CREATE", buf_cstr(&changed), "null", NULL);
    const struct findings updated = judge("UPDATE", buf_cstr(&changed), buf_cstr(&made), NULL);

    cr_assert_str_eq(reason_name(created.denied), reason_name(c->created), "%s: %s", c->name,
                     created.message);
    cr_assert_str_eq(reason_name(updated.denied), reason_name(c->updated), "%s: %s", c->name,
                     updated.message);
    cr_assert_str_eq(updated.field, c->field, "%s: %s", c->name, updated.message);
}

/* The message has the line that makes it right. */
Test(validators_own_policy, what_differs_is_said_with_what_to_write)
{
    static const struct {
        const char *from;
        const char *to;
        const char *says;
    } said[] = {
        {"[\"Egress\"]", "[\"Ingress\"]",
         "spec.policyTypes[0] of podveil-floor, a killswitch of podveil's, is not as podveil makes "
         "it. Write \"Egress\" there, or leave"},
        {"\"policyTypes\"", "\"egress\":[],\"policyTypes\"",
         "spec.egress of podveil-floor, a killswitch of podveil's, has no place there. Take it "
         "out,"},
        {"\"spec\"", "\"specs\"", "is not as podveil makes it. Write {"},
    };
    AUTO(buf) struct buf made = {0};

    buf_init(&made, TEXT_MAX);
    floor_text(&made);
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        AUTO(buf) struct buf changed = {0};
        buf_init(&changed, TEXT_MAX);
        replaced(&made, said[i].from, said[i].to, &changed);
        const struct findings found = judge("CREATE", buf_cstr(&changed), "null", NULL);
        cr_assert_not_null(strstr(found.message, said[i].says), "%s", found.message);
    }
}

/* Nor does anything freeze: what stands is mended by whoever writes the generated spec, and may
 * keep what it has. */
ParameterizedTestParameters(validators_own_policy, mend)
{
    static size_t index[COUNT_OF(changes)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, validators_own_policy, mend)
{
    const struct change *c = &changes[*index];
    AUTO(buf) struct buf made = {0};
    AUTO(buf) struct buf changed = {0};
    AUTO(buf) struct buf labelled = {0};

    buf_init(&made, TEXT_MAX);
    buf_init(&changed, TEXT_MAX);
    buf_init(&labelled, TEXT_MAX);
    (c->floor ? floor_text : companion_text)(&made);
    replaced(&made, c->from, c->to, &changed);
    replaced(&changed, META, META "\"generation\":3,", &labelled);

    const struct findings mended = judge("UPDATE", buf_cstr(&made), buf_cstr(&changed), NULL);
    const struct findings kept = judge("UPDATE", buf_cstr(&labelled), buf_cstr(&changed), NULL);

    cr_assert_eq(mended.denied, REASON_NONE, "%s: %s", c->name, mended.message);
    if (c->created != REASON_MALFORMED && strcmp(c->field, "spec") != 0) {
        cr_assert_eq(kept.denied, REASON_NONE, "%s: %s", c->name, kept.message);
    }
}

static struct findings update(const char *from, const char *to, const char *old_from,
                              const char *old_to, const struct pods *pods)
{
    AUTO(buf) struct buf made = {0};
    AUTO(buf) struct buf new = {0};
    AUTO(buf) struct buf old = {0};

    buf_init(&made, TEXT_MAX);
    buf_init(&new, TEXT_MAX);
    buf_init(&old, TEXT_MAX);
    floor_text(&made);
    replaced(&made, from, to, &new);
    replaced(&made, old_from, old_to, &old);
    return judge("UPDATE", buf_cstr(&new), buf_cstr(&old), pods);
}

/* The garbage collector sets blockOwnerDeletion to false, and others take finalizers away. */
Test(validators_own_policy, owners_and_finalizers_that_were_there_may_stay)
{
    static const char owned[] = META "\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"Pod\","
                                     "\"name\":\"p\",\"uid\":\"u\",\"blockOwnerDeletion\":true}],"
                                     "\"finalizers\":[\"example.org/a\",\"example.org/b\"],";
    static const char less[] = META "\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"Pod\","
                                    "\"name\":\"p\",\"uid\":\"u\",\"blockOwnerDeletion\":false}],"
                                    "\"finalizers\":[\"example.org/b\"],";
    static const char other[] = META "\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"Pod\","
                                     "\"name\":\"q\",\"uid\":\"u\"}],";

    cr_assert_eq(update(META, less, META, owned, NULL).denied, REASON_NONE);
    cr_assert_eq(update(META, META, META, owned, NULL).denied, REASON_NONE);
    cr_assert_eq(update(META, other, META, owned, NULL).denied, REASON_COMPANION_CHANGED);
    cr_assert_eq(update(META, owned, META, less, NULL).denied, REASON_COMPANION_CHANGED);
}

Test(validators_own_policy, the_mark_may_be_taken_away)
{
    static const char going[] = META "\"annotations\":{\"podveil.io/going\":\"a\"},";
    static const char later[] = META "\"annotations\":{\"podveil.io/going\":\"b\"},";

    cr_assert_eq(update(META, META, META, going, NULL).denied, REASON_NONE);
    cr_assert_eq(update(META, going, META, going, NULL).denied, REASON_NONE);
    cr_assert_eq(update(META, later, META, going, NULL).denied, REASON_COMPANION_CHANGED);
}

/* ---- Deletions ---- */

struct deletion {
    const char *name;
    bool floor;
    const char *from;
    const char *to;
    struct pods pods;
    enum reason want;
    const char *says;
};

static const struct deletion deletions[] = {
    {"the floor with a pod", true, "", "", {0, 1, 0, false}, REASON_COMPANION_DELETED, "1 of them"},
    {"the floor with another's pods",
     true,
     "",
     "",
     {0, 0, 3, false},
     REASON_COMPANION_DELETED,
     "kubectl get pods -n media -l podveil.io/gateway."},
    {"the floor without a pod", true, "", "", {0, 0, 0, false}, REASON_NONE, ""},
    {"the floor, not known",
     true,
     "",
     "",
     {-1, 0, 0, false},
     REASON_COMPANION_DELETED,
     "nobody told"},
    {"the floor of a namespace that ends, with a pod",
     true,
     "",
     "",
     {0, 1, 0, true},
     REASON_COMPANION_DELETED,
     "it goes once they are gone"},
    {"the floor of a namespace that ends", true, "", "", {0, 0, 0, true}, REASON_NONE, ""},
    {"what only is called floor",
     true,
     "\"Exists\"",
     "\"DoesNotExist\"",
     {0, 1, 0, false},
     REASON_COMPANION_DELETED,
     ""},
    {"the companion with a pod",
     false,
     "",
     "",
     {0, 2, 0, false},
     REASON_COMPANION_DELETED,
     "podveil.io/gateway=vpn,podveil.io/workload=app."},
    {"the companion with others' pods", false, "", "", {0, 0, 2, false}, REASON_NONE, ""},
    {"the companion, not known",
     false,
     "",
     "",
     {-1, 0, 0, false},
     REASON_COMPANION_DELETED,
     "nobody told"},
    {"a companion that was changed",
     false,
     "\"egress\":[",
     "\"egress\":[{},",
     {0, 1, 0, false},
     REASON_COMPANION_DELETED,
     ""},
    {"a companion of a gateway of before",
     false,
     "\"podveil.io/gateway\":\"vpn\"",
     "\"podveil.io/gateway\":\"old\"",
     {-1, 0, 0, false},
     REASON_COMPANION_DELETED,
     ""},
    {"what only has its name",
     false,
     "\"podveil.io/workload\":\"app\"",
     "\"a\":\"b\"",
     {0, 1, 1, false},
     REASON_NONE,
     ""},
    {"what only has its pods",
     false,
     "app-vpn-killswitch",
     "mine",
     {0, 1, 1, false},
     REASON_NONE,
     ""},
};

ParameterizedTestParameters(validators_own_policy, deletion)
{
    static size_t index[COUNT_OF(deletions)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, validators_own_policy, deletion)
{
    const struct deletion *c = &deletions[*index];
    AUTO(buf) struct buf made = {0};
    AUTO(buf) struct buf old = {0};

    buf_init(&made, TEXT_MAX);
    buf_init(&old, TEXT_MAX);
    (c->floor ? floor_text : companion_text)(&made);
    replaced(&made, c->from, c->to, &old);

    const struct findings found = judge("DELETE", "null", buf_cstr(&old), &c->pods);

    cr_assert_str_eq(reason_name(found.denied), reason_name(c->want), "%s: %s", c->name,
                     found.message);
    cr_assert_not_null(strstr(found.message, c->says), "%s: %s", c->name, found.message);
}

Test(validators_own_policy, nobody_to_ask_refuses_a_deletion)
{
    AUTO(buf) struct buf made = {0};

    buf_init(&made, TEXT_MAX);
    floor_text(&made);

    const struct findings found = judge("DELETE", "null", buf_cstr(&made), NULL);

    cr_assert_eq(found.denied, REASON_COMPANION_DELETED, "%s", found.message);
}

/* The last finalizer of one that was deleted before there was a pod: no other request comes. */
Test(validators_own_policy, an_update_that_ends_it_is_a_deletion)
{
    static const char held[] = META "\"deletionTimestamp\":\"2026-11-30T19:00:00Z\","
                                    "\"finalizers\":[\"example.org/a\"],";
    static const char ends[] = META "\"deletionTimestamp\":\"2026-11-30T19:00:00Z\",";
    static const struct pods none = {0};
    static const struct pods one = {.app = 1};

    cr_assert_eq(update(META, ends, META, held, &one).denied, REASON_COMPANION_DELETED);
    cr_assert_eq(update(META, ends, META, held, &none).denied, REASON_NONE);
    cr_assert_eq(update(META, held, META, held, &one).denied, REASON_NONE);
}
