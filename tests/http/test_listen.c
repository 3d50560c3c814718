/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/slice.h"
#include "server/http/listen.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>

static const struct good_case {
    const char *name;
    const char *address;
    const char *starts;
} good_cases[] = {
    {"IPv4", "127.0.0.1:0", "127.0.0.1:"},
    {"every IPv4", "0.0.0.0:0", "0.0.0.0:"},
    {"a name", "localhost:0", ""},
};

ParameterizedTestParameters(listen, opens)
{
    static size_t indexes[COUNT_OF(good_cases)];

    for (size_t i = 0; i < COUNT_OF(indexes); i++) {
        indexes[i] = i;
    }
    return cr_make_param_array(size_t, indexes, COUNT_OF(indexes));
}

ParameterizedTest(const size_t *index, listen, opens)
{
    const struct good_case *c = &good_cases[*index];
    char text[LISTEN_TEXT_SIZE];
    struct error err = {0};
    int fd = -1;

    cr_assert_eq(listen_open(c->address, &fd, text, &err), 0, "%s: %s", c->name, err.text);
    cr_assert_geq(fd, 0, "%s", c->name);
    cr_assert(slice_starts_with(slice_of(text), c->starts), "%s: %s", c->name, text);
    cr_assert(!slice_ends_with(slice_of(text), ":0"), "%s: %s", c->name, text);
    (void)close(fd);
}

static const struct bad_case {
    const char *name;
    const char *address;
    const char *says;
} bad_cases[] = {
    {"empty", "", "write HOST:PORT"},
    {"no port", "127.0.0.1", "write HOST:PORT"},
    {"empty port", "127.0.0.1:", "write HOST:PORT"},
    {"a service's name", "127.0.0.1:https", "write HOST:PORT"},
    {"port too large", "127.0.0.1:65536", "write HOST:PORT"},
    {"leading zero", "127.0.0.1:0443", "write HOST:PORT"},
    {"IPv6 without brackets", "::1:8443", "in brackets"},
    {"no such host", "host.invalid:0", "cannot listen on host.invalid:0"},
    {"somebody else's address", "192.0.2.1:0", "cannot listen on 192.0.2.1:0"},
};

ParameterizedTestParameters(listen, refuses)
{
    static size_t indexes[COUNT_OF(bad_cases)];

    for (size_t i = 0; i < COUNT_OF(indexes); i++) {
        indexes[i] = i;
    }
    return cr_make_param_array(size_t, indexes, COUNT_OF(indexes));
}

ParameterizedTest(const size_t *index, listen, refuses)
{
    const struct bad_case *c = &bad_cases[*index];
    char text[LISTEN_TEXT_SIZE];
    struct error err = {0};
    int fd = -7;

    cr_assert_eq(listen_open(c->address, &fd, text, &err), -1, "%s", c->name);
    cr_assert_not_null(strstr(err.text, c->says), "%s: %s", c->name, err.text);
    cr_assert_eq(fd, -7, "%s: untouched", c->name);
}

Test(listen, tells_that_a_port_is_in_use)
{
    char text[LISTEN_TEXT_SIZE];
    char again[LISTEN_TEXT_SIZE];
    struct error err = {0};
    int fd = -1;
    int other = -1;

    cr_assert_eq(listen_open("127.0.0.1:0", &fd, text, &err), 0, "%s", err.text);
    cr_assert_eq(listen_open(text, &other, again, &err), -1);
    cr_assert_eq(err.code, ERR_SYSTEM);
    cr_assert_not_null(strstr(err.text, "Address already in use"), "%s", err.text);
    (void)close(fd);
}

/* Without a host both families reach it, where the machine has both. */
Test(listen, takes_every_address)
{
    char text[LISTEN_TEXT_SIZE];
    struct error err = {0};
    unsigned port = 0;
    int fd = -1;

    cr_assert_eq(listen_open(":0", &fd, text, &err), 0, "%s", err.text);
    cr_assert_eq(sscanf(strrchr(text, ':'), ":%u", &port), 1, "%s", text);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int client = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(connect(client, (struct sockaddr *)&to, sizeof to), 0, "%s", text);
    (void)close(client);
    (void)close(fd);
}
