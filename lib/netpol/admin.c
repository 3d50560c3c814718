/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/admin.h"

#include "lib/netpol/calico_selector.h"

#include <stdio.h>

bool admin_selects(const struct admin_part *part, struct slice gateway)
{
    struct requirement mark = {
        .key = SLICE(ADMIN_GATEWAY_LABEL),
        .values = &gateway,
        .count = 1,
    };
    const struct selector privacy = {&mark, 1};

    return !part->nobody && selectors_overlap(&part->pods, &privacy) &&
           (part->calico == NULL || calico_may_select(part->calico, gateway));
}

bool admin_selects_strangers(const struct admin_part *part, const struct requirement *strangers)
{
    struct requirement mark = *strangers;
    const struct selector others = {&mark, 1};

    return !part->nobody && selectors_overlap(&part->pods, &others) &&
           (part->calico == NULL || calico_may_select(part->calico, (struct slice){0}));
}

static void print_place(const struct admin_place *place, char out[static ADMIN_FIELD])
{
    if (place->index == SIZE_MAX) {
        (void)snprintf(out, ADMIN_FIELD, "%s", place->at);
    } else {
        (void)snprintf(out, ADMIN_FIELD, "%s[%zu]%s", place->at, place->index, place->behind);
    }
}

/* What cannot be told comes first: it needs no look at addresses. */
static bool find_unknown(const struct admin_part *part, struct admin_leak *leak)
{
    for (size_t i = 0; i < part->count; i++) {
        const struct admin_note *note = &part->notes[i];
        if (note->unknown != NULL) {
            leak->found = true;
            print_place(&note->unknown_at, leak->field);
            (void)snprintf(leak->witness, sizeof leak->witness, "%s", note->unknown);
            (void)snprintf(leak->mend, sizeof leak->mend, "%s",
                           note->mend == NULL ? "" : note->mend);
            return true;
        }
    }
    return false;
}

int admin_judge(const struct admin_part *part, struct slice namespace,
                const struct allowed *allowed, struct admin_leak *leak, struct error *err)
{
    const struct policy policy = {
        .namespace = namespace,
        .isolates_egress = true,
        .egress = part->rules,
        .egress_count = part->count,
    };
    struct leak found = {0};
    struct admin_leak result = {0};

    if (find_unknown(part, &result)) {
        *leak = result;
        return 0;
    }
    if (judge_egress(&policy, allowed, &found, err) != 0) {
        return -1;
    }
    if (found.found) {
        const struct admin_note *note = &part->notes[found.rule];
        result.found = true;
        print_place(found.peer == SIZE_MAX ? &note->rule : &note->peers[found.peer], result.field);
        (void)snprintf(result.witness, sizeof result.witness, "%s", found.witness);
    }
    *leak = result;
    return 0;
}
