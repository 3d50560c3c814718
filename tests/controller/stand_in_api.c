/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/kube/client/api.h, as the linker takes it in place of api.c.
 */
#include "tests/controller/stand_in.h"
#include "tests/controller/stand_in_pending.h"

#include <stdio.h>

int api_start(struct apiserver *server, const struct api_options *options, struct api **out,
              struct error *err)
{
    struct api *api = calloc(1, sizeof *api);

    (void)options;
    if (api == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a client");
    }
    quietly();
    api->server = server;
    stand_in_running = api;
    int failed = pthread_create(&api->thread, NULL, stand_in_run, api);
    aloud();
    if (failed != 0) {
        abort();
    }
    *out = api;
    return 0;
}

void api_stop(struct api *api)
{
    lock();
    api->quit = true;
    tell_all();
    unlock();
    (void)pthread_join(api->thread, NULL);
    if (api->server != NULL) {
        apiserver_free(api->server);
    }
    stand_in_running = NULL;
    free(api);
}

const char *api_namespace(const struct api *api)
{
    return api->server != NULL ? api->server->namespace : "podveil";
}

time_t api_time(const struct api *api)
{
    (void)api;
    return stand_in_time();
}

void api_read_failures(const struct api *api, int64_t out[static API_FAILURES])
{
    for (size_t i = 0; i < API_FAILURES; i++) {
        out[i] = atomic_load(&api->failures[i]);
    }
}

void api_count_failure(struct api *api, enum api_failure failure)
{
    (void)atomic_fetch_add(&api->failures[failure], 1);
}

static const char *keep(char *place, size_t size, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    (void)snprintf(place, size, "%s", text);
    return place;
}

/* Of Kubernetes' own by the plural; others as kubectl has them: "tiers.crd.projectcalico.org". */
static void copy_resource(struct pending *pending, const struct api_request *request)
{
    const struct resource *asked = request->resource;
    bool raw = request->verb == API_RAW;
    bool own = raw || asked->group[0] == '\0' || strstr(asked->group, "k8s.io") != NULL;

    (void)snprintf(pending->plural, PENDING_TEXT, "%s%s%s", raw ? request->raw_path : asked->plural,
                   own ? "" : ".", own ? "" : asked->group);
    pending->resource = (struct resource){
        .plural = pending->plural,
        .namespaced = !raw && asked->namespaced,
    };
    pending->request.resource = &pending->resource;
}

static void copy_request(struct pending *pending, const struct api_request *request)
{
    AUTO(buf) struct buf what = {0};
    struct api_request *mine = &pending->request;

    *mine = *request;
    copy_resource(pending, request);
    mine->namespace = keep(pending->namespace, PENDING_TEXT, request->namespace);
    mine->name = keep(pending->name, PENDING_TEXT, request->name);
    mine->label_selector = keep(pending->labels, PENDING_TEXT, request->label_selector);
    mine->field_selector = keep(pending->fields, PENDING_TEXT, request->field_selector);
    mine->continue_token = keep(pending->token, PENDING_TOKEN, request->continue_token);
    mine->resource_version = keep(pending->version, PENDING_TEXT, request->resource_version);
    mine->uid = keep(pending->uid, PENDING_TEXT, request->uid);
    if (request->body.len > 0) {
        pending->body = strndup(request->body.data, request->body.len);
        mine->body.data = pending->body;
    }
    buf_init(&what, PENDING_TEXT);
    api_request_show(request, &what);
    (void)snprintf(pending->what, PENDING_TEXT, "%s", buf_cstr(&what));
}

int api_submit(struct api *api, const struct api_request *request, const struct api_hooks *hooks,
               struct error *err)
{
    if (api_request_check(request, err) != 0) {
        return -1;
    }
    struct pending *pending = calloc(1, sizeof *pending);
    if (pending == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a request");
    }
    quietly();
    copy_request(pending, request);
    aloud();
    pending->hooks = *hooks;
    lock();
    pending->due_ms = moments_ms() + request->delay_ms;
    pending->deadline_ms = pending->due_ms + request->deadline_ms;
    struct pending **end = &api->list;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = pending;
    tell_all();
    unlock();
    return 0;
}

struct asking {
    bool done;
    struct api_answer *answer;
};

static void answered(void *arg, struct api_answer *answer)
{
    struct asking *asking = arg;

    lock();
    *asking->answer = *answer;
    *answer = (struct api_answer){0};
    asking->done = true;
    tell_all();
    unlock();
}

int api_ask(struct api *api, const struct api_request *request, struct api_answer *answer)
{
    struct asking asking = {.answer = answer};
    const struct api_hooks hooks = {.done = answered, .arg = &asking};

    *answer = (struct api_answer){0};
    if (api_submit(api, request, &hooks, &answer->err) != 0) {
        return -1;
    }
    lock();
    while (!asking.done) {
        (void)pthread_cond_wait(&moments_changed, &moments_mutex);
    }
    unlock();
    return answer->ok ? 0 : -1;
}
