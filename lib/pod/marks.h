/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The marks of a privacy pod after its creation: how one is told by them, and
 * which keys may not change any more.
 *
 * Not for deciding at creation which gateway a pod goes through: subject.h.
 */
#ifndef POD_MARKS_H
#define POD_MARKS_H

#include "lib/config/config.h"
#include "lib/kube/value.h"

/* On a namespace, set to "true" before its first privacy pod: by it the API server tells whose
 * policies are judged. */
#define MARK_GUARDED "podveil.io/guarded"

/*
 * Annotations by which a plugin gives a pod another interface, past tunnel and policies: read when
 * the pod gets its network, which may be long after its creation, and again after a restart of the
 * node. The last is NULL.
 */
extern const char *const mark_networks[];

/* Does the pod carry the gateway mark (and not "none")? Every admitted privacy pod does. */
bool pod_is_marked(struct value pod);

/*
 * Is this a label or annotation that a privacy pod keeps from creation to end: everything under
 * podveil.io/, the user's label and its aliases, the keys that hold the mesh around it, and those
 * that would give it another interface?
 */
bool mark_is_guarded(const struct config *config, struct slice key);

#endif
