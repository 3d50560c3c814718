/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers of plain scalars, as go-yaml 2 reads them and as JSON writes them.
 *
 * Private to the YAML files of this folder.
 *
 * Ownership: a number borrows the text that it was read from.
 * Threads:   no shared state.
 */
#ifndef KUBE_YAML_NUMBER_H
#define KUBE_YAML_NUMBER_H

#include "lib/kube/yaml_scalar.h"

#include <stdint.h>

/* A number as it stands; '_' may stand in each slice. */
struct number {
    enum scalar_type type; /* SCALAR_STRING: it is none */
    bool negative;
    bool decimal; /* an integer to be written by its digits */
    uint64_t magnitude;
    struct slice whole;
    struct slice fraction;
    struct slice exponent; /* with its e */
};

/* go-yaml's numbers: 0644, 0x1F, 1_000, .5 and all that JSON has. */
struct number number_read(struct slice text);

/* Only [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?, with '_' anywhere. */
struct number number_read_decimal(struct slice text);

/* Append it as JSON. What is too large for a float is a string, and appends nothing. */
enum scalar_type number_put(const struct number *n, struct buf *json);

/* Is there a reader of YAML 1.1 or 1.2 to whom this is a number or a time? */
bool number_is_suspect(struct slice text);

#endif
