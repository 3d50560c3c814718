/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container that an edit has touched: its children as a list. A child that was
 * not touched itself is still a handle on the tape, so an edit costs the
 * containers on its path and nothing else. Private to value.c, overlay.c and
 * those who edit through it.
 */
#ifndef KUBE_NODE_H
#define KUBE_NODE_H

#include "lib/kube/value.h"

/*
 * A change reaches the container of its last token, so containers that were changed are nested as
 * deep as a place has tokens; below them everything is text.
 */
enum { NODE_MAX_DEPTH = JSON_MAX_DEPTH };

struct child {
    struct child *next;
    struct slice raw_key; /* with its quotes, as it stood; empty in an array */
    struct slice key;     /* decoded */
    struct value value;
    struct node *node; /* value.node, for those who may change it */
};

struct node {
    enum json_kind kind;
    size_t count;
    struct child *first;
};

#endif
