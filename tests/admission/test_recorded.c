/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every recorded review through admission, against the answer that stands in
 * tests/golden/reviews (UPDATE_GOLDEN=1 writes them anew: read the diff). And
 * what a real cluster does next: the patched pod comes to /validate.
 */
#include "lib/base/base64.h"
#include "lib/base/file.h"
#include "lib/kube/patch.h"
#include "server/admission/admission.h"
#include "tests/support/fixture.h"

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

/* The review with another object in the place of its own. */
static void replace_object(struct value root, struct slice body, struct slice object,
                           struct buf *out)
{
    struct slice old = value_raw(value_get(root, "request", "object", NULL));
    size_t start = (size_t)(old.data - body.data);

    buf_init(out, JSON_MAX_TEXT);
    buf_append(out, body.data, start);
    buf_slice(out, object);
    buf_slice(out, slice_after(body, start + old.len));
}

/* The object as the patch of an answer leaves it; false where the answer has no patch. */
static bool patched(struct value root, const struct admission *answer, struct buf *object)
{
    AUTO(json) struct json reply = {0};
    AUTO(json) struct json operations = {0};
    AUTO(buf) struct buf patch = {0};
    struct error err = {0};

    buf_init(&patch, JSON_MAX_TEXT);
    buf_init(object, JSON_MAX_TEXT);
    cr_assert_eq(json_parse(&reply, buf_view(&answer->body), &err), 0, "%s", err.text);
    struct value text = value_get(value_root(&reply), "response", "patch", NULL);
    if (!value_exists(text)) {
        return false;
    }
    cr_assert_eq(base64_decode(&patch, value_string(text), &err), 0, "%s", err.text);
    cr_assert_eq(json_parse(&operations, buf_view(&patch), &err), 0, "%s", err.text);
    cr_assert_eq(patch_apply(value_get(root, "request", "object", NULL), value_root(&operations),
                             object, &err),
                 0, "%s", err.text);
    return true;
}

/* A pod that was patched is right for /validate, and /mutate has nothing to add to it. */
static void follow(const struct ruleset *ruleset, struct slice name, struct slice body,
                   const struct admission *answer)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf object = {0};
    AUTO(buf) struct buf next = {0};
    AUTO(buf) struct buf nothing = {0};
    AUTO(admission) struct admission judged = {0};
    AUTO(admission) struct admission again = {0};
    struct error err = {0};

    cr_assert_eq(json_parse(&doc, body, &err), 0, "%s", err.text);
    buf_init(&nothing, JSON_MAX_TEXT);
    buf_init(&next, JSON_MAX_TEXT);
    judged = (struct admission){0};
    again = (struct admission){0};
    cr_assert(patched(value_root(&doc), answer, &object), "%.*s has no patch", SLICE_ARGS(name));
    replace_object(value_root(&doc), body, buf_view(&object), &next);

    run(ruleset, PHASE_VALIDATE, gateway_for(name), buf_view(&next), &judged);
    cr_assert(judged.allowed, "%.*s: %s", SLICE_ARGS(name), judged.message);

    run(ruleset, PHASE_MUTATE, gateway_for(name), buf_view(&next), &again);
    cr_assert(again.allowed, "%.*s: %s", SLICE_ARGS(name), again.message);
    cr_assert_not(patched(value_root(&doc), &again, &nothing), "%.*s is patched twice",
                  SLICE_ARGS(name));
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
    AUTO(buf) struct buf object = {0};
    AUTO(buf) struct buf next = {0};
    AUTO(admission) struct admission made = {0};
    AUTO(admission) struct admission without = {0};
    AUTO(admission) struct admission with = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    fixture_read(&body, "fixtures/reviews/mutate-pod-create-deployment.json");
    run(old, PHASE_MUTATE, (struct slice){0}, buf_view(&body), &made);
    cr_assert_eq(json_parse(&doc, buf_view(&body), &err), 0, "%s", err.text);
    cr_assert(patched(value_root(&doc), &made, &object));
    replace_object(value_root(&doc), buf_view(&body), buf_view(&object), &next);

    run(new, PHASE_VALIDATE, (struct slice){0}, buf_view(&next), &without);
    cr_assert_not(without.allowed);

    const struct admission_request request = {
        .ruleset = new,
        .older = &old,
        .older_count = 1,
        .phase = PHASE_VALIDATE,
        .body = buf_view(&next),
    };
    admission_review(&request, &with);
    cr_assert(with.allowed, "%s", with.message);
}
