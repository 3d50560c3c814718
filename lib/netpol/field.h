/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of an object read by their type, where null is as good as absent (so
 * the API server reads them), and errors that name the member by its path.
 *
 * Errors: ERR_MALFORMED with "NAME: what is wrong"; whoever goes up puts
 *         "spec.egress[1]." before it, so that the whole path stands there.
 */
#ifndef NETPOL_FIELD_H
#define NETPOL_FIELD_H

#include "lib/kube/value.h"

/* For "%.*s": what a stranger called something, but not all of a megabyte. */
#define FIELD_ARGS(s) (int)((s).len < 80 ? (s).len : 80), (s).data

/* The member of that kind; *out is absent where it is missing or null. */
int field_get(struct value object, const char *name, enum json_kind kind, struct value *out,
              struct error *err) MUST_CHECK;

/* The same for a string: {NULL, 0} where it is missing or null. */
int field_text(struct value object, const char *name, struct slice *out,
               struct error *err) MUST_CHECK;

/* ERR_MALFORMED with "what: must be a string" (or a list, or an object). Returns -1. */
int field_wrong_kind(struct error *err, const char *what, enum json_kind wanted);

/* Refuse members other than these. */
int field_known(struct value object, const char *const *names, size_t count,
                struct error *err) MUST_CHECK;

/* Put the text right before that of a failure that is passed up. Returns -1. */
int field_under(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
