/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/source.h"
#include "certs/trust.h"
#include "tests/certs/made.h"

static const char *const served_names[] = {"podveil.podveil.svc", "10.0.0.1"};

/* Seconds after a poll at which the next one renews: two thirds of 24 h and 5 min. */
#define LEAF_RENEWAL ((24 * HOUR + 300) * 2 / 3 - 300)
#define CA_RENEWAL ((365 * DAY + HOUR) / 3 * 2 - HOUR)

/* A server: what it serves, and the bundle that it published, as its clients have it. */
struct server {
    struct cert_source *source;
    struct cert_pair *pair;
    char *bundle;
    uint64_t generation;
    int swaps;
    int publications;
};

static struct server started(time_t now);

static void server_done(struct server *server)
{
    cert_source_free(server->source);
    cert_pair_free(server->pair);
    free(server->bundle);
}
DEFINE_AUTO_IN_PLACE(server, struct server, server_done);

static void publish(struct server *server)
{
    struct cert_bundle bundle = cert_source_bundle(server->source);

    if (bundle.generation == server->generation) {
        cr_assert(slice_is(bundle.pem, server->bundle), "same generation, other text");
        return;
    }
    AUTO(buf) struct buf text = {0};
    buf_init(&text, PEM_MAX_TEXT);
    buf_slice(&text, bundle.pem);
    free(server->bundle);
    server->bundle = buf_take(&text);
    server->generation = bundle.generation;
    server->publications++;
}

static void assert_believed(const struct server *server, const char *bundle, time_t now)
{
    struct error err = {0};

    for (size_t i = 0; i < COUNT_OF(served_names); i++) {
        cr_assert_eq(trust_check(slice_of(bundle), server->pair, served_names[i], now, &err), 0,
                     "%s at %jd: %s", served_names[i], (intmax_t)(now - NOW), err.text);
    }
}

/* One turn of the server's loop. Was there a new certificate? */
static bool turn(struct server *server, time_t now)
{
    struct cert_pair *fresh = NULL;
    struct error err = {0};
    int publications = server->publications;

    cr_assert_eq(cert_source_poll(server->source, now, &fresh, &err), 0, "%s", err.text);
    publish(server);
    if (fresh != NULL) {
        cert_pair_free(server->pair);
        server->pair = fresh;
        server->swaps++;
    }
    if (fresh != NULL || server->publications != publications) {
        assert_believed(server, server->bundle, now);
    }
    return fresh != NULL;
}

static struct server started(time_t now)
{
    struct server server = {0};
    struct error err = {0};

    cr_assert_eq(cert_source_self(served_names, COUNT_OF(served_names), &server.source, &err), 0,
                 "%s", err.text);
    cr_assert(turn(&server, now));
    return server;
}

static int certificates_in(const char *bundle)
{
    AUTO(x509_stack) STACK_OF(X509) *certs = NULL;
    struct error err = {0};

    cr_assert_eq(pem_read_certificates(slice_of(bundle), &certs, &err), 0, "%s", err.text);
    return sk_X509_num(certs);
}

Test(self, gives_a_pair_and_a_bundle_at_the_first_poll)
{
    AUTO(cert_source) struct cert_source *source = NULL;
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    struct error err = {0};

    cr_assert_eq(cert_source_self(served_names, COUNT_OF(served_names), &source, &err), 0, "%s",
                 err.text);
    cr_assert_eq(cert_source_bundle(source).generation, 0);
    cr_assert_eq(cert_source_bundle(source).pem.len, 0);
    cr_assert_eq(cert_source_poll(source, NOW, &pair, &err), 0, "%s", err.text);

    struct cert_bundle bundle = cert_source_bundle(source);
    cr_assert_not_null(pair);
    cr_assert_eq(bundle.generation, 1);
    cr_assert_eq(bundle.not_after, NOW + 365 * DAY);
    cr_assert_eq(trust_check(bundle.pem, pair, "10.0.0.1", NOW, &err), 0, "%s", err.text);
}

Test(self, refuses_a_wrong_name_at_once)
{
    static const char *const wrong[] = {"podveil.podveil.svc", "*.podveil.svc"};
    struct cert_source *source = NULL;
    struct error err = {0};

    cr_assert_eq(cert_source_self(wrong, 2, &source, &err), -1);
    cr_assert_str_eq(err.text,
                     "the name \"*.podveil.svc\" is a wildcard: give each name by itself");
    cr_assert_null(source);
    cert_source_free(source);
}

struct moment {
    const char *name;
    time_t after; /* NOW */
    bool is_renewed;
    bool has_new_ca;
};

/* Each from a start at NOW. */
static const struct moment moments[] = {
    {"the same second", 0, false, false},
    {"a second later", 1, false, false},
    {"just before two thirds", LEAF_RENEWAL - 1, false, false},
    {"at two thirds", LEAF_RENEWAL, true, false},
    {"at its last second", DAY, true, false},
    {"after its end", DAY + 1, true, false},
    {"a week asleep", 7 * DAY, true, false},
    {"back by less than the backdating", -300, false, false},
    {"back by more", -301, true, false},
    {"back to the CA's first second", -HOUR, true, false},
    {"back before the CA", -HOUR - 1, true, true},
    {"back by ten years", -3650 * DAY, true, true},
    {"a day before the CA's end", 364 * DAY, true, false},
    {"less than a day before it", 364 * DAY + 1, true, true},
    {"after the CA's end", 366 * DAY, true, true},
    {"forward by a hundred years", 36500 * DAY, true, true},
};

Test(self, renews_what_the_clock_asks_for)
{
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        const struct moment *c = &moments[i];
        AUTO(server) struct server server = started(NOW);
        AUTO(chars) char *ca = strdup(server.bundle);

        bool is_renewed = turn(&server, NOW + c->after);

        cr_assert_eq(is_renewed, c->is_renewed, "%s", c->name);
        cr_assert_eq(strstr(server.bundle, ca) == NULL, c->has_new_ca, "%s", c->name);
        cr_assert_not(turn(&server, NOW + c->after), "%s: once is enough", c->name);
        if (is_renewed) {
            cr_assert_eq(server.pair->validity.not_after, NOW + c->after + DAY, "%s", c->name);
        }
    }
}

Test(self, follows_a_clock_to_and_fro)
{
    AUTO(server) struct server server = started(NOW);

    cr_assert(turn(&server, NOW - 3650 * DAY), "a machine without a battery");
    cr_assert(turn(&server, NOW), "the time came from the network");
    cr_assert_not(turn(&server, NOW + 1));
    cr_assert_eq(server.publications, 3);
}

enum { MANY_DAYS = 500 };

/* An hour a turn: whoever fetched the bundle an hour ago never disbelieves. */
Test(self, changes_its_ca_without_surprising_anybody)
{
    AUTO(server) struct server server = started(NOW);
    AUTO(chars) char *stale = strdup(server.bundle);
    int most = 0;

    for (time_t after = 0; after < MANY_DAYS * DAY; after += HOUR) {
        if (turn(&server, NOW + after)) {
            assert_believed(&server, stale, NOW + after);
        }
        if (strcmp(stale, server.bundle) != 0) {
            int count = certificates_in(server.bundle);
            most = count > most ? count : most;
            free(stale);
            stale = strdup(server.bundle);
        }
    }

    cr_assert_eq(most, 2);
    cr_assert_eq(server.publications, 5, "one, and two for each CA that followed");
    cr_assert_leq(server.swaps, MANY_DAYS * 24 / 16 + 1);
    cr_assert_geq(server.swaps, MANY_DAYS * 24 / 17);
}

Test(self, publishes_a_ca_before_it_signs)
{
    AUTO(server) struct server server = started(NOW);
    AUTO(chars) char *first = strdup(server.bundle);
    time_t now = NOW + CA_RENEWAL;

    (void)turn(&server, now - 1);
    cr_assert_eq(certificates_in(server.bundle), 1, "not yet");
    cr_assert_not(turn(&server, now));
    cr_assert_eq(certificates_in(server.bundle), 2, "old and next are published");
    assert_believed(&server, first, now);

    cr_assert(turn(&server, now + LEAF_RENEWAL), "signed by the next one now");
    struct error err = {0};
    cr_assert_eq(trust_check(slice_of(first), server.pair, NULL, now + LEAF_RENEWAL, &err), -1);
    cr_assert_eq(certificates_in(server.bundle), 2, "certificates of the old one are out");
    cr_assert_eq(cert_source_bundle(server.source).not_after, now + 365 * DAY);

    (void)turn(&server, now - 1 + DAY);
    cr_assert_eq(certificates_in(server.bundle), 2);
    (void)turn(&server, now + DAY);
    cr_assert_eq(certificates_in(server.bundle), 1, "the last one of the old CA is over");
    cr_assert_null(strstr(server.bundle, first));
}

Test(self, gives_clients_an_hour_before_a_ca_signs)
{
    AUTO(server) struct server server = started(NOW);
    AUTO(chars) char *first = strdup(server.bundle);
    time_t now = NOW + CA_RENEWAL;

    cr_assert(turn(&server, now - LEAF_RENEWAL + HOUR - 1));
    cr_assert_not(turn(&server, now));
    cr_assert(turn(&server, now + HOUR - 1), "due a second too early");
    assert_believed(&server, first, now + HOUR - 1);
}

Test(self, uses_a_published_ca_when_the_clock_leaves_the_old_one)
{
    AUTO(server) struct server server = started(NOW);

    (void)turn(&server, NOW + CA_RENEWAL);
    AUTO(chars) char *both = strdup(server.bundle);
    cr_assert(turn(&server, NOW + 366 * DAY));

    assert_believed(&server, both, NOW + 366 * DAY);
    cr_assert_eq(certificates_in(server.bundle), 1);
}

Test(self, renews_at_once_where_the_signer_comes_to_its_end)
{
    AUTO(server) struct server server = started(NOW);

    cr_assert(turn(&server, NOW + 364 * DAY), "it can just sign for a whole day");
    cr_assert_eq(certificates_in(server.bundle), 2);
    cr_assert(turn(&server, NOW + 364 * DAY + 1), "and now it can not");
    cr_assert_eq(certificates_in(server.bundle), 1);
}

Test(self, starts_anew_where_the_clock_is_before_everything)
{
    AUTO(server) struct server server = started(NOW);

    (void)turn(&server, NOW + CA_RENEWAL);
    cr_assert_eq(certificates_in(server.bundle), 2, "signer and next");
    cr_assert(turn(&server, NOW - DAY));
    cr_assert_eq(certificates_in(server.bundle), 1);

    time_t now = NOW - DAY + CA_RENEWAL;
    (void)turn(&server, now);
    (void)turn(&server, now + LEAF_RENEWAL);
    cr_assert_eq(certificates_in(server.bundle), 2, "last and signer");
    cr_assert(turn(&server, NOW - 2 * DAY));
    cr_assert_eq(certificates_in(server.bundle), 1);
}

#define AFTER_9999 ((time_t)253402300800)

Test(self, tells_a_failure_at_each_poll_until_it_has_started)
{
    AUTO(cert_source) struct cert_source *source = NULL;
    struct cert_pair *fresh = NULL;
    struct error err = {0};

    cr_assert_eq(cert_source_self(served_names, COUNT_OF(served_names), &source, &err), 0, "%s",
                 err.text);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(cert_source_poll(source, AFTER_9999, &fresh, &err), -1);
        cr_assert_not_null(strstr(err.text, "CA: the clock is at 253402297200"), "%s", err.text);
        cr_assert_null(fresh);
    }
    cr_assert_eq(cert_source_poll(source, NOW, &fresh, &err), 0, "%s", err.text);
    cr_assert_not_null(fresh);
    cert_pair_free(fresh);
}

Test(self, tries_again_after_a_minute_and_serves_on)
{
    AUTO(server) struct server server = started(NOW);
    struct cert_pair *fresh = server.pair;
    struct error err = {0};

    cr_assert_eq(cert_source_poll(server.source, AFTER_9999, &fresh, &err), -1);
    cr_assert_eq(fresh, server.pair, "untouched");
    cr_assert_eq(cert_source_poll(server.source, AFTER_9999 + 59, &fresh, &err), 0);
    cr_assert_null(fresh);
    cr_assert_eq(cert_source_poll(server.source, AFTER_9999 + 60, &fresh, &err), -1);
    cr_assert(turn(&server, NOW + LEAF_RENEWAL), "the clock came back: no waiting");
}
