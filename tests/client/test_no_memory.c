/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation fails once. Whichever it is, the failure is told, nothing is left behind,
 * and a cache is as it was.
 */
#include "lib/kube/client/answer.h"
#include "lib/kube/client/apiserver.h"
#include "tests/client/cached.h"
#include "tests/support/torture.h"

static const char kubeconfig[] =
    "kind: Config\ncurrent-context: x\n"
    "clusters:\n- name: c\n  cluster:\n    server: https://10.0.0.1:6443/a/\n"
    "    tls-server-name: kube.local\n"
    "    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCmNhCg==\n"
    "users:\n- name: u\n  user:\n    token: abc\n    client-certificate: a.crt\n"
    "    client-key: a.key\n"
    "contexts:\n- name: x\n  context: {cluster: c, user: u, namespace: n}\n";

static int read_kubeconfig(struct memory_plan plan, const void *context, struct error *err)
{
    const struct apiserver_options options = {.path = "dir/kubeconfig"};
    struct apiserver *server = NULL;

    (void)context;
    memory_begin(plan);
    int got = apiserver_parse(SLICE(kubeconfig), &options, &server, err);
    (void)memory_end();
    cr_assert_eq(got == 0, server != NULL);
    cr_assert(got != 0 ||
              (server->ca_file != NULL && server->key_file != NULL && server->connect_to != NULL &&
               server->namespace != NULL && server->token.text != NULL));
    apiserver_free(server);
    return got;
}

Test(no_memory, reading_a_kubeconfig)
{
    cr_assert_geq(torture(&(struct torture){.work = read_kubeconfig, .named = true}), 20);
}

static int read_answer(struct memory_plan plan, const void *context, struct error *err)
{
    static const char text[] = "{\"kind\":\"Namespace\",\"metadata\":{\"name\":\"a\\n\"}}";
    AUTO(api_answer) struct api_answer answer = {.code = 200};

    (void)context;
    buf_init(&answer.body, ANSWER_MAX);
    buf_text(&answer.body, text);
    memory_begin(plan);
    api_answer_read(&answer, "get", "application/json");
    (void)memory_end();
    *err = answer.err;
    return answer.ok ? 0 : -1;
}

Test(no_memory, reading_an_answer)
{
    cr_assert_geq(torture(&(struct torture){.work = read_answer, .strict = true}), 2);
}

/* A cache of one object that is fed another by the function. */
static int feed(struct memory_plan plan, const void *context, struct error *err)
{
    static const char text[] = "{\"metadata\":{\"namespace\":\"n\",\"name\":\"b\",\"uid\":\"b\","
                               "\"resourceVersion\":\"12\",\"managedFields\":[]},\"spec\":{}}";
    cached_feed *const *function = context;
    AUTO(cache) struct cache *cache = cache_new(&(struct cache_options){0});
    AUTO(json) struct json doc = {0};

    cr_assert_eq(json_parse(&doc, SLICE(text), err), 0);
    cached_begin(cache, "10");
    cached(cache, cache_list_put, "a", "3");
    cached_end(cache, "10");
    memory_begin(plan);
    int got = (*function)(cache, value_root(&doc), err);
    (void)memory_end();
    bool deletes = *function == cache_event_delete;
    assert_cached(cache, NULL, got == 0 && !deletes ? "n/a:3 n/b:12" : "n/a:3");
    cr_assert(slice_is(cache_version(cache), got == 0 && *function != cache_wrote ? "12" : "10"));
    return got;
}

static cached_feed *const feeds[] = {cache_event_put, cache_event_delete, cache_wrote};

EACH_ROW(no_memory, feeding_a_cache, feeds)
{
    size_t count =
        torture(&(struct torture){.work = feed, .context = &feeds[*index], .strict = true});

    cr_assert_geq(count, 4);
}

static int list(struct memory_plan plan, const void *context, struct error *err)
{
    AUTO(cache) struct cache *cache = cache_new(&(struct cache_options){0});
    AUTO(cache_items) struct cache_items items = {0};

    (void)context;
    cached_begin(cache, "10");
    cached(cache, cache_list_put, "a", "3");
    cached_end(cache, "10");
    memory_begin(plan);
    int got = cache_list(cache, NULL, &items, err);
    (void)memory_end();
    return got;
}

Test(no_memory, listing_a_cache)
{
    cr_assert_eq(torture(&(struct torture){.work = list, .strict = true}), 1);
}
