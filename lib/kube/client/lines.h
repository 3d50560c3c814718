/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream cut into lines, wherever its pieces end. Private to this folder.
 *
 * Limits: LINES_MAX a line. Nothing that was looked at is looked at again.
 */
#ifndef CLIENT_LINES_H
#define CLIENT_LINES_H

#include "lib/base/buf.h"

enum { LINES_MAX = 8388608 /* an object is at most 3 MiB in etcd */ };

struct lines {
    struct buf rest; /* of a line whose end has not come */
};

void lines_init(struct lines *lines);
void lines_done(struct lines *lines);

/* A whole line without its end; empty ones are left out. false: enough. */
typedef bool lines_take(void *arg, struct slice line);

/* false: the taker had enough, or a line is too long or there is no memory: err says it. */
bool lines_feed(struct lines *lines, struct slice data, lines_take *take, void *arg,
                struct error *err);

#endif
