/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/golden/<rule>/<case>/, one folder a case:
 *
 *   pod.json     the pod. "{{init}}", "{{sidecar}}", "{{configVolume}}", "{{tokenVolume}}" and
 *                "{{injected}}" stand for what podveil makes under the case's configuration
 *   config.yaml  the configuration; else tests/fixtures/config/example.yaml
 *   around.json  what is known beside the pod: namespace ("media"), namespaceLabels, pathGateway,
 *                controller
 *   want.json    what comes of it; UPDATE_GOLDEN=1 writes it anew
 *   wayout.json  for a refused pod: the pod after its message was followed, which is admitted
 */
#include "lib/base/file.h"
#include "lib/kube/quote.h"
#include "tests/mutators/trial.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

enum { TEXT_MAX = 16 * 1024 * 1024, PATH_SIZE = 4096, BLANKS = 5 };

struct golden {
    char name[512];
    char folder[PATH_SIZE];
    const struct ruleset *ruleset;
    struct json around_doc;
    struct buf around_text;
    struct surroundings around;
    struct buf made[BLANKS];
};

static const char *const blanks[BLANKS] = {
    "\"{{init}}\"",        "\"{{sidecar}}\"",  "\"{{configVolume}}\"",
    "\"{{tokenVolume}}\"", "\"{{injected}}\"",
};

static bool exists(const char *path)
{
    struct stat unused;
    return stat(path, &unused) == 0;
}

/* False where the case has no such file. */
static bool read_case_file(const struct golden *golden, const char *file, struct buf *out)
{
    char path[PATH_SIZE + 32];
    struct error err = {0};

    buf_init(out, TEXT_MAX);
    (void)snprintf(path, sizeof path, "%s/%s", golden->folder, file);
    if (!exists(path)) {
        return false;
    }
    cr_assert_eq(file_read(path, out, &err), 0, "%s", err.text);
    return true;
}

static void replace_all(struct buf *text, const char *from, const char *to)
{
    AUTO(buf) struct buf out = {0};
    const char *rest = buf_cstr(text);
    const char *at = NULL;

    buf_init(&out, TEXT_MAX);
    while ((at = strstr(rest, from)) != NULL) {
        buf_append(&out, rest, (size_t)(at - rest));
        buf_text(&out, to);
        rest = at + strlen(from);
    }
    buf_text(&out, rest);
    buf_clear(text);
    buf_slice(text, buf_view(&out));
}

static struct slice around_text(const struct golden *golden, const char *name)
{
    return value_string(value_member(value_root(&golden->around_doc), name));
}

static void load_around(struct golden *golden)
{
    if (!read_case_file(golden, "around.json", &golden->around_text)) {
        buf_text(&golden->around_text, "{}");
    }
    fixture_parse(&golden->around_doc, buf_cstr(&golden->around_text));
    struct slice namespace = around_text(golden, "namespace");
    golden->around = (struct surroundings){
        .namespace = namespace.len > 0 ? namespace : SLICE("media"),
        .namespace_labels = value_member(value_root(&golden->around_doc), "namespaceLabels"),
        .path_gateway = around_text(golden, "pathGateway"),
        .controller = around_text(golden, "controller"),
    };
}

static void load(struct golden *golden, const char *rule, const char *name)
{
    AUTO(buf) struct buf yaml = {0};

    *golden = (struct golden){0};
    (void)snprintf(golden->name, sizeof golden->name, "%s/%s", rule, name);
    (void)snprintf(golden->folder, sizeof golden->folder, "%s/tests/golden/%s", TEST_SOURCE_DIR,
                   golden->name);
    golden->ruleset = read_case_file(golden, "config.yaml", &yaml)
                          ? fixture_ruleset_of(buf_cstr(&yaml))
                          : fixture_ruleset(FIXTURE_EXAMPLE);
    load_around(golden);
    const struct gateway_rules *rules = &golden->ruleset->gateways[0];
    const struct value values[] = {rules->init, rules->sidecar, rules->config_volume,
                                   rules->token_volume};
    for (size_t i = 0; i < BLANKS; i++) {
        buf_init(&golden->made[i], TEXT_MAX);
        if (i < COUNT_OF(values)) {
            value_encode(values[i], &golden->made[i]);
        } else {
            quote(&golden->made[i], slice_of(rules->injected));
        }
    }
}

static void done(struct golden *golden)
{
    for (size_t i = 0; i < BLANKS; i++) {
        buf_done(&golden->made[i]);
    }
    json_done(&golden->around_doc);
    buf_done(&golden->around_text);
    ruleset_unref(golden->ruleset);
}

static void print_member(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, "  \"%s\": ", name);
    quote(out, slice_of(text));
    buf_text(out, ",\n");
}

static void print_list_end(struct buf *out, bool any, const char *behind)
{
    buf_printf(out, "%s]%s\n", any ? "\n  " : "", behind);
}

/* One operation a line, and no text of ours in it. */
static void print_outcome(const struct golden *golden, const struct trial *trial, struct buf *out)
{
    const struct findings *findings = &trial->findings;
    bool private = trial->subject.rules != NULL;
    AUTO(json) struct json operations = {0};

    buf_text(out, "{\n");
    print_member(out, "reason",
                 findings->denied == REASON_NONE && !private ? "not private"
                                                             : reason_name(findings->denied));
    if (findings->denied != REASON_NONE) {
        print_member(out, "field", findings->field);
        print_member(out, "message", findings->message);
    }
    buf_text(out, "  \"warnings\": [");
    for (size_t i = 0; i < findings->warning_count; i++) {
        buf_text(out, i == 0 ? "\n    " : ",\n    ");
        quote(out, slice_of(findings->warnings[i]));
    }
    print_list_end(out, findings->warning_count > 0, ",");
    buf_text(out, "  \"patch\": [");
    fixture_parse(&operations, buf_cstr(&trial->operations));
    struct value_iter iter = value_iter(value_root(&operations));
    struct slice key;
    struct value operation;
    while (value_next(&iter, &key, &operation)) {
        buf_text(out, iter.index == 0 ? "\n    " : ",\n    ");
        value_encode(operation, out);
    }
    print_list_end(out, value_count(value_root(&operations)) > 0, "");
    buf_text(out, "}\n");
    for (size_t i = 0; i < BLANKS; i++) {
        replace_all(out, buf_cstr(&golden->made[i]), blanks[i]);
    }
    replace_all(out, golden->ruleset->gateways[0].injected, "{{injected}}"); /* in a message */
}

static void fill_in(const struct golden *golden, struct buf *pod)
{
    for (size_t i = 0; i < BLANKS; i++) {
        replace_all(pod, blanks[i], buf_cstr(&golden->made[i]));
    }
}

static void compare(const struct golden *golden, const struct buf *got)
{
    const char *update = getenv("UPDATE_GOLDEN");
    char path[PATH_SIZE + 32];
    struct error err = {0};
    AUTO(buf) struct buf want = {0};

    if (update != NULL && strcmp(update, "1") == 0) {
        (void)snprintf(path, sizeof path, "%s/want.json", golden->folder);
        cr_assert_eq(file_write(path, buf_view(got), 0644, &err), 0, "%s", err.text);
    }
    cr_assert(read_case_file(golden, "want.json", &want), "%s has no want.json", golden->name);
    cr_expect_str_eq(buf_cstr(got), buf_cstr(&want), "%s", golden->name);
}

static void follow_way_out(const struct golden *golden, const char *message)
{
    AUTO(buf) struct buf text = {0};
    AUTO(trial) struct trial trial = {0};

    bool there = read_case_file(golden, "wayout.json", &text);
    cr_expect(there, "%s has no wayout.json: %s", golden->name, message);
    if (there) {
        fill_in(golden, &text);
        trial_run(&trial, golden->ruleset, buf_view(&text), &golden->around);
        cr_expect_eq(trial.findings.denied, REASON_NONE, "%s, way out: %s", golden->name,
                     trial.findings.message);
    }
}

static void run_case(const char *rule, const char *name)
{
    struct golden golden = {0};
    AUTO(buf) struct buf pod = {0};
    AUTO(buf) struct buf got = {0};
    AUTO(trial) struct trial trial = {0};

    load(&golden, rule, name);
    buf_init(&got, TEXT_MAX);
    cr_assert(read_case_file(&golden, "pod.json", &pod), "%s has no pod.json", golden.name);
    fill_in(&golden, &pod);
    trial_run(&trial, golden.ruleset, buf_view(&pod), &golden.around);
    print_outcome(&golden, &trial, &got);
    compare(&golden, &got);
    if (trial.findings.denied != REASON_NONE) {
        follow_way_out(&golden, trial.findings.message);
    } else if (trial.subject.rules != NULL) {
        trial_assert_right(&trial, golden.ruleset, &golden.around, golden.name);
        trial_assert_untouched(&trial, golden.name);
    }
    done(&golden);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Every rule has cases, at least one. */
static void run_rule(const char *rule)
{
    char folder[PATH_SIZE];
    struct dirent **entries = NULL;

    (void)snprintf(folder, sizeof folder, "%s/tests/golden/%s", TEST_SOURCE_DIR, rule);
    int count = scandir(folder, &entries, is_visible, alphasort);
    cr_expect_gt(count, 0, "%s has no cases", rule);
    for (int i = 0; i < count; i++) {
        run_case(rule, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

Test(mutators_golden, every_case_of_every_rule)
{
    run_rule("privacy");
    for (size_t i = 0; i < mutators_count(); i++) {
        run_rule(mutators_at(i)->name);
    }
}
