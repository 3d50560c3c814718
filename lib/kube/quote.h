/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text as a JSON string: quoted, control characters, quotes and backslashes
 * escaped, and what would not show (utf8_prints); everything else as it is.
 * Bytes that are no UTF-8 become U+FFFD, so that what podveil writes is always
 * valid, and can be read in a terminal.
 */
#ifndef KUBE_QUOTE_H
#define KUBE_QUOTE_H

#include "lib/base/buf.h"

/* Append `text` as a JSON string with its quotes. */
void quote(struct buf *out, struct slice text);

#endif
