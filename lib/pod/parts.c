/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/parts.h"

#include "lib/kube/build.h"
#include "lib/pod/names.h"
#include "lib/pod/scripts.h"
#include "lib/pod/settings.h"

/* The scripts with nothing to filter by: the client's own scripts inherit these as well. */
static const char no_lock[] = "iptables() { :; }\n"
                              "ip6tables() { :; }\n"
                              "export -f iptables ip6tables\n";

enum { SCRIPT_MAX = 65536 };

const char *part_name(enum part part)
{
    return part == PART_INIT ? INIT_NAME : SIDECAR_NAME;
}

static struct build *texts(const char *const *items, size_t count)
{
    struct build *array = build_array();

    for (size_t i = 0; i < count; i++) {
        (void)build_push(array, build_text(items[i]));
    }
    return array;
}

/* bash takes the word behind the script as $0. */
static struct build *command(const struct client *client, enum part part)
{
    const struct text_list *words =
        part == PART_INIT ? &client->init_command : &client->sidecar_command;
    struct build *array = build_array();
    AUTO(buf) struct buf script = {0};

    buf_init(&script, SCRIPT_MAX);
    buf_text(&script, client->lock ? "" : no_lock);
    buf_text(&script, part == PART_INIT ? script_init : script_sidecar);
    (void)build_push(array, build_text("/bin/bash"));
    (void)build_push(array, build_text(part == PART_INIT ? "-ec" : "-c"));
    (void)build_push(array, script.len > 0 ? build_string(buf_view(&script)) : NULL);
    (void)build_push(array, build_text("podveil"));
    for (size_t i = 0; i < words->count; i++) {
        (void)build_push(array, build_text(words->items[i]));
    }
    return array;
}

static void push_variable(struct build *array, const char *name, const char *value)
{
    struct build *variable = build_push(array, build_object());

    (void)build_set(variable, "name", build_text(name));
    (void)build_set(variable, "value", build_text(value));
}

static struct build *environment(const struct gateway *gateway, const char *settings,
                                 const char *cidrs6)
{
    struct build *array = build_array();

    push_variable(array, "gateway", gateway->address);
    push_variable(array, "PODVEIL_SETTINGS", settings);
    push_variable(array, "PODVEIL_CIDRS6", cidrs6);
    return array;
}

/*
 * Each member that a pod's own securityContext could set otherwise is written out, but for SELinux:
 * both containers share a volume at the pod's level, and a type that forbids the lock ends init.
 */
static struct build *security_context(void)
{
    static const char *const all[] = {"ALL"};
    static const char *const needed[] = {"NET_ADMIN", "NET_RAW"};
    struct build *context = build_object();

    (void)build_set(context, "allowPrivilegeEscalation", build_bool(false));
    struct build *capabilities = build_set(context, "capabilities", build_object());
    (void)build_set(capabilities, "add", texts(needed, COUNT_OF(needed)));
    (void)build_set(capabilities, "drop", texts(all, COUNT_OF(all)));
    (void)build_set(context, "runAsGroup", build_int(0));
    (void)build_set(context, "runAsNonRoot", build_bool(false));
    (void)build_set(context, "runAsUser", build_int(0));
    struct build *seccomp = build_set(context, "seccompProfile", build_object());
    (void)build_set(seccomp, "type", build_text("RuntimeDefault"));
    return context;
}

static void push_mount(struct build *array, const char *volume, const char *path)
{
    struct build *mount = build_push(array, build_object());

    (void)build_set(mount, "name", build_text(volume));
    (void)build_set(mount, "mountPath", build_text(path));
}

static struct build *mounts(void)
{
    struct build *array = build_array();

    push_mount(array, CONFIG_VOLUME, "/config");
    push_mount(array, TOKEN_VOLUME, "/var/run/secrets/kubernetes.io/serviceaccount");
    return array;
}

static struct build *container(const struct gateway *gateway, enum part part, struct build *env)
{
    const struct client *client = &gateway->client;
    struct build *object = build_object();

    (void)build_set(object, "name", build_text(part_name(part)));
    (void)build_set(object, "image", build_text(client->image));
    if (client->pull_policy[0] != '\0') {
        (void)build_set(object, "imagePullPolicy", build_text(client->pull_policy));
    }
    (void)build_set(object, "command", command(client, part));
    (void)build_set(object, "env", env);
    if (value_exists(client->resources)) {
        (void)build_set(object, "resources", build_copy(client->resources));
    }
    if (part == PART_SIDECAR) {
        (void)build_set(object, "restartPolicy", build_text("Always"));
    }
    (void)build_set(object, "securityContext", security_context());
    (void)build_set(object, "volumeMounts", mounts());
    return object;
}

static struct build *volume(const char *name, const char *size_limit)
{
    struct build *object = build_object();

    (void)build_set(object, "name", build_text(name));
    struct build *empty_dir = build_set(object, "emptyDir", build_object());
    if (size_limit != NULL) {
        (void)build_set(empty_dir, "sizeLimit", build_text(size_limit));
    }
    return object;
}

int parts_render(const struct config *config, const struct gateway *gateway, struct buf *out,
                 struct error *err)
{
    AUTO(build) struct build *parts = build_object();
    AUTO(buf) struct buf settings = {0};
    AUTO(buf) struct buf cidrs6 = {0};

    buf_init(&settings, SETTINGS_MAX);
    buf_init(&cidrs6, SETTINGS_MAX);
    settings_print(config, gateway, &settings);
    settings_cidrs6(config, &cidrs6);
    if (buf_check(&settings, err) != 0 || buf_check(&cidrs6, err) != 0) {
        return -1;
    }
    const char *lines = buf_cstr(&settings);
    const char *cidrs = buf_cstr(&cidrs6);
    (void)build_set(parts, "init",
                    container(gateway, PART_INIT, environment(gateway, lines, cidrs)));
    (void)build_set(parts, "sidecar",
                    container(gateway, PART_SIDECAR, environment(gateway, lines, cidrs)));
    (void)build_set(parts, "configVolume", volume(CONFIG_VOLUME, "1Mi"));
    (void)build_set(parts, "tokenVolume", volume(TOKEN_VOLUME, NULL));
    return build_encode(parts, out, err);
}
