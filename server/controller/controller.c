/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/controller.h"

#include "server/controller/state.h"

const struct resource resource_policies = {"networking.k8s.io", "v1", "networkpolicies", true};
const struct resource resource_namespaces = {"", "v1", "namespaces", false};

static const struct api_options client_options = {
    .user_agent = "podveil/" PODVEIL_VERSION,
    .field_manager = FIELD_MANAGER,
};

/* As kubectl takes a context without one. */
static const char *namespace_of(const char *named)
{
    return named[0] != '\0' ? named : "default";
}

int controller_open(const struct controller_options *options, struct controller **out,
                    struct error *err)
{
    AUTO(controller) struct controller *controller = calloc(1, sizeof *controller);
    const struct apiserver_options place = {.path = options->kubeconfig};

    if (controller == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a controller");
    }
    hub_init(&controller->hub);
    int failed = options->place == CLUSTER_IN_CLUSTER
                     ? apiserver_in_cluster(&(struct in_cluster){0}, &controller->server, err)
                     : apiserver_kubeconfig(&place, &controller->server, err);
    if (failed != 0) {
        return -1;
    }
    if (certificates_open(&controller->certificates, options->certificates,
                          namespace_of(controller->server->namespace), err) != 0) {
        return -1;
    }
    *out = STEAL(controller);
    return 0;
}

static void trouble(void *arg, const struct error *err, int64_t again_ms)
{
    const struct controller *controller = arg;

    (void)again_ms;
    controller->say(controller->arg, true, "the API server is not followed", err->text);
}

static int watch(struct controller *controller, const struct resource *resource,
                 struct watched *watched, struct error *err)
{
    watched->cache = cache_new(&(struct cache_options){0});
    if (watched->cache == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a cache");
    }
    const struct reflector_options options = {
        .resource = resource,
        .cache = watched->cache,
        .trouble = trouble,
        .arg = controller,
    };
    return reflector_start(controller->api, &options, &watched->reflector, err);
}

static void say_certificate(void *arg, bool warning, const char *what, const char *detail)
{
    const struct controller *controller = arg;

    controller->say(controller->arg, warning, what, detail);
}

static void certificate_given(void *arg)
{
    (void)arg; /* it is polled each second anyway */
}

int controller_start(struct controller *controller, controller_say *say, void *arg,
                     struct error *err)
{
    controller->say = say;
    controller->arg = arg;
    if (api_start(controller->server, &client_options, &controller->api, err) != 0) {
        return -1;
    }
    controller->server = NULL;
    controller->hub.api = controller->api;
    if (certificates_start(&controller->certificates,
                           (struct authority_options){
                               .hub = &controller->hub,
                               .namespace = namespace_of(api_namespace(controller->api)),
                               .say = say_certificate,
                               .given = certificate_given,
                               .arg = controller,
                           },
                           err) != 0) {
        return -1;
    }
    if (watch(controller, &resource_namespaces, &controller->namespaces, err) != 0) {
        return -1;
    }
    return watch(controller, &resource_policies, &controller->policies, err);
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
    certificates_join(&controller->certificates);
    if (controller->api != NULL) {
        api_stop(STEAL(controller->api));
    }
    certificates_stop(&controller->certificates);
    unwatch(&controller->policies);
    unwatch(&controller->namespaces);
}

void controller_close(struct controller *controller)
{
    controller_stop(controller);
    if (controller->server != NULL) {
        apiserver_free(controller->server);
    }
    certificates_done(&controller->certificates);
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
    return certificates_are_ready(&controller->certificates, why);
}

struct cert_source *controller_source(const struct controller *controller)
{
    return controller->certificates.source;
}
