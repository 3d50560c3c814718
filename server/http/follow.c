/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/follow.h"

/* All zero where there is no such file. */
static struct stat look(const char *path)
{
    struct stat info = {0};

    if (stat(path, &info) != 0) {
        return (struct stat){0};
    }
    return info;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

void follow_init(struct follow *follow, const char *path)
{
    *follow = (struct follow){.path = path};
    follow_mark(follow);
}

bool follow_look(struct follow *follow)
{
    struct stat now = look(follow->path);
    bool steady = is_same(&now, &follow->seen);

    follow->seen = now;
    if (!steady || is_same(&now, &follow->used)) {
        return false;
    }
    follow->used = now;
    return true;
}

void follow_mark(struct follow *follow)
{
    follow->seen = look(follow->path);
    follow->used = follow->seen;
}

void follow_forget(struct follow *follow)
{
    follow->used = (struct stat){0};
}
