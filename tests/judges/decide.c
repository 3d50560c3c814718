/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What podveil decides of NetworkPolicies, a line of JSON in and one out, for the judges.
 *
 *   judges_decide CONFIG
 *
 *   {"namespace": "media", "unknown": false, "pod": {...}, "policies": [...]}
 *       what the policies are refused for, each as it is written, and the pod, as it is created
 *       among them:
 *       {"pod": {"reason", "message"}, "policies": [{"reason", "field", "message",
 *        "gateways": [{"name", "selects", "field", "witness"}]}]}
 *       `gateways` has what was found for the pods of each; it is empty where the policy cannot be
 *       read. An empty field is no leak. `unknown`: nobody can say which pods live there; else none
 *       does yet.
 *   {"namespace": "media", "slots": [["{\"spec\":{", ...], ["...", ...], ...]}
 *       the policies whose text is one piece of each slot, the last slot changing first: a string
 *       of a letter for each, the first of the reason's name, or "." where it is allowed.
 */
#include "lib/base/file.h"
#include "lib/kube/quote.h"
#include "lib/netpol/judge.h"
#include "server/admission/neighbours.h"
#include "validators/validator.h"

#include <stdio.h>

enum {
    LINE_MAX_LEN = JSON_MAX_TEXT,
    POLICY_MAX_LEN = 1024 * 1024,
    MEMORY_MAX = 64 * 1024 * 1024,
    SLOTS_MAX = 8,
    PIECES_MAX = 65536,
};

/* A namespace and who lives in it: no privacy pod, or nobody knows. */
struct place {
    const struct ruleset *ruleset;
    struct slice namespace;
    bool unknown;
};

static int count_none(const void *place, struct slice namespace, struct slice gateway,
                      struct slice workload, size_t *count, struct error *err)
{
    (void)place;
    (void)namespace;
    (void)gateway;
    (void)workload;
    (void)err;
    *count = 0;
    return 0;
}

static int validate(const struct place *place, struct value policy, struct findings *findings,
                    struct error *err)
{
    static const struct cluster_view empty = {.count_pods = count_none};
    const struct review review = {
        .operation = OPERATION_CREATE,
        .kind = {SLICE("networking.k8s.io"), SLICE("v1"), SLICE("NetworkPolicy")},
        .resource = {SLICE("networking.k8s.io"), SLICE("v1"), SLICE("networkpolicies")},
        .namespace = place->namespace,
        .name = value_string(value_get(policy, "metadata", "name", NULL)),
        .object = policy,
    };
    const struct judgement judgement = {
        .ruleset = place->ruleset, .review = &review, .around = place->unknown ? NULL : &empty};

    findings_init(findings, place->ruleset->config);
    return validators_check(&judgement, findings, err);
}

static void put_member(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, "%s\"%s\":", out->data[out->len - 1] == '{' ? "" : ",", name);
    quote(out, slice_of(text));
}

static void put_findings(struct buf *out, const struct findings *findings)
{
    put_member(out, "reason", findings->denied == REASON_NONE ? "" : reason_name(findings->denied));
    put_member(out, "field", findings->field);
    put_member(out, "message", findings->message);
}

static int put_gateway(const struct gateway_rules *rules, const struct policy *policy,
                       struct buf *out, struct error *err)
{
    AUTO(arena) struct arena arena = {0};
    struct slice name = slice_of(rules->gateway->name);
    struct selector privacy = {0};
    struct leak leak = {0};

    arena_init(&arena, MEMORY_MAX);
    if (selector_in(SLICE(MARK_GATEWAY), &name, 1, &arena, &privacy, err) != 0) {
        return -1;
    }
    bool selects = judge_selects(policy, &privacy);
    if (selects && judge_egress(policy, &rules->allowed, &leak, err) != 0) {
        return -1;
    }
    buf_text(out, out->data[out->len - 1] == '[' ? "{" : ",{");
    put_member(out, "name", rules->gateway->name);
    buf_printf(out, ",\"selects\":%s", selects ? "true" : "false");
    put_member(out, "field", leak.field);
    put_member(out, "witness", leak.witness);
    buf_char(out, '}');
    return 0;
}

static int put_policy(const struct place *place, struct value object, struct buf *out,
                      struct error *err)
{
    const struct ruleset *ruleset = place->ruleset;
    AUTO(arena) struct arena arena = {0};
    enum policy_fault fault = POLICY_FINE;
    struct policy policy = {0};
    struct findings findings;
    struct error wrong = {0};

    if (validate(place, object, &findings, err) != 0) {
        return -1;
    }
    buf_char(out, '{');
    put_findings(out, &findings);
    buf_text(out, ",\"gateways\":[");
    arena_init(&arena, MEMORY_MAX);
    bool readable = policy_parse(object, &arena, &policy, &fault, &wrong) == 0;
    for (size_t i = 0; readable && i < ruleset->gateway_count; i++) {
        if (put_gateway(&ruleset->gateways[i], &policy, out, err) != 0) {
            return -1;
        }
    }
    buf_text(out, "]}");
    return 0;
}

/* The pod among the policies that stand. */
static int put_pod(const struct place *place, struct value root, struct buf *out, struct error *err)
{
    const struct surroundings around = {.namespace = place->namespace};
    struct subject subject = {0};
    struct findings findings;
    struct slice unused;
    struct value policy;

    findings_init(&findings, place->ruleset->config);
    if (subject_of_pod(place->ruleset, value_member(root, "pod"), &around, &subject, &findings,
                       err) != 0) {
        return -1;
    }
    const struct neighbours neighbours = {.ruleset = place->ruleset,
                                          .namespace = place->namespace,
                                          .subject = &subject,
                                          .findings = &findings};
    struct value_iter policies = value_iter(value_member(root, "policies"));
    while (findings.denied == REASON_NONE && value_next(&policies, &unused, &policy)) {
        if (neighbours_judge(&neighbours, policy, err) != 0) {
            return -1;
        }
    }
    buf_text(out, "{\"pod\":{");
    put_findings(out, &findings);
    buf_char(out, '}');
    return 0;
}

static int put_pair(const struct place *place, struct value root, struct buf *out,
                    struct error *err)
{
    struct value_iter policies = value_iter(value_member(root, "policies"));
    struct slice unused;
    struct value policy;
    bool first = true;

    if (put_pod(place, root, out, err) != 0) {
        return -1;
    }
    buf_text(out, ",\"policies\":[");
    while (value_next(&policies, &unused, &policy)) {
        buf_text(out, first ? "" : ",");
        first = false;
        if (put_policy(place, policy, out, err) != 0) {
            return -1;
        }
    }
    buf_text(out, "]}");
    return 0;
}

/* The pieces of each slot, and which of them is the policy's now. */
struct product {
    struct slice *pieces[SLOTS_MAX];
    size_t counts[SLOTS_MAX];
    size_t at[SLOTS_MAX];
    size_t slots;
};

static int read_slot(struct value slot, struct product *product, struct arena *arena,
                     struct error *err)
{
    size_t count = value_count(slot);
    struct value_iter pieces = value_iter(slot);
    struct slice unused;
    struct value piece;

    if (product->slots == SLOTS_MAX || count == 0 || count > PIECES_MAX) {
        return error_set(err, ERR_MALFORMED, "too many slots, or a slot without a piece");
    }
    struct slice *texts = arena_alloc(arena, count * sizeof *texts);
    if (texts == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a slot");
    }
    for (size_t i = 0; value_next(&pieces, &unused, &piece); i++) {
        texts[i] = value_string(piece);
    }
    product->pieces[product->slots] = texts;
    product->counts[product->slots++] = count;
    return 0;
}

static bool next_choice(struct product *product)
{
    for (size_t i = product->slots; i-- > 0;) {
        if (++product->at[i] < product->counts[i]) {
            return true;
        }
        product->at[i] = 0;
    }
    return false;
}

static int put_letter(const struct place *place, const struct product *product, struct buf *text,
                      struct buf *out, struct error *err)
{
    AUTO(json) struct json doc = {0};
    struct findings findings;

    buf_clear(text);
    for (size_t i = 0; i < product->slots; i++) {
        buf_slice(text, product->pieces[i][product->at[i]]);
    }
    if (json_parse(&doc, buf_view(text), err) != 0 ||
        validate(place, value_root(&doc), &findings, err) != 0) {
        return error_prefix(err, "%.200s", buf_cstr(text));
    }
    buf_append(out, findings.denied == REASON_NONE ? "." : reason_name(findings.denied), 1);
    return 0;
}

static int put_product(const struct place *place, struct value slots, struct buf *out,
                       struct error *err)
{
    AUTO(arena) struct arena arena = {0};
    AUTO(buf) struct buf text = {0};
    struct value_iter iter = value_iter(slots);
    struct product product = {0};
    struct slice unused;
    struct value slot;

    arena_init(&arena, MEMORY_MAX);
    buf_init(&text, POLICY_MAX_LEN);
    while (value_next(&iter, &unused, &slot)) {
        if (read_slot(slot, &product, &arena, err) != 0) {
            return -1;
        }
    }
    buf_char(out, '"');
    do {
        if (put_letter(place, &product, &text, out, err) != 0) {
            return -1;
        }
    } while (next_choice(&product));
    buf_char(out, '"');
    return 0;
}

static int answer_line(const struct ruleset *ruleset, struct slice line, struct buf *out,
                       struct error *err)
{
    AUTO(json) struct json doc = {0};

    if (json_parse(&doc, line, err) != 0) {
        return -1;
    }
    struct value root = value_root(&doc);
    const struct place place = {
        .ruleset = ruleset,
        .namespace = value_string(value_member(root, "namespace")),
        .unknown = value_is_true(value_member(root, "unknown")),
    };
    struct value slots = value_member(root, "slots");
    if (value_is_set(slots)) {
        return put_product(&place, slots, out, err);
    }
    return put_pair(&place, root, out, err);
}

static int answer_all(const struct ruleset *ruleset, struct error *err)
{
    AUTO(chars) char *line = NULL;
    AUTO(buf) struct buf out = {0};
    size_t size = 0;

    buf_init(&out, LINE_MAX_LEN);
    for (;;) {
        ssize_t len = getline(&line, &size, stdin);
        if (len <= 0) {
            return 0;
        }
        buf_clear(&out);
        if (answer_line(ruleset, (struct slice){line, (size_t)len}, &out, err) != 0 ||
            buf_check(&out, err) != 0) {
            return -1;
        }
        (void)printf("%s\n", buf_cstr(&out));
        (void)fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    AUTO(config) const struct config *config = NULL;
    AUTO(ruleset) const struct ruleset *ruleset = NULL;
    struct error err = {0};

    if (argc != 2) {
        (void)fprintf(stderr, "usage: judges_decide CONFIG\n");
        return 2;
    }
    if (config_load(argv[1], &config, NULL, &err) != 0 ||
        ruleset_new(config, &ruleset, &err) != 0 || answer_all(ruleset, &err) != 0) {
        (void)fprintf(stderr, "judges_decide: %s\n", err.text);
        return 1;
    }
    return 0;
}
