/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole start and stop of the server while memory ends: the configuration, a CA and
 * a certificate, TLS, threads, both listeners. It serves as it does with memory, or it
 * says why it does not, and either way leaves nothing behind.
 *
 * The signal that ends it is there before it starts, so it stops as soon as it serves.
 */
#include "lib/base/file.h"
#include "server/http/server.h"
#include "tests/support/fixture.h"
#include "tests/support/torture.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LOG_MAX = 65536 };

static char dir[] = TEST_BINARY_DIR "/start-XXXXXX";
static char config_path[PATH_MAX];
static char ca_path[PATH_MAX];
static char policy_path[PATH_MAX];

static void enter(void)
{
    AUTO(buf) struct buf example = {0};
    struct error err = {0};
    sigset_t set;

    memory_spare("libtasn1.so");
    memory_spare("libgmp.so");
    cr_assert_not_null(mkdtemp(dir));
    (void)snprintf(config_path, sizeof config_path, "%s/podveil.yaml", dir);
    (void)snprintf(ca_path, sizeof ca_path, "%s/ca.crt", dir);
    (void)snprintf(policy_path, sizeof policy_path, "%s/policies", dir);
    fixture_read(&example, FIXTURE_EXAMPLE);
    cr_assert_eq(file_write(config_path, buf_view(&example), 0600, &err), 0, "%s", err.text);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    cr_assert_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
}

static void leave(void)
{
    (void)unlink(config_path);
    (void)unlink(ca_path);
    (void)rmdir(policy_path);
    (void)rmdir(dir);
}
TestSuite(torture_start, .init = enter, .fini = leave);

/* How often a descriptor was closed that was not open: another thread might have got its number. */
static atomic_size_t wrong_closes;

int close(int fd)
{
    int got = (int)syscall(SYS_close, fd);

    if (got != 0 && errno == EBADF) {
        (void)atomic_fetch_add(&wrong_closes, 1);
    }
    return got;
}

/* The lowest descriptor that is free: higher where one was left open, lower where one was closed
 * that was not the server's. */
static int free_descriptor(void)
{
    int fd = dup(STDIN_FILENO);

    cr_assert_geq(fd, 0);
    (void)close(fd);
    return fd;
}

/* The server with its log put aside. */
static int run(struct memory_plan plan, struct buf *log, struct error *err)
{
    static const char *const names[] = {"localhost", "127.0.0.1"};
    const struct server_options options = {
        .config = config_path,
        .listen = "127.0.0.1:0",
        .ops = "127.0.0.1:0",
        .dns_names = names,
        .dns_name_count = COUNT_OF(names),
        .ca_out = ca_path,
        .policy_dir = policy_path,
    };
    int kept = dup(STDERR_FILENO);
    int aside = memfd_create("log", MFD_CLOEXEC);
    char path[64];
    struct error own = {0};

    cr_assert_eq(dup2(aside, STDERR_FILENO), STDERR_FILENO);
    cr_assert_eq(kill(getpid(), SIGTERM), 0);
    memory_begin(plan);
    int got = server_run(&options, err);
    (void)memory_end();
    cr_assert_eq(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", aside);
    cr_assert_eq(file_read(path, log, &own), 0, "%s", own.text);
    (void)close(aside);
    (void)close(kept);
    return got;
}

static int start(struct memory_plan plan, const void *context, struct error *err)
{
    AUTO(buf) struct buf log = {0};
    int descriptor = free_descriptor();

    (void)context;
    (void)unlink(ca_path);
    buf_init(&log, LOG_MAX);
    int got = run(plan, &log, err);
    cr_assert_eq(free_descriptor(), descriptor, "allocation %zu", plan.nth);
    cr_assert_eq(atomic_load(&wrong_closes), 0, "allocation %zu", plan.nth);
    bool listened = strstr(buf_cstr(&log), "\"listening\"") != NULL;
    bool lost = strstr(buf_cstr(&log), "\"log lines lost\"") != NULL || plan.onwards;
    cr_assert(got == 0 ? listened || lost : !listened, "allocation %zu: %d\n%s", plan.nth, got,
              buf_cstr(&log));
    if (got != 0) {
        cr_assert_neq(err->text[0], '\0', "allocation %zu: nothing says why", plan.nth);
        cr_assert(err->code == ERR_NO_MEMORY || err->code == ERR_SYSTEM,
                  "allocation %zu: not the machine's fault, %s", plan.nth, err->text);
    }
    return got;
}

/* What OpenSSL asks for to make a CA and a certificate is nine tenths: certs.memory fails those. */
Test(torture_start, serves_or_says_why_not)
{
    memory_spare("libcrypto.so");
    (void)torture(&(struct torture){.work = start, .keeps = true});
}

Test(torture_start, serves_or_says_why_not_with_openssl)
{
    (void)torture(&(struct torture){.work = start, .stride = 17, .keeps = true});
}
