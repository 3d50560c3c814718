/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/peers.h"

#include "lib/kube/siphash.h"

#include <inttypes.h>
#include <stdio.h>

#define PREFIX "peer.podveil.io/"

enum {
    SAY_AGAIN = 3, /* that many times before it is not believed any more */
};

static void name_of(const char *identity, char out[static PEER_NAME])
{
    static const uint8_t secret[SIPHASH_KEY] = {0}; /* every podveil's names are the same */

    (void)snprintf(out, PEER_NAME, "%016" PRIx64, siphash(secret, slice_of(identity)));
}

void peers_init(struct peers *peers, const char *identity, int64_t lasts_ms)
{
    *peers = (struct peers){.lasts_ms = lasts_ms};
    name_of(identity, peers->own);
}

void peers_use(struct peers *peers, const char *config_id)
{
    slice_copy(slice_of(config_id), peers->config, sizeof peers->config);
}

/* The id at a text's begin; false where it is none. */
static bool read_config(const char *text, char out[static CONFIG_ID_LEN + 1])
{
    size_t len = strspn(text, "0123456789abcdef");

    slice_copy((struct slice){text, len}, out, CONFIG_ID_LEN + 1);
    return len == CONFIG_ID_LEN && text[len] == ' ';
}

static const struct peer *find(const struct peers *peers, const char *name)
{
    for (size_t i = 0; i < peers->count; i++) {
        if (strcmp(peers->items[i].name, name) == 0) {
            return &peers->items[i];
        }
    }
    return NULL;
}

static bool has_config(const struct peer *peer, const char *config_id)
{
    char theirs[CONFIG_ID_LEN + 1];

    return peer != NULL && read_config(peer->text, theirs) && strcmp(theirs, config_id) == 0;
}

/* An annotation of a peer; false where it is another's. */
static bool read_peer(struct slice key, struct value text, struct peer *out)
{
    char config[CONFIG_ID_LEN + 1];
    struct slice name = slice_after(key, strlen(PREFIX));

    if (!slice_starts_with(key, PREFIX) || name.len != PEER_NAME - 1 ||
        value_string(text).len >= PEER_TEXT) {
        return false;
    }
    *out = (struct peer){0};
    slice_copy(name, out->name, sizeof out->name);
    slice_copy(value_string(text), out->text, sizeof out->text);
    return read_config(out->text, config);
}

void peers_see(struct peers *peers, struct value lease, int64_t now_ms)
{
    struct value_iter iter = value_iter(value_get(lease, "metadata", "annotations", NULL));
    const struct peers before = *peers;
    struct slice key;
    struct value text;

    peers->count = 0;
    while (peers->count < PEERS_MAX && value_next(&iter, &key, &text)) {
        struct peer *peer = &peers->items[peers->count];
        if (!read_peer(key, text, peer)) {
            continue;
        }
        const struct peer *known = find(&before, peer->name);
        bool same = known != NULL && strcmp(known->text, peer->text) == 0;
        peer->seen_ms = same ? known->seen_ms : now_ms;
        peers->count++;
    }
}

bool peers_must_say(const struct peers *peers, const char *holder, int64_t now_ms)
{
    char name[PEER_NAME];
    const struct peer *ours = find(peers, peers->own);

    name_of(holder, name);
    if (peers->config[0] == '\0') {
        return false;
    }
    if (has_config(find(peers, name), peers->config)) {
        return ours != NULL && !has_config(ours, peers->config);
    }
    return !has_config(ours, peers->config) ||
           now_ms - ours->seen_ms >= peers->lasts_ms / SAY_AGAIN;
}

static bool lives(const struct peers *peers, const struct peer *peer, int64_t now_ms)
{
    return now_ms - peer->seen_ms < peers->lasts_ms;
}

static void print_one(struct build *annotations, const char *name, const char *text)
{
    char key[sizeof PREFIX + PEER_NAME];

    (void)snprintf(key, sizeof key, PREFIX "%s", name);
    (void)build_set(annotations, key, build_text(text));
}

struct build *peers_print(struct peers *peers, int64_t now_ms)
{
    struct build *annotations = build_object();

    for (size_t i = 0; i < peers->count; i++) {
        const struct peer *peer = &peers->items[i];
        if (lives(peers, peer, now_ms) && strcmp(peer->name, peers->own) != 0) {
            print_one(annotations, peer->name, peer->text);
        }
    }
    if (peers->config[0] != '\0') {
        char text[PEER_TEXT];
        peers->said++;
        (void)snprintf(text, sizeof text, "%s %" PRIu64, peers->config, peers->said);
        print_one(annotations, peers->own, text);
    }
    return annotations;
}

bool peer_configs_have(const struct peer_configs *configs, const char *id)
{
    for (size_t i = 0; i < configs->count; i++) {
        if (strcmp(configs->ids[i], id) == 0) {
            return true;
        }
    }
    return false;
}

void peers_others(const struct peers *peers, int64_t now_ms, struct peer_configs *out)
{
    *out = (struct peer_configs){0};
    for (size_t i = 0; i < peers->count; i++) {
        const struct peer *peer = &peers->items[i];
        char *id = out->ids[out->count];
        bool other = lives(peers, peer, now_ms) && strcmp(peer->name, peers->own) != 0 &&
                     read_config(peer->text, id) && strcmp(id, peers->config) != 0;
        if (other && !peer_configs_have(out, id)) {
            out->count++;
        }
    }
}
