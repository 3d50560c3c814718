/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/election.h"

#include "lib/kube/build.h"

#include <stdio.h>
#include <time.h>

enum { US_PER_S = 1000000, MS_PER_S = 1000, TIME_TEXT = 40, LASTS_MAX_S = 3600 };

void election_init(struct election *election, const char *identity,
                   const struct election_times *times)
{
    *election = (struct election){.identity = identity, .times = *times};
    peers_init(&election->peers, identity, times->lease_ms);
}

static int64_t number_of(struct value v, int64_t otherwise)
{
    int64_t number = 0;
    struct error unused = {0};

    return value_int64(v, &number, &unused) == 0 ? number : otherwise;
}

/* A duration that another podveil wrote, or ours where it is none. */
static int64_t lasts_ms(const struct election *election, struct value spec)
{
    int64_t seconds = number_of(value_member(spec, "leaseDurationSeconds"), 0);

    return seconds > 0 && seconds <= LASTS_MAX_S ? seconds * MS_PER_S : election->times.lease_ms;
}

static void keep(struct election *election, struct value lease, int64_t now_ms)
{
    struct value spec = value_member(lease, "spec");

    /* What is not there did not change: others write into it too, and keep no holder alive. */
    if (!slice_is(value_string(value_member(spec, "holderIdentity")), election->holder) ||
        !slice_is(value_string(value_member(spec, "renewTime")), election->renewed)) {
        election->seen_ms = now_ms;
    }
    slice_copy(value_string(value_get(lease, "metadata", "resourceVersion", NULL)),
               election->version, sizeof election->version);
    slice_copy(value_string(value_member(spec, "holderIdentity")), election->holder,
               sizeof election->holder);
    slice_copy(value_string(value_member(spec, "acquireTime")), election->acquired,
               sizeof election->acquired);
    slice_copy(value_string(value_member(spec, "renewTime")), election->renewed,
               sizeof election->renewed);
    election->transitions = number_of(value_member(spec, "leaseTransitions"), 0);
    election->lasts_ms = lasts_ms(election, spec);
    peers_see(&election->peers, lease, now_ms);
}

void election_see(struct election *election, struct value lease, int64_t now_ms)
{
    struct slice version = value_string(value_get(lease, "metadata", "resourceVersion", NULL));

    if (version.len > 0 && slice_is(version, election->version)) {
        return;
    }
    keep(election, lease, now_ms);
    if (strcmp(election->holder, election->identity) != 0) {
        election->renewed_ms = 0;
    }
}

void election_hold(struct election *election, struct value lease, int64_t sent_ms)
{
    keep(election, lease, sent_ms);
    election->renewed_ms = strcmp(election->holder, election->identity) == 0 ? sent_ms : 0;
}

enum election_step election_next(const struct election *election, int64_t now_ms)
{
    if (election->version[0] == '\0') {
        return ELECTION_CREATE;
    }
    if (strcmp(election->holder, election->identity) == 0) {
        return ELECTION_RENEW;
    }
    bool silent = now_ms - election->seen_ms >= election->lasts_ms;
    if (election->holder[0] == '\0' || silent) {
        return ELECTION_TAKE;
    }
    return peers_must_say(&election->peers, election->holder, now_ms) ? ELECTION_SAY
                                                                      : ELECTION_WAIT;
}

int64_t election_leads_until(const struct election *election)
{
    return election->renewed_ms == 0 ? 0 : election->renewed_ms + election->times.renew_ms;
}

/* As metav1.MicroTime is written: always six digits. */
static void print_time(int64_t wall_us, char out[static TIME_TEXT])
{
    time_t seconds = (time_t)(wall_us / US_PER_S);
    struct tm when = {0};
    char day[TIME_TEXT] = "";

    (void)gmtime_r(&seconds, &when);
    (void)strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &when);
    (void)snprintf(out, TIME_TEXT, "%.20s.%06dZ", day, (int)(wall_us % US_PER_S));
}

/* The version binds it to what was seen: who was faster makes it a Conflict. */
static struct build *print_metadata(struct election *election, const struct election_place *place)
{
    struct build *metadata = build_object();

    (void)build_set(metadata, "name", build_text(place->name));
    (void)build_set(metadata, "namespace", build_text(place->namespace));
    if (election->version[0] != '\0') {
        (void)build_set(metadata, "resourceVersion", build_text(election->version));
    }
    if (election->peers.config[0] != '\0' || election->peers.count > 0) {
        (void)build_set(metadata, "annotations", peers_print(&election->peers, place->now_ms));
    }
    return metadata;
}

static int print(struct build *metadata, struct build *spec, struct buf *out, struct error *err)
{
    AUTO(build) struct build *lease = build_object();

    (void)build_set(lease, "apiVersion", build_text("coordination.k8s.io/v1"));
    (void)build_set(lease, "kind", build_text("Lease"));
    (void)build_set(lease, "metadata", metadata);
    (void)build_set(lease, "spec", spec);
    return build_encode(lease, out, err);
}

/* As it is. */
static int print_said(struct election *election, const struct election_place *place,
                      struct buf *out, struct error *err)
{
    struct build *spec = build_object();

    (void)build_set(spec, "holderIdentity", build_text(election->holder));
    (void)build_set(spec, "leaseDurationSeconds", build_int(election->lasts_ms / MS_PER_S));
    if (election->acquired[0] != '\0') {
        (void)build_set(spec, "acquireTime", build_text(election->acquired));
    }
    if (election->renewed[0] != '\0') {
        (void)build_set(spec, "renewTime", build_text(election->renewed));
    }
    (void)build_set(spec, "leaseTransitions", build_int(election->transitions));
    return print(print_metadata(election, place), spec, out, err);
}

int election_print(struct election *election, enum election_step step,
                   const struct election_place *place, struct buf *out, struct error *err)
{
    if (step == ELECTION_SAY) {
        return print_said(election, place, out, err);
    }
    struct build *spec = build_object();
    char now[TIME_TEXT];

    print_time(place->wall_us, now);
    bool renews = step == ELECTION_RENEW && election->acquired[0] != '\0';
    int64_t transitions = election->transitions + (step == ELECTION_TAKE ? 1 : 0);
    (void)build_set(spec, "holderIdentity", build_text(election->identity));
    (void)build_set(spec, "leaseDurationSeconds", build_int(election->times.lease_ms / MS_PER_S));
    (void)build_set(spec, "acquireTime", build_text(renews ? election->acquired : now));
    (void)build_set(spec, "renewTime", build_text(now));
    (void)build_set(spec, "leaseTransitions", build_int(transitions));
    return print(print_metadata(election, place), spec, out, err);
}

int election_print_release(struct election *election, const struct election_place *place,
                           struct buf *out, struct error *err)
{
    struct build *spec = build_object();
    char now[TIME_TEXT];

    print_time(place->wall_us, now);
    (void)build_set(spec, "holderIdentity", build_text(""));
    (void)build_set(spec, "leaseDurationSeconds", build_int(1));
    (void)build_set(spec, "acquireTime", build_text(now));
    (void)build_set(spec, "renewTime", build_text(now));
    (void)build_set(spec, "leaseTransitions", build_int(election->transitions));
    return print(print_metadata(election, place), spec, out, err);
}
