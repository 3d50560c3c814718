/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that is read again when it changes on disk: edited in place, renamed
 * over, or behind a symbolic link that was turned, as Kubernetes does it.
 *
 * A change counts once it was seen the same twice, so that a file that is still
 * being written is not read in the middle.
 *
 * Ownership: borrows the path.
 * Threads:   one.
 */
#ifndef HTTP_FOLLOW_H
#define HTTP_FOLLOW_H

#include <stdbool.h>
#include <sys/stat.h>

struct follow {
    const char *path;
    struct stat seen; /* by the last look */
    struct stat used; /* when it was last read */
};

void follow_init(struct follow *follow, const char *path);

/* One look; true where the file is to be read now. A file that is gone counts as changed once. */
bool follow_look(struct follow *follow);

/* What is there now is what was read. */
void follow_mark(struct follow *follow);

/* It could not be read, which was not its own fault: the next look is to find it changed. */
void follow_forget(struct follow *follow);

#endif
