/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews of policies that stand above, beside or under NetworkPolicies. */
#ifndef TESTS_VALIDATORS_OUTRANKING_H
#define TESTS_VALIDATORS_OUTRANKING_H

#include "tests/validators/judge.h"

struct outranking {
    const char *group;
    const char *version;
    const char *kind;
    const char *resource;
    const char *namespace; /* NULL: of the whole cluster */
};

/* `old` NULL: a creation. Both are specs; JSON with ' for ". */
static inline char *print_outranking(const struct outranking *of, const char *spec, const char *old)
{
    AUTO(buf) struct buf text = {0};
    const char *namespace = of->namespace == NULL ? "" : of->namespace;
    const char *comma = of->namespace == NULL ? "" : "','namespace':'";

    buf_init(&text, JSON_MAX_TEXT);
    buf_printf(&text,
               "{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','request':{'uid':'u',"
               "'kind':{'group':'%s','version':'%s','kind':'%s'},'resource':{'group':'%s',"
               "'version':'%s','resource':'%s'},'name':'open','namespace':'%s','operation':'%s',"
               "'object':{'apiVersion':'%s/%s','kind':'%s','metadata':{'name':'open%s%s'},'spec':",
               of->group, of->version, of->kind, of->group, of->version, of->resource, namespace,
               old == NULL ? "CREATE" : "UPDATE", of->group, of->version, of->kind, comma,
               namespace);
    buf_text(&text, spec);
    buf_text(&text, "},'oldObject':");
    if (old == NULL) {
        buf_text(&text, "null}}");
    } else {
        buf_text(&text, "{'spec':");
        buf_text(&text, old);
        buf_text(&text, "}}}");
    }
    for (size_t i = 0; i < text.len; i++) {
        text.data[i] = text.data[i] == '\'' ? '"' : text.data[i];
    }
    return buf_take(&text);
}

static inline struct findings judge_outranking(const struct outranking *of, const char *spec,
                                               const char *old)
{
    AUTO(chars) char *text = print_outranking(of, spec, old);

    return judge_review(text);
}

/* A creation under a configuration below tests/, in that cluster. */
static inline struct findings judge_outranking_in(const struct outranking *of, const char *spec,
                                                  const char *config,
                                                  const struct cluster_view *around)
{
    AUTO(chars) char *text = print_outranking(of, spec, NULL);

    return judge_review_in(text, config, around);
}

static inline void check_denied(const struct findings *findings, enum reason reason,
                                const char *field, const char *message)
{
    cr_assert_str_eq(reason_name(findings->denied), reason_name(reason), "%s", findings->message);
    cr_assert_str_eq(findings->field, field, "%s", findings->message);
    cr_assert_str_eq(findings->message, message, "%s", findings->message);
}

static inline void check_allowed(const struct findings *findings)
{
    cr_assert_eq(findings->denied, REASON_NONE, "%s", findings->message);
    cr_assert_eq(findings->warning_count, 0, "%s", findings->warnings[0]);
}

#endif
