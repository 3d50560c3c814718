/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/vault.h"

#include "lib/base/clock.h"
#include "server/controller/secret.h"

enum {
    CALL_MS = 4000,
    RACES_MAX = 8, /* in a row lost to other replicas */
};

const struct resource resource_secrets = {"", "v1", "secrets", true};

void vault_init(struct vault *vault, struct hub *hub, const char *namespace,
                const struct ca_rules *rules)
{
    *vault = (struct vault){.hub = hub, .namespace = namespace, .rules = rules, .is_old = true};
    buf_init(&vault->bundle, CA_SET_BUNDLE_MAX);
}

void vault_done(struct vault *vault)
{
    ca_set_done(&vault->set);
    ca_free(STEAL(vault->lost));
    buf_done(&vault->bundle);
}

/* ---- The Secret ---- */

/* Its body had keys. */
static void secret_answer_done(struct api_answer *answer)
{
    if (answer->body.data != NULL) {
        explicit_bzero(answer->body.data, answer->body.cap);
    }
    api_answer_done(answer);
}
DEFINE_AUTO_IN_PLACE(secret_answer, struct api_answer, secret_answer_done);

static int ask(const struct vault *vault, enum api_verb verb, struct slice body,
               struct api_answer *answer)
{
    const struct api_request request = {
        .verb = verb,
        .resource = &resource_secrets,
        .namespace = vault->namespace,
        .name = verb == API_CREATE ? NULL : SECRET_NAME,
        .body = body,
        .deadline_ms = CALL_MS,
    };

    return hub_ask(vault->hub, &request, answer);
}

static bool is_same(const struct ca *a, const struct ca *b)
{
    return a != NULL && b != NULL && slice_equal(buf_view(&a->pem), buf_view(&b->pem));
}

/* Leaves of our signer are served that the new set says nothing of. */
static int keep_lost(struct vault *vault, const struct ca_set *set, struct error *err)
{
    const struct ca *signer = vault->set.signer;
    AUTO(ca) struct ca *lost = NULL;

    if (signer == NULL || is_same(signer, set->last) || is_same(signer, set->signer) ||
        is_same(signer, set->next)) {
        return 0;
    }
    if (ca_copy(signer, &lost, err) != 0) {
        return -1;
    }
    ca_free(vault->lost);
    vault->lost = STEAL(lost);
    return 0;
}

/* This is what stands in the Secret now. */
static int take(struct vault *vault, struct value object, struct error *err)
{
    AUTO(ca_set) struct ca_set set = {0};
    AUTO(buf) struct buf bundle = {0};

    buf_init(&bundle, CA_SET_BUNDLE_MAX);
    if (ca_secret_read(object, &set, err) != 0 || ca_set_bundle(&set, &bundle, err) != 0 ||
        keep_lost(vault, &set, err) != 0) {
        return error_prefix(err, "Secret %s/" SECRET_NAME, vault->namespace);
    }
    slice_copy(value_string(value_get(object, "metadata", "resourceVersion", NULL)), vault->version,
               sizeof vault->version);
    ca_set_done(&vault->set);
    vault->set = ca_set_steal(&set);
    const struct buf old = vault->bundle;
    vault->bundle = bundle;
    bundle = old;
    vault->is_old = false;
    vault->absent_ms = 0;
    return 0;
}

enum outcome {
    DONE,
    FAILED,
    LOST, /* somebody else was faster: look again */
};

static enum outcome judge(const struct api_answer *answer, struct error *err)
{
    *err = answer->err;
    return answer->code == 409 ? LOST : FAILED;
}

/* May another replica put back what it has in memory? Not for ever. */
static bool is_waiting(struct vault *vault)
{
    if (vault->set.signer != NULL || !vault->has_others) {
        return false;
    }
    if (vault->absent_ms == 0) {
        vault->absent_ms = clock_ms();
    }
    return clock_ms() - vault->absent_ms < VAULT_PATIENCE_MS;
}

/* There is none: put there what is in memory, or a new one. */
static enum outcome create(struct vault *vault, time_t now, struct error *err)
{
    AUTO(ca_set) struct ca_set set = {0};
    AUTO(secret_text) struct buf body = {0};
    AUTO(secret_answer) struct api_answer answer = {0};
    bool is_back = vault->set.signer != NULL;

    int failed =
        is_back ? ca_set_copy(&vault->set, &set, err) : ca_set_make(&set, vault->rules, now, err);
    if (failed != 0 || ca_secret_print(&set, vault->namespace, &body, err) != 0) {
        return FAILED;
    }
    if (ask(vault, API_CREATE, buf_view(&body), &answer) != 0) {
        return judge(&answer, err);
    }
    if (take(vault, api_answer_object(&answer), err) != 0) {
        return FAILED;
    }
    vault->news = is_back ? "the CA's Secret was gone and is back" : "a CA was made";
    return DONE;
}

static enum outcome read_once(struct vault *vault, time_t now, struct error *err)
{
    AUTO(secret_answer) struct api_answer answer = {0};

    if (ask(vault, API_GET, (struct slice){0}, &answer) == 0) {
        return take(vault, api_answer_object(&answer), err) == 0 ? DONE : FAILED;
    }
    if (answer.code != 404) {
        *err = answer.err;
        return FAILED;
    }
    return is_waiting(vault) ? DONE : create(vault, now, err);
}

int vault_read(struct vault *vault, time_t now, struct error *err)
{
    enum outcome outcome = LOST;

    for (int i = 0; outcome == LOST && i < RACES_MAX; i++) {
        outcome = read_once(vault, now, err);
    }
    return outcome == DONE ? 0 : -1;
}

/* ---- Rotation ---- */

static enum outcome write_set(struct vault *vault, const struct ca_set *set, struct error *err)
{
    AUTO(secret_text) struct buf body = {0};
    AUTO(secret_answer) struct api_answer answer = {0};

    if (ca_secret_patch(set, vault->version, &body, err) != 0) {
        return FAILED;
    }
    if (ask(vault, API_MERGE, buf_view(&body), &answer) != 0) {
        vault->is_old = true;
        return judge(&answer, err);
    }
    return take(vault, api_answer_object(&answer), err) == 0 ? DONE : FAILED;
}

static const char *name_change(const struct ca_set *before, const struct ca_set *after)
{
    if (!slice_equal(buf_view(&before->signer->pem), buf_view(&after->signer->pem))) {
        return "another CA signs from now on";
    }
    return after->next != NULL ? "a new CA is published" : "the old CA is published no more";
}

/* Lost: another replica has made the step. */
static int write_step(struct vault *vault, const struct ca_set *set, const char *what, time_t now,
                      struct error *err)
{
    enum outcome outcome = write_set(vault, set, err);

    if (outcome == LOST) {
        return vault_read(vault, now, err);
    }
    vault->news = outcome == DONE ? what : NULL;
    return outcome == DONE ? 0 : -1;
}

/*
 * The CA that leaves are still of goes in before the one that took its place. It is forgotten once
 * it stands there, and not by a write that may have failed.
 */
static int add_lost(struct vault *vault, struct ca_set *set, time_t now, bool *added,
                    struct error *err)
{
    const struct ca *lost = vault->lost;
    AUTO(ca) struct ca *last = NULL;

    *added = false;
    if (lost == NULL) {
        return 0;
    }
    if (is_same(lost, set->last) || is_same(lost, set->signer) || now > lost->validity.not_after) {
        ca_free(STEAL(vault->lost));
        return 0;
    }
    if (ca_copy(lost, &last, err) != 0) {
        return -1;
    }
    ca_free(set->last);
    set->last = STEAL(last);
    set->last_until = now + vault->rules->leaf.lasts;
    *added = true;
    return 0;
}

int vault_arrange(struct vault *vault, time_t now, int64_t known_s, struct error *err)
{
    AUTO(ca_set) struct ca_set set = {0};
    bool changed = false;

    if (ca_set_copy(&vault->set, &set, err) != 0 ||
        add_lost(vault, &set, now, &changed, err) != 0) {
        return -1;
    }
    if (changed) {
        return write_step(vault, &set, "another CA was put into the Secret, ours stays for a while",
                          now, err);
    }
    if (ca_set_arrange(&set, vault->rules, now, known_s, &changed, err) != 0) {
        return -1;
    }
    if (!changed) {
        return 0;
    }
    return write_step(vault, &set, name_change(&vault->set, &set), now, err);
}
