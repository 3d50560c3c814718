/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text as a file without a file system: libcurl's GnuTLS build reads certificates
 * and keys from paths alone, and podveil's root file system is read-only.
 *
 * Private to this folder.
 *
 * Ownership: the path is good until memfile_done(); nothing of it is ever on a disk.
 * Limits:    needs /proc.
 */
#ifndef CLIENT_MEMFILE_H
#define CLIENT_MEMFILE_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

struct memfile {
    int fd;        /* of a file that is there; nothing where path is "" */
    char path[32]; /* "/proc/self/fd/N", or "" */
};

/* `what` is for messages. */
int memfile_make(struct memfile *file, const char *what, struct slice text,
                 struct error *err) MUST_CHECK;
void memfile_done(struct memfile *file);

#endif
