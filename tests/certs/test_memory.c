/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's allocations fail, one in each turn. The answer is an error or the
 * right result, never a wrong one, and nothing is left behind (the leak sanitizer
 * looks).
 */
#include "certs/source.h"
#include "certs/trust.h"
#include "lib/base/file.h"
#include "tests/certs/made.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <unistd.h>

static bool is_replaced;
static bool is_armed;
static long failing_at;
static long allocations;

static bool fails(void)
{
    return is_armed && ++allocations == failing_at;
}

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return size == 0 || fails() ? NULL : malloc(size);
}

static void give(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    free(block);
}

static void *resize(void *block, size_t size, const char *file, int line)
{
    if (block == NULL) {
        return take(size, file, line);
    }
    if (size == 0) {
        give(block, file, line);
        return NULL;
    }
    return fails() ? NULL : realloc(block, size);
}

/* Possible only before OpenSSL's first allocation, which the test runner's libraries make. */
__attribute__((constructor)) static void replace_allocator(void)
{
    is_replaced = CRYPTO_set_mem_functions(take, resize, give) == 1;
}

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

    cr_assert(is_replaced);
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

/*
 * The work returns what it tests returned, and asserts by itself that a result is right. Primes for
 * strides: the allocations of a loop do not fail at the same place each time.
 */
static void torture(int (*work)(struct error *err), int want_with_memory, long stride)
{
    struct error err = {0};
    long failures = 0;
    bool was_named = false;

    failing_at = 0;
    cr_assert_eq(work(&err), want_with_memory, "%s", err.text);
    for (failing_at = 1;; failing_at += stride) {
        allocations = 0;
        err = (struct error){0};
        int got = work(&err);
        is_armed = false;
        cr_assert_eq(got == 0, err.code == ERR_NONE, "allocation %ld: %s", failing_at, err.text);
        if (allocations < failing_at) {
            cr_assert_eq(got, want_with_memory, "%s", err.text);
            break;
        }
        cr_assert(got == -1 || want_with_memory == 0, "allocation %ld: a wrong yes", failing_at);
        cr_assert_eq(ERR_peek_error(), 0, "allocation %ld: a reason is left", failing_at);
        failures += got != 0;
        was_named = was_named || err.code == ERR_NO_MEMORY;
    }
    cr_assert_gt(failing_at, 3 * stride);
    cr_assert_gt(failures, 0);
    cr_assert(was_named);
}

static int make_our_own(struct error *err)
{
    static const char *const names[] = {"podveil.podveil.svc", "10.0.0.1"};
    AUTO(cert_source) struct cert_source *source = NULL;
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    struct error own = {0};

    cr_assert_eq(cert_source_self(names, COUNT_OF(names), &source, &own), 0, "%s", own.text);
    is_armed = true;
    int got = cert_source_poll(source, NOW, &pair, err);
    is_armed = false;
    cr_assert_eq(pair == NULL, got != 0);
    if (got != 0) {
        cr_assert_eq(cert_source_poll(source, NOW, &pair, &own), 0, "%ld: %s", failing_at,
                     own.text);
    }
    cr_assert_eq(trust_check(cert_source_bundle(source).pem, pair, names[1], NOW, &own), 0,
                 "%ld: %s", failing_at, own.text);
    return got;
}

/* 7: OpenSSL signs what nobody can read where one of seven allocations in a row fails. */
Test(memory, is_missed_while_certificates_are_made)
{
    torture(make_our_own, 0, 7);
}

static int poll_again(struct error *err)
{
    static const char *const names[] = {"podveil.podveil.svc"};
    AUTO(cert_source) struct cert_source *source = NULL;
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    AUTO(cert_pair) struct cert_pair *second = NULL;
    struct error own = {0};

    cr_assert_eq(cert_source_self(names, COUNT_OF(names), &source, &own), 0, "%s", own.text);
    cr_assert_eq(cert_source_poll(source, NOW, &pair, &own), 0, "%s", own.text);
    time_t later = NOW + 300 * DAY;
    is_armed = true;
    int got = cert_source_poll(source, later, &second, err);
    is_armed = false;
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
    torture(poll_again, 0, 61);
}

static int parse_good(struct error *err)
{
    AUTO(cert_pair) struct cert_pair *pair = NULL;

    is_armed = true;
    int got = cert_pair_parse(slice_of(good->chain), slice_of(good->key), &pair, err);
    is_armed = false;
    cr_assert_eq(pair == NULL, got != 0);
    if (got == 0) {
        cr_assert_str_eq(pair->chain, good->chain);
        cr_assert_str_eq(pair->key, good->key);
    }
    return got;
}

Test(memory, is_missed_while_a_pair_is_read)
{
    torture(parse_good, 0, 13);
}

static int parse_mismatch(struct error *err)
{
    struct cert_pair *pair = NULL;

    is_armed = true;
    return cert_pair_parse(slice_of(good->chain), slice_of(other_key), &pair, err);
}

Test(memory, that_is_missing_makes_no_key_fit)
{
    torture(parse_mismatch, -1, 13);
}

static int trust_good(struct error *err)
{
    is_armed = true;
    return trust_check(slice_of(bundle), good, "a.example", NOW, err);
}

Test(memory, is_missed_while_trust_is_checked)
{
    torture(trust_good, 0, 7);
}

static int trust_stranger(struct error *err)
{
    is_armed = true;
    return trust_check(slice_of(other_bundle), good, "a.example", NOW, err);
}

static int trust_wrong_name(struct error *err)
{
    is_armed = true;
    return trust_check(slice_of(bundle), good, "b.example", NOW, err);
}

Test(memory, that_is_missing_makes_nobody_believed)
{
    torture(trust_stranger, -1, 7);
    torture(trust_wrong_name, -1, 7);
}

static int poll_files(struct error *err)
{
    AUTO(cert_source) struct cert_source *source = NULL;
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    AUTO(cert_pair) struct cert_pair *again = NULL;
    struct error own = {0};

    put(chain_path, good->chain);
    put(key_path, good->key);
    cr_assert_eq(cert_source_files(dir, &source, &own), 0, "%s", own.text);
    is_armed = true;
    int got = cert_source_poll(source, NOW, &pair, err);
    is_armed = false;
    cr_assert_eq(pair == NULL, got != 0);
    cr_assert_eq(cert_source_poll(source, NOW, &again, &own), 0, "%s", own.text);
    cr_assert_eq(again == NULL, got == 0);
    return got;
}

Test(memory, is_missed_while_files_are_followed)
{
    torture(poll_files, 0, 61);
}
