/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that podveil gives or reserves (spec.md 3), and how they are cut.
 *
 * Errors: workload_name() fails with ERR_MALFORMED where a pod has no name at all.
 */
#ifndef POD_NAMES_H
#define POD_NAMES_H

#include "lib/kube/value.h"

#define MARK_PREFIX "podveil.io/"
#define MARK_GATEWAY "podveil.io/gateway"
#define MARK_WORKLOAD "podveil.io/workload"
#define MARK_INJECTED "podveil.io/injected"
#define MARK_GOING "podveil.io/going" /* on a companion that nobody needs: it will be deleted */
#define MARK_TALKS_TO "podveil.io/talks-to" /* the user's own annotation, for render --mesh */
#define GATEWAY_NONE "none"

/* Containers and volumes with such a name are podveil's. */
#define NAME_PREFIX "podveil-"
#define INIT_NAME "podveil-init"
#define SIDECAR_NAME "podveil-sidecar"
#define CONFIG_VOLUME "podveil-config"
#define TOKEN_VOLUME "podveil-no-token"

#define FLOOR_NAME "podveil-floor"
#define COMPANION_SUFFIX "-vpn-killswitch"

enum { LABEL_VALUE_MAX = 63, NAME_MAX_LEN = 253, POLICY_BASE_MAX = 228 };

/*
 * A name in at most n characters (n <= NAME_MAX_LEN): as it is if it fits, else its first n - 9
 * without trailing - . _, a dash, and 8 hex digits of the SHA-256 of the whole.
 */
int name_cut(struct slice name, size_t n, char out[static NAME_MAX_LEN + 1],
             struct error *err) MUST_CHECK;

/*
 * The workload of a pod: its top controller's name as far as the pod tells. `pod` is a pod or a
 * template made to look like one; `fallback` is a template's controller ({NULL, 0} for a pod).
 * Whole, not cut.
 */
int workload_name(struct value pod, struct slice fallback, char out[static NAME_MAX_LEN + 1],
                  struct error *err) MUST_CHECK;

/*
 * The companion's name for this workload and gateway; `first` is the first gateway of the file. A
 * workload that is called as a cut or hashed name looks gets a hash with any gateway, so that it
 * cannot take the place of another's companion.
 */
int companion_name(struct slice workload, const char *gateway, bool first,
                   char out[static NAME_MAX_LEN + 1], struct error *err) MUST_CHECK;

/*
 * Is this the name of a companion for pods with this podveil.io/workload (a name cut for a label)
 * and gateway, whether or not that is the first one of the file? Of a workload whose whole name has
 * more than POLICY_BASE_MAX characters only its two cuts are compared, with any hash of the pair.
 */
int companion_is_called(struct slice name, struct slice label, const char *gateway, bool *out,
                        struct error *err) MUST_CHECK;

/* DNS-1123 label and subdomain, as the API server checks names. */
bool name_is_label(struct slice name);
bool name_is_subdomain(struct slice name);

#endif
