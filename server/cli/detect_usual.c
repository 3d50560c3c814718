/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ranges that a distribution takes where it is told none. They are documented, but a wrong
 * range is a hole or a wall, so two things have to agree: a server's own arguments name no other,
 * and what the cluster shows of the range lies in it.
 */
#include "server/cli/detect.h"

#include <stdio.h>

/* Do all parts, one at least, lie in the range that the distribution takes where it is told none?
 */
static bool has_usual_pods(const struct detected *found)
{
    struct cidr usual = {0};
    struct error unused = {0};
    size_t held = 0;

    if (!found->usual_pods || found->pods.count > 0 ||
        cidr_parse(slice_of(found->habit->pods), &usual, &unused) != 0) {
        return false;
    }
    while (held < found->parts.count && detected_holds(&usual, &found->parts.items[held].cidr)) {
        held++;
    }
    return held > 0 && held == found->parts.count;
}

static bool has_usual_services(const struct detected *found)
{
    struct cidr usual = {0};
    enum family family = FAMILY_IPV4;
    struct address first = {0};
    struct error unused = {0};

    return found->usual_services && found->services.count == 0 &&
           cidr_parse(slice_of(found->habit->services), &usual, &unused) == 0 &&
           address_parse(slice_of(found->first_service), &family, &first, &unused) == 0 &&
           cidr_contains(&usual, family, first);
}

int detected_add_usual(struct detected *found, struct error *err)
{
    char why[DETECT_ORIGIN];

    if (has_usual_pods(found)) {
        (void)snprintf(why, sizeof why, "what %s takes: its server was told no --cluster-cidr",
                       found->habit->name);
        if (detected_block_add(found, &found->pods, slice_of(found->habit->pods), why, err) != 0) {
            return -1;
        }
    }
    if (has_usual_services(found)) {
        (void)snprintf(why, sizeof why, "what %s takes: its server was told no --service-cidr",
                       found->habit->name);
        return detected_block_add(found, &found->services, slice_of(found->habit->services), why,
                                  err);
    }
    return 0;
}
