/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/secret.h"
#include "lib/base/file.h"

#include <criterion/criterion.h>
#include <openssl/crypto.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = TEST_BINARY_DIR "/secret-XXXXXX";
static char path[sizeof dir + 16];

static void enter(void)
{
    cr_assert_not_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/tls.key", dir);
}

static void leave(void)
{
    (void)remove(path);
    (void)rmdir(dir);
}
TestSuite(secret, .init = enter, .fini = leave);

static void write_bytes(size_t len)
{
    AUTO(buf) struct buf text = {0};
    struct error err = {0};

    buf_init(&text, SECRET_MAX + 1);
    while (text.len < len) {
        buf_char(&text, 'x');
    }
    cr_assert_eq(file_write(path, buf_view(&text), 0600, &err), 0, "%s", err.text);
}

Test(secret, is_the_whole_file)
{
    static const size_t lengths[] = {0, 1, 4096, SECRET_MAX};

    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        AUTO(secret) struct secret secret = {0};
        struct error err = {0};
        write_bytes(lengths[i]);
        cr_assert_eq(secret_read(path, &secret, &err), 0, "%zu: %s", lengths[i], err.text);
        cr_assert_eq(secret.text.len, lengths[i]);
        if (lengths[i] > 0) {
            cr_assert_eq(secret.text.data[lengths[i] - 1], 'x');
        }
    }
}

/* Takes the place of the library's own for what this program itself calls. */
static size_t wiped;
void OPENSSL_cleanse(void *ptr, size_t len)
{
    if (len > 0) {
        memset(ptr, 0, len);
    }
    wiped += len;
}

Test(secret, is_wiped_with_all_the_room_it_had)
{
    struct secret secret = {0};
    struct error err = {0};

    write_bytes(100);
    cr_assert_eq(secret_read(path, &secret, &err), 0, "%s", err.text);
    wiped = 0;
    secret_done(&secret);
    cr_assert_eq(wiped, SECRET_MAX + 1);
    cr_assert_null(secret.data);
    secret_done(&secret);
    cr_assert_eq(wiped, SECRET_MAX + 1);
}

static void assert_refused(enum error_code code, const char *want)
{
    AUTO(secret) struct secret secret = {0};
    struct error err = {0};

    cr_assert_eq(secret_read(path, &secret, &err), -1);
    cr_assert_eq(err.code, code);
    cr_assert_eq(strncmp(err.text, path, strlen(path)), 0, "%s", err.text);
    cr_assert_str_eq(err.text + strlen(path), want);
    cr_assert_null(secret.data);
}

Test(secret, is_refused_above_the_maximum)
{
    write_bytes(SECRET_MAX + 1);
    assert_refused(ERR_TOO_LARGE, ": more than 65536 bytes");
}

Test(secret, that_is_missing_is_an_error)
{
    assert_refused(ERR_SYSTEM, ": No such file or directory");
}

Test(secret, that_is_a_directory_is_an_error)
{
    cr_assert_eq(mkdir(path, 0700), 0);
    assert_refused(ERR_SYSTEM, ": not a regular file");
}

/* Nobody writes into it: a plain open() would wait for ever. */
Test(secret, that_is_a_fifo_is_an_error, .timeout = 5)
{
    cr_assert_eq(mkfifo(path, 0600), 0);
    assert_refused(ERR_SYSTEM, ": not a regular file");
}

/* The process's own memory is a regular file whose first page cannot be read. */
Test(secret, that_fails_while_it_is_read_is_an_error)
{
    (void)snprintf(path, sizeof path, "/proc/self/mem");
    assert_refused(ERR_SYSTEM, ": Input/output error");
    path[0] = '\0';
}
