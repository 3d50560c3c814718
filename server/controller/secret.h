/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Secret that the replicas' CAs stand in, to a set of CAs and from it.
 *
 *   ca.crt, ca.key      the CA that signs
 *   next.crt, next.key  its successor, while clients are told about it
 *   last.crt            the one before it, until its last leaf has ended; the annotation
 *                       podveil.io/last-until says when
 *
 * Ownership: what is made is the caller's. secret_text_done() wipes, as the text has keys.
 * Errors:    ERR_CONFIG with the key that is wrong and the way out. Never a byte of a value.
 */
#ifndef CONTROLLER_SECRET_H
#define CONTROLLER_SECRET_H

#include "certs/ca_set.h"
#include "lib/kube/value.h"

#define SECRET_NAME "podveil-ca"

enum { SECRET_TEXT_MAX = 256 * 1024 };

void secret_text_done(struct buf *text);
DEFINE_AUTO_IN_PLACE(secret_text, struct buf, secret_text_done);

/* `out` is empty. */
int ca_secret_read(struct value object, struct ca_set *out, struct error *err) MUST_CHECK;

/* The whole object, to be created in that namespace; `out` is initialised here. */
int ca_secret_print(const struct ca_set *set, const char *namespace, struct buf *out,
                    struct error *err) MUST_CHECK;

/* A merge patch that makes the set of an object of that version this one. */
int ca_secret_patch(const struct ca_set *set, const char *version, struct buf *out,
                    struct error *err) MUST_CHECK;

#endif
