/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/version.h"

bool version_is_number(struct slice version)
{
    for (size_t i = 0; i < version.len; i++) {
        if (version.data[i] < '0' || version.data[i] > '9') {
            return false;
        }
    }
    return version.len > 0 && version.data[0] != '0';
}

static bool is_greater(struct slice a, struct slice b)
{
    return a.len != b.len ? a.len > b.len : memcmp(a.data, b.data, a.len) > 0;
}

bool version_is_after(struct slice a, struct slice b)
{
    return version_is_number(a) && version_is_number(b) && is_greater(a, b);
}

bool version_is_not_after(struct slice a, struct slice b)
{
    return version_is_number(a) && version_is_number(b) && !is_greater(a, b);
}
