/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/cluster_view.h"

#include <stddef.h>

static int nobody_to_ask(struct error *err)
{
    return error_set(err, ERR_SYSTEM, "there is no cluster to ask");
}

int cluster_count_pods(const struct cluster_view *around, struct slice namespace,
                       struct slice gateway, struct slice workload, size_t *count,
                       struct error *err)
{
    if (around == NULL || around->count_pods == NULL) {
        return nobody_to_ask(err);
    }
    return around->count_pods(around->place, namespace, gateway, workload, count, err);
}

int cluster_is_terminating(const struct cluster_view *around, struct slice namespace, bool *out,
                           struct error *err)
{
    if (around == NULL || around->is_terminating == NULL) {
        return nobody_to_ask(err);
    }
    return around->is_terminating(around->place, namespace, out, err);
}

int cluster_visit(const struct cluster_view *around, const struct cluster_objects *wanted,
                  cluster_visitor *visitor, void *arg, struct error *err)
{
    if (around == NULL || around->visit == NULL) {
        return nobody_to_ask(err);
    }
    return around->visit(around->place, wanted, visitor, arg, err);
}
