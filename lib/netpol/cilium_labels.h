/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cilium's endpoint selectors, as selectors of pods and of namespaces.
 *
 * A key may have a source before it: `k8s:app`, `any:app` (the same as `app`),
 * `reserved:host`, short `$host`, or `reserved.host`. Two kinds of labels of Kubernetes are of the
 * namespace: `io.kubernetes.pod.namespace`, its name, and
 * `io.cilium.k8s.namespace.labels.<key>`. Whatever has another source is left out,
 * which selects more. A key with `=` in it is refused: Cilium goes on with what is
 * before that.
 *
 * Ownership: the arena's; texts are borrowed.
 */
#ifndef NETPOL_CILIUM_LABELS_H
#define NETPOL_CILIUM_LABELS_H

#include "lib/netpol/admin_reader.h"

/* What a selector of a rule's peers takes. */
struct cilium_peer {
    bool anywhere; /* identities that are no pods, the world among them */
    struct selector namespaces;
    struct selector pods;
    bool own_namespace;
};

/* Whom a rule is for: the pods, or nobody (the part says so); `init` where it is for endpoints that
 * have no labels yet. */
int cilium_subject(struct admin_reader *reader, struct value selector, struct selector *pods,
                   bool *init) MUST_CHECK;

/* `init`: the rule's subject is; then Cilium does not put the namespace to the peer. */
int cilium_peer(struct admin_reader *reader, struct value selector, bool init,
                struct cilium_peer *out) MUST_CHECK;

#endif
