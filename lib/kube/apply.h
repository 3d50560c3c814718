/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation of a JSON Patch (RFC 6902 4), and what it does to an object.
 * Private to the recorder, which writes operations, and to apply.c, which
 * replays them.
 *
 * Ownership: an operation borrows its texts and its value.
 */
#ifndef KUBE_APPLY_H
#define KUBE_APPLY_H

#include "lib/kube/overlay.h"

enum patch_operation_name {
    PATCH_ADD,
    PATCH_MOVE,
};

struct patch_operation {
    enum patch_operation_name name;
    struct slice path;  /* JSON Pointers */
    struct slice from;  /* of a move */
    struct value value; /* of an add; text, so that no later edit changes it */
};

int operation_apply(const struct patch_operation *operation, struct overlay *overlay,
                    struct error *err) MUST_CHECK;

#endif
