/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/replica.h"

#include "certs/shared.h"
#include "certs/trust.h"
#include "lib/base/base64.h"
#include "lib/kube/json.h"
#include "tests/controller/moments.h"
#include "tests/controller/stand_in.h"

#include <criterion/criterion.h>

#include <stdio.h>

static void say(void *arg, bool warning, const char *what, const char *detail)
{
    struct replica *replica = arg;

    (void)warning;
    (void)pthread_mutex_lock(&replica->mutex);
    size_t len = strlen(replica->log);
    (void)snprintf(replica->log + len, sizeof replica->log - len, "%s: %s\n", what, detail);
    (void)pthread_mutex_unlock(&replica->mutex);
}

/* The server takes it at once, as its ticker does: would the API server believe it now? */
static void given(void *arg)
{
    struct replica *replica = arg;
    AUTO(buf) struct buf registered = {0};
    AUTO(cert_pair) struct cert_pair *fresh = NULL;
    struct error err = {0};
    time_t now = moments_wall();

    (void)atomic_fetch_add(&replica->given, 1);
    replica_registered(REPLICA_MUTATING, &registered);
    bool any = registered.len > 0;
    if (cert_source_poll(replica->source, now, &fresh, &err) == 0 && fresh != NULL && any &&
        trust_check(buf_view(&registered), fresh, NULL, stand_in_time(), &err) != 0) {
        (void)atomic_fetch_add(&replica->unbelieved, 1);
    }
}

struct authority_options replica_options(struct replica *replica, struct hub *hub)
{
    return (struct authority_options){
        .hub = hub,
        .namespace = "podveil",
        .source = replica->source,
        .rules = &ca_set_rules,
        .say = say,
        .given = given,
        .arg = replica,
    };
}

void replica_start(struct replica *replica, struct hub *hub)
{
    const char *const names[] = {"podveil.podveil.svc"};
    struct error err = {0};

    replica->log[0] = '\0';
    atomic_store(&replica->given, 0);
    atomic_store(&replica->unbelieved, 0);
    (void)pthread_mutex_init(&replica->mutex, NULL);
    cr_assert_eq(cert_source_shared(names, 1, ca_set_rules.leaf, &replica->source, &err), 0, "%s",
                 err.text);
    const struct authority_options options = replica_options(replica, hub);
    cr_assert_eq(authority_start(&options, &replica->authority, &err), 0, "%s", err.text);
}

void replica_join(struct replica *replica)
{
    authority_join(replica->authority);
}

void replica_done(struct replica *replica)
{
    authority_free(replica->authority);
    cert_source_free(replica->source);
    (void)pthread_mutex_destroy(&replica->mutex);
}

unsigned replica_said(struct replica *replica, const char *what)
{
    unsigned count = 0;

    (void)pthread_mutex_lock(&replica->mutex);
    for (const char *at = strstr(replica->log, what); at != NULL; at = strstr(at + 1, what)) {
        count++;
    }
    (void)pthread_mutex_unlock(&replica->mutex);
    return count;
}

bool replica_is_ready(const struct replica *replica)
{
    const char *why = NULL;
    bool ready = authority_is_ready(replica->authority, &why);

    cr_assert_not_null(why);
    cr_assert_eq(ready, why[0] == '\0', "%s", why);
    return ready;
}

void replica_bundle(struct replica *replica, struct buf *out)
{
    struct error err = {0};
    struct cert_pair *fresh = NULL;

    cr_assert_eq(cert_source_poll(replica->source, moments_wall(), &fresh, &err), 0, "%s",
                 err.text);
    cert_pair_free(fresh);
    buf_init(out, CA_SET_BUNDLE_MAX);
    buf_slice(out, cert_source_bundle(replica->source).pem);
}

void replica_register(const char *bundle)
{
    static const char *const plurals[] = {REPLICA_MUTATING, REPLICA_VALIDATING};
    AUTO(buf) struct buf text = {0};

    buf_init(&text, CA_SET_BUNDLE_MAX * 4);
    buf_printf(&text,
               "{\"metadata\":{\"name\":\"podveil\"},\"webhooks\":[{\"name\":\"a.podveil.io\","
               "\"clientConfig\":{\"caBundle\":\"%s\",\"service\":{\"namespace\":\"podveil\"}}}]}",
               bundle);
    for (size_t i = 0; i < COUNT_OF(plurals); i++) {
        stand_in_put(plurals[i], buf_cstr(&text));
    }
}

void replica_registered(const char *plural, struct buf *out)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    buf_init(out, CA_SET_BUNDLE_MAX);
    if (!stand_in_get(plural, "", "podveil", &text)) {
        return;
    }
    if (json_parse(&doc, buf_view(&text), &err) == 0) {
        struct value entry = value_item(value_member(value_root(&doc), "webhooks"), 0);
        struct value bundle = value_get(entry, "clientConfig", "caBundle", NULL);
        (void)!base64_decode(out, value_string(bundle), &err);
    }
}
