/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods put together by chance, of pieces that rules look at and of pieces that
 * none does: whatever is admitted is right, stays right, and is the user's but
 * for what podveil owns. PROPERTY_SEED repeats a run.
 */
#include "lib/base/parse.h"
#include "lib/kube/quote.h"
#include "tests/mutators/trial.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { ROUNDS = 400, TEXT_MAX = 16 * 1024 * 1024 };

/* splitmix64: small, and the same everywhere. */
struct chance {
    uint64_t state;
};

static uint64_t draw(struct chance *chance, uint64_t below)
{
    chance->state += 0x9E3779B97F4A7C15U;
    uint64_t z = chance->state;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return (z ^ (z >> 31U)) % below;
}

static const char *pick(struct chance *chance, const char *const *items, size_t count)
{
    return items[draw(chance, count)];
}
#define PICK(chance, items) pick(chance, items, COUNT_OF(items))

static const char *const contexts[] = {
    "",
    ",\"securityContext\":null",
    ",\"securityContext\":{}",
    ",\"securityContext\":{\"runAsUser\":1000,\"capabilities\":null}",
    ",\"securityContext\":{\"capabilities\":{\"add\":[\"CHOWN\"]}}",
    ",\"securityContext\":{\"capabilities\":{\"drop\":null}}",
    ",\"securityContext\":{\"capabilities\":{\"drop\":[]}}",
    ",\"securityContext\":{\"capabilities\":{\"drop\":[\"MKNOD\",\"all\"]}}",
    ",\"securityContext\":{\"capabilities\":{\"drop\":[\"NET_RAW\"]},\"x\":1e400}",
    ",\"securityContext\":{\"capabilities\":{\"drop\":[\"ALL\"]}}",
    ",\"securityContext\":{\"privileged\":true}",
};

static const char *const extras[] = {
    "",
    ",\"env\":[{\"name\":\"A\",\"value\":\"\\u00e4 ~ / \\\"\"}]",
    ",\"volumeMounts\":[{\"name\":\"v\",\"mountPath\":\"/v\"}]",
    ",\"newField\":{\"big\":9007199254740993,\"deep\":[[[{}]]]}",
    ",\"ports\":[{\"containerPort\":80,\"hostPort\":80}]",
    ",\"livenessProbe\":{\"httpGet\":{\"port\":80}}",
};

static const char *const volumes[] = {
    "",
    ",\"volumes\":null",
    ",\"volumes\":[]",
    ",\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]",
    ",\"volumes\":[{\"name\":\"v\",\"hostPath\":{\"path\":\"/srv\"}}]",
    ",\"volumes\":[\"{{token}}\",{\"name\":\"v\",\"nfs\":{\"server\":\"a\",\"path\":\"/\"}}]",
};

static const char *const dns[] = {
    "",
    ",\"dnsPolicy\":\"ClusterFirst\"",
    ",\"dnsPolicy\":\"None\",\"dnsConfig\":{\"nameservers\":[\"172.16.0.1\"]}",
    ",\"dnsConfig\":null",
    ",\"dnsConfig\":{\"searches\":[\"a.b\",\"a.b\",\"cluster.local\"],\"options\":null}",
    ",\"dnsConfig\":{\"options\":[{\"name\":\"ndots\",\"value\":\"1\"}],\"more\":[0.10]}",
    ",\"dnsPolicy\":\"Default\"",
};

static const char *const of_the_pod[] = {
    "",
    ",\"hostNetwork\":false",
    ",\"resources\":{\"limits\":{\"cpu\":\"1\",\"memory\":\"1Gi\"},\"requests\":null}",
    ",\"resources\":{\"requests\":{\"cpu\":0.5,\"x/y\":\"1\"}}",
    ",\"securityContext\":{\"runAsNonRoot\":true,\"fsGroup\":5}",
    ",\"tolerations\":[{\"operator\":\"Exists\"}],\"nodeName\":\"\"",
    ",\"hostPID\":true",
};

static const char *const metadata[] = {
    "\"name\":\"a\"",
    "\"generateName\":\"a-\"",
    "\"name\":\"a\",\"annotations\":null",
    "\"name\":\"a\",\"annotations\":{\"x/y~z\":\"\\u2028\",\"podveil.io/talks-to\":\"b\"}",
    "\"name\":\"a\",\"annotations\":{\"ambient.istio.io/dns-capture\":\"false\"}",
    "\"name\":\"a\",\"managedFields\":[{\"fieldsV1\":{\"f:spec\":{}}}]",
    "\"name\":\"a\",\"annotations\":{\"sidecar.istio.io/inject\":\"true\"}",
};

static const char *const labels[] = {
    "\"podveil.io/gateway\":\"vpn\"",
    "\"setGateway\":\"true\",\"a\":\"b\"",
    "\"podveil.io/gateway\":\"vpn\",\"istio.io/dataplane-mode\":\"ambient\"",
    "\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"a\"",
};

static const char *const parts[] = {"\"{{init}}\"", "\"{{sidecar}}\""};

static void print_container(struct chance *chance, const char *prefix, uint64_t number,
                            struct buf *out)
{
    buf_printf(out, "{\"name\":\"%s%" PRIu64 "\"%s%s}", prefix, number, PICK(chance, contexts),
               PICK(chance, extras));
}

/* Init containers with ours at places where another webhook may have left them. */
static void print_init_containers(struct chance *chance, struct buf *out)
{
    uint64_t count = draw(chance, 4);
    bool there[2] = {draw(chance, 2) == 0, draw(chance, 2) == 0};

    if (draw(chance, 5) == 0) {
        buf_text(out, draw(chance, 2) == 0 ? "" : ",\"initContainers\":null");
        return;
    }
    buf_text(out, ",\"initContainers\":[");
    const char *comma = "";
    for (uint64_t i = 0; i <= count; i++) {
        for (size_t j = 0; j < COUNT_OF(parts); j++) {
            if (there[j] && (i == count || draw(chance, 2) == 0)) {
                buf_printf(out, "%s%s", comma, parts[j]);
                there[j] = false;
                comma = ",";
            }
        }
        if (i < count) {
            buf_text(out, comma);
            print_container(chance, "i", i, out);
            comma = ",";
        }
    }
    buf_char(out, ']');
}

static void print_pod(struct chance *chance, struct buf *out)
{
    uint64_t count = 1 + draw(chance, 3);

    buf_printf(out, "{\"metadata\":{%s,\"labels\":{%s}},\"spec\":{\"containers\":[",
               PICK(chance, metadata), PICK(chance, labels));
    for (uint64_t i = 0; i < count; i++) {
        buf_text(out, i == 0 ? "" : ",");
        print_container(chance, "c", i, out);
    }
    buf_char(out, ']');
    print_init_containers(chance, out);
    buf_printf(out, "%s%s%s},\"status\":{}}", PICK(chance, volumes), PICK(chance, dns),
               PICK(chance, of_the_pod));
}

static void fill_in(const struct ruleset *ruleset, const char *template, struct buf *out)
{
    static const char *const names[] = {"\"{{init}}\"", "\"{{sidecar}}\"", "\"{{token}}\""};
    const struct gateway_rules *rules = &ruleset->gateways[0];
    const struct value made[] = {rules->init, rules->sidecar, rules->token_volume};

    while (*template != '\0') {
        size_t i = 0;
        while (i < COUNT_OF(names) && strncmp(template, names[i], strlen(names[i])) != 0) {
            i++;
        }
        if (i < COUNT_OF(names)) {
            value_encode(made[i], out);
            template += strlen(names[i]);
        } else {
            buf_char(out, *template ++);
        }
    }
}

/* One pod; true where it was admitted. */
static bool run_round(const struct ruleset *ruleset, struct chance *chance, const char *name)
{
    const struct surroundings around = {.namespace = SLICE("media")};
    AUTO(buf) struct buf template = {0};
    AUTO(buf) struct buf text = {0};
    AUTO(trial) struct trial trial = {0};

    buf_init(&template, TEXT_MAX);
    buf_init(&text, TEXT_MAX);
    print_pod(chance, &template);
    fill_in(ruleset, buf_cstr(&template), &text);
    trial_run(&trial, ruleset, buf_view(&text), &around);
    if (trial.findings.denied != REASON_NONE) {
        cr_assert_str_eq(buf_cstr(&trial.operations), "[]", "%s", name);
        return false;
    }
    trial_assert_right(&trial, ruleset, &around, name);
    trial_assert_untouched(&trial, name);
    return true;
}

static uint64_t seed(void)
{
    const char *text = getenv("PROPERTY_SEED");
    uint64_t value = (uint64_t)time(NULL);
    struct error err = {0};

    if (text != NULL) {
        cr_assert_eq(parse_uint(slice_of(text), UINT64_MAX, &value, &err), 0, "%s", err.text);
    }
    return value;
}

Test(mutators_properties, what_is_admitted_is_right_and_the_users_own)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    uint64_t start = seed();
    struct chance chance = {.state = start};
    unsigned admitted = 0;

    for (int i = 0; i < ROUNDS; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "PROPERTY_SEED=%" PRIu64 " round %d", start, i);
        admitted += run_round(ruleset, &chance, name) ? 1 : 0;
    }

    cr_assert_gt(admitted, (unsigned)ROUNDS / 8, "PROPERTY_SEED=%" PRIu64, start);
    cr_assert_lt(admitted, (unsigned)ROUNDS, "PROPERTY_SEED=%" PRIu64, start);
}
