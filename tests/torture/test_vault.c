/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CAs of a cluster without memory: none is lost, none is half written, and the next try
 * with memory does what this one could not.
 */
#include "server/controller/secret.h"
#include "server/controller/vault.h"
#include "server/controller/webhooks.h"
#include "tests/controller/moments.h"
#include "tests/controller/stand_in.h"
#include "tests/support/torture.h"

#include <criterion/criterion.h>

#define NOW ((time_t)MOMENTS_WALL)
#define MUTATING "mutatingwebhookconfigurations"

enum { OLD = CA_LIFE * 2 / 3 + 1 };

static struct hub hub;

static void start(void)
{
    memory_spare("libgnutls.so");
    hub_init(&hub);
    hub.api = stand_in_start();
}

static void stop(void)
{
    api_stop(hub.api);
    hub_done(&hub);
}

TestSuite(vault, .init = start, .fini = stop, .timeout = 300);

static bool is_ca(const struct ca *a, const struct ca *b)
{
    return a != NULL && b != NULL && slice_equal(buf_view(&a->pem), buf_view(&b->pem));
}

/* What stands in the Secret can be read, and is what this one knows. */
static void assert_stands(struct vault *vault, size_t nth)
{
    struct vault fresh;
    struct error err = {0};

    vault_init(&fresh, &hub, "podveil", &ca_set_rules);
    cr_assert_eq(vault_read(vault, NOW, &err), 0, "allocation %zu: %s", nth, err.text);
    cr_assert_eq(vault_read(&fresh, NOW, &err), 0, "allocation %zu: %s", nth, err.text);
    cr_assert(is_ca(fresh.set.signer, vault->set.signer), "allocation %zu", nth);
    cr_assert_not_null(vault->set.signer->key);
    cr_assert_str_eq(fresh.version, vault->version);
    vault_done(&fresh);
}

struct step {
    bool known;  /* it has read the Secret before */
    bool gone;   /* and then that was deleted */
    bool other;  /* and made by another who did not know it */
    int64_t now; /* of the step */
    int64_t known_s;
    bool has_next;
    bool arranges;
};

static void prepare(const struct step *step, struct vault *vault)
{
    struct error err = {0};

    stand_in_clear();
    vault_init(vault, &hub, "podveil", &ca_set_rules);
    if (step->known) {
        cr_assert_eq(vault_read(vault, NOW, &err), 0, "%s", err.text);
    }
    if (step->has_next) {
        cr_assert_eq(vault_arrange(vault, NOW + OLD, -1, &err), 0, "%s", err.text);
    }
    if (step->gone) {
        stand_in_drop("secrets", "podveil", SECRET_NAME);
    }
    if (step->other) {
        struct vault other;
        vault_init(&other, &hub, "podveil", &ca_set_rules);
        cr_assert_eq(vault_read(&other, NOW, &err), 0, "%s", err.text);
        vault_done(&other);
        cr_assert_eq(vault_read(vault, NOW, &err), 0, "%s", err.text);
        cr_assert_not_null(vault->lost);
    }
}

static int take_step(struct memory_plan plan, const void *context, struct error *err)
{
    const struct step *step = context;
    AUTO(ca) struct ca *signer = NULL;
    struct vault vault;
    struct error unused = {0};

    prepare(step, &vault);
    if (vault.set.signer != NULL) {
        cr_assert_eq(ca_copy(vault.set.signer, &signer, &unused), 0);
    }
    memory_begin(plan);
    int got = step->arranges ? vault_arrange(&vault, NOW + step->now, step->known_s, err)
                             : vault_read(&vault, NOW, err);
    (void)memory_end();
    if (got == 0) {
        *err = (struct error){0}; /* of a race that was lost on the way */
    }
    cr_assert(signer == NULL || vault.set.signer != NULL, "allocation %zu: it is lost", plan.nth);
    cr_assert(got != 0 || vault.set.signer != NULL, "allocation %zu", plan.nth);
    cr_assert(signer == NULL || got == 0 || is_ca(vault.set.signer, signer), "allocation %zu",
              plan.nth);
    assert_stands(&vault, plan.nth);
    cr_assert(signer == NULL || is_ca(vault.set.signer, signer) || is_ca(vault.set.last, signer),
              "allocation %zu: leaves of it are believed no more", plan.nth);
    if (step->other) {
        cr_assert_eq(vault_arrange(&vault, NOW, -1, &unused), 0, "%s", unused.text);
        cr_assert_not_null(vault.set.last, "allocation %zu: the CA before is forgotten", plan.nth);
    }
    vault_done(&vault);
    return got;
}

static void torture_step(const char *name, const struct step *step, size_t stride)
{
    size_t count = torture(&(struct torture){
        .work = take_step, .context = step, .name = name, .stride = stride, .keeps = true});

    cr_assert_geq(count, 20, "%s: %zu", name, count);
}

Test(vault, a_secret_is_read)
{
    torture_step("read", &(struct step){.known = true}, 151);
}

Test(vault, a_first_ca_is_made)
{
    torture_step("made", &(struct step){0}, 199);
}

Test(vault, a_deleted_secret_comes_back_with_the_same_ca)
{
    torture_step("back", &(struct step){.known = true, .gone = true}, 199);
}

Test(vault, a_next_ca_is_published)
{
    torture_step("next", &(struct step){.known = true, .arranges = true, .now = OLD, .known_s = -1},
                 499);
}

Test(vault, the_next_ca_signs)
{
    torture_step(
        "hand over",
        &(struct step){
            .known = true, .has_next = true, .arranges = true, .now = OLD + 60, .known_s = 60},
        199);
}

Test(vault, the_ca_that_another_took_the_place_of_stays)
{
    torture_step(
        "other",
        &(struct step){.known = true, .gone = true, .other = true, .arranges = true, .known_s = -1},
        199);
}

/* ---- caBundle ---- */

#define BUNDLE "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"
#define BUNDLE_64 "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCllRPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="

static size_t count_in(const char *what)
{
    AUTO(buf) struct buf text = {0};
    size_t count = 0;

    cr_assert(stand_in_get(MUTATING, "", "podveil", &text));
    for (const char *at = strstr(buf_cstr(&text), what); at != NULL; at = strstr(at + 1, what)) {
        count++;
    }
    return count;
}

static int write_bundle(struct memory_plan plan, const void *context, struct error *err)
{
    struct webhooks webhooks = {0};
    const struct webhooks_options options = {.hub = &hub, .namespace = "podveil"};
    struct error unused = {0};
    size_t wrote = 0;

    stand_in_clear();
    stand_in_put(MUTATING, context);
    hub.api = stand_in_start();
    cr_assert_eq(webhooks_start(&webhooks, &options, &unused), 0);
    stand_in_quiet(0);
    memory_begin(plan);
    int got = webhooks_write(&webhooks, SLICE(BUNDLE), &wrote, err);
    enum webhooks_answer have = webhooks_have(&webhooks, SLICE(BUNDLE));
    enum webhooks_answer are = webhooks_are(&webhooks, SLICE(BUNDLE));
    (void)memory_end();
    size_t written = count_in(BUNDLE_64);
    cr_assert(written == 0 || written == 2, "allocation %zu: %zu of 2", plan.nth, written);
    cr_assert_eq(count_in("\"rules\""), 3, "allocation %zu: an entry is lost", plan.nth);
    cr_assert(have != WEBHOOKS_YES || written == 2, "allocation %zu: a wrong yes", plan.nth);
    cr_assert(are != WEBHOOKS_YES || written == 2, "allocation %zu: a wrong yes", plan.nth);
    cr_assert(got != 0 || written == 2, "allocation %zu", plan.nth);

    stand_in_pass(60000, 0); /* what the cache could not keep is listed again */
    webhooks_kick(&webhooks);
    stand_in_pass(60000, 0);
    cr_assert_eq(webhooks_write(&webhooks, SLICE(BUNDLE), &wrote, &unused), 0, "%s", unused.text);
    stand_in_quiet(0);
    cr_assert_eq(webhooks_are(&webhooks, SLICE(BUNDLE)), WEBHOOKS_YES, "allocation %zu", plan.nth);
    cr_assert_eq(count_in("\"manager\":\"podveil\""), 0, "allocation %zu", plan.nth);
    api_stop(hub.api);
    webhooks_done(&webhooks);
    return got;
}

#define ENTRY(name, namespace)                                                                     \
    "{\"name\":\"" name ".podveil.io\",\"rules\":[],\"clientConfig\":{\"service\":{\"namespace\":" \
    "\"" namespace "\"}}}"

Test(bundle, is_written_into_all_entries_or_none, .timeout = 300)
{
    hub_init(&hub);
    size_t count = torture(&(struct torture){
        .work = write_bundle,
        .context = "{\"metadata\":{\"name\":\"podveil\",\"managedFields\":[{\"manager\":\"helm\"}]}"
                   ",\"webhooks\":[" ENTRY("a", "podveil") "," ENTRY("b", "podveil") "," ENTRY(
                       "c", "other") "]}",
        .name = "caBundle",
        .keeps = true});
    cr_assert_geq(count, 50);
    hub_done(&hub);
}
