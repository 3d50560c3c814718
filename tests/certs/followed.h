/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder with a certificate and its key, and a server that follows it.
 */
#ifndef TESTS_CERTS_FOLLOWED_H
#define TESTS_CERTS_FOLLOWED_H

#include "certs/source.h"
#include "lib/base/file.h"
#include "tests/certs/made.h"

#include <stdio.h>
#include <unistd.h>

static char dir[] = TEST_BINARY_DIR "/followed-XXXXXX";

/* A pair's texts, to be put where the server looks. */
struct texts {
    char *chain;
    char *key;
};

static inline struct texts texts_of(struct made_as as)
{
    AUTO(made) struct made made = made_new(as);
    return (struct texts){.chain = made_chain(&made), .key = made_key_text(&made)};
}

static inline void texts_done(struct texts *texts)
{
    free(texts->chain);
    free(texts->key);
}
DEFINE_AUTO_IN_PLACE(texts, struct texts, texts_done);

static inline const char *in_dir(const char *name)
{
    static char path[2][sizeof dir + 64];
    static size_t turn;

    turn = (turn + 1) % 2;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

static inline void put(const char *name, const char *text)
{
    struct error err = {0};
    cr_assert_eq(file_write(in_dir(name), slice_of(text), 0600, &err), 0, "%s", err.text);
}

static inline void put_pair(const struct texts *texts)
{
    put("tls.crt", texts->chain);
    put("tls.key", texts->key);
}

static inline void lose_pair(void)
{
    cr_assert_eq(unlink(in_dir("tls.crt")), 0);
    cr_assert_eq(unlink(in_dir("tls.key")), 0);
}

static inline void enter(void)
{
    cr_assert_not_null(mkdtemp(dir));
}

static inline void leave(void)
{
    AUTO(chars) char *command = NULL;

    cr_assert_gt(asprintf(&command, "rm -r '%s'", dir), 0);
    cr_assert_eq(system(command), 0);
}
/* Answers of polls in a row: '.' nothing new, 'n' a new pair, 'e' an error. */
struct server {
    struct cert_source *source;
    struct cert_pair *pair;
    struct error err; /* the last one */
};

static inline void server_init(struct server *server)
{
    struct error err = {0};

    *server = (struct server){0};
    cr_assert_eq(cert_source_files(dir, &server->source, &err), 0, "%s", err.text);
}

static inline void server_done(struct server *server)
{
    cert_source_free(server->source);
    cert_pair_free(server->pair);
}
DEFINE_AUTO_IN_PLACE(server, struct server, server_done);

static inline char turn(struct server *server, time_t now)
{
    struct cert_pair *fresh = server->pair;

    server->err = (struct error){0};
    if (cert_source_poll(server->source, now, &fresh, &server->err) != 0) {
        cr_assert_eq(fresh, server->pair, "untouched on failure");
        cr_assert_neq(server->err.code, ERR_NONE);
        return 'e';
    }
    if (fresh == NULL) {
        return '.';
    }
    cert_pair_free(server->pair);
    server->pair = fresh;
    return 'n';
}

static inline void assert_turns(struct server *server, time_t now, const char *want)
{
    char got[16] = "";

    for (size_t i = 0; want[i] != '\0'; i++) {
        struct error before = server->err;
        got[i] = turn(server, now);
        if (got[i] != 'e') {
            server->err = before;
        }
    }
    cr_assert_str_eq(got, want, "%s", server->err.text);
}

static inline void assert_says(const struct server *server, const char *want)
{
    cr_assert_not_null(strstr(server->err.text, want), "\"%s\" lacks \"%s\"", server->err.text,
                       want);
}

#endif
