/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/around.h"

#include "lib/pod/typed.h"

void around_done(struct around *around)
{
    offenders_done(&around->offenders);
    residents_done(&around->residents);
    catalogue_done(&around->catalogue);
}

static int count_pods(const void *place, struct slice namespace, struct slice gateway,
                      struct slice workload, size_t *count, struct error *err)
{
    const struct around *around = place;
    const struct ruleset *ruleset = around->job->ruleset;
    size_t found = 0;

    (void)err;
    if (gateway.data != NULL || workload.data == NULL) {
        *count = residents_count(&around->residents, namespace, gateway, workload);
        return 0;
    }
    for (size_t i = 0; i < ruleset->gateway_count; i++) {
        gateway = slice_of(ruleset->gateways[i].gateway->name);
        found += residents_count(&around->residents, namespace, gateway, workload);
    }
    *count = found;
    return 0;
}

static int selects_pods(const void *place, struct slice namespace, struct value labels, bool *out,
                        struct error *err)
{
    const struct around *around = place;

    (void)err;
    *out = residents_carry(&around->residents, namespace, labels);
    return 0;
}

/* A manifest is applied, not taken away. */
static int is_terminating(const void *place, struct slice namespace, bool *out, struct error *err)
{
    (void)place;
    (void)namespace;
    (void)err;
    *out = false;
    return 0;
}

static int visit(const void *place, const struct cluster_objects *wanted, cluster_visitor *visitor,
                 void *arg, struct error *err)
{
    const struct around *around = place;

    (void)err;
    catalogue_visit(&around->catalogue, wanted, visitor, arg);
    return 0;
}

int around_find(struct around *around, const struct job *job, struct error *err)
{
    *around = (struct around){
        .job = job,
        .view = {.place = around,
                 .count_pods = count_pods,
                 .selects_pods = selects_pods,
                 .is_terminating = is_terminating,
                 .visit = visit},
    };
    if (catalogue_find(&around->catalogue, job, err) != 0 ||
        residents_find(&around->residents, job, err) != 0) {
        return -1;
    }
    return offenders_find(&around->offenders, job, &around->residents, &around->view, err);
}

/* In a server's words (server/admission/neighbours.c). */
static void deny_for(const struct offender *offender, struct findings *findings)
{
    const struct admin_kind *kind = offender->kind;
    char place[NAME_MAX_LEN + 16];

    admin_kind_place(offender->own, offender->namespace, place, sizeof place);
    if (kind == NULL) {
        findings_deny(findings, offender->reason, "",
                      "the NetworkPolicy %.*s of %s is in the way. %s", CALLED(offender->name),
                      place, offender->text);
        return;
    }
    findings_deny(findings, offender->reason, "", "the %s %.*s (%s) of %s is in the way. %s",
                  kind->name, CALLED(offender->name), kind->group, place, offender->text);
}

int around_judge(const struct around *around, const struct outcome *outcome,
                 struct findings *findings, struct error *err)
{
    struct in_the_way found;

    if (offenders_find_for(&around->offenders, outcome, &found, err) != 0) {
        return -1;
    }
    if (found.first != NULL) {
        deny_for(found.first, findings);
    }
    return 0;
}
