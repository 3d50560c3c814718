/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A waypoint listens at one port in one protocol. One that says otherwise is not
 * accepted by Istio, and what is bound to it goes around it, past its policies.
 */
#include "lib/mesh/names.h"
#include "lib/mesh/question.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

static bool handles(const struct review *review)
{
    return mesh_is_made(review, MESH_GATEWAY_API, "gateways");
}

/* A number that is none is another port. */
static bool is_hbone(struct value listener)
{
    struct error wrong = {0};
    int64_t port = 0;

    return value_int64(value_member(listener, "port"), &port, &wrong) == 0 &&
           port == MESH_HBONE_PORT && value_is(value_member(listener, "protocol"), MESH_HBONE);
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct review *review = judgement->review;
    struct value spec = mesh_spec(review->object, findings);
    struct slice class = TYPED_TEXT(findings, spec, "gatewayClassName", "spec");
    struct value listeners = TYPED_LIST(findings, spec, "listeners", "spec");
    struct value_iter iter = value_iter(listeners);
    struct slice key;
    struct value listener;
    size_t wrong = SIZE_MAX;
    char field[64];

    (void)err;
    if (findings->config->mesh.mode != MESH_AMBIENT || !slice_is(class, MESH_WAYPOINT_CLASS)) {
        return 0;
    }
    while (wrong == SIZE_MAX && value_next(&iter, &key, &listener)) {
        wrong = iter.index > 0 || !is_hbone(listener) ? iter.index : SIZE_MAX;
    }
    if (wrong == SIZE_MAX && value_count(listeners) == 1) {
        return 0;
    }
    (void)snprintf(field, sizeof field, "spec.listeners[%zu]", wrong == SIZE_MAX ? 0 : wrong);
    mesh_refuse(findings, review->namespace, field,
                "is not a waypoint's: it gets no traffic, which goes on past its policies",
                "Write one listener, and no other: listeners: [{name: mesh, port: 15008, "
                "protocol: " MESH_HBONE "}]");
    return 0;
}

extern const struct validator validator_mesh_listener;
const struct validator validator_mesh_listener = {
    .name = "mesh_listener",
    .handles = handles,
    .check = check,
};
