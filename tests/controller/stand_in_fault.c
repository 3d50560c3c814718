/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/stand_in.h"

enum stand_in_way stand_in_go_wrong(void *arg, const struct api_request *request,
                                    struct stand_in_reply *reply)
{
    struct stand_in_fault *fault = arg;

    if (request->verb != fault->verb ||
        (fault->plural != NULL && strcmp(request->resource->plural, fault->plural) != 0) ||
        (fault->times != 0 && fault->met == fault->times)) {
        return STAND_IN_SERVES;
    }
    fault->met++;
    if (fault->before != NULL) {
        fault->before();
    }
    *reply = fault->reply;
    return fault->way;
}
