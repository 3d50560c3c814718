/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/source.h"

#include "certs/kind.h"

void cert_source_free(struct cert_source *source)
{
    if (source != NULL) {
        source->kind->free(source);
    }
}

int cert_source_poll(struct cert_source *source, time_t now, struct cert_pair **fresh,
                     struct error *err)
{
    return source->kind->poll(source, now, fresh, err);
}

struct cert_bundle cert_source_bundle(const struct cert_source *source)
{
    return source->kind->bundle(source);
}
