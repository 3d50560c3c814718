/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration (spec.md 2): one YAML file read into one immutable struct.
 *
 * Everything that a rule may use was checked here: CIDRs are canonical, names
 * are in their grammar, an image has no character that a shell or a reference
 * could trip over. So nothing unchecked reaches the settings of a root shell.
 *
 * Ownership: counted. config_load() gives one reference; all texts, arrays and
 *            values live as long as the configuration.
 * Threads:   immutable; the count is atomic.
 * Errors:    ERR_CONFIG as "FILE:LINE:COLUMN: what is wrong; what to write".
 * Limits:    1 MiB, 64 levels, one document; no anchors, aliases, tags.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "lib/base/buf.h"
#include "lib/kube/value.h"
#include "lib/netpol/cidr.h"

#include <stdbool.h>
#include <stdint.h>

enum { CONFIG_ID_LEN = 12 };

struct text_list {
    const char *const *items;
    size_t count;
};

struct cidr_list {
    const struct cidr *items;
    size_t count;
};

enum mesh_mode {
    MESH_NONE,
    MESH_AMBIENT,
};

enum companion_scope {
    COMPANION_WORKLOAD,
    COMPANION_NAMESPACE,
};

enum dns_mode {
    DNS_TUNNEL,
    DNS_CLUSTER,
};

enum reach {
    REACH_CLUSTER,
    REACH_LISTED,
};

enum raw_sockets {
    RAW_SOCKETS_DROP,
    RAW_SOCKETS_KEEP,
};

/* What `validation` makes of one of the reasons marked * in spec.md 5. */
enum validation {
    VALIDATION_DENY,
    VALIDATION_WARN,
    VALIDATION_OFF,
};

struct alias {
    const char *label;
    const char *value;
    const char *gateway;
};

struct opt_out {
    const char *namespace;
    const char *service_account;
};

struct cluster {
    struct cidr_list pod_cidrs;
    struct cidr_list service_cidrs;
    struct cidr_list local_cidrs;
    struct cidr_list node_cidrs;
    bool allow_public;
    const char *domain;
    const char *dns_address; /* canonical IPv4 */
    const char *dns_namespace;
    struct value dns_pods; /* labels and values, an object; absent where none are given */
};

struct mesh {
    enum mesh_mode mode;
    const char *waypoint; /* "" for none */
    struct cidr_list probes;
};

struct client {
    const char *image;
    const char *pull_policy; /* "" for the cluster's default */
    struct text_list also_images;
    bool lock;
    struct text_list init_command;
    struct text_list sidecar_command;
    struct value resources; /* requests and limits as written */
    struct text_list tolerate_env;
    struct text_list tolerate_mounts; /* names of mounts, not paths */
    struct text_list may_precede;
};

struct gateway {
    const char *name;
    const char *address; /* a DNS name */
    const char *namespace;
    struct value pods; /* labels and values, an object, not empty */
    const char *service_account;
    struct text_list usable_from; /* empty: every namespace */
    uint32_t vxlan_id;
    uint16_t vxlan_port;
    struct cidr vxlan_network; /* a /24; the gateway is .1 */
    enum dns_mode dns;
    enum reach reach;
    struct value listed; /* an array of NetworkPolicyPeer; absent where none */
    struct client client;
};

struct config {
    const char *label; /* the key that users write */
    const struct alias *aliases;
    size_t alias_count;
    struct cluster cluster;
    struct mesh mesh;
    enum companion_scope companion;
    uint64_t settle_ms;
    const struct gateway *gateways; /* one at least, but of config_none(); the first names
                                       companions without a hash */
    size_t gateway_count;
    enum raw_sockets raw_sockets;
    struct text_list host_paths; /* empty: all but the node's own */
    struct text_list claims;
    const struct opt_out *opt_outs;
    size_t opt_out_count;
    enum validation host_port;
    enum validation exec;
    enum validation external_endpoint;
    enum validation mesh_no_op;

    struct config_memory *memory; /* what it owns and the count; config_ref() alone may use it */
    char id[CONFIG_ID_LEN + 1];   /* of spec.md 3 */
};

/* A remark of `config check` that is no error: an odd port, no nodeCIDRs without a mesh. */
struct config_warning {
    unsigned line;
    unsigned column;
    char text[256];
};

enum { CONFIG_MAX_WARNINGS = 32 };

struct config_warnings {
    struct config_warning items[CONFIG_MAX_WARNINGS];
    size_t count;
};

/* Read and check. `file` is only for messages. warnings may be NULL. */
int config_parse(struct slice text, const char *file, const struct config **out,
                 struct config_warnings *warnings, struct error *err) MUST_CHECK;

/* The same from disk ("-" is standard input). */
int config_load(const char *path, const struct config **out, struct config_warnings *warnings,
                struct error *err) MUST_CHECK;

/* What stands for a configuration where there is none yet: it has no gateway and no id. */
int config_none(const struct config **out, struct error *err) MUST_CHECK;

const struct config *config_ref(const struct config *config);
void config_unref(const struct config *config);
DEFINE_AUTO(config, const struct config, config_unref);

/* The gateway of that name, or NULL. */
const struct gateway *config_gateway(const struct config *config, struct slice name);

/* The configuration as JSON, defaults filled in, keys in the schema's order: what the id is of. */
int config_encode(const struct config *config, struct buf *out, struct error *err) MUST_CHECK;

/* The JSON Schema (2020-12) of the file, made from the same table as the reader. */
int config_schema(struct buf *out, struct error *err) MUST_CHECK;

#endif
