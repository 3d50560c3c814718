/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ours or a look-alike: every member must be ours, but for what spec.md 3 lets
 * differ, and nothing may be there beside them.
 *
 * What the API server makes of our own text counts as ours: null for absent,
 * an empty value of a variable left out, entries in another order.
 *
 * The tolerated names are the operator's, what they carry may be anybody's:
 * nothing tolerated may reach what our containers run.
 */
#include "lib/pod/names.h"
#include "lib/pod/parts.h"
#include "lib/pod/path.h"

/* Members of a container that other plugins set and that change nothing of what it does. */
static const char *const may_differ[] = {
    "resources",
    "imagePullPolicy",
    "terminationMessagePath",
    "terminationMessagePolicy",
};

/* Where our containers have programs, libraries, settings and what the lock looks at. */
static const char *const guarded_paths[] = {
    "/config", "/default_config", "/bin",   "/sbin",   "/usr",
    "/lib",    "/lib32",          "/lib64", "/libx32", "/proc",
};

/* A mount that hides one of these, and below /etc all but certificates. */
static const char *const certificate_paths[] = {"/etc/ssl", "/etc/pki", "/etc/ca-certificates"};

static bool is_listed(struct slice text, const char *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is(text, items[i])) {
            return true;
        }
    }
    return false;
}

/* Names that choose what bash or the loader run cannot be listed (lib/config). */
static bool variable_is_tolerated(const struct client *client, struct slice name)
{
    return is_listed(name, client->tolerate_env.items, client->tolerate_env.count);
}

/* Does a file or folder put at `path` hide or change what a command of ours is? */
static bool path_reaches_command(const char *path, const struct text_list *command)
{
    char word[PATH_LEN + 1];

    for (size_t i = 0; i < command->count; i++) {
        if (command->items[i][0] == '/' &&
            (!path_clean(slice_of(command->items[i]), word) || path_touches(path, word))) {
            return true;
        }
    }
    return false;
}

static bool path_is_harmless(const struct client *client, struct slice text)
{
    char path[PATH_LEN + 1];

    if (text.len == 0 || !path_clean(text, path)) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(guarded_paths); i++) {
        if (path_touches(path, guarded_paths[i])) {
            return false;
        }
    }
    bool certificates = false;
    for (size_t i = 0; i < COUNT_OF(certificate_paths); i++) {
        certificates = certificates || path_is_in(path, certificate_paths[i]);
    }
    return (certificates || !path_touches(path, "/etc")) &&
           !path_reaches_command(path, &client->init_command) &&
           !path_reaches_command(path, &client->sidecar_command);
}

static bool mount_is_tolerated(const struct client *client, struct value mount)
{
    struct slice name = value_string(value_member(mount, "name"));

    return is_listed(name, client->tolerate_mounts.items, client->tolerate_mounts.count) &&
           path_is_harmless(client, value_string(value_member(mount, "mountPath")));
}

/* Every set member of `ours` equal in `theirs` and none beside; "" is as good as left out. */
static bool entry_equals(struct value ours, struct value theirs)
{
    struct value_iter iter = value_iter(theirs);
    struct slice key;
    struct value item;
    size_t same = 0;
    size_t wanted = 0;

    while (value_next(&iter, &key, &item)) {
        if (!value_is_set(item) || value_is(item, "")) {
            continue;
        }
        if (!value_equal(item, value_member_slice(ours, key))) {
            return false;
        }
        same++;
    }
    iter = value_iter(ours);
    while (value_next(&iter, &key, &item)) {
        wanted += value_is(item, "") ? 0 : 1;
    }
    return value_kind(theirs) == JSON_OBJECT && same == wanted;
}

/* The place of the entry in `ours`, or SIZE_MAX. */
static size_t find_entry(struct value ours, struct value entry)
{
    struct value_iter iter = value_iter(ours);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (entry_equals(item, entry)) {
            return iter.index;
        }
    }
    return SIZE_MAX;
}

static bool is_tolerated(const struct client *client, bool variables, struct value entry)
{
    return variables ? variable_is_tolerated(client, value_string(value_member(entry, "name")))
                     : mount_is_tolerated(client, entry);
}

/* Each of ours exactly once, in any order, and beside them only what is tolerated. */
static bool entries_match(const struct client *client, bool variables, struct value ours,
                          struct value theirs)
{
    struct value_iter iter = value_iter(theirs);
    struct slice key;
    struct value item;
    unsigned found = 0;

    while (value_next(&iter, &key, &item)) {
        size_t index = find_entry(ours, item);
        unsigned bit = index == SIZE_MAX ? 0 : 1U << index;
        if ((found & bit) != 0 || (bit == 0 && !is_tolerated(client, variables, item))) {
            return false;
        }
        found |= bit;
    }
    return found == (1U << value_count(ours)) - 1;
}

static bool image_matches(const struct client *client, struct value ours, struct value theirs)
{
    struct slice image = value_string(theirs);

    for (size_t i = 0; i < client->also_images.count; i++) {
        if (slice_starts_with(image, client->also_images.items[i])) {
            return true;
        }
    }
    return value_equal(ours, theirs);
}

static bool member_matches(const struct client *client, struct slice key, struct value ours,
                           struct value theirs)
{
    if (slice_is(key, "terminationMessagePath")) {
        return path_is_harmless(client, value_string(theirs));
    }
    if (is_listed(key, may_differ, COUNT_OF(may_differ))) {
        return true;
    }
    if (slice_is(key, "image")) {
        return image_matches(client, ours, theirs);
    }
    if (slice_is(key, "env") || slice_is(key, "volumeMounts")) {
        return entries_match(client, slice_is(key, "env"), ours, theirs);
    }
    return value_equal(ours, theirs);
}

static bool differs(struct slice *why, struct slice key)
{
    if (why != NULL) {
        *why = key;
    }
    return false;
}

bool part_matches(const struct gateway_rules *rules, enum part part, struct value container,
                  struct slice *why)
{
    const struct client *client = &rules->gateway->client;
    struct value ours = part == PART_INIT ? rules->init : rules->sidecar;
    struct value_iter iter = value_iter(container);
    struct slice key;
    struct value item;

    if (value_is_same(container, ours)) {
        return true;
    }
    while (value_next(&iter, &key, &item)) {
        if (value_is_set(item) &&
            !member_matches(client, key, value_member_slice(ours, key), item)) {
            return differs(why, key);
        }
    }
    iter = value_iter(ours);
    while (value_next(&iter, &key, &item)) {
        if (!is_listed(key, may_differ, COUNT_OF(may_differ)) &&
            !value_is_set(value_member_slice(container, key))) {
            return differs(why, key);
        }
    }
    return true;
}

bool part_is_ours(const struct ruleset *ruleset, struct value container)
{
    struct value name = value_member(container, "name");
    bool init = value_is(name, INIT_NAME);

    if (!init && !value_is(name, SIDECAR_NAME)) {
        return false;
    }
    for (size_t i = 0; i < ruleset->gateway_count; i++) {
        if (part_matches(&ruleset->gateways[i], init ? PART_INIT : PART_SIDECAR, container, NULL)) {
            return true;
        }
    }
    return false;
}

bool part_is_our_volume(const struct gateway_rules *rules, struct value volume)
{
    return value_equal(volume, rules->config_volume) || value_equal(volume, rules->token_volume);
}
