/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A NetworkPolicy (networking.k8s.io/v1) read for judging its egress, with the
 * API server's defaults filled in (policyTypes, protocol), so that a manifest
 * and a stored object read alike.
 *
 * Ownership: all memory is the arena's; texts are borrowed from the document.
 * Errors:    ERR_MALFORMED with the field path from the object's root,
 *            "spec.egress[1].to[0].ipBlock.cidr: ...". POLICY_CIDR tells a
 *            non-canonical CIDR from every other mistake.
 */
#ifndef NETPOL_POLICY_H
#define NETPOL_POLICY_H

#include "lib/netpol/cidr.h"
#include "lib/netpol/selector.h"

/* The label that each namespace has from the API server, with its name, for good. */
#define METADATA_NAME "kubernetes.io/metadata.name"

enum policy_fault {
    POLICY_FINE,
    POLICY_WRONG, /* of another shape than the API's */
    POLICY_CIDR,  /* a CIDR that is not in its canonical form */
};

enum protocol {
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    PROTOCOL_SCTP,
    PROTOCOL_COUNT,
};

struct policy_port {
    enum protocol protocol;
    bool all; /* no port, or a name: every port of the protocol; first and last span them */
    uint16_t first;
    uint16_t last;
};

enum peer_kind {
    PEER_IP_BLOCK,
    PEER_PODS,
};

struct policy_peer {
    enum peer_kind kind;
    struct cidr block;
    struct cidr *except;
    size_t except_count;
    bool own_namespace; /* no namespaceSelector: pods of the policy's own namespace */
    struct selector namespaces;
    struct selector pods;
};

struct policy_rule {
    bool anywhere; /* no `to` */
    struct policy_peer *peers;
    size_t peer_count;
    bool any_port; /* no `ports`: every protocol, ICMP included */
    struct policy_port *ports;
    size_t port_count;
};

struct policy {
    struct slice name;
    struct slice namespace;
    struct selector pods;
    bool isolates_egress;
    struct policy_rule *egress;
    size_t egress_count;
};

/*
 * `fault` says of which class a failure is (POLICY_WRONG also where there was no memory: err->code
 * tells). Members that the API does not have are passed over, as its server prunes them, but not in
 * a selector or in place of a peer: there less text means more traffic.
 */
int policy_parse(struct value object, struct arena *arena, struct policy *out,
                 enum policy_fault *fault, struct error *err) MUST_CHECK;

/* One NetworkPolicyPeer by itself, as a configuration lists them. The same rules and errors. */
int policy_parse_peer(struct value object, struct arena *arena, struct policy_peer *out,
                      enum policy_fault *fault, struct error *err) MUST_CHECK;

#endif
