/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/naive.h"

#include "lib/pod/names.h"
#include "tests/fuzz/target.h"

#include <strings.h>

enum { NAME_SIZE = 64 };

static const cJSON *member(const cJSON *value, const char *name)
{
    return cJSON_IsObject(value) ? cJSON_GetObjectItemCaseSensitive(value, name) : NULL;
}

const cJSON *naive_at(const cJSON *value, const char *path)
{
    while (value != NULL && *path != '\0') {
        char name[NAME_SIZE] = "";
        size_t len = strcspn(path, "/");
        memcpy(name, path, len);
        value = member(value, name);
        path += len + (path[len] == '/' ? 1 : 0);
    }
    return value;
}

bool naive_is(const cJSON *value, const char *text)
{
    return cJSON_IsString(value) && strcmp(value->valuestring, text) == 0;
}

static bool is_absent(const cJSON *value)
{
    return value == NULL || cJSON_IsNull(value);
}

static bool is_empty(const cJSON *text)
{
    return is_absent(text) || naive_is(text, "");
}

/* Of the core group, by its kind or by its resource: a Pod of another group is nobody's. */
static bool is_core(const cJSON *kind, const char *member, const char *name)
{
    return is_empty(naive_at(kind, "group")) && naive_is(naive_at(kind, "version"), "v1") &&
           naive_is(naive_at(kind, member), name);
}

bool naive_creates_pod(const cJSON *request)
{
    return naive_is(naive_at(request, "operation"), "CREATE") &&
           (is_core(naive_at(request, "kind"), "kind", "Pod") ||
            is_core(naive_at(request, "resource"), "resource", "pods")) &&
           is_empty(naive_at(request, "subResource"));
}

static const char *text_of(const cJSON *value)
{
    return cJSON_IsString(value) ? value->valuestring : "";
}

static bool is_account(const cJSON *pod, const char *account)
{
    return naive_is(naive_at(pod, "spec/serviceAccountName"), account) ||
           naive_is(naive_at(pod, "spec/serviceAccount"), account);
}

/* Roughly: a pod in the gateway's place is not judged here. */
static bool is_gateways_own(const struct config *config, const cJSON *request)
{
    const char *namespace = text_of(naive_at(request, "namespace"));
    const cJSON *pod = naive_at(request, "object");

    for (size_t i = 0; i < config->gateway_count; i++) {
        if (strcmp(namespace, config->gateways[i].namespace) == 0 &&
            is_account(pod, config->gateways[i].service_account)) {
            return true;
        }
    }
    return false;
}

static bool is_opted_out(const struct config *config, const cJSON *request)
{
    const char *namespace = text_of(naive_at(request, "namespace"));
    const cJSON *pod = naive_at(request, "object");

    for (size_t i = 0; i < config->opt_out_count; i++) {
        if (strcmp(namespace, config->opt_outs[i].namespace) == 0 &&
            is_account(pod, config->opt_outs[i].service_account)) {
            return true;
        }
    }
    return false;
}

bool naive_asks_for_gateway(const struct config *config, const cJSON *request,
                            struct slice path_gateway)
{
    const cJSON *labels = naive_at(request, "object/metadata/labels");
    const cJSON *label = member(labels, config->label);
    bool asks = path_gateway.len > 0 || label != NULL;

    for (size_t i = 0; i < config->alias_count; i++) {
        asks = asks || naive_is(member(labels, config->aliases[i].label), config->aliases[i].value);
    }
    if (naive_is(label, GATEWAY_NONE) && is_opted_out(config, request)) {
        return false;
    }
    return asks && !is_gateways_own(config, request);
}

static bool has_gateway(const cJSON *labels)
{
    const cJSON *mark = member(labels, MARK_GATEWAY);
    return cJSON_IsString(mark) && strcmp(mark->valuestring, GATEWAY_NONE) != 0;
}

/* A running pod has no tunnel: it cannot begin to ask for one. */
static void claim_not_gained(const struct config *config, const cJSON *old, const cJSON *new)
{
    for (size_t i = 0; i < config->alias_count; i++) {
        const struct alias *alias = &config->aliases[i];
        claim(!naive_is(member(new, alias->label), alias->value) ||
                  naive_is(member(old, alias->label), alias->value),
              "an update adds %s and is allowed", alias->label);
    }
}

void naive_claim_pod_kept(const struct config *config, const cJSON *request)
{
    static const char *const marks[] = {MARK_GATEWAY, MARK_WORKLOAD};
    const cJSON *old = naive_at(request, "oldObject/metadata/labels");
    const cJSON *new = naive_at(request, "object/metadata/labels");

    if (!naive_is(naive_at(request, "operation"), "UPDATE") ||
        !is_core(naive_at(request, "resource"), "resource", "pods")) {
        return;
    }
    claim_not_gained(config, old, new);
    if (!has_gateway(old) && !has_gateway(new)) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        const cJSON *was = member(old, marks[i]);
        const cJSON *is = member(new, marks[i]);
        claim(cJSON_Compare(was, is, 1) || (is_absent(was) && is_absent(is)),
              "an update changes %s and is allowed", marks[i]);
    }
}

/* A rule without peers, or with a block of everything and no hole in it. */
static bool opens_everything(const cJSON *rule)
{
    const cJSON *to = member(rule, "to");
    const cJSON *peer = NULL;
    bool open = is_absent(to) || (cJSON_IsArray(to) && cJSON_GetArraySize(to) == 0);

    cJSON_ArrayForEach (peer, to) {
        const cJSON *block = member(peer, "ipBlock");
        open = open ||
               (naive_is(member(block, "cidr"), "0.0.0.0/0") && is_absent(member(block, "except")));
    }
    return open;
}

void naive_claim_policy_tight(const cJSON *request)
{
    const cJSON *spec = naive_at(request, "object/spec");
    const cJSON *selector = member(spec, "podSelector");
    const cJSON *rule = NULL;

    if (!naive_is(naive_at(request, "kind/kind"), "NetworkPolicy") ||
        !naive_is(naive_at(request, "kind/group"), "networking.k8s.io") ||
        !is_empty(naive_at(request, "subResource")) ||
        !naive_is(naive_at(request, "operation"), "CREATE") || !cJSON_IsObject(selector) ||
        selector->child != NULL || !is_absent(member(spec, "policyTypes"))) {
        return;
    }
    cJSON_ArrayForEach (rule, member(spec, "egress")) {
        claim(!opens_everything(rule), "a policy that opens everything is allowed");
    }
}
