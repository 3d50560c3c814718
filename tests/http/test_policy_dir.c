/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/file.h"
#include "server/http/policy_dir.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[] = "/tmp/podveil-policies-XXXXXX";

static void make_base(void)
{
    cr_assert_not_null(mkdtemp(base));
}

static void remove_base(void)
{
    char command[PATH_MAX];

    (void)snprintf(command, sizeof command, "rm -rf %s", base);
    cr_assert_eq(system(command), 0); /* NOLINT(cert-env33-c): a test's own directory */
}

TestSuite(policy_dir, .init = make_base, .fini = remove_base);

static struct policy_text policy_of(const char *namespace, const char *name, char *json)
{
    struct policy_text policy = {.json = json};

    (void)snprintf(policy.namespace, sizeof policy.namespace, "%s", namespace);
    (void)snprintf(policy.name, sizeof policy.name, "%s", name);
    return policy;
}

static void assert_file(const char *name, const char *text)
{
    char path[PATH_MAX];
    AUTO(buf) struct buf there = {0};
    struct error err = {0};

    (void)snprintf(path, sizeof path, "%s/%s", base, name);
    buf_init(&there, 65536);
    cr_assert_eq(file_read(path, &there, &err), 0, "%s", err.text);
    cr_assert_str_eq(buf_cstr(&there), text);
}

static struct stat stat_of(const char *name)
{
    char path[PATH_MAX];
    struct stat info = {0};

    (void)snprintf(path, sizeof path, "%s/%s", base, name);
    cr_assert_eq(stat(path, &info), 0, "%s", path);
    return info;
}

Test(policy_dir, writes_yaml_below_the_namespace)
{
    char json[] = "{\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"app\"},\"size\":0.10}";
    struct policy_text policy = policy_of("media", "app.v2", json);
    struct error err = {0};
    bool written = false;

    cr_assert_eq(policy_dir_write(base, &policy, &written, &err), 0, "%s", err.text);
    cr_assert(written);
    assert_file("media/app.v2.yaml", "kind: NetworkPolicy\nmetadata:\n  name: app\nsize: 0.10\n");
    cr_assert_eq(stat_of("media/app.v2.yaml").st_mode & 0777, 0644);
}

Test(policy_dir, leaves_a_right_file_alone_and_mends_a_wrong_one)
{
    char json[] = "{\"a\":1}";
    char other[] = "{\"a\":2}";
    struct policy_text policy = policy_of("media", "app", json);
    struct policy_text changed = policy_of("media", "app", other);
    struct error err = {0};
    bool written = false;

    cr_assert_eq(policy_dir_write(base, &policy, &written, &err), 0, "%s", err.text);
    struct stat first = stat_of("media/app.yaml");
    cr_assert_eq(policy_dir_write(base, &policy, &written, &err), 0, "%s", err.text);
    cr_assert(!written);
    cr_assert_eq(stat_of("media/app.yaml").st_ino, first.st_ino);

    cr_assert_eq(policy_dir_write(base, &changed, &written, &err), 0, "%s", err.text);
    cr_assert(written);
    assert_file("media/app.yaml", "a: 2\n");
}

Test(policy_dir, replaces_what_is_no_file, .timeout = 10)
{
    char json[] = "{\"a\":1}";
    char path[PATH_MAX];
    char elsewhere[PATH_MAX];
    struct policy_text policy = policy_of("media", "app", json);
    struct error err = {0};
    bool written = false;

    (void)snprintf(path, sizeof path, "%s/media/app.yaml", base);
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", base);
    cr_assert_eq(policy_dir_write(base, &policy, &written, &err), 0, "%s", err.text);
    cr_assert_eq(rename(path, elsewhere), 0);
    cr_assert_eq(symlink(elsewhere, path), 0);
    cr_assert_eq(policy_dir_write(base, &policy, &written, &err), 0, "%s", err.text);
    cr_assert(written, "a link to the right text");
    assert_file("elsewhere", "a: 1\n");

    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkfifo(path, 0600), 0);
    written = false;
    cr_assert_eq(policy_dir_write(base, &policy, &written, &err), 0, "%s", err.text);
    cr_assert(written, "a pipe");
    assert_file("media/app.yaml", "a: 1\n");

    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_assert_eq(policy_dir_write(base, &policy, &written, &err), -1, "a directory");
    cr_assert_not_null(strstr(err.text, path), "%s", err.text);
}

static const struct bad_name {
    const char *name;
    const char *namespace;
    const char *policy;
} bad_names[] = {
    {"parent as namespace", "..", "app"},
    {"parent in the name", "media", "../app"},
    {"slash in the namespace", "a/b", "app"},
    {"dot in the namespace", "a.b", "app"},
    {"upper case", "media", "App"},
    {"empty namespace", "", "app"},
    {"empty name", "media", ""},
    {"starts with a dot", "media", ".app"},
};

ParameterizedTestParameters(policy_dir, refuses_names)
{
    static size_t indexes[COUNT_OF(bad_names)];

    for (size_t i = 0; i < COUNT_OF(indexes); i++) {
        indexes[i] = i;
    }
    return cr_make_param_array(size_t, indexes, COUNT_OF(indexes));
}

ParameterizedTest(const size_t *index, policy_dir, refuses_names)
{
    const struct bad_name *c = &bad_names[*index];
    char json[] = "{}";
    struct policy_text policy = policy_of(c->namespace, c->policy, json);
    struct error err = {0};
    bool written = false;

    cr_assert_eq(policy_dir_write(base, &policy, &written, &err), -1, "%s", c->name);
    cr_assert_eq(err.code, ERR_MALFORMED, "%s: %s", c->name, err.text);
    cr_assert_eq(rmdir(base), 0, "%s: nothing was made", c->name);
    cr_assert_eq(mkdir(base, 0700), 0);
}

Test(policy_dir, says_what_is_in_its_way)
{
    char json[] = "{}";
    char path[PATH_MAX];
    struct policy_text policy = policy_of("media", "app", json);
    struct error err = {0};
    bool written = false;

    (void)snprintf(path, sizeof path, "%s/media", base);
    cr_assert_eq(file_write(path, SLICE("in the way"), 0644, &err), 0, "%s", err.text);
    cr_assert_eq(policy_dir_write(base, &policy, &written, &err), -1);
    cr_assert_not_null(strstr(err.text, path), "%s", err.text);
    cr_assert_eq(policy_dir_open(path, &err), -1);
    cr_assert_not_null(strstr(err.text, "--policy-dir"), "%s", err.text);
}

Test(policy_dir, makes_the_directory)
{
    char path[PATH_MAX];
    struct error err = {0};
    struct stat info;

    (void)snprintf(path, sizeof path, "%s/a/b", base);
    cr_assert_eq(policy_dir_open(path, &err), 0, "%s", err.text);
    cr_assert_eq(stat(path, &info), 0);
    cr_assert(S_ISDIR(info.st_mode));
}
