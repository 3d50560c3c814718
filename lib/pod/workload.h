/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands above a controller that has one itself (spec.md 3, "workload").
 *
 * For templates: a ReplicaSet's or a Job's own manifest gives the same workload
 * as its pods do. The workload of a pod is names.h workload_name().
 */
#ifndef POD_WORKLOAD_H
#define POD_WORKLOAD_H

#include "lib/kube/value.h"

/*
 * The name above a controller of this kind and name: a ReplicaSet's without -<pod-template-hash> (a
 * label of its pods, in `labels`), a Job's without a CronJob's -<8 to 10 digits>; every other
 * name as it is. A piece of `name`.
 */
struct slice workload_above(struct slice kind, struct slice name, struct value labels);

#endif
