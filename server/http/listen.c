/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/listen.h"

#include "lib/base/parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LISTEN_BACKLOG = 512 };

struct place {
    char host[256]; /* "" for every address */
    char port[6];
};

static int parse_place(const char *address, struct place *out, struct error *err)
{
    const char *colon = strrchr(address, ':');
    uint64_t port = 0;

    if (colon == NULL || parse_uint(slice_of(colon + 1), UINT16_MAX, &port, err) != 0) {
        return error_set(err, ERR_CONFIG, "\"%s\" is no address to listen on; write HOST:PORT",
                         address);
    }
    struct slice host = {.data = address, .len = (size_t)(colon - address)};
    if (host.len >= 2 && host.data[0] == '[' && host.data[host.len - 1] == ']') {
        host = (struct slice){.data = host.data + 1, .len = host.len - 2};
    } else if (memchr(host.data, ':', host.len) != NULL) {
        return error_set(err, ERR_CONFIG, "\"%s\": write an IPv6 address in brackets, [::]:8443",
                         address);
    }
    if (host.len >= sizeof out->host) {
        return error_set(err, ERR_CONFIG, "\"%s\": the host's name is too long", address);
    }
    (void)snprintf(out->host, sizeof out->host, "%.*s", SLICE_ARGS(host));
    (void)snprintf(out->port, sizeof out->port, "%u", (unsigned)port);
    return 0;
}

/* A listening socket, or -1 with errno. */
static int open_one(const struct addrinfo *info, bool both_families)
{
    const int yes = 1;
    const int only = both_families ? 0 : 1;

    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (info->ai_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    }
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, LISTEN_BACKLOG) == 0) {
        return fd;
    }
    int saved = errno;
    (void)close(fd);
    errno = saved;
    return -1;
}

/* A socket at the first address of that family that can be had, or -1 with errno. */
static int open_family(const struct addrinfo *list, int family, bool both_families)
{
    errno = EADDRNOTAVAIL;
    for (const struct addrinfo *info = list; info != NULL; info = info->ai_next) {
        int fd = info->ai_family == family ? open_one(info, both_families) : -1;
        if (fd >= 0) {
            return fd;
        }
    }
    return -1;
}

/* An IPv6 socket takes both families, so without a host it is tried first. */
static int open_any(const struct addrinfo *list, bool every_address)
{
    int fd = open_family(list, every_address ? AF_INET6 : AF_INET, every_address);
    int saved = errno;

    if (fd < 0) {
        fd = open_family(list, every_address ? AF_INET : AF_INET6, every_address);
        /* The reason of the family that is there. */
        errno = errno == EADDRNOTAVAIL ? saved : errno;
    }
    return fd;
}

static int describe(int fd, char text[static LISTEN_TEXT_SIZE], struct error *err)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    char host[INET6_ADDRSTRLEN + 20]; /* and a zone */
    char port[6];

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0 ||
        getnameinfo((struct sockaddr *)&address, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return error_errno(err, "the listening socket has no address");
    }
    (void)snprintf(text, LISTEN_TEXT_SIZE, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s",
                   host, port);
    return 0;
}

/* What getaddrinfo() could not do: find the name, or find out. */
static enum error_code code_of(int code)
{
    if (code == EAI_SYSTEM) {
        return errno == ENOMEM ? ERR_NO_MEMORY : ERR_SYSTEM;
    }
    return code == EAI_MEMORY ? ERR_NO_MEMORY : ERR_CONFIG;
}

ino_t listen_inode(int fd)
{
    struct stat info;

    return fstat(fd, &info) == 0 ? info.st_ino : 0;
}

void listen_close(int fd, ino_t inode)
{
    if (inode != 0 && listen_inode(fd) == inode) {
        (void)close(fd);
    }
}

int listen_open(const char *address, int *out_fd, char text[static LISTEN_TEXT_SIZE],
                struct error *err)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
    };
    struct addrinfo *list = NULL;
    struct place place = {0};

    if (parse_place(address, &place, err) != 0) {
        return -1;
    }
    bool every_address = place.host[0] == '\0';
    int code = getaddrinfo(every_address ? NULL : place.host, place.port, &hints, &list);
    if (code != 0) {
        return error_set(err, code_of(code), "cannot listen on %s: %s", address,
                         gai_strerror(code));
    }
    int fd = open_any(list, every_address);
    int failed = fd < 0 ? error_errno(err, "cannot listen on %s", address) : 0;
    freeaddrinfo(list);
    if (failed != 0) {
        return -1;
    }
    if (describe(fd, text, err) != 0) {
        (void)close(fd);
        return -1;
    }
    *out_fd = fd;
    return 0;
}
