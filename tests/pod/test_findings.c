/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/findings.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>

static const struct config config = {
    .host_port = VALIDATION_WARN,
    .exec = VALIDATION_OFF,
    .external_endpoint = VALIDATION_DENY,
    .mesh_no_op = VALIDATION_WARN,
};

static struct findings start(void)
{
    struct findings findings;

    findings_init(&findings, &config);
    return findings;
}

Test(pod_findings, the_first_denial_stays)
{
    struct findings findings = start();

    findings_deny(&findings, REASON_HOST_NETWORK, "spec.hostNetwork", "one. Do %s.", "this");
    findings_deny(&findings, REASON_MALFORMED, "spec", "two.");

    cr_assert_eq(findings.denied, REASON_HOST_NETWORK);
    cr_assert_str_eq(findings.field, "spec.hostNetwork");
    cr_assert_str_eq(findings.message, "HostNetwork: one. Do this.");
}

static const struct {
    enum reason reason;
    bool denied;
    size_t warnings;
} levels[] = {
    {REASON_HOST_PORT, false, 1},        {REASON_EXEC, false, 0},
    {REASON_EXTERNAL_ENDPOINT, true, 0}, {REASON_MESH_NO_OP, false, 1},
    {REASON_HOST_NETWORK, true, 0},      {REASON_MALFORMED, true, 0},
};

Test(pod_findings, only_the_marked_reasons_can_be_turned_down)
{
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        struct findings findings = start();
        findings_deny(&findings, levels[i].reason, "f", "text.");
        cr_assert_eq(findings.denied != REASON_NONE, levels[i].denied, "%s",
                     reason_name(levels[i].reason));
        cr_assert_eq(findings.warning_count, levels[i].warnings, "%s",
                     reason_name(levels[i].reason));
    }
}

Test(pod_findings, a_warning_turned_down_has_its_reason)
{
    struct findings findings = start();

    findings_deny(&findings, REASON_HOST_PORT, "f", "port 1.");

    cr_assert_str_eq(findings.warnings[0], "HostPort: port 1.");
}

Test(pod_findings, the_same_warning_is_one)
{
    struct findings findings = start();

    findings_warn(&findings, "a %d", 1);
    findings_warn(&findings, "a %d", 1);
    findings_warn(&findings, "a %d", 2);

    cr_assert_eq(findings.warning_count, 2U);
}

Test(pod_findings, there_are_at_most_sixteen_warnings)
{
    struct findings findings = start();

    for (int i = 0; i < 40; i++) {
        findings_warn(&findings, "warning %d", i);
    }

    cr_assert_eq(findings.warning_count, (size_t)FINDINGS_MAX_WARNINGS);
    cr_assert_str_eq(findings.warnings[15], "warning 15");
}

Test(pod_findings, a_warning_is_cut_at_a_characters_border)
{
    struct findings findings = start();
    char text[WARNING_LEN + 40];

    memset(text, 'a', sizeof text);
    memcpy(text + WARNING_LEN - 1, "\xc3\xa4zzz", 6); /* 2 bytes, the second one behind the end */
    findings_warn(&findings, "%s", text);
    cr_assert_eq(strlen(findings.warnings[0]), (size_t)WARNING_LEN - 1);

    memset(text, 'b', sizeof text);
    text[sizeof text - 1] = '\0';
    findings_warn(&findings, "%s", text);
    cr_assert_eq(strlen(findings.warnings[1]), (size_t)WARNING_LEN);
}

Test(pod_findings, a_long_message_is_cut)
{
    struct findings findings = start();
    char text[4000];

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    findings_deny(&findings, REASON_MALFORMED, text, "%s", text);

    cr_assert_eq(strlen(findings.message), sizeof findings.message - 1);
    cr_assert_eq(strlen(findings.field), sizeof findings.field - 1);
}

/* A name as a stranger may write it: it clears the screen, and a rule cut its last character. */
#define HOSTILE "\x1b[2J\n\xc2\x9b\xe2\x80\xae\xf0\x9f\x98"
#define SHOWN "\\u001b[2J\\n\\u009b\\u202e"

Test(pod_findings, what_a_stranger_wrote_is_shown)
{
    struct findings findings = start();

    findings_warn(&findings, "\"%s\" is odd", HOSTILE);
    findings_deny(&findings, REASON_HOST_PORT, "f", "\"%s\".", HOSTILE);
    findings_deny(&findings, REASON_MALFORMED, "labels[" HOSTILE "]", "\"%s\". Remove it.",
                  HOSTILE);

    cr_assert_str_eq(findings.warnings[0], "\"" SHOWN "\" is odd");
    cr_assert_str_eq(findings.warnings[1], "HostPort: \"" SHOWN "\".");
    cr_assert_str_eq(findings.field, "labels[" SHOWN "]");
    cr_assert_str_eq(findings.message, "Malformed: \"" SHOWN "\". Remove it.");
}

Test(pod_findings, reasons_have_names_and_codes)
{
    cr_assert_str_eq(reason_name(REASON_NONE), "None");
    cr_assert_str_eq(reason_name(REASON_MESH_BYPASS), "MeshBypass");
    cr_assert_eq(reason_code(REASON_MALFORMED), 422);
    cr_assert_eq(reason_code(REASON_NON_CANONICAL_CIDR), 422);
    cr_assert_eq(reason_code(REASON_PRIVILEGED), 403);
}

Test(pod_findings, the_reference_has_every_reason)
{
    AUTO(buf) struct buf page = {0};

    fixture_read(&page, "../docs/REASONS.md");
    for (enum reason reason = REASON_NONE + 1; reason <= REASON_MESH_BYPASS; reason++) {
        char name[64];
        (void)snprintf(name, sizeof name, "`%s`", reason_name(reason));
        cr_expect_not_null(strstr(buf_cstr(&page), name), "docs/REASONS.md has no %s", name);
    }
}
