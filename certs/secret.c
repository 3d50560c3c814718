/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/secret.h"

#include <openssl/crypto.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void fd_closep(const int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}
#define AUTO_FD __attribute__((cleanup(fd_closep)))

void secret_done(struct secret *secret)
{
    if (secret->data != NULL) {
        OPENSSL_cleanse(secret->data, SECRET_MAX + 1);
    }
    OPENSSL_free(secret->data);
    *secret = (struct secret){0};
}

/* At most SECRET_MAX + 1 bytes, which tells the largest file from a larger one. -1: errno says. */
static ssize_t read_up(int fd, char *data)
{
    size_t len = 0;

    while (len <= SECRET_MAX) {
        ssize_t got = read(fd, data + len, SECRET_MAX + 1 - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        len += (size_t)got;
    }
    return (ssize_t)len;
}

int secret_read(const char *path, struct secret *out, struct error *err)
{
    struct stat info;

    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &info) != 0) {
        return error_errno(err, "%s", path);
    }
    if (!S_ISREG(info.st_mode)) {
        return error_set(err, ERR_SYSTEM, "%s: not a regular file", path);
    }
    AUTO(secret) struct secret secret = {.data = OPENSSL_zalloc(SECRET_MAX + 1)};
    if (secret.data == NULL) {
        return error_set(err, ERR_NO_MEMORY, "%s: no memory", path);
    }
    ssize_t len = read_up(fd, secret.data);
    if (len < 0) {
        return error_errno(err, "%s", path);
    }
    secret.text = (struct slice){.data = secret.data, .len = (size_t)len};
    if (len > SECRET_MAX) {
        return error_set(err, ERR_TOO_LARGE, "%s: more than %d bytes", path, SECRET_MAX);
    }
    *out = secret;
    secret.data = NULL;
    return 0;
}
