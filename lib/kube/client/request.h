/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of the API server, in its own words: a verb, a resource, a name.
 *
 * An object's name and namespace are percent-encoded, and a verb that needs a name is
 * refused without one: a DELETE of "" would be a DELETE of all.
 *
 * Ownership: borrows; whoever takes a request copies what it needs before it returns.
 * Errors:    ERR_MALFORMED for a request that makes no sense, ERR_TOO_LARGE.
 */
#ifndef CLIENT_REQUEST_H
#define CLIENT_REQUEST_H

#include "lib/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* "networking.k8s.io", "v1", "networkpolicies", true. The group of the core is "". */
struct resource {
    const char *group;
    const char *version;
    const char *plural;
    bool namespaced;
};

enum api_verb {
    API_GET,
    API_LIST,    /* one page of it */
    API_WATCH,   /* its lines go to on_data */
    API_APPLY,   /* server-side apply: the body is what we want to be there, and is ours */
    API_MERGE,   /* JSON merge patch (RFC 7386) */
    API_CREATE,  /* POST: an Event, a Secret that nobody else may have made */
    API_REPLACE, /* PUT: a Lease, with its resourceVersion in the body: a lost one that is sent
                    again meets its own success as a Conflict */
    API_DELETE,
    API_RAW, /* GET of a path that is no resource: "/version" */
};

struct api_request {
    enum api_verb verb;
    const struct resource *resource;
    const char *namespace; /* NULL or "": all, or the resource has none */
    const char *name;
    const char *raw_path; /* API_RAW alone */

    const char *label_selector; /* LIST and WATCH; NULL or "": everything */
    const char *field_selector;
    unsigned limit;               /* of a page; 0: all at once */
    const char *continue_token;   /* the next page */
    const char *resource_version; /* WATCH: from there on; DELETE: only if it is still that */
    const char *uid;              /* DELETE: only if it is still that object */
    unsigned watch_seconds;       /* WATCH: how long at most */

    struct slice body; /* JSON; APPLY, MERGE, CREATE, REPLACE */
    bool dry_run;      /* nothing is stored: dryRun=All */
    bool force;        /* APPLY: take fields that another manager owns */

    uint32_t delay_ms;    /* wait that long before it is sent */
    uint32_t deadline_ms; /* then answer after that long at the latest, retries included */
};

/* Does the verb change what is stored (were it not for a dry run)? */
bool api_verb_writes(enum api_verb verb);

/* May it be sent twice without doing more than once? */
bool api_verb_repeats(enum api_verb verb);

/* GET, POST ... */
const char *api_verb_method(enum api_verb verb);

/* The media type of its body; NULL where it has none. */
const char *api_verb_media(enum api_verb verb);

int api_request_check(const struct api_request *request, struct error *err) MUST_CHECK;

/* "/apis/.../NAME?...": path and query behind the API server's address. */
void api_request_target(const struct api_request *request, const char *field_manager,
                        struct buf *out);

/* What is sent: the body, or what a DELETE is bound to. */
int api_request_body(const struct api_request *request, struct buf *out,
                     struct error *err) MUST_CHECK;

/* "apply networkpolicies media/podveil-floor", for messages. */
void api_request_show(const struct api_request *request, struct buf *out);

#endif
