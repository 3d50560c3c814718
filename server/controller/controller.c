/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/controller.h"

#include "lib/kube/client/retry.h"
#include "server/controller/state.h"

const struct resource resource_policies = {"networking.k8s.io", "v1", "networkpolicies", true};
const struct resource resource_namespaces = {"", "v1", "namespaces", false};
const struct resource resource_pods = {"", "v1", "pods", true};
static const struct resource resource_nodes = {"", "v1", "nodes", false};

enum {
    LEASE_MS = 15000, /* client-go's three */
    RENEW_MS = 10000,
    RETRY_MS = 2000,
    FOLLOWER_MS = 2000, /* with a leader that died just then, repaired in under 5 s */
    UNKNOWN_MS = 3000,
    SWEEP_MS = 10000,
    IDLE_MS = 24 * 60 * 60 * 1000,
    GOING_MS = 60000,
    REPORT_MS = 300000,
    COMPARE_MS = 60000,
    TRUST_MS = 10000,   /* an API server that starts anew is followed again by then */
    DIFFER_MS = 120000, /* a new replica starts, is ready, an old one drains */
};

static const struct api_options client_options = {
    .user_agent = "podveil/" PODVEIL_VERSION,
    .field_manager = FIELD_MANAGER,
};

static int64_t or_default(int64_t asked, int64_t usual)
{
    return asked > 0 ? asked : usual;
}

static struct controller_times fill_times(const struct controller_times *asked)
{
    return (struct controller_times){
        .lease_ms = or_default(asked->lease_ms, LEASE_MS),
        .renew_ms = or_default(asked->renew_ms, RENEW_MS),
        .retry_ms = or_default(asked->retry_ms, RETRY_MS),
        .follower_ms = or_default(asked->follower_ms, FOLLOWER_MS),
        .unknown_ms = or_default(asked->unknown_ms, UNKNOWN_MS),
        .sweep_ms = or_default(asked->sweep_ms, SWEEP_MS),
        .idle_ms = or_default(asked->idle_ms, IDLE_MS),
        .going_ms = or_default(asked->going_ms, GOING_MS),
        .report_ms = or_default(asked->report_ms, REPORT_MS),
        .compare_ms = or_default(asked->compare_ms, COMPARE_MS),
        .trust_ms = or_default(asked->trust_ms, TRUST_MS),
        .differ_ms = or_default(asked->differ_ms, DIFFER_MS),
    };
}

/* As kubectl takes a context without one. */
static const char *namespace_of(const char *asked, const char *named)
{
    const char *name = asked != NULL ? asked : named;

    return name[0] != '\0' ? name : "default";
}

/* Whoever may write policies cannot choose which verdicts push out which. */
static void start_verdicts(struct verdicts *verdicts)
{
    uint8_t secrets[VERDICTS_SECRETS];

    retry_chances(secrets, sizeof secrets);
    verdicts_init(verdicts, secrets);
}

int controller_open(const struct controller_options *options, struct controller **out,
                    struct error *err)
{
    AUTO(controller) struct controller *controller = calloc(1, sizeof *controller);
    const struct apiserver_options place = {.path = options->kubeconfig};

    if (controller == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a controller");
    }
    controller->self = controller;
    hub_init(&controller->hub);
    start_verdicts(&controller->verdicts);
    loop_init(&controller->loop, controller);
    int failed = options->place == CLUSTER_IN_CLUSTER
                     ? apiserver_in_cluster(&(struct in_cluster){0}, &controller->server, err)
                     : apiserver_kubeconfig(&place, &controller->server, err);
    if (failed != 0) {
        return -1;
    }
    controller->times = fill_times(&options->times);
    controller->namespace = options->namespace;
    controller->config_map.name = options->config_map;
    const char *namespace = namespace_of(options->namespace, controller->server->namespace);
    if (certificates_open(&controller->certificates, options->certificates, namespace, err) != 0) {
        return -1;
    }
    *out = STEAL(controller);
    return 0;
}

void controller_tell(const struct controller *controller, bool warning, const char *what,
                     const char *detail)
{
    controller->voice.say(controller->voice.arg, warning, what, detail);
}

static void trouble(void *arg, const struct error *err, int64_t again_ms)
{
    (void)again_ms;
    controller_tell(arg, true, "the API server is not followed", err->text);
}

/* What is watched, how it is kept, and who is told. */
struct watching {
    const struct resource *resource;
    const char *label_selector;
    cache_keep *keep;
    cache_changed *changed;
};

static int watch(struct controller *controller, const struct watching *how, struct watched *watched,
                 struct error *err)
{
    watched->cache = cache_new(&(struct cache_options){
        .keep = how->keep,
        .changed = how->changed,
        .arg = &controller->loop,
    });
    if (watched->cache == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a cache");
    }
    watched->how = how;
    return 0;
}

/* Once every cache is there: the callbacks look at all of them. */
static int follow(struct controller *controller, struct watched *watched, struct error *err)
{
    const struct reflector_options options = {
        .resource = watched->how->resource,
        .label_selector = watched->how->label_selector,
        .cache = watched->cache,
        .trouble = trouble,
        .arg = controller,
    };
    return reflector_start(controller->api, &options, &watched->reflector, err);
}

static int watch_all(struct controller *controller, struct error *err)
{
    static const struct watching namespaces = {
        .resource = &resource_namespaces,
        .changed = loop_namespace_changed,
    };
    static const struct watching policies = {
        .resource = &resource_policies,
        .changed = loop_policy_changed,
    };
    static const struct watching pods = {
        .resource = &resource_pods,
        .label_selector = PODS_SELECTOR,
        .keep = pods_keep,
        .changed = loop_pod_changed,
    };
    static const struct watching nodes = {
        .resource = &resource_nodes,
        .keep = compare_keep_node,
    };

    if (watch(controller, &namespaces, &controller->namespaces, err) != 0 ||
        watch(controller, &policies, &controller->policies, err) != 0 ||
        watch(controller, &pods, &controller->pods, err) != 0 ||
        watch(controller, &nodes, &controller->nodes, err) != 0) {
        return -1;
    }
    if (follow(controller, &controller->namespaces, err) != 0 ||
        follow(controller, &controller->policies, err) != 0 ||
        follow(controller, &controller->pods, err) != 0) {
        return -1;
    }
    return follow(controller, &controller->nodes, err);
}

static int start_config_map(struct controller *controller, struct error *err)
{
    struct config_map *map = &controller->config_map;

    map->namespace = controller->namespace;
    map->voice = &controller->voice;
    return config_map_start(map, controller->api, err);
}

static int start_lease(struct controller *controller, struct error *err)
{
    const struct election_times times = {
        .lease_ms = controller->times.lease_ms,
        .renew_ms = controller->times.renew_ms,
        .retry_ms = controller->times.retry_ms,
    };
    struct lease *lease = &controller->lease;

    lease->hub = &controller->hub;
    lease->voice = &controller->voice;
    lease->namespace = controller->namespace;
    lease->differ_ms = controller->times.differ_ms;
    return lease_start(lease, &times, err);
}

static void say_certificate(void *arg, bool warning, const char *what, const char *detail)
{
    controller_tell(arg, warning, what, detail);
}

static void certificate_given(void *arg)
{
    const struct controller *controller = arg;

    controller->voice.changed(controller->voice.arg);
}

static int start_certificates(struct controller *controller, struct error *err)
{
    const struct authority_options options = {
        .hub = &controller->hub,
        .namespace = controller->namespace,
        .say = say_certificate,
        .given = certificate_given,
        .arg = controller,
    };

    return certificates_start(&controller->certificates, options, err);
}

int controller_start(struct controller *controller, const struct voice *voice, struct error *err)
{
    controller->voice = *voice;
    if (api_start(controller->server, &client_options, &controller->api, err) != 0) {
        return -1;
    }
    controller->server = NULL;
    controller->hub.api = controller->api;
    controller->namespace = namespace_of(controller->namespace, api_namespace(controller->api));
    if (start_certificates(controller, err) != 0 || start_config_map(controller, err) != 0 ||
        watch_all(controller, err) != 0 || start_lease(controller, err) != 0) {
        return -1;
    }
    return loop_start(&controller->loop, err);
}

void controller_kick(struct controller *controller)
{
    struct reflector *const all[] = {
        controller->namespaces.reflector, controller->policies.reflector,
        controller->pods.reflector,       controller->nodes.reflector,
        controller->config_map.reflector,
    };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if (all[i] != NULL) {
            reflector_kick(all[i]);
        }
    }
}

static void unwatch(struct watched *watched)
{
    if (watched->reflector != NULL) {
        reflector_free(watched->reflector);
    }
    if (watched->cache != NULL) {
        cache_free(watched->cache);
    }
    *watched = (struct watched){0};
}

void controller_stop(struct controller *controller)
{
    hub_quit(&controller->hub);
    loop_stop(&controller->loop);
    lease_stop(&controller->lease);
    certificates_join(&controller->certificates);
    if (controller->api != NULL) {
        api_stop(STEAL(controller->api));
    }
    certificates_stop(&controller->certificates);
    config_map_done(&controller->config_map);
    unwatch(&controller->nodes);
    unwatch(&controller->pods);
    unwatch(&controller->policies);
    unwatch(&controller->namespaces);
}

void controller_close(struct controller *controller)
{
    controller_stop(controller);
    if (controller->server != NULL) {
        apiserver_free(controller->server);
    }
    loop_done(&controller->loop);
    certificates_done(&controller->certificates);
    verdicts_done(&controller->verdicts);
    hub_done(&controller->hub);
    free(controller);
}

bool controller_is_ready(const struct controller *controller, const char **why)
{
    if (!cache_state(controller->namespaces.cache).synced) {
        *why = "the namespaces are not known yet";
        return false;
    }
    if (!cache_state(controller->policies.cache).synced) {
        *why = "the network policies are not known yet";
        return false;
    }
    if (!certificates_are_ready(&controller->certificates, why)) {
        return false;
    }
    *why = "the other podveils have another configuration, or it is not known yet";
    return lease_agrees(&controller->lease);
}

int controller_read_config(const struct controller *controller, struct config_text *out,
                           struct error *err)
{
    return config_map_read(&controller->config_map, out, err);
}

struct cert_source *controller_source(const struct controller *controller)
{
    return controller->certificates.source;
}

static int64_t count_of(const struct watched *watched)
{
    return (int64_t)cache_state(watched->cache).count;
}

int64_t controller_clock_ahead_s(const struct controller *controller)
{
    return (int64_t)time(NULL) - (int64_t)api_time(controller->api);
}

void controller_read(const struct controller *controller, struct figures *out)
{
    struct authority_figures ca;

    certificates_read(&controller->certificates, &ca);
    *out = (struct figures){
        .leads = lease_is_held(&controller->lease) ? 1 : 0,
        .other_configs = (int64_t)lease_others(&controller->self->lease, NULL),
        .restored = atomic_load(&controller->figures.restored),
        .not_restored = atomic_load(&controller->figures.not_restored),
        .conflicts = atomic_load(&controller->figures.conflicts),
        .removed = atomic_load(&controller->figures.removed),
        .unprotected = atomic_load(&controller->figures.unprotected),
        .old_settings = atomic_load(&controller->figures.old_settings),
        .differences = atomic_load(&controller->figures.differences),
        .clock_ahead_s = controller_clock_ahead_s(controller),
        .pods = count_of(&controller->pods),
        .policies = count_of(&controller->policies),
        .namespaces = count_of(&controller->namespaces),
        .ca_not_after = ca.not_after,
        .ca_published = ca.published,
        .bundle_mutating = ca.mutating ? 1 : 0,
        .bundle_validating = ca.validating ? 1 : 0,
        .secret_failures = ca.secret,
        .bundle_failures = ca.bundle,
        .judged = atomic_load(&controller->verdicts.judged),
        .remembered = atomic_load(&controller->verdicts.remembered),
    };
    api_read_failures(controller->api, out->api_failures);
}
