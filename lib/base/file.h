/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files: read with a cap, written aside and renamed.
 *
 * Errors: ERR_SYSTEM with the path and the system's own words; ERR_TOO_LARGE.
 * Limits: the caller names the cap on what is read.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "lib/base/buf.h"

#include <sys/types.h>

/* Append the whole file to buf, whose maximum is the cap. "-" is standard input. */
int file_read(const char *path, struct buf *buf, struct error *err) MUST_CHECK;

/*
 * The same for a place where anything may stand: what is no regular file, a link included, is
 * refused (ERR_SYSTEM) and not waited for, as a pipe would be.
 */
int file_read_regular(const char *path, struct buf *buf, struct error *err) MUST_CHECK;

/*
 * Make path hold exactly `text`: written to a file beside it, synced and renamed, so that a reader
 * sees the old or the new and a crash leaves no half. The mode is what a new file gets.
 */
int file_write(const char *path, struct slice text, mode_t mode, struct error *err) MUST_CHECK;

/* Make a directory and those above it that are missing. One that exists is fine. */
int file_make_dirs(const char *path, mode_t mode, struct error *err) MUST_CHECK;

#endif
