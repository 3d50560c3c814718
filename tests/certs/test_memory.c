/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations fail, OpenSSL's as well as ours. The answer is an error or the right
 * result, never a wrong one, and nothing is left behind (the leak sanitizer looks:
 * OpenSSL keeps some of what it makes).
 */
#include "certs/source.h"
#include "certs/trust.h"
#include "lib/base/file.h"
#include "tests/certs/made.h"
#include "tests/support/torture.h"

#include <openssl/err.h>

#include <unistd.h>

static char dir[] = TEST_BINARY_DIR "/memory-XXXXXX";
static char chain_path[sizeof dir + 8];
static char key_path[sizeof dir + 8];
static struct cert_pair *good;
static char *other_key;
static char *bundle;
static char *other_bundle;

static void put(const char *path, const char *text)
{
    struct error err = {0};
    cr_assert_eq(file_write(path, slice_of(text), 0600, &err), 0, "%s", err.text);
}

static void enter(void)
{
    struct error err = {0};
    struct made_as ca = {.name = "root", .basic = "critical,CA:TRUE", .san = ""};

    AUTO(made) struct made root = made_new(ca);
    AUTO(made) struct made other = made_new(ca);
    AUTO(made) struct made leaf = made_new((struct made_as){.issuer = &root});
    AUTO(chars) char *chain = made_chain(&leaf);
    AUTO(chars) char *key = made_key_text(&leaf);
    bundle = made_chain(&root);
    other_bundle = made_chain(&other);
    other_key = made_key_text(&other);
    cr_assert_eq(cert_pair_parse(slice_of(chain), slice_of(key), &good, &err), 0, "%s", err.text);
    cr_assert_not_null(mkdtemp(dir));
    (void)snprintf(chain_path, sizeof chain_path, "%s/tls.crt", dir);
    (void)snprintf(key_path, sizeof key_path, "%s/tls.key", dir);
}

static void leave(void)
{
    (void)unlink(chain_path);
    (void)unlink(key_path);
    (void)rmdir(dir);
    cert_pair_free(good);
    free(other_key);
    free(bundle);
    free(other_bundle);
}
TestSuite(memory, .init = enter, .fini = leave, .timeout = 60);

struct job {
    int (*work)(struct memory_plan plan, struct error *err);
};

static int work_cleanly(struct memory_plan plan, const void *context, struct error *err)
{
    const struct job *job = context;

    int got = job->work(plan, err);
    (void)memory_end();
    cr_assert_eq(ERR_peek_error(), 0, "allocation %zu: a reason is left", plan.nth);
    return got;
}

static void torture_by(int (*work)(struct memory_plan plan, struct error *err), int want,
                       size_t stride)
{
    const struct job job = {work};

    (void)torture(&(struct torture){
        .work = work_cleanly, .context = &job, .want = want, .stride = stride, .keeps = true});
}

static int make_our_own(struct memory_plan plan, struct error *err)
{
    static const char *const names[] = {"podveil.podveil.svc", "10.0.0.1"};
    AUTO(cert_source) struct cert_source *source = NULL;
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    struct error own = {0};

    cr_assert_eq(cert_source_self(names, COUNT_OF(names), &source, &own), 0, "%s", own.text);
    memory_begin(plan);
    int got = cert_source_poll(source, NOW, &pair, err);
    (void)memory_end();
    cr_assert_eq(pair == NULL, got != 0);
    if (got != 0) {
        cr_assert_eq(cert_source_poll(source, NOW, &pair, &own), 0, "%zu: %s", plan.nth, own.text);
    }
    cr_assert_eq(trust_check(cert_source_bundle(source).pem, pair, names[1], NOW, &own), 0,
                 "%zu: %s", plan.nth, own.text);
    return got;
}

/* 7: OpenSSL signs what nobody can read where one of seven allocations in a row fails. */
Test(memory, is_missed_while_certificates_are_made)
{
    const struct job job = {make_our_own};

    (void)torture(&(struct torture){
        .work = work_cleanly, .context = &job, .stride = 7, .single = true, .keeps = true});
    torture_by(make_our_own, 0, 61);
}

static int poll_again(struct memory_plan plan, struct error *err)
{
    static const char *const names[] = {"podveil.podveil.svc"};
    AUTO(cert_source) struct cert_source *source = NULL;
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    AUTO(cert_pair) struct cert_pair *second = NULL;
    struct error own = {0};

    cr_assert_eq(cert_source_self(names, COUNT_OF(names), &source, &own), 0, "%s", own.text);
    cr_assert_eq(cert_source_poll(source, NOW, &pair, &own), 0, "%s", own.text);
    time_t later = NOW + 300 * DAY;
    memory_begin(plan);
    int got = cert_source_poll(source, later, &second, err);
    (void)memory_end();
    if (got != 0) {
        cr_assert_eq(cert_source_poll(source, later + 60, &second, &own), 0, "%s", own.text);
    }
    cr_assert_not_null(second);
    cr_assert_eq(trust_check(cert_source_bundle(source).pem, second, names[0], later, &own), 0,
                 "%s", own.text);
    return got;
}

Test(memory, that_comes_back_lets_a_renewal_succeed)
{
    torture_by(poll_again, 0, 61);
}

static int parse_good(struct memory_plan plan, struct error *err)
{
    AUTO(cert_pair) struct cert_pair *pair = NULL;

    memory_begin(plan);
    int got = cert_pair_parse(slice_of(good->chain), slice_of(good->key), &pair, err);
    (void)memory_end();
    cr_assert_eq(pair == NULL, got != 0);
    if (got == 0) {
        cr_assert_str_eq(pair->chain, good->chain);
        cr_assert_str_eq(pair->key, good->key);
    }
    return got;
}

Test(memory, is_missed_while_a_pair_is_read)
{
    torture_by(parse_good, 0, 13);
}

static int parse_mismatch(struct memory_plan plan, struct error *err)
{
    struct cert_pair *pair = NULL;

    memory_begin(plan);
    return cert_pair_parse(slice_of(good->chain), slice_of(other_key), &pair, err);
}

Test(memory, that_is_missing_makes_no_key_fit)
{
    torture_by(parse_mismatch, -1, 13);
}

static int trust_good(struct memory_plan plan, struct error *err)
{
    memory_begin(plan);
    return trust_check(slice_of(bundle), good, "a.example", NOW, err);
}

Test(memory, is_missed_while_trust_is_checked)
{
    torture_by(trust_good, 0, 7);
}

static int trust_stranger(struct memory_plan plan, struct error *err)
{
    memory_begin(plan);
    return trust_check(slice_of(other_bundle), good, "a.example", NOW, err);
}

static int trust_wrong_name(struct memory_plan plan, struct error *err)
{
    memory_begin(plan);
    return trust_check(slice_of(bundle), good, "b.example", NOW, err);
}

Test(memory, that_is_missing_makes_nobody_believed)
{
    torture_by(trust_stranger, -1, 7);
    torture_by(trust_wrong_name, -1, 7);
}

static int poll_files(struct memory_plan plan, struct error *err)
{
    AUTO(cert_source) struct cert_source *source = NULL;
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    AUTO(cert_pair) struct cert_pair *again = NULL;
    struct error own = {0};

    put(chain_path, good->chain);
    put(key_path, good->key);
    cr_assert_eq(cert_source_files(dir, &source, &own), 0, "%s", own.text);
    memory_begin(plan);
    int got = cert_source_poll(source, NOW, &pair, err);
    (void)memory_end();
    cr_assert_eq(pair == NULL, got != 0);
    cr_assert_eq(cert_source_poll(source, NOW, &again, &own), 0, "%s", own.text);
    cr_assert_eq(again == NULL, got == 0);
    return got;
}

Test(memory, is_missed_while_files_are_followed)
{
    torture_by(poll_files, 0, 61);
}

/* How many of these polls bring a pair; what the last failure was stays in err. */
static size_t count_fresh(struct cert_source *source, int polls, struct error *err)
{
    size_t count = 0;

    for (int i = 0; i < polls; i++) {
        AUTO(cert_pair) struct cert_pair *pair = NULL;
        if (cert_source_poll(source, NOW, &pair, err) == 0 && pair != NULL) {
            count++;
        }
    }
    return count;
}

/* The files change: two polls without memory, and some with it. */
static int follow_change(struct memory_plan plan, struct error *err)
{
    AUTO(cert_source) struct cert_source *source = NULL;
    struct error own = {0};

    put(chain_path, good->chain);
    put(key_path, good->key);
    cr_assert_eq(cert_source_files(dir, &source, &own), 0, "%s", own.text);
    cr_assert_eq(count_fresh(source, 1, &own), 1, "%s", own.text);
    AUTO(buf) struct buf longer = {0};
    buf_init(&longer, 100000);
    buf_printf(&longer, "%s\n", good->chain);
    put(chain_path, buf_cstr(&longer));
    memory_begin(plan);
    size_t early = count_fresh(source, 2, err);
    (void)memory_end();
    size_t late = count_fresh(source, 3, &own);
    cr_assert_eq(early + late, 1, "allocation %zu: %zu, then %zu pairs, %s", plan.nth, early, late,
                 err->text);
    return err->code == ERR_NONE ? 0 : -1;
}

Test(memory, that_comes_back_lets_new_files_be_served)
{
    torture_by(follow_change, 0, 61);
}
