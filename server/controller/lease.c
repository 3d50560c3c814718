/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/lease.h"

#include "lib/base/clock.h"
#include "lib/kube/client/retry.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define LEASE_NAME "podveil"

static const struct resource resource_leases = {"coordination.k8s.io", "v1", "leases", true};

enum {
    ASK_MS = 5000,    /* half of the time to renew in */
    RELEASE_MS = 800, /* a stop does not wait for an API server that is away */
    LEASE_MAX = 8192,
    HOST_TEXT = 128,
    NOT_FOUND = 404,
    CONFLICT = 409,
    GLANCE_MS = 200, /* between two looks at whether our configuration is another */
    NO_TROUBLE = -1,
};

static struct election_place place_of(const struct lease *lease)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (struct election_place){
        .namespace = lease->namespace,
        .name = LEASE_NAME,
        .wall_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000,
        .now_ms = clock_ms(),
    };
}

/* The machine's name, a pod's, and something that no other process has. */
static void name_ourselves(char out[static ELECTION_TEXT])
{
    char host[HOST_TEXT] = "podveil";

    (void)gethostname(host, sizeof host - 1);
    host[sizeof host - 1] = '\0';
    (void)snprintf(out, ELECTION_TEXT, "%s_%08" PRIx32 "%08" PRIx32, host, retry_chance(),
                   retry_chance());
}

/* Once for each code, HTTP's or 0: the words differ from try to try. */
static void trouble(struct lease *lease, long code, const char *text)
{
    if (lease->trouble != code) {
        lease->voice->say(lease->voice->arg, true, "the lease is not to be had", text);
    }
    lease->trouble = code;
}

static void no_trouble(struct lease *lease)
{
    lease->trouble = NO_TROUBLE;
}

/* One line for each change, and who waits for the leadership is woken. */
static void tell(struct lease *lease)
{
    bool leads = lease_is_held(lease);
    const char *holder = lease->election.holder;

    if (leads != lease->told) {
        lease->told = leads;
        lease->voice->say(lease->voice->arg, false,
                          leads ? "this podveil leads" : "this podveil leads no more",
                          lease->identity);
        hub_lock(lease->hub);
        hub_ring(lease->hub);
        hub_unlock(lease->hub);
    }
    if (!leads && holder[0] != '\0' && strcmp(holder, lease->told_holder) != 0 &&
        strcmp(holder, lease->identity) != 0) {
        lease->voice->say(lease->voice->arg, false, "another podveil leads", holder);
    }
    slice_copy(slice_of(holder), lease->told_holder, sizeof lease->told_holder);
}

static struct api_request ask_for(const struct lease *lease, uint32_t deadline_ms)
{
    return (struct api_request){
        .verb = API_GET,
        .resource = &resource_leases,
        .namespace = lease->namespace,
        .name = LEASE_NAME,
        .deadline_ms = deadline_ms,
    };
}

/* What is there now. */
static int look(struct lease *lease)
{
    AUTO(api_answer) struct api_answer answer = {0};
    const struct api_request request = ask_for(lease, ASK_MS);

    if (hub_ask(lease->hub, &request, &answer) != 0 && answer.code != NOT_FOUND) {
        if (!answer.stopped) {
            trouble(lease, answer.code, answer.err.text);
        }
        return -1;
    }
    election_see(&lease->election, api_answer_object(&answer), clock_ms());
    lease->seen = true;
    return 0;
}

/* A refusal (somebody was faster) is met by the next look. */
static int write_lease(struct lease *lease, enum election_step step)
{
    const struct election_place place = place_of(lease);
    AUTO(api_answer) struct api_answer answer = {0};
    AUTO(buf) struct buf body = {0};
    struct error err = {0};

    buf_init(&body, LEASE_MAX);
    if (election_print(&lease->election, step, &place, &body, &err) != 0) {
        trouble(lease, 0, err.text);
        return -1;
    }
    const struct api_request request = {
        .verb = step == ELECTION_CREATE ? API_CREATE : API_REPLACE,
        .resource = &resource_leases,
        .namespace = lease->namespace,
        .name = step == ELECTION_CREATE ? NULL : LEASE_NAME,
        .body = buf_view(&body),
        .deadline_ms = ASK_MS,
    };
    int64_t sent_ms = clock_ms();
    if (hub_ask(lease->hub, &request, &answer) != 0) {
        if (!answer.stopped && strcmp(answer.status.reason, "Conflict") != 0 &&
            strcmp(answer.status.reason, "AlreadyExists") != 0) {
            trouble(lease, answer.code, answer.err.text);
        }
        return -1;
    }
    election_hold(&lease->election, api_answer_object(&answer), sent_ms);
    no_trouble(lease);
    return 0;
}

/* ---- Configurations ---- */

/* The one in use; "": none yet. */
static void read_config(const struct lease *lease, char out[static CONFIG_ID_LEN + 1])
{
    AUTO(ruleset) const struct ruleset *now = lease->voice->ruleset(lease->voice->arg);

    slice_copy(slice_of(now != NULL ? now->config->id : ""), out, CONFIG_ID_LEN + 1);
}

static void publish_others(struct lease *lease, const struct peer_configs *others)
{
    hub_lock(lease->hub);
    if (memcmp(&lease->others, others, sizeof *others) != 0) {
        lease->others = *others;
        lease->others_changed++;
        hub_ring(lease->hub);
    }
    hub_unlock(lease->hub);
}

static void tell_difference(struct lease *lease, const char *other)
{
    const char *own = lease->election.peers.config;
    char text[256];

    if (strcmp(lease->differs, other) != 0) {
        slice_copy(slice_of(other), lease->differs, sizeof lease->differs);
        lease->differs_ms = clock_ms();
    }
    if (strcmp(lease->told_differs, other) == 0 ||
        (other[0] != '\0' && clock_ms() - lease->differs_ms < lease->differ_ms)) {
        return;
    }
    slice_copy(slice_of(other), lease->told_differs, sizeof lease->told_differs);
    if (other[0] == '\0') {
        lease->voice->say(lease->voice->arg, false, "the podveils have one configuration again",
                          own);
        return;
    }
    (void)snprintf(text, sizeof text,
                   "this one has %s and another has %s, for longer than a rollout takes: new pods "
                   "get the settings of whichever is asked",
                   own, other);
    lease->voice->say(lease->voice->arg, true, "the podveils have different configurations", text);
}

static void look_at_others(struct lease *lease)
{
    struct peer_configs others = {0};

    if (lease->election.peers.config[0] != '\0') {
        peers_others(&lease->election.peers, clock_ms(), &others);
    }
    publish_others(lease, &others);
    tell_difference(lease, others.count > 0 ? others.ids[0] : "");
}

/* Who was never told of the others knows nothing of them, and does not wait for ever. */
static void look_for_agreement(struct lease *lease)
{
    if (lease->election.peers.config[0] == '\0') {
        return;
    }
    if (lease->config_ms == 0) {
        lease->config_ms = clock_ms();
    }
    if ((lease->seen && lease->others.count == 0) || clock_ms() - lease->config_ms >= AGREE_MS) {
        atomic_store(&lease->agrees, true);
    }
}

bool lease_agrees(const struct lease *lease)
{
    return atomic_load(&lease->agrees);
}

bool lease_others_have(struct lease *lease, const char *config_id)
{
    hub_lock(lease->hub);
    bool have = peer_configs_have(&lease->others, config_id);
    hub_unlock(lease->hub);
    return have;
}

size_t lease_others(struct lease *lease, uint64_t *changed)
{
    hub_lock(lease->hub);
    size_t count = lease->others.count;
    if (changed != NULL) {
        *changed = lease->others_changed;
    }
    hub_unlock(lease->hub);
    return count;
}

/* ---- The thread ---- */

/* The holder writes at once; only where that fails, or for others, it is read before. */
static void turn(struct lease *lease)
{
    struct election *election = &lease->election;
    bool fresh = election_leads_until(election) > clock_ms();

    if (!fresh || write_lease(lease, ELECTION_RENEW) != 0) {
        if (look(lease) != 0) {
            return;
        }
        enum election_step step = election_next(election, clock_ms());
        if (step == ELECTION_WAIT) {
            no_trouble(lease);
        } else if (write_lease(lease, step) != 0) {
            (void)look(lease); /* another was quicker: what it has */
        }
    }
}

/* Until the next turn, or until there is another configuration to say. false: it is time to stop.
 */
static bool rest(struct lease *lease)
{
    int64_t retry_ms = lease->election.times.retry_ms;
    /* A fifth by chance, so that replicas do not ask as one. */
    int64_t until_ms = clock_ms() + retry_ms + retry_chance() % (retry_ms / 5 + 1);
    char config[CONFIG_ID_LEN + 1] = "";
    bool goes_on = true;

    do {
        int64_t left_ms = until_ms - clock_ms();
        goes_on = hub_sleep(lease->hub, left_ms < GLANCE_MS ? left_ms : GLANCE_MS);
        read_config(lease, config);
    } while (goes_on && clock_ms() < until_ms && strcmp(config, lease->election.peers.config) == 0);
    return goes_on;
}

static void *run(void *arg)
{
    struct lease *lease = arg;
    char config[CONFIG_ID_LEN + 1] = "";

    (void)pthread_setname_np(pthread_self(), "lease");
    do {
        read_config(lease, config);
        peers_use(&lease->election.peers, config);
        turn(lease);
        atomic_store(&lease->until_ms, election_leads_until(&lease->election));
        tell(lease);
        look_at_others(lease);
        look_for_agreement(lease);
    } while (rest(lease));
    return NULL;
}

int lease_start(struct lease *lease, const struct election_times *times, struct error *err)
{
    name_ourselves(lease->identity);
    no_trouble(lease);
    election_init(&lease->election, lease->identity, times);
    if (pthread_create(&lease->thread, NULL, run, lease) != 0) {
        return error_set(err, ERR_SYSTEM, "cannot start a thread");
    }
    lease->runs = true;
    return 0;
}

bool lease_is_held(const struct lease *lease)
{
    return clock_ms() < atomic_load(&lease->until_ms);
}

/* One try; the HTTP code, 0 where there was none. */
static long give_up(struct lease *lease)
{
    const struct election_place place = place_of(lease);
    AUTO(api_answer) struct api_answer answer = {0};
    AUTO(buf) struct buf body = {0};
    struct error err = {0};

    buf_init(&body, LEASE_MAX);
    if (election_print_release(&lease->election, &place, &body, &err) != 0) {
        return 0;
    }
    const struct api_request request = {
        .verb = API_REPLACE,
        .resource = &resource_leases,
        .namespace = lease->namespace,
        .name = LEASE_NAME,
        .body = buf_view(&body),
        .deadline_ms = RELEASE_MS,
    };
    if (api_ask(lease->hub->api, &request, &answer) == 0) {
        lease->voice->say(lease->voice->arg, false, "the lease is given up", lease->identity);
    }
    return answer.code;
}

/* Does the Lease still name us? Nobody waits for the hub any more. */
static bool is_still_ours(struct lease *lease)
{
    AUTO(api_answer) struct api_answer answer = {0};
    const struct api_request request = ask_for(lease, RELEASE_MS);

    if (api_ask(lease->hub->api, &request, &answer) != 0) {
        return false;
    }
    election_see(&lease->election, api_answer_object(&answer), clock_ms());
    return strcmp(lease->election.holder, lease->identity) == 0;
}

/* Another may have said something in it since we renewed it: once more from there. */
static void release(struct lease *lease)
{
    peers_use(&lease->election.peers, ""); /* who is gone has none */
    if (give_up(lease) == CONFLICT && is_still_ours(lease)) {
        (void)give_up(lease);
    }
}

void lease_stop(struct lease *lease)
{
    if (!lease->runs) {
        return;
    }
    (void)pthread_join(lease->thread, NULL);
    lease->runs = false;
    bool held = lease_is_held(lease);
    atomic_store(&lease->until_ms, 0);
    if (held) {
        release(lease);
    }
}
