/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a patch makes of an object of the stand-in.
 */
#ifndef TESTS_CONTROLLER_STAND_IN_MERGE_H
#define TESTS_CONTROLLER_STAND_IN_MERGE_H

#include <cjson/cJSON.h>

/* RFC 7386. */
void merge_patch(cJSON *into, const cJSON *patch);

/*
 * A server-side apply of podveil's, as far as it makes a difference to podveil: entries of a list
 * of webhooks by their names, all else as a merge; annotations are those that were applied.
 */
void merge_apply(cJSON *object, const cJSON *wanted);

/* podveil is among the managers of its fields. */
void merge_own(cJSON *object);

#endif
