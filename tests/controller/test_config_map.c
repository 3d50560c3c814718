/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration in a ConfigMap: what is none is told as none, never as an empty one. */
#include "server/controller/config_map.h"
#include "tests/controller/stand_in.h"

#include <criterion/criterion.h>

#include <stdatomic.h>
#include <stdio.h>

#define MAPS "configmaps"

static struct api *api;
static _Atomic unsigned changes;
static _Atomic unsigned troubles;
static struct config_map map;

static void changed(void *arg)
{
    (void)arg;
    (void)atomic_fetch_add(&changes, 1);
}

static void say(void *arg, bool warning, const char *what, const char *detail)
{
    (void)arg;
    (void)warning;
    (void)what;
    (void)detail;
    (void)atomic_fetch_add(&troubles, 1);
}

static const struct voice voice = {.say = say, .changed = changed};

static void start(void)
{
    api = stand_in_start();
    map = (struct config_map){.name = "settings", .namespace = "podveil", .voice = &voice};
}

static void follow(void)
{
    struct error err = {0};

    cr_assert_eq(config_map_start(&map, api, &err), 0, "%s", err.text);
    stand_in_quiet(0);
}

static void stop(void)
{
    api_stop(api);
    config_map_done(&map);
}

TestSuite(config_map, .init = start, .fini = stop, .timeout = 60);

static void put(const char *rest)
{
    char text[4096];

    (void)snprintf(text, sizeof text,
                   "{\"metadata\":{\"name\":\"settings\",\"namespace\":\"podveil\"}%s}", rest);
    stand_in_put(MAPS, text);
    stand_in_quiet(0);
}

static void assert_reads(const char *want, const char *version)
{
    AUTO(config_text) struct config_text text = {0};
    struct error err = {0};

    config_text_init(&text);
    cr_assert_eq(config_map_read(&map, &text, &err), 0, "%s", err.text);
    cr_assert_str_eq(buf_cstr(&text.text), want);
    cr_assert_str_eq(text.name, "ConfigMap podveil/settings, podveil.yaml");
    cr_assert(version == NULL || strcmp(version, text.version) == 0, "%s", text.version);
}

static void assert_none(const char *want)
{
    AUTO(config_text) struct config_text text = {0};
    struct error err = {0};

    config_text_init(&text);
    cr_assert_eq(config_map_read(&map, &text, &err), -1, "%s", want);
    cr_assert_not_null(strstr(err.text, want), "%s", err.text);
    cr_assert_eq(text.text.len, 0);
}

Test(config_map, is_read_as_it_is_now_and_told_when_it_changes)
{
    put(",\"data\":{\"podveil.yaml\":\"a: 1\\n\"}");
    follow();
    assert_reads("a: 1\n", NULL);
    unsigned before = changes;
    put(",\"data\":{\"podveil.yaml\":\"\"}");
    assert_reads("", NULL);
    cr_assert_gt(changes, before);
}

Test(config_map, has_another_version_with_each_text_and_the_same_without)
{
    AUTO(config_text) struct config_text first = {0};
    AUTO(config_text) struct config_text again = {0};
    AUTO(config_text) struct config_text second = {0};
    struct error err = {0};

    config_text_init(&first);
    config_text_init(&again);
    config_text_init(&second);
    put(",\"data\":{\"podveil.yaml\":\"a\"}");
    follow();
    cr_assert_eq(config_map_read(&map, &first, &err), 0);
    cr_assert_eq(config_map_read(&map, &again, &err), 0);
    cr_assert_str_eq(first.version, again.version);
    stand_in_drop(MAPS, "podveil", "settings");
    put(",\"data\":{\"podveil.yaml\":\"a\"}");
    cr_assert_eq(config_map_read(&map, &second, &err), 0);
    cr_assert_str_neq(first.version, second.version);
}

Test(config_map, that_is_gone_or_was_never_there_is_none)
{
    follow();
    assert_none("there is no ConfigMap podveil/settings");
    put(",\"data\":{\"podveil.yaml\":\"a\"}");
    assert_reads("a", NULL);
    stand_in_drop(MAPS, "podveil", "settings");
    stand_in_quiet(0);
    assert_none("there is no ConfigMap podveil/settings");
}

static const char *const odd[] = {
    "",
    ",\"data\":null",
    ",\"data\":7",
    ",\"data\":\"podveil.yaml\"",
    ",\"data\":[\"podveil.yaml\"]",
    ",\"data\":{}",
    ",\"data\":{\"podveil.yml\":\"a\"}",
    ",\"data\":{\"podveil.yaml\":null}",
    ",\"data\":{\"podveil.yaml\":7}",
    ",\"data\":{\"podveil.yaml\":{\"a\":1}}",
    ",\"data\":{\"podveil.yaml\":[\"a\"]}",
    ",\"binaryData\":{\"podveil.yaml\":\"YQ==\"}",
};

Test(config_map, of_odd_types_has_no_key)
{
    follow();
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        put(odd[i]);
        assert_none("has no key podveil.yaml");
    }
}

/* ---- What the API server sends ---- */

static enum stand_in_way reply(void *arg, const struct api_request *request,
                               struct stand_in_reply *out)
{
    *out = *(const struct stand_in_reply *)arg;
    return request->verb == API_LIST ? STAND_IN_REPLIES : STAND_IN_SERVES;
}

#define LIST(items)                                                                                \
    "{\"kind\":\"ConfigMapList\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":" items "}"
#define META                                                                                       \
    "\"metadata\":{\"name\":\"settings\",\"namespace\":\"podveil\",\"resourceVersion\":\"9\","     \
    "\"uid\":\"u\"}"

static struct stand_in_reply bad_lists[] = {
    {200, NULL, LIST("[{" META ",\"data\":{\"podveil.yaml\":\"a\"}}")},
    {200, NULL, LIST("{}")},
    {200, NULL, LIST("7")},
    {200, NULL, LIST("[7]")},
    {200, NULL, LIST("[null]")},
    {200, NULL, LIST("[{}]")},
    {200, NULL, LIST("[{\"metadata\":null}]")},
    {200, NULL, LIST("[{\"metadata\":{\"name\":7,\"resourceVersion\":\"1\"}}]")},
    {200, NULL, LIST("[{\"metadata\":{\"name\":\"a\",\"resourceVersion\":null}}]")},
    {200, NULL, LIST("[{" META "," META "}]")},
    {200, NULL, LIST("[{" META ",\"data\":{\"podveil.yaml\":\"a\",\"podveil.yaml\":\"b\"}}]")},
    {200, NULL, "{\"kind\":\"ConfigMapList\",\"metadata\":{\"resourceVersion\":9},\"items\":7}"},
    {200, NULL, "{\"kind\":\"ConfigMap\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[]}"},
    {200, NULL,
     "{\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"9\",\"continue\":7,"
     "\"remainingItemCount\":1e999},\"items\":\"\"}"},
    {200, NULL, "null"},
    {200, NULL, ""},
    {200, "text/plain", LIST("[]")},
    {403, NULL, "{}"},
    {0, NULL, ""},
};

Test(config_map, is_not_known_by_a_list_that_is_none)
{
    put(",\"data\":{\"podveil.yaml\":\"good\"}");
    for (size_t i = 0; i < COUNT_OF(bad_lists); i++) {
        stand_in_act_by(reply, &bad_lists[i]);
        unsigned before = troubles;
        follow();
        assert_none("is not known yet");
        cr_assert_gt(troubles, before, "row %zu: told", i);
        stand_in_act_by(NULL, NULL);
        stand_in_pass(30000, 0);
        assert_reads("good", NULL);
        stop(); /* the reflector lives as long as the client */
        start();
    }
}

static const char *const bad_lines[] = {
    "{\"type\":\"MODIFIED\",\"object\":{" META ",\"data\":{\"podveil.yaml\":\n",
    "{\"type\":\"MODIFIED\",\"object\":null}\n",
    "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":null}}\n",
    "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":{},\"resourceVersion\":\"99\"}}}\n",
    "{\"type\":\"MODIFIED\",\"type\":\"DELETED\",\"object\":{" META "}}\n",
    "{\"type\":\"DELETED\",\"object\":[]}\n",
    "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"settings\"}}}\n",
    "{\"type\":7,\"object\":{" META "}}\n",
    "{\"type\":\"modified\",\"object\":{" META "}}\n",
    "{\"type\":\"BOOKMARK\",\"object\":{}}\n",
    "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}}\n",
    "{\"type\":\"ERROR\",\"object\":7}\n",
    "[]\n",
    "null\n",
    "\xff\xfe\n",
    "{\"object\":{" META "}}\n",
};

Test(config_map, is_not_changed_by_an_event_that_is_none)
{
    put(",\"data\":{\"podveil.yaml\":\"good\"}");
    follow();
    for (size_t i = 0; i < COUNT_OF(bad_lines); i++) {
        stand_in_send(MAPS, bad_lines[i]);
        stand_in_quiet(0);
        assert_reads("good", NULL);
        stand_in_pass(60000, 0); /* it lists, and watches again */
        assert_reads("good", NULL);
    }
    put(",\"data\":{\"podveil.yaml\":\"better\"}");
    assert_reads("better", NULL);
}

Test(config_map, without_a_name_is_nobodys_matter)
{
    struct error err = {0};

    map.name = NULL;
    cr_assert_eq(config_map_start(&map, api, &err), 0);
    cr_assert_null(map.cache);
}
