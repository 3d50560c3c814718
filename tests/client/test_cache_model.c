/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster of six names, changed at random by us and by others, and a cache that hears of
 * it late: events are on their way for a while, answers of our own writes come when they
 * come, and now and then the watch breaks and a LIST is made in pages, between which the
 * world goes on.
 *
 * After each step: what our last write that was answered made is there, or something newer
 * was; no object steps back; nothing that we deleted is visible. Once all is heard, the
 * cache is what the cluster is.
 */
#include "tests/client/cached.h"

enum { NAMES = 6, MAX_LOG = 4000, STEPS = 3000, PAGE = 2, ROUNDS = 20 };

struct change {
    unsigned name;
    unsigned uid;
    unsigned version;
    bool deleted;
};

struct world {
    struct change now[NAMES]; /* deleted: it is not there */
    struct change log[MAX_LOG];
    size_t logged;
    size_t heard; /* events that the cache was told */
    unsigned version;
    unsigned uids;
    unsigned seen[NAMES];   /* the newest version that the cache ever showed */
    unsigned forgot[NAMES]; /* the uid that we deleted last */
    struct change late[4];  /* answers of our writes that are on their way */
    size_t late_count;
    uint64_t random;
    struct cache *cache;
};

static unsigned pick(struct world *world, unsigned below)
{
    world->random = world->random * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(world->random >> 33) % below;
}

static void tell(struct world *world, cached_feed *feed, const struct change *change)
{
    char name[8];
    char uid[16];
    char version[16];

    (void)snprintf(name, sizeof name, "p%u", change->name);
    (void)snprintf(uid, sizeof uid, "u%u", change->uid);
    (void)snprintf(version, sizeof version, "%u", change->version);
    cached_feed_one(world->cache, feed, (struct thing){"n", name, uid, version});
}

static const struct change *change(struct world *world, unsigned name, bool deleted)
{
    struct change *now = &world->now[name];

    now->name = name;
    now->uid = now->deleted ? ++world->uids : now->uid;
    now->deleted = deleted;
    now->version = ++world->version;
    cr_assert_lt(world->logged, MAX_LOG);
    world->log[world->logged++] = *now;
    return now;
}

static void others_act(struct world *world)
{
    unsigned name = pick(world, NAMES);

    (void)change(world, name, !world->now[name].deleted && pick(world, 3) == 0);
}

static void we_write(struct world *world)
{
    const struct change *made = change(world, pick(world, NAMES), false);

    if (pick(world, 3) == 0 && world->late_count < COUNT_OF(world->late)) {
        world->late[world->late_count++] = *made;
        return;
    }
    tell(world, cache_wrote, made);
    if (world->forgot[made->name] != made->uid && cache_state(world->cache).synced) {
        char name[8];
        (void)snprintf(name, sizeof name, "p%u", made->name);
        AUTO(cache_item)
        const struct cache_item *item = cache_find(world->cache, SLICE("n"), slice_of(name));
        cr_assert_not_null(item, "the answer of a write is not there");
    }
}

static void an_answer_comes(struct world *world)
{
    if (world->late_count > 0) {
        struct change late = world->late[--world->late_count];
        tell(world, cache_wrote, &late);
    }
}

static void we_delete(struct world *world)
{
    unsigned name = pick(world, NAMES);
    char text[8];
    char uid[16];

    if (world->now[name].deleted) {
        return;
    }
    const struct change *gone = change(world, name, true);
    (void)snprintf(text, sizeof text, "p%u", name);
    (void)snprintf(uid, sizeof uid, "u%u", gone->uid);
    world->forgot[name] = gone->uid;
    cache_forget(world->cache, SLICE("n"), slice_of(text), slice_of(uid));
}

static void hear(struct world *world)
{
    if (world->heard < world->logged) {
        const struct change *event = &world->log[world->heard++];
        tell(world, event->deleted ? cache_event_delete : cache_event_put, event);
    }
}

static void step(struct world *world);

/* Of the moment when it begins, in pages between which the world goes on. */
static void list(struct world *world, bool quiet)
{
    struct change then[NAMES];
    size_t logged = world->logged;
    char version[16];

    memcpy(then, world->now, sizeof then);
    (void)snprintf(version, sizeof version, "%u", world->version);
    cached_begin(world->cache, version);
    for (unsigned name = 0; name < NAMES; name++) {
        if (!then[name].deleted) {
            tell(world, cache_list_put, &then[name]);
        }
        if (!quiet && name % PAGE == PAGE - 1) {
            step(world);
        }
    }
    cached_end(world->cache, version);
    world->heard = logged;
}

static void step(struct world *world)
{
    unsigned what = pick(world, 8);

    if (what < 3) {
        others_act(world);
    } else if (what < 5) {
        we_write(world);
    } else if (what < 6) {
        an_answer_comes(world);
    } else {
        we_delete(world);
    }
}

static void check(struct world *world)
{
    AUTO(cache_items) struct cache_items items = {0};
    struct error err = {0};

    cr_assert_eq(cache_list(world->cache, NULL, &items, &err), 0);
    for (size_t i = 0; i < items.count; i++) {
        unsigned name = (unsigned)(items.items[i]->name.data[1] - '0');
        unsigned version = (unsigned)strtoul(items.items[i]->version.data, NULL, 10);
        unsigned uid = (unsigned)strtoul(items.items[i]->uid.data + 1, NULL, 10);
        cr_assert_geq(version, world->seen[name], "p%u stepped back", name);
        cr_assert_neq(uid, world->forgot[name], "p%u came back", name);
        world->seen[name] = version;
    }
}

static void assert_heard_all(struct world *world)
{
    AUTO(buf) struct buf want = {0};

    while (world->heard < world->logged) {
        hear(world);
    }
    buf_init(&want, 1000);
    for (unsigned name = 0; name < NAMES; name++) {
        if (!world->now[name].deleted) {
            buf_printf(&want, "%sn/p%u:%u", want.len > 0 ? " " : "", name,
                       world->now[name].version);
        }
    }
    assert_cached(world->cache, NULL, buf_cstr(&want));
}

Test(cache_model, is_the_cluster_once_all_is_heard_and_never_older_before)
{
    for (unsigned round = 1; round <= ROUNDS; round++) {
        struct world world = {.random = round, .cache = cache_new(&(struct cache_options){0})};
        cr_assert_not_null(world.cache);
        for (unsigned name = 0; name < NAMES; name++) {
            world.now[name].deleted = true;
        }
        others_act(&world);
        list(&world, true);
        for (unsigned i = 0; i < STEPS && world.logged + 8 < MAX_LOG; i++) {
            unsigned what = pick(&world, 100);
            if (what == 0) {
                list(&world, false);
            } else if (what < 50) {
                hear(&world);
            } else {
                step(&world);
            }
            check(&world);
            if (what == 99) {
                assert_heard_all(&world);
            }
        }
        assert_heard_all(&world);
        cache_free(world.cache);
    }
}
