/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A buffer that held a secret goes back to the heap without it. Private to this folder.
 */
#ifndef CLIENT_WIPE_H
#define CLIENT_WIPE_H

#include "lib/base/buf.h"

static inline void wipe_done(struct buf *buf)
{
    if (buf->data != NULL) {
        explicit_bzero(buf->data, buf->cap);
    }
    buf_done(buf);
}
DEFINE_AUTO_IN_PLACE(wiped_buf, struct buf, wipe_done);

#endif
