/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of lib/kube/client start from: a directory of files that goes with the
 * test. Whatever cannot be had ends the test.
 */
#ifndef TESTS_CLIENT_SUPPORT_H
#define TESTS_CLIENT_SUPPORT_H

#include "lib/base/file.h"
#include "tests/base/support.h"

#include <stdio.h>
#include <unistd.h>

enum { SUPPORT_PATH = 256, SUPPORT_FILES = 16 };

struct support_dir {
    char path[SUPPORT_PATH];
    char files[SUPPORT_FILES][SUPPORT_PATH];
    size_t count;
};

static inline void support_dir_init(struct support_dir *dir)
{
    *dir = (struct support_dir){.path = "/tmp/podveil-client-XXXXXX"};
    cr_assert_not_null(mkdtemp(dir->path));
}

static inline void support_dir_done(struct support_dir *dir)
{
    for (size_t i = 0; i < dir->count; i++) {
        (void)unlink(dir->files[i]);
    }
    (void)rmdir(dir->path);
}
DEFINE_AUTO_IN_PLACE(support_dir, struct support_dir, support_dir_done);

/* The file of that name holds the text from now on; gives its path, good as long as the directory.
 */
static inline const char *support_put(struct support_dir *dir, const char *name, const char *text)
{
    struct error err = {0};

    char path[SUPPORT_PATH];
    cr_assert_lt(dir->count, SUPPORT_FILES);
    int len = snprintf(path, sizeof path, "%s/%s", dir->path, name);
    cr_assert(len > 0 && len < SUPPORT_PATH);
    cr_assert_eq(file_write(path, slice_of(text), 0600, &err), 0, "%s", err.text);
    memcpy(dir->files[dir->count], path, sizeof path);
    return dir->files[dir->count++];
}

#endif
