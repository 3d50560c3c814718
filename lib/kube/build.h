/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON that podveil itself writes: containers rendered once per configuration,
 * policies, command-line output. cJSON underneath, known to build.c alone. Not
 * for what a user sent: that is copied as bytes (value_encode).
 *
 * A NULL from any constructor (no memory) is accepted by every function and
 * makes the value it was to go into incomplete, which build_encode() reports:
 * so a tree is built by plain statements and checked once.
 *
 * Ownership: build_set() and build_push() take `child`, always. The root is the caller's.
 * Errors:    build_encode() fails with ERR_NO_MEMORY where anything did.
 */
#ifndef KUBE_BUILD_H
#define KUBE_BUILD_H

#include "lib/base/buf.h"
#include "lib/kube/value.h"

struct build;

struct build *build_object(void);
struct build *build_array(void);
struct build *build_string(struct slice text);
struct build *build_text(const char *text);
struct build *build_bool(bool value);
struct build *build_int(int64_t value);   /* written exactly */
struct build *build_copy(struct value v); /* the bytes of v as they are */
void build_free(struct build *build);
DEFINE_AUTO(build, struct build, build_free);

/*
 * Both give `child` back, so that a tree can be written top down; it is borrowed then. A name that
 * was set before is set anew, as the last member.
 */
struct build *build_set(struct build *object, const char *name, struct build *child);
struct build *build_push(struct build *array, struct build *child);

/* Compact JSON. */
int build_encode(const struct build *build, struct buf *out, struct error *err) MUST_CHECK;

#endif
