/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/certificates.h"

#include "certs/names.h"
#include "certs/shared.h"

#include <stdio.h>

int certificates_open(struct certificates *certificates,
                      const struct controller_certificates *asked, const char *namespace,
                      struct error *err)
{
    char of_service[NAME_MAX_TEXT + 1];
    const char *names[NAMES_MAX + 1] = {of_service};

    if (asked == NULL) {
        return 0;
    }
    if (asked->count > NAMES_MAX) {
        return error_set(err, ERR_CONFIG, "a certificate for more than %d names", NAMES_MAX);
    }
    (void)snprintf(of_service, sizeof of_service, "podveil.%s.svc", namespace);
    for (size_t i = 0; i < asked->count; i++) {
        names[i + 1] = asked->names[i];
    }
    certificates->rules = asked->rules != NULL ? *asked->rules : ca_set_rules;
    return cert_source_shared(names, asked->count + 1, certificates->rules.leaf,
                              &certificates->source, err);
}

int certificates_start(struct certificates *certificates, struct authority_options options,
                       struct error *err)
{
    if (certificates->source == NULL) {
        return 0;
    }
    options.source = certificates->source;
    options.rules = &certificates->rules;
    return authority_start(&options, &certificates->authority, err);
}

void certificates_join(struct certificates *certificates)
{
    if (certificates->authority != NULL) {
        authority_join(certificates->authority);
    }
}

void certificates_stop(struct certificates *certificates)
{
    if (certificates->authority != NULL) {
        authority_free(STEAL(certificates->authority));
    }
}

void certificates_done(struct certificates *certificates)
{
    cert_source_free(STEAL(certificates->source));
}

void certificates_read(const struct certificates *certificates, struct authority_figures *out)
{
    *out = (struct authority_figures){0};
    if (certificates->authority != NULL) {
        authority_read(certificates->authority, out);
    }
}

bool certificates_are_ready(const struct certificates *certificates, const char **why)
{
    return certificates->authority == NULL || authority_is_ready(certificates->authority, why);
}
