/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reviews as whole HTTP requests, headers as kube-apiserver sends them, made before anything is
 * measured.
 *
 * Ownership: struct requests owns its texts until requests_done().
 */
#ifndef TESTS_BENCH_REQUESTS_H
#define TESTS_BENCH_REQUESTS_H

#include "lib/base/buf.h"

struct requests {
    struct buf *texts;
    size_t count;
};

/* One for each file. Call requests_done() also after a failure. */
int requests_load(struct requests *requests, const char *path, char *const *files, size_t count,
                  struct error *err) MUST_CHECK;
void requests_done(struct requests *requests);

#endif
