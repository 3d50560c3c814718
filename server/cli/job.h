/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands about objects share: the configuration, the objects, and
 * what is known about their namespaces.
 *
 * Ownership: a job owns all that it read until job_done().
 * Errors:    job_open() has said what is wrong when it gives another exit code than 0.
 */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include "lib/pod/ruleset.h"
#include "server/cli/input.h"
#include "server/cli/namespaces.h"

extern const struct flag flag_config;

struct job {
    const struct arguments *arguments;
    const struct console *console;
    const struct config *config;
    const struct ruleset *ruleset;
    struct input input;
    struct namespaces namespaces;
};

/* Read it all: EXIT_ALLOWED, or the code to leave with. Call job_done() either way. */
int job_open(struct job *job, const struct arguments *arguments, const struct console *console);
void job_done(struct job *job);
DEFINE_AUTO_IN_PLACE(job, struct job, job_done);

/* The namespace of an object; empty for a kind that may have none and names none. */
struct slice job_namespace(const struct job *job, const struct object *object);

/* "deploy.yaml[2] Deployment media/sabnzbd-k8s", with the namespace where there is one to tell. */
void job_describe(const struct job *job, const struct object *object, struct buf *out);

/* "<that>: <text>" on standard error. */
int job_report(const struct job *job, const struct object *object, const char *text,
               struct error *err) MUST_CHECK;

#endif
