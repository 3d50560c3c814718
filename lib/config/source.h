/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file that a configuration is read from, for messages that say where:
 * "podveil.yaml:14:12: cluster.podCIDRs[0]: ...". Line and column come from the
 * YAML, the path is found by walking down to the value: nobody carries it along.
 *
 * Private to this folder.
 *
 * Ownership: borrows everything.
 * Errors:    config_fault() and its kin always fail, with ERR_CONFIG.
 */
#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include "lib/config/config.h"
#include "lib/kube/yaml.h"

struct source {
    const char *file;
    const struct json *doc;
    const struct yaml_mark *marks;    /* one a token of doc */
    struct config_warnings *warnings; /* may be NULL */
};

/* What is wrong with the value `at`, a value of doc. */
int config_fault(const struct source *source, struct value at, struct error *err, const char *fmt,
                 ...) PRINTF_LIKE(4, 5);

/* The same in the words of `inner`, who looked at it; passed on as it is where memory ended there.
 */
int config_fault_of(const struct source *source, struct value at, const struct error *inner,
                    struct error *err);

/* What is wrong with the key of the member `at`; the path is the object's. */
int config_fault_key(const struct source *source, struct value at, struct error *err,
                     const char *fmt, ...) PRINTF_LIKE(4, 5);

/* A remark; dropped where there is no room. */
void config_warn(const struct source *source, struct value at, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* The value at the end of these members, or the last of them that was written. */
struct value config_nearest(struct value from, ...) __attribute__((sentinel));

#endif
