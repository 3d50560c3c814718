/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client without memory, in its own code, in libcurl and in GnuTLS: a request ends all
 * the same, and so does the client.
 */
#include "lib/kube/client/api.h"
#include "tests/base/support.h"
#include "tests/support/torture.h"

static const struct resource namespaces = {.group = "", .version = "v1", .plural = "namespaces"};
static const struct api_options options = {.user_agent = "podveil/test",
                                           .field_manager = "podveil"};

/* Port 1 is nobody's. */
static const char kubeconfig[] =
    "kind: Config\ncurrent-context: x\n"
    "clusters: [{name: c, cluster: {server: \"https://127.0.0.1:1\"}}]\n"
    "users: [{name: u, user: {token: t}}]\n"
    "contexts: [{name: x, context: {cluster: c, user: u}}]\n";

static const struct api_request request = {
    .verb = API_GET, .resource = &namespaces, .name = "media", .deadline_ms = 10};

static int ask(struct memory_plan plan, const void *context, struct error *err)
{
    const struct apiserver_options plain = {0};
    AUTO(api_answer) struct api_answer before = {0};
    AUTO(api_answer) struct api_answer first = {0};
    AUTO(api_answer) struct api_answer second = {0};
    struct apiserver *server = NULL;
    struct api *api = NULL;

    (void)context;
    cr_assert_eq(apiserver_parse(SLICE(kubeconfig), &plain, &server, err), 0, "%s", err->text);
    cr_assert_eq(api_start(server, &options, &api, err), 0, "%s", err->text);
    cr_assert_eq(api_ask(api, &request, &before), -1); /* the thread is under way now */
    memory_begin(plan);
    int got = api_ask(api, &request, &first);
    (void)memory_end();
    *err = first.err;
    cr_assert_eq(api_ask(api, &request, &second), -1);
    cr_assert_eq(second.err.code, ERR_SYSTEM, "%s", second.err.text);
    api_stop(api);
    return got;
}

Test(no_memory_api, every_request_ends_and_the_next_one_finds_the_client_well)
{
    size_t count = torture(&(struct torture){.work = ask, .want = -1, .keeps = true});

    cr_assert_geq(count, 20);
}
