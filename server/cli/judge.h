/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server would say of one object of a manifest.
 *
 * A pod or a template is taken through /mutate first, since that is what happens
 * to it; one that carries podveil's parts already is judged as it stands, as a
 * final pod. Every other object is judged as /validate would judge its CREATE.
 *
 * What its pods would be denied for counts against a workload here, while a
 * server warns: who asks for a manifest has not applied it yet.
 */
#ifndef CLI_JUDGE_H
#define CLI_JUDGE_H

#include "server/cli/outcome.h"

/* `outcome` is that of outcome_of() for the object; its findings take up the judgement. */
int judge_object(const struct job *job, const struct object *object, struct outcome *outcome,
                 struct error *err) MUST_CHECK;

/*
 * The resource of a kind, as the API server would name it in a review: "networkpolicies" for
 * NetworkPolicy. {NULL, 0} where it is longer than `size`.
 */
struct slice judge_plural(struct slice kind, char *out, size_t size);

#endif
