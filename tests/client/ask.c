/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client as a program: a request as JSON on each line of standard input, its answer
 * as JSON on a line of standard output when it comes. What test_*.py of this folder and
 * tests/e2e drive.
 *
 *   client_ask KUBECONFIG       or, from a service account's directory:
 *   client_ask --in-cluster DIR
 */
#include "lib/base/clock.h"
#include "tests/client/follow.h"

#include <stdio.h>

static const struct {
    const char *word;
    enum api_verb verb;
} words[] = {
    {"get", API_GET},       {"list", API_LIST},       {"apply", API_APPLY},   {"merge", API_MERGE},
    {"create", API_CREATE}, {"replace", API_REPLACE}, {"delete", API_DELETE}, {"raw", API_RAW},
};

enum { MAX_TEXTS = 16, MAX_TEXT = 8192 };

/* A request that was read, with the texts that it borrows. */
struct asked {
    struct api_request request;
    struct resource resource;
    char texts[MAX_TEXTS][MAX_TEXT];
    size_t count;
    struct buf body;
};

/* One that waits for its answer, which a cache may be told. */
struct pending {
    long id;
    int64_t begun_ms;
    struct follower *into;
    enum api_verb verb;
};

static const char *keep(struct asked *asked, struct value v)
{
    struct slice text = value_string(v);

    if (text.data == NULL || asked->count == MAX_TEXTS) {
        return NULL;
    }
    slice_copy(text, asked->texts[asked->count], MAX_TEXT);
    return asked->texts[asked->count++];
}

static const char *keep_or_empty(struct asked *asked, struct value v)
{
    const char *text = keep(asked, v);

    return text != NULL ? text : "";
}

static unsigned number(struct value v, unsigned otherwise)
{
    int64_t out = 0;
    struct error ignored = {0};

    return value_int64(v, &out, &ignored) == 0 ? (unsigned)out : otherwise;
}

static void read_verb(struct asked *asked, struct value v)
{
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (value_is(value_member(v, "verb"), words[i].word)) {
            asked->request.verb = words[i].verb;
            return;
        }
    }
    (void)fprintf(stderr, "client_ask: what verb?\n");
    exit(2);
}

static void read_request(struct asked *asked, struct value v)
{
    struct api_request *request = &asked->request;
    struct value resource = value_member(v, "resource");

    read_verb(asked, v);
    asked->resource = (struct resource){
        .group = keep_or_empty(asked, value_item(resource, 0)),
        .version = keep_or_empty(asked, value_item(resource, 1)),
        .plural = keep_or_empty(asked, value_item(resource, 2)),
        .namespaced = value_is_true(value_item(resource, 3)),
    };
    request->resource = value_exists(resource) ? &asked->resource : NULL;
    request->namespace = keep(asked, value_member(v, "namespace"));
    request->name = keep(asked, value_member(v, "name"));
    request->raw_path = keep(asked, value_member(v, "path"));
    request->label_selector = keep(asked, value_member(v, "labels"));
    request->continue_token = keep(asked, value_member(v, "continue"));
    request->resource_version = keep(asked, value_member(v, "version"));
    request->uid = keep(asked, value_member(v, "uid"));
    request->limit = number(value_member(v, "limit"), 0);
    request->dry_run = value_is_true(value_member(v, "dryRun"));
    request->force = value_is_true(value_member(v, "force"));
    request->deadline_ms = number(value_member(v, "deadline"), 10000);
    request->delay_ms = number(value_member(v, "delay"), 0);
    buf_init(&asked->body, 20000000);
    value_encode(value_member(v, "body"), &asked->body);
    request->body = buf_view(&asked->body);
}

static void tell(void *arg, struct api_answer *answer)
{
    struct pending *pending = arg;
    AUTO(build) struct build *line = build_object();

    (void)build_set(line, "id", build_int(pending->id));
    (void)build_set(line, "ok", build_bool(answer->ok));
    (void)build_set(line, "stopped", build_bool(answer->stopped));
    (void)build_set(line, "unsure", build_bool(answer->unsure));
    (void)build_set(line, "code", build_int(answer->code));
    (void)build_set(line, "tries", build_int(answer->tries));
    (void)build_set(line, "ms", build_int(clock_ms() - pending->begun_ms));
    (void)build_set(line, "error", build_text(answer->err.text));
    (void)build_set(line, "errorCode", build_int(answer->err.code));
    (void)build_set(line, "statusCode", build_int(answer->status.code));
    (void)build_set(line, "reason", build_text(answer->status.reason));
    (void)build_set(line, "message", build_text(answer->status.message));
    if (answer->ok) {
        (void)build_set(line, "object", build_copy(api_answer_object(answer)));
        follower_wrote(pending->into, pending->verb == API_DELETE, api_answer_object(answer));
    }
    print_line(line);
    free(pending);
}

static void refuse(long id, const struct error *err)
{
    AUTO(build) struct build *line = build_object();

    (void)build_set(line, "id", build_int(id));
    (void)build_set(line, "refused", build_text(err->text));
    print_line(line);
}

static void submit(struct api *api, struct value v)
{
    AUTO(chars) char *place = calloc(1, sizeof(struct asked));
    struct asked *asked = (struct asked *)(void *)place;
    struct pending *pending = calloc(1, sizeof *pending);
    struct error err = {0};

    if (asked == NULL || pending == NULL) {
        exit(1);
    }
    read_request(asked, v);
    pending->verb = asked->request.verb;
    pending->into = followers_find(value_member(v, "into"));
    pending->id = number(value_member(v, "id"), 0);
    pending->begun_ms = clock_ms();
    const struct api_hooks hooks = {.done = tell, .arg = pending};
    if (api_submit(api, &asked->request, &hooks, &err) != 0) {
        refuse(pending->id, &err);
        free(pending);
    }
    buf_done(&asked->body);
}

/* {"id": 1, "verb": "failures"}: how many tries failed so far, and how; and what time it is. */
static bool tell_failures(const struct api *api, struct value v)
{
    static const char *const names[] = {
#define API_FAILURE(id) [API_FAILURE_##id] = #id,
#include "lib/kube/api_failure.def"
#undef API_FAILURE
    };
    int64_t counts[API_FAILURES];

    if (!value_is(value_member(v, "verb"), "failures")) {
        return false;
    }
    AUTO(build) struct build *line = build_object();
    struct build *failures = build_object();
    api_read_failures(api, counts);
    for (size_t i = 0; i < API_FAILURES; i++) {
        if (counts[i] != 0) {
            (void)build_set(failures, names[i], build_int(counts[i]));
        }
    }
    (void)build_set(line, "id", build_int(number(value_member(v, "id"), 0)));
    (void)build_set(line, "failures", failures);
    (void)build_set(line, "time", build_int((int64_t)api_time(api)));
    print_line(line);
    return true;
}

/* Each line until the input ends; what is still under way then is stopped. */
static void serve(struct api *api)
{
    char *line = NULL;
    size_t size = 0;

    for (ssize_t len = getline(&line, &size, stdin); len > 0; len = getline(&line, &size, stdin)) {
        AUTO(json) struct json doc = {0};
        struct error err = {0};
        if (json_parse(&doc, (struct slice){.data = line, .len = (size_t)len}, &err) != 0) {
            (void)fprintf(stderr, "client_ask: %s\n", err.text);
            exit(2);
        }
        if (!followers_serve(api, value_root(&doc)) && !tell_failures(api, value_root(&doc))) {
            submit(api, value_root(&doc));
        }
    }
    free(line);
}

static int find_server(int argc, char **argv, struct apiserver **out, struct error *err)
{
    if (argc == 3 && strcmp(argv[1], "--in-cluster") == 0) {
        const struct in_cluster place = {.dir = argv[2]};
        return apiserver_in_cluster(&place, out, err);
    }
    const struct apiserver_options options = {
        .path = argc > 1 ? argv[1] : NULL,
        .allow_insecure = getenv("CLIENT_ASK_INSECURE") != NULL,
    };
    return apiserver_kubeconfig(&options, out, err);
}

int main(int argc, char **argv)
{
    const struct api_options options = {.user_agent = "podveil/test", .field_manager = "podveil"};
    struct apiserver *server = NULL;
    struct error err = {0};
    struct api *api = NULL;

    if (find_server(argc, argv, &server, &err) != 0 ||
        api_start(server, &options, &api, &err) != 0) {
        (void)fprintf(stderr, "client_ask: %s\n", err.text);
        apiserver_free(server);
        return 1;
    }
    serve(api);
    api_stop(api);
    followers_done();
    return 0;
}
