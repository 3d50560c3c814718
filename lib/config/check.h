/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keys say about each other, once each is right by itself: blocks and
 * networks that overlap, names that stand twice or lead nowhere, addresses
 * outside of the cluster. And the remarks of `config check`.
 *
 * Private to this folder.
 *
 * Errors: ERR_CONFIG with the place: of the value that is wrong or, where it is a default, of the
 *         object that it belongs to.
 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "lib/config/source.h"
#include "lib/netpol/addrset.h"

int config_check_cluster(const struct source *source, const struct config *config,
                         struct error *err) MUST_CHECK;
int config_check_gateways(const struct source *source, const struct config *config,
                          struct error *err) MUST_CHECK;
int config_check_names(const struct source *source, const struct config *config,
                       struct error *err) MUST_CHECK;

void config_remark(const struct source *source, const struct config *config);

/* The lists of CIDRs: pod, service, local, node, probe, in this order. */
struct config_blocks {
    const char *object; /* where it is written: "cluster" */
    const char *name;   /* "podCIDRs" */
    const struct cidr_list *list;
};

enum {
    CONFIG_BLOCKS = 5,
    CONFIG_CLUSTER_BLOCKS = 3, /* the first ones, which policies let pods reach */
};

/* The addresses of the cluster itself, sealed; out is initialised. */
int config_unite_cluster(const struct config *config, struct addrset *out,
                         struct error *err) MUST_CHECK;

void config_list_blocks(const struct config *config,
                        struct config_blocks out[static CONFIG_BLOCKS]);

#endif
