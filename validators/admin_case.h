/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the validators of the other languages of policies put their question (lib/pod/admin_allow.h).
 */
#ifndef VALIDATORS_ADMIN_CASE_H
#define VALIDATORS_ADMIN_CASE_H

#include "lib/pod/admin_allow.h"
#include "validators/validator.h"

static inline int admin_case_check(const struct judgement *judgement,
                                   const struct admin_language *language, struct findings *findings,
                                   struct error *err)
{
    bool of_one = judgement->standing && judgement->subject != NULL;
    const struct admin_case asked = {
        .ruleset = judgement->ruleset,
        .language = language,
        .review = judgement->review,
        .around = judgement->around,
        .only = of_one ? judgement->subject->rules : NULL,
        .home = judgement->home,
    };

    return admin_allow_check(&asked, findings, err);
}

#endif
