/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/routes.h"

#include "server/http/decide.h"

static const struct route routes[] = {
    {"POST", "/mutate", false, false, PHASE_MUTATE, decide_review},
    {"POST", "/validate", false, false, PHASE_VALIDATE, decide_review},
    {"POST", "/mutate/namespace/", true, false, PHASE_MUTATE, decide_review},
    {"POST", "/validate/namespace/", true, false, PHASE_VALIDATE, decide_review},
    {"POST", "/validate/waypoint", false, true, PHASE_VALIDATE, decide_review},
};

static bool matches(const struct route *route, struct slice path)
{
    if (!route->with_gateway) {
        return slice_is(path, route->path);
    }
    struct slice rest = slice_after(path, strlen(route->path));
    return slice_starts_with(path, route->path) && name_is_label(rest);
}

const struct route *routes_find(const char *path, char gateway[static NAME_MAX_LEN + 1])
{
    struct slice whole = slice_of(path);

    gateway[0] = '\0';
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (!matches(&routes[i], whole)) {
            continue;
        }
        if (routes[i].with_gateway) {
            struct slice rest = slice_after(whole, strlen(routes[i].path));
            memcpy(gateway, rest.data, rest.len);
            gateway[rest.len] = '\0';
        }
        return &routes[i];
    }
    return NULL;
}

size_t routes_unescape(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strstr(text, "%00") == NULL ? MHD_http_unescape(text) : strlen(text);
}
