/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server would say of one object of a manifest.
 *
 * A pod or a template is taken through /mutate first, since that is what happens
 * to it; one that carries podveil's parts already is judged as it stands, as a
 * final pod. Every other object is judged as /validate would judge its CREATE.
 *
 * A pod beside a policy of the same input that opens a way out for it is denied for
 * it, as a server denies it beside one that stands already.
 *
 * What its pods would be denied for counts against a workload here, while a
 * server warns: who asks for a manifest has not applied it yet.
 */
#ifndef CLI_JUDGE_H
#define CLI_JUDGE_H

#include "server/cli/around.h"

/*
 * `outcome` is that of outcome_of() for the object; its findings take up the judgement. `around`
 * are the objects of the same input.
 */
int judge_object(const struct job *job, const struct around *around, const struct object *object,
                 struct outcome *outcome, struct error *err) MUST_CHECK;

#endif
