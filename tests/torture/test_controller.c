/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole controller without memory: what does not stand is not said to, what was written is
 * whole, and with memory back all is put right without a restart.
 */
#include "server/controller/live.h"
#include "tests/controller/replica.h"
#include "tests/controller/stand_in.h"
#include "tests/controller/whole.h"
#include "tests/support/torture.h"

#include <criterion/criterion.h>

enum { HOUR_MS = 3600000 };

TestSuite(controller, .timeout = 300);

static struct whole whole;

static void begin(void)
{
    stand_in_clear();
    stand_in_put("namespaces", WHOLE_NAMESPACE);
    whole_start(&whole, &(struct controller_options){0});
}

/* Watches that had no memory to go on are kicked, pauses are over, the lease is had again. */
static void recover(void)
{
    for (int i = 0; i < 45; i++) {
        stand_in_pass(1000, WHOLE_THREADS);
    }
}

/* Whole as it was asked for, or not there. */
static bool is_stored(const struct policy_text *policy, size_t nth)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json theirs = {0};
    AUTO(json) struct json ours = {0};
    struct error err = {0};

    if (!stand_in_get(WHOLE_POLICIES, policy->namespace, policy->name, &text)) {
        return false;
    }
    cr_assert_eq(json_parse(&theirs, buf_view(&text), &err), 0, "%s", err.text);
    cr_assert_eq(json_parse(&ours, slice_of(policy->json), &err), 0, "%s", err.text);
    cr_assert(value_equal(value_member(value_root(&theirs), "spec"),
                          value_member(value_root(&ours), "spec")),
              "allocation %zu: half of %s", nth, policy->name);
    return true;
}

/* ---- One admission ---- */

struct making {
    bool floor;
    bool dry_run;
};

static int make(struct memory_plan plan, const void *context, struct error *err)
{
    const struct making *making = context;
    AUTO(policy_text) struct policy_text policy = {0};
    struct policy_made made;

    begin();
    if (making->floor) {
        whole_floor(&whole, &policy);
    } else {
        whole_companion(&whole, &policy);
    }
    memory_begin(plan);
    int got = whole_make(&whole, &policy, making->dry_run, &made, err);
    bool stands = whole_stands(&whole, &policy);
    (void)memory_end();
    stand_in_quiet(WHOLE_THREADS);
    bool stored = is_stored(&policy, plan.nth);
    cr_assert(!stands || stored, "allocation %zu: it does not stand", plan.nth);
    cr_assert_not(making->floor && stands, "allocation %zu: it has not settled", plan.nth);
    cr_assert(got != 0 || stored || making->dry_run, "allocation %zu", plan.nth);
    cr_assert_not(making->dry_run && stored, "allocation %zu: a dry run", plan.nth);
    cr_assert(got != 0 || !making->floor || making->dry_run || made.wait_ms > 0);
    recover();
    whole_make_well(&whole, &policy);
    whole_stop(&whole);
    return got;
}

static void torture_making(const char *name, const struct making *making, size_t least)
{
    size_t count =
        torture(&(struct torture){.work = make, .context = making, .name = name, .keeps = true});

    cr_assert_geq(count, least, "%s: %zu", name, count);
}

Test(controller, a_floor_is_made_or_denied)
{
    torture_making("a floor", &(struct making){.floor = true}, 20);
}

Test(controller, a_companion_is_made_or_denied)
{
    torture_making("a companion", &(struct making){0}, 20);
}

Test(controller, a_dry_run_is_answered_or_denied)
{
    torture_making("a dry run", &(struct making){.floor = true, .dry_run = true}, 20);
}

/* ---- The loop ---- */

static void have_pod_with_all(struct policy_text *floor, struct policy_text *companion)
{
    whole_floor(&whole, floor);
    whole_companion(&whole, companion);
    whole_make_well(&whole, floor);
    whole_make_well(&whole, companion);
    stand_in_put("pods", WHOLE_POD("web-1"));
    stand_in_quiet(WHOLE_THREADS);
}

/* No memory while somebody deletes both: afterwards both are back. */
static int repair(struct memory_plan plan, const void *context, struct error *err)
{
    AUTO(policy_text) struct policy_text floor = {0};
    AUTO(policy_text) struct policy_text companion = {0};

    (void)context;
    begin();
    have_pod_with_all(&floor, &companion);
    stand_in_drop(WHOLE_POLICIES, "media", floor.name);
    stand_in_drop(WHOLE_POLICIES, "media", companion.name);
    memory_begin(plan);
    stand_in_pass(1000, WHOLE_THREADS);
    stand_in_pass(1000, WHOLE_THREADS);
    (void)memory_end();
    (void)is_stored(&floor, plan.nth);
    (void)is_stored(&companion, plan.nth);
    recover();
    cr_assert(is_stored(&floor, plan.nth), "allocation %zu: %s", plan.nth, whole.log);
    cr_assert(is_stored(&companion, plan.nth), "allocation %zu: %s", plan.nth, whole.log);
    whole_stop(&whole);
    if (memory_failed()) {
        return error_set(err, ERR_NO_MEMORY, "whatever was said");
    }
    return 0;
}

Test(controller, what_is_deleted_comes_back)
{
    size_t count = torture(&(struct torture){.work = repair, .name = "a repair", .keeps = true});

    cr_assert_geq(count, 50);
}

/* A day without a pod: it goes, and never while it has one. */
static int sweep(struct memory_plan plan, const void *context, struct error *err)
{
    AUTO(policy_text) struct policy_text floor = {0};
    AUTO(policy_text) struct policy_text companion = {0};
    bool has_pod = context != NULL;

    begin();
    have_pod_with_all(&floor, &companion);
    stand_in_drop("pods", "media", "web-1");
    stand_in_quiet(WHOLE_THREADS);
    recover();
    stand_in_pass(24 * HOUR_MS, WHOLE_THREADS);
    memory_begin(plan);
    stand_in_pass(11000, WHOLE_THREADS);
    if (has_pod) {
        stand_in_put("pods", WHOLE_POD("web-2")); /* let in by another replica */
        stand_in_quiet(WHOLE_THREADS);
    }
    stand_in_pass(61000, WHOLE_THREADS);
    stand_in_pass(11000, WHOLE_THREADS);
    (void)memory_end();
    bool stored = is_stored(&companion, plan.nth);
    cr_assert(stored || !has_pod, "allocation %zu: it has a pod", plan.nth);
    recover();
    stand_in_pass(48 * HOUR_MS, WHOLE_THREADS);
    recover();
    recover();
    recover();
    cr_assert_eq(is_stored(&companion, plan.nth), has_pod, "allocation %zu: %s", plan.nth,
                 whole.log);
    whole_stop(&whole);
    if (memory_failed()) {
        return error_set(err, ERR_NO_MEMORY, "whatever was said");
    }
    return 0;
}

Test(controller, a_companion_without_a_pod_goes)
{
    (void)torture(&(struct torture){.work = sweep, .name = "a sweep", .keeps = true, .stride = 5});
}

Test(controller, a_companion_with_a_pod_stays)
{
    (void)torture(&(struct torture){.work = sweep,
                                    .context = &whole,
                                    .name = "a sweep that comes too late",
                                    .keeps = true,
                                    .stride = 7});
}

/* ---- The Lease ---- */

#define OTHERS                                                                                     \
    "{\"metadata\":{\"name\":\"podveil\",\"namespace\":\"podveil\"},"                              \
    "\"spec\":{\"holderIdentity\":\"other\",\"leaseDurationSeconds\":15}}"

static bool leads(void)
{
    struct figures figures;

    controller_read(whole.controller, &figures);
    return figures.leads != 0;
}

/* Another has it from now on: ten seconds later nobody here may think otherwise. */
static int lose_lease(struct memory_plan plan, const void *context, struct error *err)
{
    (void)context;
    begin();
    cr_assert(leads());
    stand_in_put("leases", OTHERS);
    memory_begin(plan);
    for (int i = 0; i < 11; i++) {
        stand_in_pass(1000, WHOLE_THREADS);
    }
    (void)memory_end();
    cr_assert_not(leads(), "allocation %zu: two lead", plan.nth);
    recover();
    cr_assert(leads(), "allocation %zu: %s", plan.nth, whole.log); /* the other was silent */
    whole_stop(&whole);
    if (memory_failed()) {
        return error_set(err, ERR_NO_MEMORY, "whatever was said");
    }
    return 0;
}

Test(controller, who_lost_the_lease_does_not_lead)
{
    (void)torture(&(struct torture){.work = lose_lease, .name = "a lost lease", .keeps = true});
}

/* ---- Certificates ---- */

enum { WITH_CERTIFICATES = WHOLE_THREADS + 1 };

/* Both have the CA's certificate whole, or none at all. */
static size_t count_registered(size_t nth)
{
    static const char *const plurals[] = {REPLICA_MUTATING, REPLICA_VALIDATING};
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(plurals); i++) {
        AUTO(buf) struct buf bundle = {0};
        replica_registered(plurals[i], &bundle);
        cr_assert(bundle.len == 0 ||
                      slice_ends_with(buf_view(&bundle), "-----END CERTIFICATE-----\n"),
                  "allocation %zu: half a caBundle", nth);
        count += bundle.len > 0 ? 1 : 0;
    }
    return count;
}

static int register_ca(struct memory_plan plan, const void *context, struct error *err)
{
    static const struct controller_certificates asked = {0};
    const char *why = NULL;

    (void)context;
    stand_in_clear();
    whole_start(&whole, &(struct controller_options){.certificates = &asked});
    stand_in_quiet(WITH_CERTIFICATES);
    replica_register("");
    memory_begin(plan); /* in the middle of it, wherever it is */
    stand_in_quiet(WITH_CERTIFICATES);
    stand_in_pass(1000, WITH_CERTIFICATES);
    bool ready = controller_is_ready(whole.controller, &why);
    (void)memory_end();
    cr_assert(!ready || count_registered(plan.nth) == 2, "allocation %zu: a wrong yes", plan.nth);
    (void)count_registered(plan.nth);
    for (int i = 0; i < 65; i++) {
        stand_in_pass(1000, WITH_CERTIFICATES);
    }
    cr_assert(controller_is_ready(whole.controller, &why), "allocation %zu: %s: %s", plan.nth, why,
              whole.log);
    cr_assert_eq(count_registered(plan.nth), 2, "allocation %zu", plan.nth);
    cr_assert_eq(stand_in_asked(API_CREATE, "secrets"), 1, "allocation %zu: another CA", plan.nth);
    stand_in_forget();
    whole_stop(&whole);
    if (memory_failed()) {
        return error_set(err, ERR_NO_MEMORY, "whatever was said");
    }
    return 0;
}

Test(controller, a_ca_is_registered_whole)
{
    memory_spare("libgnutls.so");
    (void)torture(&(struct torture){
        .work = register_ca, .name = "a registration", .keeps = true, .stride = 397});
}
