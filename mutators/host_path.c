/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders of the node by which a pod could get out: its sockets, its devices,
 * what its kubelet, runtime and network plugins keep. Media stays usable.
 *
 * With hostPaths in the configuration only what is listed is left. A prefix
 * that is above one of the node's own folders does not open that folder.
 */
#include "lib/pod/path.h"
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <stdio.h>

static const char *const node_paths[] = {
    "/proc",
    "/sys",
    "/dev",
    "/run",
    "/var/run",
    "/etc",
    "/root",
    "/opt/cni",
    "/var/snap",
    "/var/lib/kubelet",
    "/var/lib/cni",
    "/var/lib/rancher",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/lib/k0s",
};

static const char *const refused_types[] = {"Socket", "CharDevice", "BlockDevice"};

struct host_path {
    char path[PATH_LEN + 1]; /* clean */
    struct slice written;
    struct slice volume;
    char field[96];
};

static bool is_nodes_own(const char *path)
{
    for (size_t i = 0; i < COUNT_OF(node_paths); i++) {
        if (path_touches(path, node_paths[i])) {
            return true;
        }
    }
    return false;
}

static bool is_inside_nodes_own(const char *path)
{
    for (size_t i = 0; i < COUNT_OF(node_paths); i++) {
        if (path_is_in(path, node_paths[i])) {
            return true;
        }
    }
    return false;
}

static bool mounts_read_only(struct value mounts, struct slice volume)
{
    struct value_iter iter = value_iter(mounts);
    struct slice key;
    struct value mount;

    while (value_next(&iter, &key, &mount)) {
        bool mounts_it = slice_equal(value_string(value_member(mount, "name")), volume);
        if (mounts_it && !value_is_true(value_member(mount, "readOnly"))) {
            return false;
        }
    }
    return true;
}

/* Do all mounts of the volume say readOnly: true? */
static bool is_read_only(const struct subject *subject, struct slice volume,
                         struct findings *findings)
{
    struct container_iter iter = container_iter(&subject->containers);
    struct value container;
    char at[64];

    while (container_next(&iter, &container, at)) {
        if (!mounts_read_only(TYPED_LIST(findings, container, "volumeMounts", "%s", at), volume)) {
            return false;
        }
    }
    return true;
}

static bool is_listed(const struct text_list *prefixes, const char *path)
{
    char prefix[PATH_LEN + 1];

    for (size_t i = 0; i < prefixes->count; i++) {
        if (path_clean(slice_of(prefixes->items[i]), prefix) && path_is_in(path, prefix) &&
            (!is_nodes_own(path) || is_inside_nodes_own(prefix))) {
            return true;
        }
    }
    return false;
}

static void check_against_list(const struct text_list *prefixes, const struct host_path *host_path,
                               struct findings *findings)
{
    if (!is_listed(prefixes, host_path->path)) {
        findings_deny(findings, REASON_HOST_PATH, host_path->field,
                      "volume %.*s is %.*s of the node, and the configuration lists other folders. "
                      "Use a volume below %s, or have the operator add it to hostPaths.",
                      CALLED(host_path->volume), CALLED(host_path->written), prefixes->items[0]);
    }
}

static void check_nodes_own(const struct subject *subject, const struct host_path *host_path,
                            struct findings *findings)
{
    const char *path = host_path->path;

    if (!is_nodes_own(path) || path_is_in(path, "/dev/dri")) {
        return;
    }
    if (strcmp(path, "/etc/localtime") != 0 && strcmp(path, "/etc/timezone") != 0) {
        findings_deny(findings, REASON_HOST_PATH, host_path->field,
                      "volume %.*s is %.*s of the node, where its network can be reached or "
                      "changed. Use a folder of your own, such as /srv/media, or a "
                      "PersistentVolumeClaim.",
                      CALLED(host_path->volume), CALLED(host_path->written));
    } else if (!is_read_only(subject, host_path->volume, findings)) {
        findings_deny(findings, REASON_HOST_PATH, host_path->field,
                      "volume %.*s is %.*s of the node, writable. Write readOnly: true in each of "
                      "its volumeMounts.",
                      CALLED(host_path->volume), CALLED(host_path->written));
    }
}

static void check_type(const struct host_path *host_path, struct slice type,
                       struct findings *findings)
{
    for (size_t i = 0; i < COUNT_OF(refused_types); i++) {
        if (slice_is(type, refused_types[i]) && !path_is_in(host_path->path, "/dev/dri")) {
            findings_deny(findings, REASON_HOST_PATH, host_path->field,
                          "volume %.*s is a %s of the node, behind which anything may run. Remove "
                          "it; of devices /dev/dri alone may be used.",
                          CALLED(host_path->volume), refused_types[i]);
        }
    }
}

static void check_volume(const struct subject *subject, struct value volume, size_t index,
                         struct findings *findings)
{
    const struct text_list *prefixes = &subject->ruleset->config->host_paths;
    struct value source = TYPED_OBJECT(findings, volume, "hostPath", "spec.volumes[%zu]", index);
    struct host_path host_path = {.volume = value_string(value_member(volume, "name"))};

    if (!value_exists(source)) {
        return;
    }
    (void)snprintf(host_path.field, sizeof host_path.field, "spec.volumes[%zu].hostPath.path",
                   index);
    host_path.written = TYPED_TEXT(findings, source, "path", "spec.volumes[%zu].hostPath", index);
    struct slice type = TYPED_TEXT(findings, source, "type", "spec.volumes[%zu].hostPath", index);
    if (!slice_starts_with(host_path.written, "/") || path_climbs(host_path.written) ||
        !path_clean(host_path.written, host_path.path)) {
        findings_deny(findings, REASON_HOST_PATH, host_path.field,
                      "volume %.*s is the hostPath \"%.*s\", which may mean anything. Write a path "
                      "that begins with / and has no .. in it.",
                      CALLED(host_path.volume), CALLED(host_path.written));
        return;
    }
    check_type(&host_path, type, findings);
    if (prefixes->count > 0) {
        check_against_list(prefixes, &host_path, findings);
    } else {
        check_nodes_own(subject, &host_path, findings);
    }
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct value_iter iter = value_iter(value_get(pod, "spec", "volumes", NULL));
    struct slice key;
    struct value volume;

    while (value_next(&iter, &key, &volume)) {
        check_volume(subject, volume, iter.index, findings);
    }
}

extern const struct mutator mutator_host_path;
const struct mutator mutator_host_path = {
    .name = "host_path",
    .check = check,
};
