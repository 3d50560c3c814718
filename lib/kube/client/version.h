/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resourceVersion: which of two is later?
 *
 * Kubernetes 1.35 made them comparable (KEP-5504): decimal numbers of any length, without
 * leading zeros, that grow within one resource; they always were with etcd. What has
 * another form is opaque: equal or not, never earlier or later.
 */
#ifndef CLIENT_VERSION_H
#define CLIENT_VERSION_H

#include "lib/base/slice.h"

bool version_is_number(struct slice version);

/* Surely later, and surely not later (earlier or equal). Both are false for what is opaque. */
bool version_is_after(struct slice a, struct slice b);
bool version_is_not_after(struct slice a, struct slice b);

#endif
