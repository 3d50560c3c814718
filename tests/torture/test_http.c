/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request from its first byte to its answer's last while memory ends, over a pair of
 * sockets: the connection, the headers, the body, the review, the turn of a long one,
 * its policies, the answer. The client gets the answer that there is with memory, a
 * denial, a 500 or a 503, or nothing; never an `allowed: true` that would not have been
 * there, nor one whose policies do not stand. A policy that stands is whole. And the
 * server keeps nothing of it: no connection, no request, no byte of the budget.
 */
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "server/http/handler.h"
#include "tests/support/fixture.h"
#include "tests/support/torture.h"
#include "tests/torture/site.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <errno.h>
#include <glob.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { ANSWER_MAX = 1024 * 1024, PATIENCE_MS = 30000, STEP_MS = 1, LONG = TURNS_FROM + 1000 };

static const struct request_case {
    const char *name;
    const char *path;
    const char *file; /* a recorded review */
    const char *status;
    size_t policies; /* that are written */
    size_t len;      /* so long with spaces behind it; 0: as it is */
} cases[] = {
    {"a pod without a label", "/mutate", "mutate-pod-create-unlabelled", "200", 0, 0},
    {"a pod on the host's network", "/mutate", "mutate-pod-create-host-network", "200", 0, 0},
    {"a private pod", "/mutate?timeout=10s", "mutate-pod-create-deployment", "200", 2, 0},
    {"a long private pod", "/mutate", "mutate-pod-create-deployment", "200", 2, LONG},
    {"a pod of a private namespace", "/mutate/namespace/vpn", "mutate-pod-create-private-namespace",
     "200", 2, 0},
    {"a final pod that was not patched", "/validate", "mutate-pod-create-deployment", "200", 0, 0},
    {"a final pod without a label", "/validate", "validate-pod-create-unlabelled", "200", 0, 0},
    {"a long review that is let in", "/validate", "validate-pod-create-unlabelled", "200", 0, LONG},
    {"a long review that is not", "/mutate", "mutate-pod-create-host-network", "200", 0, LONG},
    {"no such path", "/mutat", "mutate-pod-create-unlabelled", "404", 0, 0},
    {"no such timeout", "/mutate?timeout=x", "mutate-pod-create-unlabelled", "400", 0, 0},
};

/* A server without sockets and TLS, and what it is asked. */
struct place {
    struct server_options options;
    struct service service;
    struct MHD_Daemon *daemon;
};

struct wanted {
    const struct ruleset *ruleset;
    struct buf request;
    struct buf answer;   /* with memory */
    struct buf policies; /* that stand then */
};

static char dir[] = TEST_BINARY_DIR "/http-XXXXXX";

/* The files below dir, one behind the other, or the number of them that are removed. */
static size_t go_through(struct buf *out)
{
    struct error err = {0};
    glob_t found = {0};
    char pattern[sizeof dir + 8];

    (void)snprintf(pattern, sizeof pattern, "%s/*/*", dir);
    (void)glob(pattern, 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        if (out == NULL) {
            cr_assert_eq(unlink(path), 0, "%s", path);
        } else {
            buf_printf(out, "# %s\n", path);
            cr_assert_eq(file_read(path, out, &err), 0, "%s", err.text);
        }
    }
    size_t count = found.gl_pathc;
    globfree(&found);
    return count;
}

static void enter(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    cr_assert_not_null(mkdtemp(dir));
}

static void leave(void)
{
    char media[sizeof dir + 8];

    (void)go_through(NULL);
    (void)snprintf(media, sizeof media, "%s/media", dir);
    (void)rmdir(media);
    (void)rmdir(dir);
}
TestSuite(torture_http, .init = enter, .fini = leave);

static void silence(void *cls, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
static void silence(void *cls, const char *fmt, va_list ap)
{
    (void)cls;
    (void)fmt;
    (void)ap;
}

static void open_place(struct place *place, const struct ruleset *ruleset)
{
    struct service *service = &place->service;
    struct error err = {0};

    place->options = (struct server_options){.policy_dir = dir};
    site_init(service, &place->options);
    service->keeps_policies = true;
    rulesets_swap(&service->rulesets, ruleset_ref(ruleset), 0);
    cr_assert_eq(waiters_start(&service->waiters, MHD_resume_connection, &err), 0, "%s", err.text);
    cr_assert_eq(turns_start(&service->turns, &err), 0, "%s", err.text);
    cr_assert_eq(writer_start(&service->writer, &err), 0, "%s", err.text);
    place->daemon = MHD_start_daemon(
        MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
        connections_accept, &service->https, handler_access, service, MHD_OPTION_EXTERNAL_LOGGER,
        silence, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVICE_CONNECTION_MEMORY,
        MHD_OPTION_NOTIFY_CONNECTION, connections_notify, &service->https,
        MHD_OPTION_NOTIFY_COMPLETED, handler_completed, service, MHD_OPTION_UNESCAPE_CALLBACK,
        routes_unescape, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP,
        1, MHD_OPTION_END);
    cr_assert_not_null(place->daemon);
}

static void close_place(struct place *place, size_t nth)
{
    struct service *service = &place->service;

    MHD_stop_daemon(place->daemon);
    cr_assert(turns_stop(&service->turns, clock_ms() + PATIENCE_MS));
    cr_assert(writer_stop(&service->writer, clock_ms() + PATIENCE_MS));
    waiters_stop(&service->waiters);
    cr_assert_eq(connections_count(&service->https), 0, "allocation %zu: a connection", nth);
    cr_assert_eq(atomic_load(&service->requests), 0, "allocation %zu: a request", nth);
    cr_assert_eq(atomic_load(&service->budget.used), 0, "allocation %zu: memory", nth);
    site_done(service);
}

/* Send what the socket takes. */
static struct slice send_some(int fd, struct slice text)
{
    ssize_t sent = text.len > 0 ? write(fd, text.data, text.len) : 0;

    return slice_after(text, sent > 0 ? (size_t)sent : 0);
}

/* What there is to read; false at the end of the connection. */
static bool read_some(int fd, char *answer, size_t *len)
{
    ssize_t got = 0;

    while ((got = read(fd, answer + *len, ANSWER_MAX - *len)) > 0) {
        *len += (size_t)got;
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR);
}

/* One connection with one request, to its end. False where it has none. */
static bool exchange(struct place *place, struct slice text, char *answer, size_t *len)
{
    const struct sockaddr_in address = {.sin_family = AF_INET};
    int64_t until_ms = clock_ms() + PATIENCE_MS;
    bool open = true;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
        return false;
    }
    (void)MHD_add_connection(place->daemon, pair[1], (const struct sockaddr *)&address,
                             sizeof address);
    while (open && clock_ms() < until_ms) {
        text = send_some(pair[0], text);
        (void)MHD_run_wait(place->daemon, STEP_MS);
        open = read_some(pair[0], answer, len);
    }
    (void)close(pair[0]);
    while (connections_count(&place->service.https) > 0 && clock_ms() < until_ms) {
        (void)MHD_run_wait(place->daemon, STEP_MS);
    }
    return !open;
}

static void ask(const struct wanted *wanted, struct memory_plan plan, struct buf *out)
{
    static char answer[ANSWER_MAX];
    static struct place place;
    size_t len = 0;

    open_place(&place, wanted->ruleset);
    memory_begin(plan);
    bool ended = exchange(&place, buf_view(&wanted->request), answer, &len);
    (void)memory_end();
    cr_assert(ended, "allocation %zu: the connection hangs", plan.nth);
    close_place(&place, plan.nth);
    buf_init(out, ANSWER_MAX);
    buf_append(out, answer, len);
}

/* Behind that word; empty where it does not stand in the text. */
static struct slice behind(struct slice text, const char *word)
{
    const char *at = text.len == 0 ? NULL : memmem(text.data, text.len, word, strlen(word));

    return at == NULL ? (struct slice){0}
                      : slice_after(text, (size_t)(at - text.data) + strlen(word));
}

static bool contains(struct slice text, const char *word)
{
    return text.len > 0 && memmem(text.data, text.len, word, strlen(word)) != NULL;
}

/* The status, and the body if it is there as a whole. */
struct answer {
    struct slice status;
    struct slice body;
    bool whole;
};

static struct answer answer_of(const struct buf *text)
{
    struct slice all = buf_view(text);
    struct slice status = behind(all, "HTTP/1.1 ");
    struct slice len = behind(all, "\r\nContent-Length: ");
    struct answer answer = {.status = status, .body = behind(all, "\r\n\r\n")};

    answer.status.len = status.len < 3 ? status.len : 3;
    answer.whole = len.len > 0 && strtoul(len.data, NULL, 10) == answer.body.len;
    return answer;
}

/* Each policy that stands is as it is with memory; all do where the pod is let in. */
static void assert_policies(const struct wanted *wanted, bool allowed, size_t nth)
{
    AUTO(buf) struct buf policies = {0};
    struct slice want = buf_view(&wanted->policies);

    buf_init(&policies, ANSWER_MAX);
    (void)go_through(&policies);
    struct slice got = buf_view(&policies);
    bool part = got.len == 0 || memmem(want.data, want.len, got.data, got.len) != NULL;
    cr_assert(part, "allocation %zu: half a policy\n%s", nth, buf_cstr(&policies));
    cr_assert(!allowed || slice_equal(got, want), "allocation %zu: let in without\n%s", nth,
              buf_cstr(&policies));
}

static int try_request(struct memory_plan plan, const void *context, struct error *err)
{
    const struct wanted *wanted = context;
    AUTO(buf) struct buf text = {0};

    (void)go_through(NULL);
    ask(wanted, plan, &text);
    assert_policies(wanted, contains(buf_view(&text), "\"allowed\":true"), plan.nth);
    struct answer want = answer_of(&wanted->answer);
    struct answer got = answer_of(&text);
    if (got.whole && slice_equal(got.status, want.status) && slice_equal(got.body, want.body)) {
        return 0;
    }
    bool denied = slice_is(got.status, "200") && contains(got.body, "\"allowed\":false");
    bool refused = slice_is(got.status, "500") || slice_is(got.status, "503");
    cr_assert(!got.whole || denied || refused, "allocation %zu: %s", plan.nth, buf_cstr(&text));
    cr_assert(!got.whole || !contains(got.body, "\"allowed\":true"), "allocation %zu: %s", plan.nth,
              buf_cstr(&text));
    return error_set(err, ERR_NO_MEMORY, "%.*s", SLICE_ARGS(got.status));
}

static void print_request(const struct request_case *c, struct buf *out)
{
    AUTO(buf) struct buf body = {0};
    char path[256];

    (void)snprintf(path, sizeof path, "fixtures/reviews/%s.json", c->file);
    fixture_read(&body, path);
    while (body.len < c->len) {
        buf_char(&body, ' ');
    }
    buf_init(out, ANSWER_MAX);
    buf_printf(out,
               "POST %s HTTP/1.1\r\nHost: podveil\r\nContent-Type: application/json\r\n"
               "Connection: close\r\nContent-Length: %zu\r\n\r\n",
               c->path, body.len);
    buf_slice(out, buf_view(&body));
}

ParameterizedTestParameters(torture_http, answer_is_right_or_a_fault)
{
    static size_t indexes[COUNT_OF(cases)];

    for (size_t i = 0; i < COUNT_OF(indexes); i++) {
        indexes[i] = i;
    }
    return cr_make_param_array(size_t, indexes, COUNT_OF(indexes));
}

ParameterizedTest(const size_t *index, torture_http, answer_is_right_or_a_fault)
{
    const struct request_case *c = &cases[*index];
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    struct wanted wanted = {.ruleset = ruleset};

    print_request(c, &wanted.request);
    ask(&wanted, (struct memory_plan){0}, &wanted.answer);
    buf_init(&wanted.policies, ANSWER_MAX);
    cr_assert_eq(go_through(&wanted.policies), c->policies, "%s", c->name);
    cr_assert(slice_is(answer_of(&wanted.answer).status, c->status), "%s: %s", c->name,
              buf_cstr(&wanted.answer));
    (void)torture(&(struct torture){.work = try_request, .context = &wanted, .name = c->name});
    buf_done(&wanted.policies);
    buf_done(&wanted.answer);
    buf_done(&wanted.request);
}
