/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In an ambient mesh nobody can turn mutual TLS off: ztunnel reads DISABLE as
 * PERMISSIVE. Who writes it gets plaintext callers let in, and no plaintext.
 */
#include "lib/mesh/names.h"
#include "lib/mesh/question.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

static bool handles(const struct review *review)
{
    return mesh_is_made(review, MESH_SECURITY, "peerauthentications");
}

static void check_mode(const struct judgement *judgement, struct value mtls, const char *at,
                       struct findings *findings)
{
    struct slice mode = TYPED_TEXT(findings, mtls, "mode", "%s", at);
    char field[160];

    if (!slice_is(mode, "DISABLE")) {
        return;
    }
    (void)snprintf(field, sizeof field, "%s.mode", at);
    mesh_refuse(findings, judgement->review->namespace, field,
                "is DISABLE, which an ambient mesh reads as PERMISSIVE",
                "Write PERMISSIVE where callers without the mesh must get in, STRICT where none "
                "may, or leave it out");
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct review *review = judgement->review;
    struct slice key;
    struct value item;

    (void)err;
    if (findings->config->mesh.mode != MESH_AMBIENT ||
        mesh_has_sidecars(judgement->around, review->namespace)) {
        return 0;
    }
    struct value spec = mesh_spec(review->object, findings);
    check_mode(judgement, TYPED_OBJECT(findings, spec, "mtls", "spec"), "spec.mtls", findings);
    struct value_iter iter = value_iter(TYPED_OBJECT(findings, spec, "portLevelMtls", "spec"));
    while (findings->denied == REASON_NONE && value_next(&iter, &key, &item)) {
        char at[128];
        (void)snprintf(at, sizeof at, "spec.portLevelMtls[%.*s]", CALLED(key));
        if (TYPED_ITEM(findings, item, JSON_OBJECT, "%s", at)) {
            check_mode(judgement, item, at, findings);
        }
    }
    return 0;
}

extern const struct validator validator_mesh_peer_authentication;
const struct validator validator_mesh_peer_authentication = {
    .name = "mesh_peer_authentication",
    .handles = handles,
    .check = check,
};
