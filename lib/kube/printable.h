/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for people, whoever wrote it: what would steer a terminal, break a line
 * or not show at all (utf8_prints) stands there escaped, \n or \u001b. Nothing
 * is cut in two, and of a character that was cut before, its rest is left out.
 */
#ifndef KUBE_PRINTABLE_H
#define KUBE_PRINTABLE_H

#include "lib/base/buf.h"

/* As much as fits, with a NUL behind it; gives its length. `size` is at least 1. */
size_t printable(char *out, size_t size, struct slice text);

/* The same, appended. */
void printable_append(struct buf *out, struct slice text);

#endif
