/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cluster's objects tell of the configuration's `cluster:` (spec.md 1, `config detect`):
 * objects in, in any order, the section out, each line with where it comes from. Who asks for
 * the objects is detect_ask.h.
 *
 *   podCIDRs      whole ranges: --cluster-cidr of the static pods, kubeadm's and flannel's
 *                 ConfigMap, Calico's IPPools, Cilium's ConfigMap, the arguments of a k3s or RKE2
 *                 server; and what nodes have beside those in spec.podCIDRs, joined where that is
 *                 exact
 *   serviceCIDRs  ServiceCIDR objects; --service-cluster-ip-range, kubeadm's ConfigMap, those
 *                 arguments
 *   nodeCIDRs     each node's InternalIP
 *   dns           the Service kube-dns of kube-system, or what stands for it
 *   domain        CoreDNS's or kubeadm's ConfigMap
 *
 * What cannot be told is left empty and is a note: nothing is guessed, as a wrong range is a
 * killswitch that is too wide or too narrow. Then the section is not finished.
 *
 * Ownership: owns its texts until detected_done(); objects are not kept.
 * Threads:   one owner at a time.
 * Errors:    ERR_NO_MEMORY, ERR_TOO_LARGE. An object that is not as expected is a note.
 * Limits:    DETECT_BLOCKS a list.
 */
#ifndef CLI_DETECT_H
#define CLI_DETECT_H

#include "lib/base/buf.h"
#include "lib/kube/value.h"
#include "lib/netpol/cidr.h"
#include "lib/pod/names.h"

enum { DETECT_BLOCKS = 65536, DETECT_ORIGIN = 320, DETECT_TEXT = 4 * 1024 * 1024 };

/* A range, and what told it: "ServiceCIDR kubernetes", or the node's name alone; printable. */
struct detected_block {
    struct cidr cidr;
    char origin[DETECT_ORIGIN];
};

struct detected_blocks {
    struct detected_block *items;
    size_t count;
    size_t cap;
};

/* A distribution, how it is recognised, and its ranges where nobody says otherwise. */
struct detect_habit {
    const char *name;
    const char *version;   /* in kubeletVersion; NULL: by the label */
    const char *label;     /* of a Node */
    const char *arguments; /* the annotation that has a server's arguments; NULL: none has */
    const char *pods;
    const char *services;
};

struct detected {
    struct detected_blocks pods;      /* whole ranges */
    struct detected_blocks parts;     /* nodes' shares of one */
    struct detected_blocks services;  /* whole ranges */
    struct detected_blocks nodes;     /* single addresses */
    size_t bare_nodes;                /* without spec.podCIDRs */
    const struct detect_habit *habit; /* NULL: none that is known */
    bool usual_pods;                  /* a server of it was told no other range */
    bool usual_services;

    unsigned dns_rank; /* 0: none found; the higher, the surer */
    char dns_address[ADDRESS_TEXT];
    char dns_name[NAME_MAX_LEN + 1];
    struct buf dns_pods; /* its selector as YAML */

    unsigned domain_rank;
    char domain[NAME_MAX_LEN + 1];
    char domain_origin[DETECT_ORIGIN];

    char first_service[ADDRESS_TEXT]; /* of the Service `kubernetes` */
    struct buf notes;                 /* lines for people */
    bool unfinished;
};

void detected_init(struct detected *found);
void detected_done(struct detected *found);
DEFINE_AUTO_IN_PLACE(detected, struct detected, detected_done);

/* Where CoreDNS, kubeadm, Cilium and flannel keep what is read here. */
struct detect_map {
    const char *namespace;
    const char *name;
};
enum { DETECT_MAPS = 5 };
extern const struct detect_map detect_maps[DETECT_MAPS];

/* The namespace that the cluster's DNS Service is in. */
#define DETECT_DNS_NAMESPACE "kube-system"

/* Take what the object tells. `kind`: Node, ServiceCIDR, Service, ConfigMap, IPPool, Pod; another
 * one tells nothing. */
int detected_add(struct detected *found, const char *kind, struct value object,
                 struct error *err) MUST_CHECK;

/* A line for people; `finished` false: the section is not. */
void detected_note(struct detected *found, bool finished, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* A block of a list, whoever told it. A text that is no CIDR is a note. For the files beside. */
int detected_block_add(struct detected *found, struct detected_blocks *list, struct slice text,
                       const char *origin, struct error *err) MUST_CHECK;

/* The same of every string of an array, and of a flag's value, parted by commas. */
int detected_blocks_add(struct detected *found, struct detected_blocks *list, struct value texts,
                        const char *origin, struct error *err) MUST_CHECK;
int detected_flag_add(struct detected *found, struct detected_blocks *list, struct slice value,
                      const char *origin, struct error *err) MUST_CHECK;

/* Is the inner one part of the outer, or the same? */
bool detected_holds(const struct cidr *outer, const struct cidr *inner);

/* Once all objects are there: the documented ranges of a server that was told none. */
int detected_add_usual(struct detected *found, struct error *err) MUST_CHECK;

/* What a Node, and the ConfigMap of one of detect_maps, tells. For detect.c. */
int detected_add_node(struct detected *found, struct value node, struct error *err) MUST_CHECK;
int detected_add_map(struct detected *found, struct value map, struct error *err) MUST_CHECK;

/*
 * The section as YAML, "cluster:" first. `server` is the API server's address. Adds notes of what
 * is missing or worth a look, so ask once.
 */
int detected_write(struct detected *found, const char *server, struct buf *out,
                   struct error *err) MUST_CHECK;

#endif
