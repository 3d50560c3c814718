/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An AuthorizationPolicy (security.istio.io v1 and v1beta1) read for what
 * becomes of it in ambient mode: who is asked to enforce it, and which of its
 * attributes that one understands.
 *
 * Not for deciding a connection: nothing here compares a value with a peer's.
 *
 * Ownership: tables are the arena's; texts and values are borrowed from the document.
 * Errors:    ERR_MALFORMED with the field path from the object's root,
 *            "spec.rules[1].to[0].operation.ports[0]: ...".
 * Limits:    none of its own: the arena's.
 */
#ifndef MESH_AUTHZ_H
#define MESH_AUTHZ_H

#include "lib/base/arena.h"
#include "lib/kube/value.h"

enum authz_action {
    AUTHZ_ALLOW,
    AUTHZ_DENY,
    AUTHZ_AUDIT,
    AUTHZ_CUSTOM,
};

/* Who understands an attribute. */
enum authz_layer {
    LAYER_L4,      /* ztunnel, and every proxy */
    LAYER_HTTP,    /* proxies alone: waypoints, gateways, sidecars */
    LAYER_SILENT,  /* ztunnel passes over it without a word, in its status neither */
    LAYER_UNKNOWN, /* newer than what stands here */
};

/* "principals" of a source, "methods" of an operation, or the key of a condition. */
struct authz_attribute {
    struct slice name;
    enum authz_layer layer;
    struct value values;     /* a list of texts; of a condition its `values` */
    struct value not_values; /* of a condition alone */
};

/* One item of from, to or when: what it names is ANDed. */
struct authz_match {
    struct authz_attribute *attributes; /* one at least */
    size_t count;
};

enum authz_part {
    AUTHZ_FROM,
    AUTHZ_TO,
    AUTHZ_WHEN,
};

/* All of `from`, all of `to`, or one item of `when`: the matches are ORed. */
struct authz_clause {
    enum authz_part part;
    size_t first; /* the index of the first match in its list */
    struct authz_match *matches;
    size_t count;
};

/* The clauses are ANDed; none: the rule matches everything. */
struct authz_rule {
    struct authz_clause *clauses;
    size_t count;
};

struct authz_ref {
    struct slice group;
    struct slice kind;
    struct slice name;
};

struct authz {
    struct slice name;
    struct slice namespace;
    enum authz_action action;
    bool has_selector;
    struct value labels; /* spec.selector.matchLabels; absent where none */
    bool one_ref;        /* written as spec.targetRef */
    struct authz_ref *refs;
    size_t ref_count;
    struct authz_rule *rules;
    size_t rule_count;
    bool dry_run;
};

int authz_parse(struct value object, struct slice namespace, struct arena *arena, struct authz *out,
                struct error *err) MUST_CHECK;

/* The place of an attribute: "spec.rules[1].to[0].operation.methods", "spec.rules[1].when[0].key".
 */
void authz_field(size_t rule, const struct authz_clause *clause, size_t match,
                 const struct authz_attribute *attribute, char out[static 160]);

/* Is it about Istio's own proxies (ingress, egress and Gateway API gateways), by its selector? No
 * ztunnel enforces such a one, and a privacy pod is none of them. */
bool authz_is_for_gateways(const struct authz *policy);

/* Does it hold for the whole mesh or for any namespace's workloads? */
bool authz_is_of_root(const struct authz *policy);

const char *authz_action_name(enum authz_action action);

#endif
