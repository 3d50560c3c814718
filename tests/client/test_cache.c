/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/clock.h"
#include "tests/client/cached.h"

static struct cache *new_cache(void)
{
    struct cache *cache = cache_new(&(struct cache_options){0});

    cr_assert_not_null(cache);
    return cache;
}

/* One that has listed at that version, and found nothing. */
static struct cache *synced_at(const char *version)
{
    struct cache *cache = new_cache();

    cached_begin(cache, version);
    cached_end(cache, version);
    return cache;
}

Test(cache, is_synced_by_the_end_of_a_list)
{
    AUTO(cache) struct cache *cache = new_cache();

    cr_assert_not(cache_state(cache).synced);
    cached_begin(cache, "10");
    cached(cache, cache_list_put, "a", "3");
    cr_assert_not(cache_state(cache).synced);
    cached_end(cache, "10");

    cr_assert(cache_state(cache).synced);
    cr_assert(slice_is(cache_version(cache), "10"));
}

Test(cache, a_namespace_is_not_the_one_whose_name_begins_alike)
{
    static const struct thing things[] = {
        {"a", "x", "1", "1"}, {"a-b", "x", "2", "2"}, {"ab", "x", "3", "3"}, {"", "x", "4", "4"},
        {"a", "b", "5", "5"}, {"a.b", "x", "6", "6"}, {"a0", "x", "7", "7"}, {"", "a", "8", "8"},
    };
    AUTO(cache) struct cache *cache = synced_at("1");

    for (size_t i = 0; i < COUNT_OF(things); i++) {
        cached_feed_one(cache, cache_event_put, things[i]);
    }
    assert_cached(cache, NULL, "/a:8 /x:4 a-b/x:2 a.b/x:6 a/b:5 a/x:1 a0/x:7 ab/x:3");
    assert_cached(cache, "a", "a/b:5 a/x:1");
    assert_cached(cache, "", "/a:8 /x:4");
    assert_cached(cache, "b", "");
}

Test(cache, an_item_that_was_given_out_stays_as_it_was)
{
    AUTO(cache) struct cache *cache = synced_at("1");

    cached(cache, cache_event_put, "a", "2");
    AUTO(cache_item) const struct cache_item *item = cache_find(cache, SLICE("n"), SLICE("a"));
    cached(cache, cache_event_put, "a", "3");
    cached(cache, cache_event_delete, "a", "4");

    cr_assert_null(cache_find(cache, SLICE("n"), SLICE("a")));
    cr_assert(slice_is(item->version, "2"));
    cr_assert(value_is(value_get(item->object, "metadata", "resourceVersion", NULL), "2"));
    cr_assert(slice_is(item->namespace, "n") && slice_is(item->name, "a"));
}

Test(cache, a_list_takes_away_what_it_does_not_have)
{
    AUTO(cache) struct cache *cache = synced_at("1");

    cached(cache, cache_event_put, "a", "2");
    cached(cache, cache_event_put, "b", "3");
    cached(cache, cache_event_put, "c", "4");
    cached_begin(cache, "9");
    cached(cache, cache_list_put, "b", "3");
    cached(cache, cache_list_put, "d", "8");
    assert_cached(cache, NULL, "n/a:2 n/b:3 n/c:4 n/d:8");
    cached_end(cache, "9");

    assert_cached(cache, NULL, "n/b:3 n/d:8");
}

Test(cache, a_list_leaves_what_we_wrote_after_it)
{
    AUTO(cache) struct cache *cache = synced_at("5");

    cached_begin(cache, "10");
    cached(cache, cache_list_put, "a", "3");
    cached(cache, cache_wrote, "b", "11"); /* after the list's moment */
    cached(cache, cache_wrote, "c", "9");  /* before it, and deleted by others since */
    cached_end(cache, "10");

    assert_cached(cache, NULL, "n/a:3 n/b:11");
}

Test(cache, an_answer_that_the_stream_has_passed_tells_nothing)
{
    AUTO(cache) struct cache *cache = synced_at("10");
    struct error err = {0};

    cached(cache, cache_wrote, "a", "10");
    cached(cache, cache_wrote, "b", "9");
    assert_cached(cache, NULL, "");
    cr_assert_eq(cache_event_bookmark(cache, SLICE("20"), &err), 0);
    cached(cache, cache_wrote, "c", "20");
    assert_cached(cache, NULL, "");
    cached(cache, cache_wrote, "d", "21");
    assert_cached(cache, NULL, "n/d:21");
}

Test(cache, the_stream_does_not_run_backwards)
{
    AUTO(cache) struct cache *cache = synced_at("20");
    struct error err = {0};

    cr_assert_eq(cache_event_bookmark(cache, SLICE("9"), &err), 0);
    cached(cache, cache_event_put, "a", "15");
    cr_assert(slice_is(cache_version(cache), "20"));
}

Test(cache, answers_come_in_any_order)
{
    AUTO(cache) struct cache *cache = synced_at("10");

    cached(cache, cache_wrote, "a", "13");
    cached(cache, cache_wrote, "a", "12");
    cached(cache, cache_event_put, "a", "11");
    assert_cached(cache, NULL, "n/a:13");
    cached(cache, cache_event_delete, "a", "12");
    assert_cached(cache, NULL, "n/a:13");
    cached(cache, cache_event_delete, "a", "14");
    assert_cached(cache, NULL, "");
}

Test(cache, before_a_list_no_answer_counts)
{
    AUTO(cache) struct cache *cache = new_cache();

    cached(cache, cache_wrote, "a", "5");
    assert_cached(cache, NULL, "");
}

/* Versions of no known form: what the stream says is right, and answers wait for it. */
Test(cache, opaque_versions_are_left_to_the_stream)
{
    AUTO(cache) struct cache *cache = synced_at("x9");

    cached(cache, cache_wrote, "a", "x11");
    assert_cached(cache, NULL, "");
    cached(cache, cache_event_put, "a", "x10");
    cached(cache, cache_event_put, "a", "x2");
    assert_cached(cache, NULL, "n/a:x2");
    cr_assert(slice_is(cache_version(cache), "x2"));
    cached_begin(cache, "x3");
    cached_end(cache, "x3");
    assert_cached(cache, NULL, "");
}

Test(cache, what_we_deleted_does_not_come_back)
{
    AUTO(cache) struct cache *cache = synced_at("10");

    cached(cache, cache_event_put, "a", "11");
    cache_forget(cache, SLICE("n"), SLICE("a"), SLICE("another-uid"));
    assert_cached(cache, NULL, "n/a:11");
    cache_forget(cache, SLICE("n"), SLICE("a"), SLICE("a"));
    assert_cached(cache, NULL, "");
    cached(cache, cache_event_put, "a", "12");
    cached(cache, cache_wrote, "a", "13");
    assert_cached(cache, NULL, "");

    cached_feed_one(cache, cache_wrote, (struct thing){"n", "a", "anew", "20"});
    assert_cached(cache, NULL, "n/a:20");
    cached(cache, cache_event_delete, "a", "15");
    assert_cached(cache, NULL, "n/a:20");
}

Test(cache, what_we_deleted_while_a_list_was_made_does_not_come_back)
{
    AUTO(cache) struct cache *cache = synced_at("10");

    cached(cache, cache_event_put, "a", "11");
    cache_forget(cache, SLICE("n"), SLICE("a"), SLICE("a"));
    cached_begin(cache, "12");
    cached(cache, cache_list_put, "a", "11");
    cached_end(cache, "12");
    assert_cached(cache, NULL, "");
    cached(cache, cache_event_delete, "a", "13");
    cached_feed_one(cache, cache_event_put, (struct thing){"n", "a", "anew", "14"});
    assert_cached(cache, NULL, "n/a:14");
}

Test(cache, a_restored_backup_is_believed)
{
    AUTO(cache) struct cache *cache = synced_at("1000");

    cached(cache, cache_event_put, "a", "1001");
    cached(cache, cache_event_put, "b", "1002");
    cached_begin(cache, "500");
    cached(cache, cache_list_put, "a", "400");
    cached_end(cache, "500");

    assert_cached(cache, NULL, "n/a:400");
    cr_assert(slice_is(cache_version(cache), "500"));
}

/* The moment since which the cache knows "n/a" as it is, after it was fed that state of it. */
static int64_t since(struct cache *cache, const char *uid, unsigned version, unsigned generation)
{
    AUTO(json) struct json doc = {0};
    char text[CACHED_TEXT];
    struct error err = {0};

    (void)snprintf(text, sizeof text,
                   "{\"metadata\":{\"namespace\":\"n\",\"name\":\"a\",\"uid\":\"%s\","
                   "\"resourceVersion\":\"%u\",\"generation\":%u}}",
                   uid, version, generation);
    cr_assert_eq(json_parse(&doc, slice_of(text), &err), 0, "%s", err.text);
    cr_assert_eq(cache_event_put(cache, value_root(&doc), &err), 0, "%s", err.text);
    AUTO(cache_item) const struct cache_item *item = cache_find(cache, SLICE("n"), SLICE("a"));
    cr_assert_not_null(item);
    int64_t now_ms = clock_ms();
    while (clock_ms() == now_ms) { /* so that another moment is another number */
    }
    return item->since_ms;
}

Test(cache, knows_since_when_an_object_asks_for_the_same)
{
    AUTO(cache) struct cache *cache = synced_at("10");

    int64_t first = since(cache, "u", 11, 1);
    cr_assert_eq(since(cache, "u", 12, 1), first, "another label");
    int64_t changed = since(cache, "u", 13, 2);
    cr_assert_gt(changed, first);
    cr_assert_eq(since(cache, "u", 14, 2), changed);
    cr_assert_gt(since(cache, "anew", 15, 2), changed, "another object of that name");
}

#define FIFTY "12345678901234567890123456789012345678901234567890"

static const struct thing nothings[] = {
    {"n", "", "u", "1"},
    {"n", "a", "", "1"},
    {"n", "a", "u", ""},
    {"n", "a", "u", FIFTY FIFTY FIFTY},
    {FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY, FIFTY FIFTY FIFTY FIFTY FIFTY, "u", "1"},
};

EACH_ROW(cache, what_is_no_object_changes_nothing, nothings)
{
    AUTO(cache) struct cache *cache = synced_at("10");

    cached(cache, cache_event_put, "a", "11");
    cr_assert_eq(cached_try(cache, cache_event_put, nothings[*index]), -1, "%zu", *index);
    cr_assert_eq(cached_try(cache, cache_event_delete, nothings[*index]), -1, "%zu", *index);
    cr_assert_eq(cached_try(cache, cache_wrote, nothings[*index]), -1, "%zu", *index);
    assert_cached(cache, NULL, "n/a:11");
    cr_assert(slice_is(cache_version(cache), "11"));
}

/* What the owner is told, as text. */
static void note(void *arg, enum cache_change change, const struct cache_item *before,
                 const struct cache_item *after)
{
    static const char letters[] = {'+', '~', '-', '!'};
    struct buf *told = arg;

    buf_printf(told, "%c%.*s:%.*s ", letters[change], before != NULL ? (int)before->version.len : 0,
               before != NULL ? before->version.data : "",
               after != NULL ? (int)after->version.len : 0,
               after != NULL ? after->version.data : "");
}

Test(cache, tells_each_change_once)
{
    AUTO(buf) struct buf told = {0};

    buf_init(&told, 1000);
    AUTO(cache)
    struct cache *cache = cache_new(&(struct cache_options){.changed = note, .arg = &told});
    cr_assert_not_null(cache);
    cached_begin(cache, "10");
    cached(cache, cache_list_put, "a", "3");
    cached(cache, cache_list_put, "b", "4");
    cached_end(cache, "10");
    cached(cache, cache_wrote, "a", "12");
    cached(cache, cache_event_put, "a", "11");
    cached(cache, cache_event_put, "a", "12");
    cached(cache, cache_event_put, "a", "13");
    cache_forget(cache, SLICE("n"), SLICE("a"), SLICE("a"));
    cached(cache, cache_event_delete, "a", "14");
    cached(cache, cache_event_delete, "a", "14");
    cached_feed_one(cache, cache_event_put, (struct thing){"n", "a", "anew", "15"});
    cached_begin(cache, "20");
    cached_end(cache, "20");

    cr_assert_str_eq(buf_cstr(&told), "+:3 +:4 !: ~3:12 ~12:13 -13: +:15 -15: -4: !: ");
}

static int keep_nothing(struct value object, struct buf *out, struct error *err)
{
    if (value_is(value_get(object, "metadata", "name", NULL), "bad")) {
        return error_set(err, ERR_MALFORMED, "bad");
    }
    buf_text(out, "{}");
    return 0;
}

Test(cache, keeps_what_its_owner_wants)
{
    AUTO(cache) struct cache *cache = cache_new(&(struct cache_options){.keep = keep_nothing});

    cr_assert_not_null(cache);
    cached_begin(cache, "10");
    cached(cache, cache_list_put, "a", "3");
    cr_assert_eq(cached_try(cache, cache_list_put, (struct thing){"n", "bad", "u", "4"}), -1);
    AUTO(cache_item) const struct cache_item *item = cache_find(cache, SLICE("n"), SLICE("a"));
    cr_assert_not_null(item);
    cr_assert_eq(value_count(item->object), 0);
}
