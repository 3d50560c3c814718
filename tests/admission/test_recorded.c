/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every recorded review through admission, against the answer that stands in
 * tests/golden/reviews (UPDATE_GOLDEN=1 writes them anew: read the diff). And
 * what a real cluster does next: the patched pod comes to /validate.
 */
#include "lib/base/file.h"
#include "server/admission/admission.h"
#include "tests/support/fixture.h"
#include "tests/support/patched.h"

#include <criterion/criterion.h>

#include <glob.h>
#include <stdio.h>

#define REVIEWS TEST_SOURCE_DIR "/tests/fixtures/reviews/"

static struct slice name_of(const char *path)
{
    struct slice name = slice_after(slice_of(path), sizeof REVIEWS - 1);
    name.len -= strlen(".json");
    return name;
}

static void run(const struct ruleset *ruleset, enum phase phase, struct slice gateway,
                struct slice body, struct admission *out)
{
    const struct admission_request request = {
        .ruleset = ruleset,
        .phase = phase,
        .path_gateway = gateway,
        .body = body,
        .policies_kept = true,
    };
    admission_review(&request, out);
}

/* The namespace label decides for this one, so the API server calls the gateway's path. */
static struct slice gateway_for(struct slice name)
{
    return slice_ends_with(name, "private-namespace") ? SLICE("vpn") : (struct slice){0};
}

static void compare(struct slice name, const struct admission *got)
{
    char path[4096];
    AUTO(buf) struct buf want = {0};
    struct error err = {0};

    (void)snprintf(path, sizeof path, TEST_SOURCE_DIR "/tests/golden/reviews/%.*s.json",
                   SLICE_ARGS(name));
    if (getenv("UPDATE_GOLDEN") != NULL) {
        cr_assert_eq(file_write(path, buf_view(&got->body), 0644, &err), 0, "%s", err.text);
    }
    buf_init(&want, JSON_MAX_TEXT);
    cr_assert_eq(file_read(path, &want, &err), 0, "%s", err.text);
    cr_assert(slice_equal(buf_view(&got->body), buf_view(&want)), "%s: %s", path,
              buf_cstr(&got->body));
}

/* A pod that was patched is right for /validate, and /mutate has nothing to add to it. */
static void follow(const struct ruleset *ruleset, struct slice name, struct slice body,
                   const struct admission *answer)
{
    AUTO(buf) struct buf next = {0};
    AUTO(buf) struct buf nothing = {0};
    AUTO(admission) struct admission judged = {0};
    AUTO(admission) struct admission again = {0};

    cr_assert(patched_review(body, buf_view(&answer->body), &next), "%.*s has no patch",
              SLICE_ARGS(name));

    run(ruleset, PHASE_VALIDATE, gateway_for(name), buf_view(&next), &judged);
    cr_assert(judged.allowed, "%.*s: %s", SLICE_ARGS(name), judged.message);

    run(ruleset, PHASE_MUTATE, gateway_for(name), buf_view(&next), &again);
    cr_assert(again.allowed, "%.*s: %s", SLICE_ARGS(name), again.message);
    cr_assert_not(patched_review(buf_view(&next), buf_view(&again.body), &nothing),
                  "%.*s is patched twice", SLICE_ARGS(name));
}

Test(admission_recorded, every_review_has_its_answer)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    glob_t files = {0};

    cr_assert_eq(glob(REVIEWS "*.json", 0, NULL, &files), 0);
    cr_assert_geq(files.gl_pathc, 40);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct slice name = name_of(files.gl_pathv[i]);
        bool mutates = slice_starts_with(name, "mutate-");
        AUTO(buf) struct buf body = {0};
        AUTO(admission) struct admission answer = {0};
        struct error err = {0};

        buf_init(&body, JSON_MAX_TEXT);
        cr_assert_eq(file_read(files.gl_pathv[i], &body, &err), 0, "%s", err.text);
        run(ruleset, mutates ? PHASE_MUTATE : PHASE_VALIDATE, gateway_for(name), buf_view(&body),
            &answer);
        cr_assert_eq(answer.http_status, 200, "%.*s: %s", SLICE_ARGS(name), buf_cstr(&answer.body));
        compare(name, &answer);
        if (mutates && answer.allowed && answer.policy_count > 0) {
            follow(ruleset, name, buf_view(&body), &answer);
        }
    }
    globfree(&files);
}

Test(admission_recorded, a_server_without_a_place_for_policies_lets_no_private_pod_in)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(buf) struct buf body = {0};
    AUTO(admission) struct admission answer = {0};

    fixture_read(&body, "fixtures/reviews/mutate-pod-create-deployment.json");
    const struct admission_request request = {.ruleset = ruleset, .body = buf_view(&body)};
    admission_review(&request, &answer);

    cr_assert_not(answer.allowed);
    cr_assert_eq(answer.reason, REASON_POLICY_NOT_WRITTEN);
    cr_assert_eq(answer.policy_count, 0);
}

Test(admission_recorded, a_refusal_afterwards_takes_the_answer_back)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(buf) struct buf body = {0};
    AUTO(admission) struct admission answer = {0};

    fixture_read(&body, "fixtures/reviews/mutate-pod-create-deployment.json");
    run(ruleset, PHASE_MUTATE, (struct slice){0}, buf_view(&body), &answer);
    cr_assert(answer.allowed, "%s", answer.message);
    cr_assert_eq(answer.policy_count, 2);
    cr_assert_str_eq(answer.policies[0].name, "podveil-floor");
    cr_assert_str_eq(answer.policies[1].name, "sabnzbd-k8s-vpn-killswitch");

    admission_refuse(&answer, REASON_TIMEOUT, "the policies were not there in time. Try again.");

    cr_assert_not(answer.allowed);
    cr_assert_eq(answer.policy_count, 0);
    cr_assert_not_null(strstr(buf_cstr(&answer.body), "\"allowed\":false"));
    cr_assert_not_null(strstr(buf_cstr(&answer.body), "Timeout: the policies"));
    cr_assert_null(strstr(buf_cstr(&answer.body), "\"patch\""));
}

/* A pod mutated before a reload may be judged after it. */
Test(admission_recorded, validate_takes_what_an_older_ruleset_made)
{
    AUTO(ruleset) const struct ruleset *old = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(ruleset) const struct ruleset *new = fixture_ruleset("fixtures/config/other.yaml");
    AUTO(buf) struct buf body = {0};
    AUTO(buf) struct buf next = {0};
    AUTO(admission) struct admission made = {0};
    AUTO(admission) struct admission without = {0};
    AUTO(admission) struct admission with = {0};

    fixture_read(&body, "fixtures/reviews/mutate-pod-create-deployment.json");
    run(old, PHASE_MUTATE, (struct slice){0}, buf_view(&body), &made);
    cr_assert(patched_review(buf_view(&body), buf_view(&made.body), &next));

    run(new, PHASE_VALIDATE, (struct slice){0}, buf_view(&next), &without);
    cr_assert_not(without.allowed);
    cr_assert_str_eq(without.config_id, new->config->id);

    const struct admission_request request = {
        .ruleset = new,
        .believed = &old,
        .believed_count = 1,
        .phase = PHASE_VALIDATE,
        .body = buf_view(&next),
    };
    admission_review(&request, &with);
    cr_assert(with.allowed, "%s", with.message);
    cr_assert_str_eq(with.config_id, old->config->id, "that let it in");
    cr_assert_not_null(strstr(buf_cstr(&with.body), old->config->id));
}

/* Another replica mutated it, the API server asks again, and this one has another configuration. */
Test(admission_recorded, mutate_goes_on_by_the_ruleset_that_began)
{
    AUTO(ruleset) const struct ruleset *old = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(ruleset) const struct ruleset *new = fixture_ruleset("fixtures/config/other.yaml");
    AUTO(buf) struct buf body = {0};
    AUTO(buf) struct buf next = {0};
    AUTO(admission) struct admission made = {0};
    AUTO(admission) struct admission late = {0};
    AUTO(admission) struct admission again = {0};
    AUTO(admission) struct admission fresh = {0};

    fixture_read(&body, "fixtures/reviews/mutate-pod-create-deployment.json");
    run(old, PHASE_MUTATE, (struct slice){0}, buf_view(&body), &made);
    cr_assert(patched_review(buf_view(&body), buf_view(&made.body), &next));

    struct admission_request request = {
        .ruleset = new,
        .believed = &old,
        .believed_count = 1,
        .phase = PHASE_MUTATE,
        .body = buf_view(&next),
        .policies_kept = true,
    };
    admission_review(&request, &late);
    cr_assert_not(late.allowed, "it was replaced too long ago");
    cr_assert_str_eq(late.config_id, new->config->id);
    request.again_count = 1;
    admission_review(&request, &again);
    cr_assert(again.allowed, "%s", again.message);
    cr_assert_null(strstr(buf_cstr(&again.body), "\"patch\""), "it is right as it is");
    cr_assert_eq(again.ruleset, old, "its policies are those of the same");
    cr_assert_str_eq(again.config_id, old->config->id);
    request.body = buf_view(&body);
    admission_review(&request, &fresh);
    cr_assert_eq(fresh.ruleset, new, "a pod that nobody mutated goes by what is in use");
}
