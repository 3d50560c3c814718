/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/memfile.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static int write_all(int fd, struct slice text)
{
    while (text.len > 0) {
        ssize_t put = write(fd, text.data, text.len);
        if (put < 0 && errno != EINTR) {
            return -1;
        }
        text = slice_after(text, put > 0 ? (size_t)put : 0);
    }
    return 0;
}

int memfile_make(struct memfile *file, const char *what, struct slice text, struct error *err)
{
    int fd = memfd_create("podveil", MFD_CLOEXEC);

    if (fd < 0) {
        return error_errno(err, "%s: no file in memory", what);
    }
    if (write_all(fd, text) != 0) {
        (void)error_errno(err, "%s: no file in memory", what);
        (void)close(fd);
        return -1;
    }
    file->fd = fd;
    (void)snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", fd);
    return 0;
}

void memfile_done(struct memfile *file)
{
    if (file->path[0] != '\0') {
        (void)close(file->fd);
        file->path[0] = '\0';
    }
}
