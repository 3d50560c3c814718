/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text laid out for people: one member a line, four spaces a level, as
 * kubectl prints it. Only the white space between tokens changes, so numbers and
 * strings keep their text.
 *
 * `json` is valid JSON (value_encode or build_encode wrote it); there is no newline at the end.
 */
#ifndef CLI_INDENT_H
#define CLI_INDENT_H

#include "lib/base/buf.h"

/* `level`: how deep it stands already; its first line is not indented. */
void indent_json(struct buf *out, struct slice json, size_t level);

#endif
