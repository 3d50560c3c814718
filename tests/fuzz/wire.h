/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP side of the server without TLS, without a listening socket and without
 * threads: bytes in, bytes out, over a pair of sockets.
 *
 * The server keeps no policies, so nothing has to wait for a writer.
 *
 * Ownership: made at the first use and kept.
 */
#ifndef TESTS_FUZZ_WIRE_H
#define TESTS_FUZZ_WIRE_H

#include "lib/base/buf.h"

#include <stdint.h>

/* Send `text` over a new connection, in pieces as long as `steps` says in turn (0: 256 bytes), and
 * end it. `out` is initialised and gets all that came back. */
void wire_exchange(struct slice text, struct slice steps, struct buf *out);

#endif
