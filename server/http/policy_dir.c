/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/policy_dir.h"

#include "lib/base/file.h"
#include "lib/kube/json.h"
#include "lib/kube/yaml.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

enum { POLICY_MAX_TEXT = 2 * 1024 * 1024, DIR_MODE = 0755, FILE_MODE = 0644 };

int policy_dir_open(const char *dir, struct error *err)
{
    if (file_make_dirs(dir, DIR_MODE, err) != 0) {
        return error_prefix(err, "--policy-dir");
    }
    if (access(dir, W_OK | X_OK) != 0) {
        return error_errno(err, "--policy-dir: %s", dir);
    }
    return 0;
}

static int to_yaml(const struct policy_text *policy, struct buf *out, struct error *err)
{
    AUTO(json) struct json doc = {0};

    if (json_parse(&doc, slice_of(policy->json), err) != 0 ||
        yaml_write(value_root(&doc), out, err) != 0) {
        return -1;
    }
    return buf_check(out, err);
}

static bool holds(const char *path, struct slice text)
{
    AUTO(buf) struct buf there = {0};
    struct error ignored = {0};

    buf_init(&there, POLICY_MAX_TEXT);
    return file_read_regular(path, &there, &ignored) == 0 && slice_equal(buf_view(&there), text);
}

static int path_of(const char *dir, const struct policy_text *policy, char path[static PATH_MAX],
                   struct error *err)
{
    if (!name_is_label(slice_of(policy->namespace)) || !name_is_subdomain(slice_of(policy->name))) {
        return error_set(err, ERR_MALFORMED, "%s/%s is no name of a policy", policy->namespace,
                         policy->name);
    }
    int len = snprintf(path, PATH_MAX, "%s/%s/%s.yaml", dir, policy->namespace, policy->name);
    if (len < 0 || len >= PATH_MAX) {
        return error_set(err, ERR_TOO_LARGE, "%s: the path of a policy is too long", dir);
    }
    return 0;
}

/* The directory that holds the file at path. */
static int make_dir_of(const char *path, struct error *err)
{
    char dir[PATH_MAX];

    (void)snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(path, '/') - path), path);
    return file_make_dirs(dir, DIR_MODE, err);
}

int policy_dir_write(const char *dir, const struct policy_text *policy, bool *written,
                     struct error *err)
{
    AUTO(buf) struct buf text = {0};
    char path[PATH_MAX];

    buf_init(&text, POLICY_MAX_TEXT);
    if (path_of(dir, policy, path, err) != 0 || to_yaml(policy, &text, err) != 0) {
        return -1;
    }
    if (holds(path, buf_view(&text))) {
        *written = false;
        return 0;
    }
    if (make_dir_of(path, err) != 0 || file_write(path, buf_view(&text), FILE_MODE, err) != 0) {
        return -1;
    }
    *written = true;
    return 0;
}

static int make(const void *place, const struct policy_order *order, struct policy_made *made,
                struct error *err)
{
    return policy_dir_write(place, order->policy, &made->written, err);
}

struct policy_store policy_dir_store(const char *dir)
{
    return (struct policy_store){.place = dir, .make = make};
}
