/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/created.h"

#include <criterion/criterion.h>

static const struct {
    const char *kind;
    const char *want;
} plurals[] = {
    {"Pod", "pods"},
    {"NetworkPolicy", "networkpolicies"},
    {"Namespace", "namespaces"},
    {"Ingress", "ingresses"},
    {"Gateway", "gateways"},
    {"Endpoints", "endpoints"},
    {"EndpointSlice", "endpointslices"},
    {"AuthorizationPolicy", "authorizationpolicies"},
    {"ServiceEntry", "serviceentries"},
};

Test(created, names_resources_as_the_api_server_does)
{
    for (size_t i = 0; i < COUNT_OF(plurals); i++) {
        char out[64];
        struct slice got = created_plural(slice_of(plurals[i].kind), out, sizeof out);
        cr_expect(slice_is(got, plurals[i].want), "%s: %.*s", plurals[i].kind, SLICE_ARGS(got));
    }
}

Test(created, gives_no_resource_where_there_is_no_room)
{
    char out[4];
    cr_assert_eq(created_plural(SLICE("NetworkPolicy"), out, sizeof out).len, 0);
}
