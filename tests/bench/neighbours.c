/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges a policy that stands, of many rules, as an admission of a pod beside it does, for
 * callgrind to count instructions:
 *
 *   bench_neighbours CONFIG CIDRS PODS
 *
 * PODS 0: the policy is read only. The last line says how often it was judged.
 */
#include "server/admission/neighbours.h"

#include "lib/base/parse.h"
#include "lib/kube/json.h"

#include <inttypes.h>
#include <stdio.h>

enum { CIDRS_MAX = 65536, PODS_MAX = 1000000 };

static void print_policy(uint64_t cidrs, struct buf *out)
{
    buf_text(out, "{\"metadata\":{\"name\":\"many\",\"namespace\":\"media\",\"uid\":\"u\","
                  "\"resourceVersion\":\"7\"},\"spec\":{\"podSelector\":{},\"policyTypes\":["
                  "\"Egress\"],\"egress\":[");
    for (uint64_t i = 0; i < cidrs; i++) {
        buf_printf(out,
                   "%s{\"to\":[{\"ipBlock\":{\"cidr\":\"10.1.%" PRIu64 ".%" PRIu64 "/32\"}}],"
                   "\"ports\":[]}",
                   i == 0 ? "" : ",", i / 256, i % 256);
    }
    buf_text(out, "]}}");
}

static int judge(const struct ruleset *ruleset, struct value policy, uint64_t pods,
                 struct error *err)
{
    static const uint8_t secrets[VERDICTS_SECRETS];
    static struct verdicts verdicts;
    struct findings findings;
    const struct neighbours neighbours = {.ruleset = ruleset,
                                          .namespace = SLICE("media"),
                                          .verdicts = &verdicts,
                                          .findings = &findings};

    verdicts_init(&verdicts, secrets);
    findings_init(&findings, ruleset->config);
    for (uint64_t i = 0; i < pods; i++) {
        if (neighbours_judge(&neighbours, policy, err) != 0) {
            return -1;
        }
    }
    (void)printf("judged %" PRId64 ", remembered %" PRId64 ", %s\n", verdicts.judged,
                 verdicts.remembered, reason_name(findings.denied));
    verdicts_done(&verdicts);
    return 0;
}

static int run(char **argv, struct error *err)
{
    AUTO(config) const struct config *config = NULL;
    AUTO(ruleset) const struct ruleset *ruleset = NULL;
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf text = {0};
    uint64_t cidrs = 0;
    uint64_t pods = 0;

    buf_init(&text, JSON_MAX_TEXT);
    if (parse_uint(slice_of(argv[2]), CIDRS_MAX, &cidrs, err) != 0 ||
        parse_uint(slice_of(argv[3]), PODS_MAX, &pods, err) != 0 ||
        config_load(argv[1], &config, NULL, err) != 0 || ruleset_new(config, &ruleset, err) != 0) {
        return -1;
    }
    print_policy(cidrs, &text);
    if (json_parse(&doc, buf_view(&text), err) != 0) {
        return -1;
    }
    (void)printf("%zu bytes\n", text.len);
    return judge(ruleset, value_root(&doc), pods, err);
}

int main(int argc, char **argv)
{
    struct error err = {0};

    if (argc != 4) {
        (void)fprintf(stderr, "usage: bench_neighbours CONFIG CIDRS PODS\n");
        return 2;
    }
    if (run(argv, &err) != 0) {
        (void)fprintf(stderr, "bench_neighbours: %s\n", err.text);
        return 1;
    }
    return 0;
}
