/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recorder through which every change to an object goes (design.md 2).
 *
 * An edit changes the working copy, an overlay over the tape that costs only
 * what was touched, and is written down as an operation of a JSON Patch
 * (RFC 6902). So a rule sees what the rules before it did, and replaying the
 * operations on the original gives the working copy. There are two operations,
 * and nothing of a user's is ever removed:
 *
 *   add   a member or item; on a member that exists it sets it (RFC 6902 4.1)
 *   move  an item of an array to another place of the same array
 *
 * Places are JSON Pointers (RFC 6901) below the prefix, written with printf's
 * formats by the caller: "/spec/containers/%zu/image". `~` and `/` in a name
 * must be escaped by the caller (pointer_escape). "-" at the end appends.
 *
 * Ownership: values given to patch_add() are borrowed and must outlive the
 *            patch; patch_add_json() copies.
 * Threads:   one patch belongs to one request.
 * Errors:    ERR_MALFORMED where a place does not exist or is of another kind,
 *            ERR_TOO_LARGE, ERR_NO_MEMORY. ERR_MALFORMED leaves copy and
 *            operations as they were; after another one patch_encode() fails,
 *            so that half an edit is never sent.
 * Limits:    places of 128 tokens and 64 KiB, 16 MiB of changed containers.
 */
#ifndef KUBE_PATCH_H
#define KUBE_PATCH_H

#include "lib/base/buf.h"
#include "lib/kube/value.h"

struct patch;

/*
 * prefix: where in the object the pod stands: "" for a pod, "/spec/template" for a Deployment.
 * Borrowed. NULL where there is no memory.
 */
struct patch *patch_new(struct value object, const char *prefix);
void patch_free(struct patch *patch);
DEFINE_AUTO(patch, struct patch, patch_free);

/* The whole object, and what stands at the prefix, after the edits so far. */
struct value patch_object(const struct patch *patch);
struct value patch_target(const struct patch *patch);

/*
 * Add `value` at the place. Objects on the way that are missing or null are made first (recorded as
 * operations too), and so is an array whose first item is added at "-" or "0".
 */
int patch_add(struct patch *patch, struct value value, struct error *err, const char *pointer, ...)
    PRINTF_LIKE(4, 5) MUST_CHECK;

/* The same for JSON text, which is parsed strictly and copied. */
int patch_add_json(struct patch *patch, struct slice json, struct error *err, const char *pointer,
                   ...) PRINTF_LIKE(4, 5) MUST_CHECK;

/* Move item `from` of the array at `pointer` so that it becomes item `to`. */
int patch_move(struct patch *patch, const char *pointer, size_t from, size_t to,
               struct error *err) MUST_CHECK;

/* How many operations; the patch document ("[]" where there is none). */
size_t patch_count(const struct patch *patch);
int patch_encode(const struct patch *patch, struct buf *out, struct error *err) MUST_CHECK;

/*
 * Replay the operations on the original as the API server will, before they are sent: does each one
 * apply, and is the working copy what comes of it?
 */
int patch_try(const struct patch *patch, struct error *err) MUST_CHECK;

/* Append `name` as one token of a JSON Pointer: ~ becomes ~0, / becomes ~1. */
void pointer_escape(struct buf *out, struct slice name);

/*
 * Apply a JSON Patch of add and move to `object` as the API server would (RFC 6902 4), strictly:
 * any other operation, a place that does not exist, an index behind the end is an error. The result
 * is written to `out`.
 */
int patch_apply(struct value object, struct value operations, struct buf *out,
                struct error *err) MUST_CHECK;

#endif
