/* SPDX-License-Identifier: Apache-2.0 */
/* Pods as Kubernetes makes them: one with every field of the API set, and the recorded ones. */
#include "tests/mutators/trial.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <stdio.h>

enum { TEXT_MAX = 16 * 1024 * 1024 };

/* What the pod with every field has to have otherwise, to be one that can be protected. */
static const struct {
    const char *path;
    const char *json;
} of_pod[] = {
    {"/metadata/labels/podveil.io~1gateway", "\"vpn\""},
    {"/metadata/ownerReferences/0/name", "\"name-value\""},
    {"/spec/hostNetwork", "false"},
    {"/spec/hostPID", "false"},
    {"/spec/hostIPC", "false"},
    {"/spec/shareProcessNamespace", "false"},
    {"/spec/dnsPolicy", "\"ClusterFirst\""},
    {"/spec/resourceClaims/0/resourceClaimName", "null"},
    {"/spec/resourceClaims/0/resourceClaimTemplateName", "\"gpu\""},
    {"/spec/volumes/0/hostPath/path", "\"/srv/media\""},
    {"/spec/securityContext/windowsOptions/hostProcess", "false"},
    {"/spec/securityContext/sysctls/0/name", "\"net.ipv4.tcp_syncookies\""},
};

static const struct {
    const char *path;
    const char *json;
} of_container[] = {
    {"securityContext/privileged", "false"},
    {"securityContext/allowPrivilegeEscalation", "false"},
    {"securityContext/windowsOptions/hostProcess", "false"},
    {"livenessProbe/httpGet/host", "\"\""},
    {"livenessProbe/tcpSocket/host", "\"\""},
    {"readinessProbe/httpGet/host", "\"\""},
    {"readinessProbe/tcpSocket/host", "\"\""},
    {"startupProbe/httpGet/host", "\"\""},
    {"startupProbe/tcpSocket/host", "\"\""},
    {"lifecycle/postStart/httpGet/host", "\"\""},
    {"lifecycle/postStart/tcpSocket/host", "\"\""},
    {"lifecycle/preStop/httpGet/host", "\"\""},
    {"lifecycle/preStop/tcpSocket/host", "\"\""},
};

static const struct ruleset *example_with(const char *line)
{
    AUTO(buf) struct buf yaml = {0};

    fixture_read(&yaml, FIXTURE_EXAMPLE);
    buf_text(&yaml, line);
    return fixture_ruleset_of(buf_cstr(&yaml));
}

static void set(struct patch *patch, const char *path, const char *json)
{
    struct error err = {0};
    cr_assert_eq(patch_add_json(patch, slice_of(json), &err, "%s", path), 0, "%s: %s", path,
                 err.text);
}

static void print_protectable(struct value object, struct buf *out)
{
    static const char *const lists[] = {"containers", "initContainers", "ephemeralContainers"};
    AUTO(patch) struct patch *patch = patch_new(object, "");

    cr_assert_not_null(patch);
    for (size_t i = 0; i < COUNT_OF(of_pod); i++) {
        set(patch, of_pod[i].path, of_pod[i].json);
    }
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        for (size_t j = 0; j < COUNT_OF(of_container); j++) {
            char path[128];
            (void)snprintf(path, sizeof path, "/spec/%s/0/%s", lists[i], of_container[j].path);
            set(patch, path, of_container[j].json);
        }
    }
    value_encode(patch_object(patch), out);
}

Test(mutators_every_field, what_podveil_does_not_own_is_as_it_was)
{
    AUTO(ruleset)
    const struct ruleset *ruleset = example_with("claims: [gpu]\n");
    const struct surroundings around = {.namespace = SLICE("media")};
    AUTO(buf) struct buf file = {0};
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    AUTO(trial) struct trial trial = {0};

    fixture_read(&file, "fixtures/k8s-api/core.v1.Pod.json");
    fixture_parse(&doc, buf_cstr(&file));
    buf_init(&text, TEXT_MAX);
    print_protectable(value_root(&doc), &text);
    trial_run(&trial, ruleset, buf_view(&text), &around);

    cr_assert_eq(trial.findings.denied, REASON_NONE, "%s: %s", trial.findings.field,
                 trial.findings.message);
    cr_assert_not_null(trial.subject.rules);
    trial_assert_right(&trial, ruleset, &around, "every field");
    trial_assert_untouched(&trial, "every field");
}

static void try_recording(const struct ruleset *ruleset, const char *name)
{
    static const struct {
        const char *file;
        enum reason reason;
    } refused[] = {
        {"mutate-pod-create-host-network.json", REASON_HOST_NETWORK},
        {"mutate-pod-create-privileged.json", REASON_PRIVILEGED},
    };
    char path[512];
    enum reason want = REASON_NONE;
    AUTO(buf) struct buf file = {0};
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    AUTO(trial) struct trial trial = {0};

    (void)snprintf(path, sizeof path, "fixtures/reviews/%s", name);
    fixture_read(&file, path);
    fixture_parse(&doc, buf_cstr(&file));
    struct value request = value_member(value_root(&doc), "request");
    buf_init(&text, TEXT_MAX);
    value_encode(value_member(request, "object"), &text);
    struct surroundings around = {.namespace = value_string(value_member(request, "namespace"))};
    if (strstr(name, "private-namespace") != NULL) {
        around.path_gateway = SLICE("vpn");
    }
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        want = strcmp(name, refused[i].file) == 0 ? refused[i].reason : want;
    }
    trial_run(&trial, ruleset, buf_view(&text), &around);

    cr_assert_eq(trial.findings.denied, want, "%s: %s", name, trial.findings.message);
    cr_assert_eq(trial.subject.rules == NULL, strstr(name, "unlabelled") != NULL, "%s", name);
    trial_assert_untouched(&trial, name);
    if (want == REASON_NONE && trial.subject.rules != NULL) {
        trial_assert_right(&trial, ruleset, &around, name);
    }
}

Test(mutators_every_field, recorded_pods_become_right)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    DIR *folder = opendir(TEST_SOURCE_DIR "/tests/fixtures/reviews");
    size_t count = 0;

    cr_assert_not_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strncmp(entry->d_name, "mutate-pod-create-", 18) == 0) {
            try_recording(ruleset, entry->d_name);
            count++;
        }
    }
    (void)closedir(folder);
    cr_assert_gt(count, 10U);
}
