/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rules found in one object: the denial, if there is one, and the
 * warnings.
 *
 * A denial's message is for people: "<Reason>: <what is wrong>. <what to write
 * instead>." The first denial stays, so the answer does not depend on what
 * comes after it. Reasons that the configuration turns down (`validation`) become
 * warnings or nothing here, so no rule asks for that itself. What a stranger
 * wrote may stand in any of it as it is: it is made printable here.
 *
 * Ownership: owns nothing, lives on a stack.
 * Limits:    a warning has at most 120 characters, and there are at most 16.
 */
#ifndef POD_FINDINGS_H
#define POD_FINDINGS_H

#include "lib/config/config.h"

#include <stdbool.h>

enum reason {
    REASON_NONE = 0,
#define REASON(id, name, code) REASON_##id,
#include "lib/pod/reason.def"
#undef REASON
};

enum { WARNING_LEN = 120, FINDINGS_MAX_WARNINGS = 16 };

struct findings {
    const struct config *config; /* borrowed */
    enum reason denied;          /* REASON_NONE: nothing was refused */
    char field[256];             /* "spec.containers[1].securityContext.privileged" */
    char message[1536];          /* with the reason in front */
    char witness[256];           /* what a denied one would let through; "" where none is named */
    char warnings[FINDINGS_MAX_WARNINGS][WARNING_LEN + 1];
    size_t warning_count;
    struct value typed; /* what typed.h read last */
};

void findings_init(struct findings *findings, const struct config *config);

/*
 * Refuse. `fmt` is both sentences: "the pod uses the node's network, where no tunnel can hold it.
 * Remove hostNetwork: true." The field path is taken from the root of the pod (or object).
 */
void findings_deny(struct findings *findings, enum reason reason, const char *field,
                   const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The same, and what it would let through: an address, a port, pods. */
void findings_deny_leak(struct findings *findings, enum reason reason, const char *witness,
                        const char *field, const char *fmt, ...) PRINTF_LIKE(5, 6);

/* Warn; cut to WARNING_LEN where a character ends. The same text twice is one warning. */
void findings_warn(struct findings *findings, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A denial's message without the reason in front. */
const char *findings_words(const struct findings *findings);

const char *reason_name(enum reason reason); /* "None" for REASON_NONE */
int reason_code(enum reason reason);         /* 403 or 422 */

#endif
