/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/findings.h"

#include "lib/kube/printable.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *name;
    int code;
} reasons[] = {
    [REASON_NONE] = {"None", 200},
#define REASON(id, name, code) [REASON_##id] = {name, code},
#include "lib/pod/reason.def"
#undef REASON
};

const char *reason_name(enum reason reason)
{
    return reasons[reason].name;
}

int reason_code(enum reason reason)
{
    return reasons[reason].code;
}

void findings_init(struct findings *findings, const struct config *config)
{
    *findings = (struct findings){.config = config};
}

/* What the configuration makes of a reason: only those that spec.md 5 marks can be turned down. */
static enum validation level_of(const struct config *config, enum reason reason)
{
    if (reason == REASON_HOST_PORT) {
        return config->host_port;
    }
    if (reason == REASON_EXEC) {
        return config->exec;
    }
    if (reason == REASON_EXTERNAL_ENDPOINT) {
        return config->external_endpoint;
    }
    return reason == REASON_MESH_NO_OP ? config->mesh_no_op : VALIDATION_DENY;
}

static void add_warning(struct findings *findings, const char *text)
{
    char warning[WARNING_LEN + 1] = "";

    (void)printable(warning, sizeof warning, slice_of(text));
    for (size_t i = 0; i < findings->warning_count; i++) {
        if (strcmp(findings->warnings[i], warning) == 0) {
            return;
        }
    }
    if (findings->warning_count < FINDINGS_MAX_WARNINGS) {
        memcpy(findings->warnings[findings->warning_count], warning, sizeof warning);
        findings->warning_count++;
    }
}

/* Is it refused by this now? */
static bool deny(struct findings *findings, enum reason reason, const char *field, const char *fmt,
                 va_list ap) PRINTF_LIKE(4, 0);
static bool deny(struct findings *findings, enum reason reason, const char *field, const char *fmt,
                 va_list ap)
{
    char text[2 * sizeof findings->message];
    enum validation level = level_of(findings->config, reason);

    if (level == VALIDATION_OFF || findings->denied != REASON_NONE) {
        return false;
    }
    int used = snprintf(text, sizeof text, "%s: ", reason_name(reason));
    (void)vsnprintf(text + used, sizeof text - (size_t)used, fmt, ap);
    if (level == VALIDATION_WARN) {
        add_warning(findings, text);
        return false;
    }
    findings->denied = reason;
    (void)printable(findings->field, sizeof findings->field, slice_of(field));
    (void)printable(findings->message, sizeof findings->message, slice_of(text));
    return true;
}

void findings_deny(struct findings *findings, enum reason reason, const char *field,
                   const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)deny(findings, reason, field, fmt, ap);
    va_end(ap);
}

void findings_deny_leak(struct findings *findings, enum reason reason, const char *witness,
                        const char *field, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (deny(findings, reason, field, fmt, ap)) {
        (void)printable(findings->witness, sizeof findings->witness, slice_of(witness));
    }
    va_end(ap);
}

const char *findings_words(const struct findings *findings)
{
    return findings->message + strlen(reason_name(findings->denied)) + strlen(": ");
}

void findings_warn(struct findings *findings, const char *fmt, ...)
{
    char text[4 * (WARNING_LEN + 1)];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    add_warning(findings, text);
}
