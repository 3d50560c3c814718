/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One review in, one answer out: the rules run over it here, for the server and
 * for the command line alike. No I/O, no clock.
 *
 *   admission_review()  reads the body and decides. Where an allowed pod needs
 *                       policies that must stand first, they are listed in
 *                       `policies`, and the answer in `body` holds only once they do. Those of
 *                       a workload's pods to come are there too, `early`: good to have written.
 *                       In a dry run they are those that are to be tried.
 *   admission_refuse()  turns the answer into a denial instead: a policy was not written,
 *                       time ran out.
 *   admission_attest()  names the policies that stand in the audit annotations of an allowance
 *   admission_unread()  in place of a review for which no time is left: a fault of ours (500)
 *                       until it is refused. `uid` is review_uid_ahead()'s.
 *
 * HTTP: 200 for every decision, 400 where no uid can be echoed, 413 where the
 * document passes a limit of the reader, 500 for a fault of our own.
 *
 * Ownership: struct admission owns what it holds until admission_done(); it borrows nothing.
 * Threads:   any; one struct one thread at a time.
 */
#ifndef SERVER_ADMISSION_ADMISSION_H
#define SERVER_ADMISSION_ADMISSION_H

#include "lib/base/buf.h"
#include "lib/pod/policies.h"
#include "lib/pod/ruleset.h"
#include "server/admission/store.h"

enum phase {
    PHASE_MUTATE,
    PHASE_VALIDATE,
};

/* The uid is echoed as it was written, and each of its 128 bytes may be written as \uXXXX. */
enum { ADMISSION_MAX_POLICIES = 2, ADMISSION_UID_MAX = 6 * 128 };

struct admission_request {
    const struct ruleset *ruleset;
    /* Others that /validate takes as well: a pod may be mutated by one replica and judged by
     * another that is before or behind it. */
    const struct ruleset *const *believed;
    size_t believed_count;
    size_t again_count; /* the first of them: by which a pod may be mutated that /mutate is asked
                         * about again, and was mutated by first */
    enum phase phase;
    struct slice path_gateway; /* of /mutate/namespace/<gateway>; else {NULL, 0} */
    bool at_waypoint;          /* /validate/waypoint: so the namespace's label says */
    struct slice body;
    const char *missing; /* why `ruleset` stands for none (config_none()); else NULL */
    bool policies_kept; /* is there a place where policies are made? else privacy pods are denied */
    const struct policy_store *store; /* to visit what stands there; NULL: nobody to ask */
};

struct admission {
    int http_status;
    struct buf body; /* the AdmissionReview, or a line of text where http_status is not 200 */
    bool allowed;
    enum reason reason;
    struct policy_text policies[ADMISSION_MAX_POLICIES];
    size_t policy_count;
    bool early;                    /* nobody is to wait for them */
    const struct ruleset *ruleset; /* of the policies, counted; NULL where there are none */
    struct policy_mark marks[ADMISSION_MAX_POLICIES]; /* who asks the store fills them in */

    size_t audit_end; /* in body: where another audit annotation goes; 0: there are none */

    /* For the log line. */
    char uid[ADMISSION_UID_MAX + 3]; /* with its quotes; "" where there is none */
    char namespace[NAME_MAX_LEN + 1];
    char name[NAME_MAX_LEN + 1];
    char message[1536]; /* of a denial or of an error */
    bool dry_run;
    char config_id[CONFIG_ID_LEN + 1];
};

void admission_review(const struct admission_request *request, struct admission *out);
void admission_unread(const struct config *config, struct slice uid, struct admission *out);
void admission_refuse(struct admission *admission, enum reason reason, const char *text);
void admission_attest(struct admission *admission);
void admission_done(struct admission *admission);
DEFINE_AUTO_IN_PLACE(admission, struct admission, admission_done);

#endif
