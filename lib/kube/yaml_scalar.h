/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plain scalar means: a string, or the JSON text of something else.
 *
 * scalar_resolve() is kubectl's reading (sigs.k8s.io/yaml over go-yaml 2, which
 * is YAML 1.1 with Go's numbers): yes and off are booleans, 0644 is 420, 1_000 is
 * 1000, 2020-01-01 and 12:30:45 are strings. Where go-yaml would round, the text
 * is kept: a decimal number of any length stays as it was written.
 *
 * Private to the YAML files of this folder.
 *
 * Threads: no shared state.
 * Errors:  `json` fails as buffers do; ask buf_check().
 */
#ifndef KUBE_YAML_SCALAR_H
#define KUBE_YAML_SCALAR_H

#include "lib/base/buf.h"

#include <stdbool.h>

enum scalar_type {
    SCALAR_STRING,
    SCALAR_NULL,
    SCALAR_BOOL,
    SCALAR_INT,
    SCALAR_FLOAT,
    SCALAR_NO_JSON, /* infinity and not-a-number */
};

/* Both put the JSON text of what is no string into `json`, which is emptied first. */
enum scalar_type scalar_resolve(struct slice text, struct buf *json);

/* The words true, false, null and ~, nothing at all, and numbers as JSON writes them. */
enum scalar_type scalar_resolve_strict(struct slice text, struct buf *json);

/*
 * A number or boolean as the key of a mapping, where JSON has strings alone: the decimal digits of
 * an integer, a float as Go prints the 32-bit one ("1e+06"), true or false.
 */
void scalar_key(enum scalar_type type, const char *json, struct buf *key);

/* Is it one of the words, which a space parts? */
bool scalar_is_one_of(struct slice text, const char *words);

/* Could any reader of YAML 1.1 or 1.2 take the plain text for something other than a string? */
bool scalar_is_ambiguous(struct slice text);

#endif
