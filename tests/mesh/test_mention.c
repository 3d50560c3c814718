/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mesh/mention.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

static const struct {
    const char *text;
    bool own;   /* by who is in the same namespace */
    bool other; /* by who is in another */
} texts[] = {
    {"sonarr", true, false},
    {"http://sonarr:8989", true, false},
    {"http://key@sonarr/api", true, false},
    {"--url=http://SONARR:8989/api", true, false},
    {"radarr,sonarr, lidarr", true, false},
    {"sonarr.media", true, true},
    {"http://sonarr.media:8989", true, true},
    {"sonarr.media.svc", true, true},
    {"sonarr.media.svc.cluster.local", true, true},
    {"sonarr.media.svc.cluster.local.", true, true},
    {"sonarr-0.sonarr.media.svc.cluster.local", true, true},
    {"sonarr-0.sonarr.media.svc", true, true},
    {"/config/sonarr", false, false},
    {"./sonarr", false, false},
    {"sonarr_url", false, false},
    {"my-sonarr", false, false},
    {"sonarr-2", false, false},
    {"sonarr.tools", false, false},
    {"sonarr.media.example.com", false, false},
    {"sonarr.media.svc.example.com", false, false},
    {"tv.sonarr.media", false, false},
    {"", false, false},
    {"//", false, false},
    {".", false, false},
};

struct found {
    const struct mention_of *of;
    struct mention mention;
    bool any;
};

static int take(void *arg, const struct mention *mention, struct error *err)
{
    struct found *found = arg;

    (void)err;
    if (!found->any && mention_means(found->of, mention->host)) {
        bool first = slice_equal(mention_first(mention->host), found->of->service);
        cr_assert(first || slice_equal(mention_second(mention->host), found->of->service) ||
                      mention->host.data[0] == 'S',
                  "%.*s", SLICE_ARGS(mention->host));
        found->mention = *mention;
        found->any = true;
    }
    return 0;
}

static bool is_found(struct found *found, const char *pod)
{
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    fixture_parse(&doc, pod);
    cr_assert_eq(mention_visit(value_root(&doc), take, found, &err), 0);
    return found->any;
}

Test(mesh_mention, is_a_name_where_a_host_can_stand)
{
    struct mention_of of = {SLICE("sonarr"), SLICE("media"), SLICE("media"), "cluster.local"};

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        AUTO(buf) struct buf pod = {0};
        struct found own = {.of = &of};
        struct found other = {.of = &of};

        buf_init(&pod, 1024);
        buf_printf(&pod, "{\"metadata\":{\"annotations\":{\"podveil.io/talks-to\":\"%s\"}}}",
                   texts[i].text);
        of.from = SLICE("media");
        cr_assert_eq(is_found(&own, buf_cstr(&pod)), texts[i].own, "%s", texts[i].text);
        of.from = SLICE("tools");
        cr_assert_eq(is_found(&other, buf_cstr(&pod)), texts[i].other, "%s", texts[i].text);
    }
}

static const struct {
    const char *pod;
    const char *where; /* NULL: it does not name it */
} pods[] = {
    {"{}", NULL},
    {"{\"metadata\":{\"annotations\":{\"podveil.io/talks-to\":\"radarr sonarr\"}}}",
     "its annotation podveil.io/talks-to"},
    {"{\"spec\":{\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"A\"},{\"name\":\"URL\","
     "\"value\":\"http://sonarr\"}]}]}}",
     "the variable URL of container a"},
    {"{\"spec\":{\"containers\":[{\"name\":\"a\"}],\"initContainers\":[{\"name\":\"b\",\"args\":"
     "[\"wait\",\"sonarr:80\"]}]}}",
     "the arguments of container b"},
    {"{\"spec\":{\"containers\":[{\"name\":\"a\",\"command\":[\"sh\",\"curl sonarr\"]}]}}",
     "the arguments of container a"},
    {"{\"spec\":{\"containers\":[{\"name\":\"a\",\"command\":[\"sonarr\"]}]}}", NULL},
    {"{\"spec\":{\"containers\":[{\"name\":\"sonarr\",\"image\":\"sonarr\"}]}}", NULL},
    {"{\"spec\":{\"containers\":[{\"name\":\"a\\n\",\"env\":[{\"name\":\"\\u001b\",\"value\":"
     "\"sonarr\"}]}]}}",
     "the variable \\u001b of container a\\n"},
    {"{\"spec\":{\"containers\":5}}", NULL},
};

Test(mesh_mention, is_looked_for_in_what_a_pod_is_told)
{
    const struct mention_of of = {SLICE("sonarr"), SLICE("media"), SLICE("media"), "cluster.local"};

    for (size_t i = 0; i < COUNT_OF(pods); i++) {
        AUTO(json) struct json doc = {0};
        struct found found = {.of = &of};
        struct error err = {0};
        char where[MENTION_WHERE] = "";

        fixture_parse(&doc, pods[i].pod);
        cr_assert_eq(mention_visit(value_root(&doc), take, &found, &err), 0);
        cr_assert_eq(found.any, pods[i].where != NULL, "%s", pods[i].pod);
        if (found.any) {
            mention_describe(&found.mention, where);
        }
        cr_assert_str_eq(where, found.any ? pods[i].where : "", "%s", pods[i].pod);
    }
}

static int refuse(void *arg, const struct mention *mention, struct error *err)
{
    (void)arg;
    (void)mention;
    return error_set(err, ERR_NO_MEMORY, "no more");
}

Test(mesh_mention, ends_where_the_visitor_fails)
{
    for (size_t i = 1; i <= 4; i++) {
        AUTO(json) struct json doc = {0};
        struct error err = {0};

        fixture_parse(&doc, pods[i].pod);
        cr_assert_eq(mention_visit(value_root(&doc), refuse, NULL, &err), -1, "%s", pods[i].pod);
        cr_assert_str_eq(err.text, "no more");
    }
}
