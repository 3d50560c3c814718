/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client whose API server is a port of ours that nobody listens at (yet).
 */
#ifndef TESTS_CLIENT_NOBODY_H
#define TESTS_CLIENT_NOBODY_H

#include "lib/kube/client/api.h"
#include "tests/base/support.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* *fd is bound; listen() on it makes somebody of it. The caller stops and closes. */
static inline struct api *nobody_start(int *fd)
{
    static const struct api_options options = {.user_agent = "podveil/test",
                                               .field_manager = "podveil"};
    const struct apiserver_options plain = {0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    char text[512];
    struct apiserver *server = NULL;
    struct api *api = NULL;
    struct error err = {0};

    *fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(*fd, (struct sockaddr *)&address, len), 0);
    cr_assert_eq(getsockname(*fd, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(text, sizeof text,
                   "kind: Config\ncurrent-context: x\n"
                   "clusters: [{name: c, cluster: {server: \"https://127.0.0.1:%u\"}}]\n"
                   "users: [{name: u, user: {token: t}}]\n"
                   "contexts: [{name: x, context: {cluster: c, user: u, namespace: home}}]\n",
                   (unsigned)ntohs(address.sin_port));
    cr_assert_eq(apiserver_parse(slice_of(text), &plain, &server, &err), 0, "%s", err.text);
    cr_assert_eq(api_start(server, &options, &api, &err), 0, "%s", err.text);
    return api;
}

#endif
