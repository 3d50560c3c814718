/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void fd_closep(const int *fd)
{
    if (*fd > STDERR_FILENO) {
        (void)close(*fd);
    }
}
#define AUTO_FD __attribute__((cleanup(fd_closep)))

static int read_all(int fd, const char *path, struct buf *buf, struct error *err)
{
    char chunk[16384];

    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return error_errno(err, "%s", path);
        }
        if (got == 0) {
            return 0;
        }
        buf_append(buf, chunk, (size_t)got);
        if (buf_check(buf, err) != 0) {
            return error_prefix(err, "%s", path);
        }
    }
}

int file_read(const char *path, struct buf *buf, struct error *err)
{
    bool standard_input = strcmp(path, "-") == 0;
    AUTO_FD int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

    return fd < 0 ? error_errno(err, "%s", path) : read_all(fd, path, buf, err);
}

int file_read_regular(const char *path, struct buf *buf, struct error *err)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    struct stat info;

    if (fd < 0 || fstat(fd, &info) != 0) {
        return error_errno(err, "%s", path);
    }
    if (!S_ISREG(info.st_mode)) {
        return error_set(err, ERR_SYSTEM, "%s: no regular file", path);
    }
    return read_all(fd, path, buf, err);
}

static int write_all(int fd, struct slice text)
{
    while (text.len > 0) {
        ssize_t done = write(fd, text.data, text.len);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done < 0) {
            return -1;
        }
        text = slice_after(text, (size_t)done);
    }
    return fsync(fd);
}

int file_write(const char *path, struct slice text, mode_t mode, struct error *err)
{
    char aside[PATH_MAX];

    int len = snprintf(aside, sizeof aside, "%s.XXXXXX", path);
    if (len < 0 || (size_t)len >= sizeof aside) {
        return error_set(err, ERR_TOO_LARGE, "%s: the path is too long", path);
    }
    AUTO_FD int fd = mkostemp(aside, O_CLOEXEC);
    if (fd < 0) {
        return error_errno(err, "%s", path);
    }
    if (write_all(fd, text) != 0 || fchmod(fd, mode) != 0 || rename(aside, path) != 0) {
        (void)error_errno(err, "%s", path);
        (void)unlink(aside);
        return -1;
    }
    return 0;
}

int file_make_dirs(const char *path, mode_t mode, struct error *err)
{
    char part[PATH_MAX];
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof part) {
        return error_set(err, ERR_MALFORMED, "\"%s\" is no directory's name", path);
    }
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, mode) != 0 && errno != EEXIST) {
            return error_errno(err, "%s", part);
        }
    }
    struct stat info;
    if (stat(path, &info) != 0) {
        return error_errno(err, "%s", path);
    }
    return S_ISDIR(info.st_mode) ? 0 : error_set(err, ERR_SYSTEM, "%s: not a directory", path);
}
