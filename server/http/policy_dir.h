/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies as files, for a server without an API server:
 * DIR/<namespace>/<policy>.yaml, for somebody else to apply.
 *
 * Ownership: borrows the directory's name.
 * Threads:   no shared state but the disk.
 * Errors:    ERR_SYSTEM with the path; ERR_MALFORMED for a namespace or a name that is not in its
 *            DNS-1123 form, before anything is touched: the name becomes part of a path.
 */
#ifndef HTTP_POLICY_DIR_H
#define HTTP_POLICY_DIR_H

#include "server/admission/store.h"

/* Make the directory if it is not there, and see that files can be written in it. */
int policy_dir_open(const char *dir, struct error *err) MUST_CHECK;

/*
 * Make the file hold the policy. *written: it did not before. What stands there and is no regular
 * file (a link, a pipe) is replaced; a directory is an error.
 */
int policy_dir_write(const char *dir, const struct policy_text *policy, bool *written,
                     struct error *err) MUST_CHECK;

/* The directory as a store. */
struct policy_store policy_dir_store(const char *dir);

#endif
