/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second way into the network: interfaces of other plugins, devices with a
 * port of their own. No policy and no lock of ours looks at those. Our own
 * containers are looked at too: their resources may differ.
 */
#include "lib/pod/marks.h"
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

static const char *const words[] = {"sriov", "rdma", "infiniband", "netdevice", "hostdev"};

static void check_annotations(struct value pod, struct findings *findings)
{
    struct value map = value_get(pod, "metadata", "annotations", NULL);
    char field[128];

    for (const char *const *network = mark_networks; *network != NULL; network++) {
        if (value_string(value_member(map, *network)).len > 0) {
            (void)snprintf(field, sizeof field, "metadata.annotations[%s]", *network);
            findings_deny(findings, REASON_EXTRA_NETWORK, field,
                          "the annotation %s gives the pod another interface, past the tunnel. "
                          "Remove it.",
                          *network);
        }
    }
}

static bool claim_is_listed(const struct config *config, struct slice name)
{
    for (size_t i = 0; i < config->claims.count; i++) {
        if (slice_is(name, config->claims.items[i])) {
            return true;
        }
    }
    return false;
}

static void check_claims(const struct config *config, struct value spec, struct findings *findings)
{
    struct value_iter iter = value_iter(TYPED_LIST(findings, spec, "resourceClaims", "spec"));
    struct slice key;
    struct value claim;

    while (value_next(&iter, &key, &claim)) {
        char field[64];
        (void)snprintf(field, sizeof field, "spec.resourceClaims[%zu]", iter.index);
        if (!TYPED_ITEM(findings, claim, JSON_OBJECT, "%s", field)) {
            return;
        }
        struct slice name = TYPED_TEXT(findings, claim, "resourceClaimTemplateName", "%s", field);
        if (value_is_set(value_member(claim, "resourceClaimName")) ||
            !claim_is_listed(config, name)) {
            findings_deny(findings, REASON_EXTRA_NETWORK, field,
                          "%s may be a network device. Remove it, or use a resourceClaimTemplate "
                          "that the operator lists in claims.",
                          field);
        }
    }
}

static bool has_word(struct slice name, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i + len <= name.len; i++) {
        if (strncasecmp(name.data + i, word, len) == 0) {
            return true;
        }
    }
    return false;
}

/* roce only where a word begins: "process" is none. */
static bool has_roce(struct slice name)
{
    for (size_t i = 0; i + 4 <= name.len; i++) {
        bool begins = i == 0 || !isalnum((unsigned char)name.data[i - 1]);
        if (begins && strncasecmp(name.data + i, "roce", 4) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_network_device(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (has_word(name, words[i])) {
            return true;
        }
    }
    return has_roce(name);
}

static void check_resource(struct slice name, const char *list, const char *at,
                           struct findings *findings)
{
    char field[sizeof findings->field];

    if (!is_network_device(name)) {
        return;
    }
    (void)snprintf(field, sizeof field, "%s.resources.%s[%.*s]", at, list, CALLED(name));
    findings_deny(findings, REASON_EXTRA_NETWORK, field,
                  "%s.resources asks for the network device %.*s, which leads past the tunnel. "
                  "Remove it there.",
                  at, CALLED(name));
}

static void check_resources(struct value parent, const char *at, struct findings *findings)
{
    static const char *const lists[] = {"limits", "requests"};
    struct value resources = TYPED_OBJECT(findings, parent, "resources", "%s", at);

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct value_iter iter =
            value_iter(TYPED_OBJECT(findings, resources, lists[i], "%s.resources", at));
        struct slice name;
        struct value amount;
        while (value_next(&iter, &name, &amount)) {
            check_resource(name, lists[i], at, findings);
        }
    }
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct value spec = value_member(pod, "spec");
    struct container_iter iter = container_iter(&subject->containers);
    struct value container;
    char at[64];

    check_annotations(pod, findings);
    check_claims(subject->ruleset->config, spec, findings);
    check_resources(spec, "spec", findings);
    while (container_next(&iter, &container, at)) {
        check_resources(container, at, findings);
    }
}

extern const struct mutator mutator_extra_network;
const struct mutator mutator_extra_network = {
    .name = "extra_network",
    .check = check,
};
