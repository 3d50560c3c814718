/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/event.h"

#include "lib/kube/build.h"
#include "server/controller/state.h"

#include <stdio.h>
#include <time.h>

enum { EVENT_MAX = 16384, EVENT_MS = 10000, TIME_TEXT = 32 };

static const struct resource resource_events = {"", "v1", "events", true};

static void print_now(char out[static TIME_TEXT])
{
    time_t now = time(NULL);
    struct tm parts = {0};

    (void)gmtime_r(&now, &parts);
    (void)strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static struct build *print_involved(const struct event *event)
{
    struct build *involved = build_object();

    (void)build_set(involved, "apiVersion", build_text(event->api_version));
    (void)build_set(involved, "kind", build_text(event->kind));
    (void)build_set(involved, "namespace", build_string(event->namespace));
    (void)build_set(involved, "name", build_string(event->object));
    (void)build_set(involved, "uid", build_string(event->uid));
    return involved;
}

static struct build *print_metadata(const struct event *event)
{
    struct build *metadata = build_object();

    if (event->name.len > 0) {
        (void)build_set(metadata, "name", build_string(event->name));
    } else {
        (void)build_set(metadata, "generateName", build_text(FIELD_MANAGER "-"));
    }
    (void)build_set(metadata, "namespace", build_string(event->namespace));
    return metadata;
}

static int print(const struct controller *controller, const struct event *event, struct buf *out,
                 struct error *err)
{
    AUTO(build) struct build *object = build_object();
    struct build *source = build_object();
    struct slice cut = {event->message, strnlen(event->message, EVENT_MESSAGE)};
    char now[TIME_TEXT];

    print_now(now);
    (void)build_set(source, "component", build_text(FIELD_MANAGER));
    (void)build_set(object, "apiVersion", build_text("v1"));
    (void)build_set(object, "kind", build_text("Event"));
    (void)build_set(object, "metadata", print_metadata(event));
    (void)build_set(object, "involvedObject", print_involved(event));
    (void)build_set(object, "type", build_text("Warning"));
    (void)build_set(object, "reason", build_text(event->reason));
    (void)build_set(object, "message", build_string(cut));
    (void)build_set(object, "source", source);
    (void)build_set(object, "reportingComponent", build_text(FIELD_MANAGER));
    (void)build_set(object, "reportingInstance", build_text(controller->lease.identity));
    (void)build_set(object, "firstTimestamp", build_text(now));
    (void)build_set(object, "lastTimestamp", build_text(now));
    (void)build_set(object, "count", build_int(1));
    return build_encode(object, out, err);
}

static void failed(const struct controller *controller, const char *text)
{
    controller_tell(controller, true, "an Event was not written", text);
}

static void answered(void *arg, struct api_answer *answer)
{
    bool there = strcmp(answer->status.reason, "AlreadyExists") == 0;

    if (!answer->ok && !answer->stopped && !there) {
        failed(arg, answer->err.text);
    }
}

void event_send(struct controller *controller, const struct event *event)
{
    AUTO(buf) struct buf body = {0};
    struct error err = {0};
    char namespace[NAME_MAX_LEN + 1];
    const struct api_hooks hooks = {.done = answered, .arg = controller};

    buf_init(&body, EVENT_MAX);
    slice_copy(event->namespace, namespace, sizeof namespace);
    int code = print(controller, event, &body, &err);
    if (code == 0) {
        const struct api_request request = {
            .verb = API_CREATE,
            .resource = &resource_events,
            .namespace = namespace,
            .body = buf_view(&body),
            .deadline_ms = EVENT_MS,
        };
        code = api_submit(controller->api, &request, &hooks, &err);
    }
    if (code != 0) {
        failed(controller, err.text);
    }
}
