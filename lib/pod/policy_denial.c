/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/policy_denial.h"

#include <stdio.h>

void policy_deny_at(struct findings *findings, enum reason reason, const char *text,
                    const char *instead)
{
    const char *colon = strstr(text, ": ");
    char field[sizeof findings->field];

    (void)snprintf(field, sizeof field, "%.*s", colon == NULL ? 0 : (int)(colon - text), text);
    findings_deny(findings, reason, field, "%s. %s", text, instead);
}

int policy_deny_memory(struct findings *findings, const struct error *wrong,
                       const struct arena *arena, struct error *err)
{
    if (!arena->full) {
        *err = *wrong;
        return -1;
    }
    findings_deny(findings, REASON_MALFORMED, "spec",
                  "the policy is too large to be judged. Split it into several.");
    return 0;
}
