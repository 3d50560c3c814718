/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/secret.h"
#include "certs/source.h"
#include "lib/base/file.h"
#include "tests/certs/made.h"

#include <criterion/parameterized.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = TEST_BINARY_DIR "/files-XXXXXX";

/* A pair's texts, to be put where the server looks. */
struct texts {
    char *chain;
    char *key;
};

static struct texts texts_of(struct made_as as)
{
    AUTO(made) struct made made = made_new(as);
    return (struct texts){.chain = made_chain(&made), .key = made_key_text(&made)};
}

static void texts_done(struct texts *texts)
{
    free(texts->chain);
    free(texts->key);
}
DEFINE_AUTO_IN_PLACE(texts, struct texts, texts_done);

static const char *in_dir(const char *name)
{
    static char path[2][sizeof dir + 64];
    static size_t turn;

    turn = (turn + 1) % 2;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

static void put(const char *name, const char *text)
{
    struct error err = {0};
    cr_assert_eq(file_write(in_dir(name), slice_of(text), 0600, &err), 0, "%s", err.text);
}

static void put_pair(const struct texts *texts)
{
    put("tls.crt", texts->chain);
    put("tls.key", texts->key);
}

static void enter(void)
{
    cr_assert_not_null(mkdtemp(dir));
}

static void leave(void)
{
    AUTO(chars) char *command = NULL;

    cr_assert_gt(asprintf(&command, "rm -r '%s'", dir), 0);
    cr_assert_eq(system(command), 0);
}
TestSuite(files, .init = enter, .fini = leave);

/* Answers of polls in a row: '.' nothing new, 'n' a new pair, 'e' an error. */
struct server {
    struct cert_source *source;
    struct cert_pair *pair;
    struct error err; /* the last one */
};

static void server_init(struct server *server)
{
    struct error err = {0};

    *server = (struct server){0};
    cr_assert_eq(cert_source_files(dir, &server->source, &err), 0, "%s", err.text);
}

static void server_done(struct server *server)
{
    cert_source_free(server->source);
    cert_pair_free(server->pair);
}
DEFINE_AUTO_IN_PLACE(server, struct server, server_done);

static char turn(struct server *server, time_t now)
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

static void assert_turns(struct server *server, time_t now, const char *want)
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

static void assert_says(const struct server *server, const char *want)
{
    cr_assert_not_null(strstr(server->err.text, want), "\"%s\" lacks \"%s\"", server->err.text,
                       want);
}

Test(files, are_served_at_the_first_poll)
{
    AUTO(texts) struct texts texts = texts_of((struct made_as){0});
    AUTO(server) struct server server;

    put_pair(&texts);
    server_init(&server);
    assert_turns(&server, NOW, "n...");

    cr_assert_str_eq(server.pair->chain, texts.chain);
    cr_assert_str_eq(server.pair->key, texts.key);
    cr_assert_str_eq(server.pair->warning, "");
    cr_assert_eq(cert_source_bundle(server.source).generation, 0);
    cr_assert_eq(cert_source_bundle(server.source).pem.len, 0);
}

Test(files, that_are_replaced_are_served_when_two_polls_saw_them)
{
    AUTO(texts) struct texts first = texts_of((struct made_as){0});
    AUTO(texts) struct texts second = texts_of((struct made_as){0});
    AUTO(server) struct server server;

    put_pair(&first);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    put_pair(&second);
    assert_turns(&server, NOW, ".n..");

    cr_assert_str_eq(server.pair->key, second.key);
}

/* As kubelet lays a Secret out: DIR/tls.crt -> ..data/tls.crt, DIR/..data -> ..<time>. */
static void mount_as(const char *version, const struct texts *texts)
{
    char name[64];

    cr_assert_eq(mkdir(in_dir(version), 0700), 0);
    (void)snprintf(name, sizeof name, "%s/tls.crt", version);
    put(name, texts->chain);
    (void)snprintf(name, sizeof name, "%s/tls.key", version);
    put(name, texts->key);
    cr_assert_eq(symlink(version, in_dir("..data_tmp")), 0);
    cr_assert_eq(rename(in_dir("..data_tmp"), in_dir("..data")), 0);
}

static void unmount(const char *version)
{
    char name[64];

    (void)snprintf(name, sizeof name, "%s/tls.crt", version);
    cr_assert_eq(unlink(in_dir(name)), 0);
    (void)snprintf(name, sizeof name, "%s/tls.key", version);
    cr_assert_eq(unlink(in_dir(name)), 0);
    cr_assert_eq(rmdir(in_dir(version)), 0);
}

Test(files, follow_the_swap_of_a_mounted_secret)
{
    AUTO(texts) struct texts first = texts_of((struct made_as){0});
    AUTO(texts) struct texts second = texts_of((struct made_as){0});
    AUTO(server) struct server server;

    mount_as("..2025_11_24_1", &first);
    cr_assert_eq(symlink("..data/tls.crt", in_dir("tls.crt")), 0);
    cr_assert_eq(symlink("..data/tls.key", in_dir("tls.key")), 0);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    mount_as("..2025_11_24_2", &second);
    unmount("..2025_11_24_1");
    assert_turns(&server, NOW, ".n..");
    cr_assert_str_eq(server.pair->key, second.key);

    mount_as("..2025_11_24_1", &first);
    unmount("..2025_11_24_2");
    assert_turns(&server, NOW, ".n..");
    cr_assert_str_eq(server.pair->key, first.key);
}

static void set_times(const char *name)
{
    static const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    cr_assert_eq(utimensat(AT_FDCWD, in_dir(name), times, 0), 0);
}

/* Both keys have the same length; the texts' lengths are made the same too. */
Test(files, of_the_same_time_and_size_are_told_apart)
{
    AUTO(texts) struct texts first = texts_of((struct made_as){0});
    AUTO(server) struct server server;
    AUTO(texts) struct texts second = {0};

    do {
        texts_done(&second);
        second = texts_of((struct made_as){0});
    } while (strlen(second.chain) != strlen(first.chain));
    put_pair(&first);
    set_times("tls.crt");
    set_times("tls.key");
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    put_pair(&second);
    set_times("tls.crt");
    set_times("tls.key");
    assert_turns(&server, NOW, ".n.");
}

/* What may happen to the files, and what is said of it. */
struct damage {
    const char *name;
    void (*inflict)(const struct texts *texts);
    const char *want;
};

static void lose_key(const struct texts *texts)
{
    (void)texts;
    cr_assert_eq(unlink(in_dir("tls.key")), 0);
}

static void lose_both(const struct texts *texts)
{
    lose_key(texts);
    cr_assert_eq(unlink(in_dir("tls.crt")), 0);
}

static void take_another_key(const struct texts *texts)
{
    (void)texts;
    AUTO(texts) struct texts other = texts_of((struct made_as){0});
    put("tls.key", other.key);
}

static void take_half_a_key(const struct texts *texts)
{
    AUTO(chars) char *half = strndup(texts->key, strlen(texts->key) / 2);
    put("tls.key", half);
}

static void take_half_a_certificate(const struct texts *texts)
{
    AUTO(chars) char *half = strndup(texts->chain, strlen(texts->chain) / 2);
    put("tls.crt", half);
}

static void empty_certificate(const struct texts *texts)
{
    (void)texts;
    put("tls.crt", "");
}

static void take_garbage(const struct texts *texts)
{
    (void)texts;
    put("tls.crt", "\x7f"
                   "ELF garbage");
}

static void take_too_much(const struct texts *texts)
{
    AUTO(buf) struct buf text;

    (void)texts;
    buf_init(&text, SECRET_MAX + 1);
    while (text.len <= SECRET_MAX) {
        buf_char(&text, '\n');
    }
    put("tls.crt", buf_cstr(&text));
}

/* Root may read anything but this: what a file without permission is to others. */
static void take_directory(const struct texts *texts)
{
    lose_key(texts);
    cr_assert_eq(mkdir(in_dir("tls.key"), 0700), 0);
}

static void take_pair_for_clients(const struct texts *texts)
{
    (void)texts;
    AUTO(texts) struct texts client = texts_of((struct made_as){.purpose = "clientAuth"});
    put_pair(&client);
}

static void take_expired_pair(const struct texts *texts)
{
    (void)texts;
    AUTO(texts)
    struct texts old = texts_of((struct made_as){.from = NOW - 90 * DAY, .to = NOW - 9 * DAY});
    put_pair(&old);
}

static void take_future_pair(const struct texts *texts)
{
    (void)texts;
    AUTO(texts) struct texts early = texts_of((struct made_as){.from = NOW + DAY});
    put_pair(&early);
}

static const struct damage damages[] = {
    {"key lost", lose_key, "/tls.key: No such file or directory"},
    {"both lost", lose_both, "/tls.crt: No such file or directory"},
    {"another key", take_another_key, "/tls.crt and tls.key: the key is not the certificate's"},
    {"half a key", take_half_a_key, "/tls.crt and tls.key: key: no private key in it can be read"},
    {"half a certificate", take_half_a_certificate, "certificate: certificate 1 cannot be read"},
    {"empty certificate", empty_certificate, "certificate: no \"-----BEGIN CERTIFICATE-----\""},
    {"garbage", take_garbage, "certificate: no \"-----BEGIN CERTIFICATE-----\""},
    {"too much", take_too_much, "/tls.crt: more than 65536 bytes"},
    {"directory", take_directory, "/tls.key: not a regular file"},
    {"for clients", take_pair_for_clients, "the certificate is not for TLS servers"},
    {"expired", take_expired_pair,
     "/tls.crt: the certificate that is new, and not served yet, expired at 2025-11-15T16:00:00Z"},
    {"future", take_future_pair,
     "/tls.crt: the certificate that is new, and not served yet, is not valid before "
     "2025-11-25T16:00:00Z"},
};

ParameterizedTestParameters(files, that_are_damaged_leave_the_old_pair)
{
    static size_t index[COUNT_OF(damages)];
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(damages));
}

ParameterizedTest(const size_t *index, files, that_are_damaged_leave_the_old_pair)
{
    const struct damage *c = &damages[*index];
    AUTO(texts) struct texts texts = texts_of((struct made_as){0});
    AUTO(server) struct server server;

    put_pair(&texts);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    c->inflict(&texts);
    assert_turns(&server, NOW, ".e....");
    assert_says(&server, c->want);

    (void)rmdir(in_dir("tls.key"));
    put_pair(&texts);
    assert_turns(&server, NOW, ".n...");
    cr_assert_str_eq(server.pair->key, texts.key, "%s", c->name);
}

/* The pairs that are wrong by the clock alone are served where there is nothing better. */
static const size_t damages_at_start = COUNT_OF(damages) - 2;

ParameterizedTestParameters(files, that_are_damaged_stop_a_start)
{
    static size_t index[COUNT_OF(damages)];
    for (size_t i = 0; i < damages_at_start; i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, damages_at_start);
}

ParameterizedTest(const size_t *index, files, that_are_damaged_stop_a_start)
{
    const struct damage *c = &damages[*index];
    AUTO(texts) struct texts texts = texts_of((struct made_as){0});
    AUTO(server) struct server server;

    put_pair(&texts);
    c->inflict(&texts);
    server_init(&server);
    assert_turns(&server, NOW, "eee");
    assert_says(&server, c->want);

    (void)rmdir(in_dir("tls.key"));
    put_pair(&texts);
    assert_turns(&server, NOW, "n..");
}

Test(files, that_are_broken_in_another_way_are_told_again)
{
    AUTO(texts) struct texts texts = texts_of((struct made_as){0});
    AUTO(server) struct server server;

    put_pair(&texts);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    take_half_a_key(&texts);
    assert_turns(&server, NOW, ".e..");
    lose_key(&texts);
    assert_turns(&server, NOW, ".e..");
    take_half_a_key(&texts);
    assert_turns(&server, NOW, ".e..");
}

/* A writer that is not atomic, seen at each of its steps. */
Test(files, that_are_being_written_are_not_judged)
{
    AUTO(made) struct made root = made_new((struct made_as){.basic = "critical,CA:TRUE"});
    AUTO(chars) char *root_text = made_chain(&root);
    AUTO(texts) struct texts first = texts_of((struct made_as){.issuer = &root});
    AUTO(texts) struct texts second = texts_of((struct made_as){.issuer = &root});
    AUTO(chars) char *whole = NULL;
    AUTO(server) struct server server;

    cr_assert_gt(asprintf(&whole, "%s%s", second.chain, root_text), 0);
    put_pair(&first);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    put("tls.key", "");
    assert_turns(&server, NOW, ".");
    put("tls.key", second.key);
    assert_turns(&server, NOW, ".");
    for (size_t len = 0; len < strlen(whole); len += 97) {
        AUTO(chars) char *part = strndup(whole, len);
        put("tls.crt", part);
        assert_turns(&server, NOW, ".");
    }
    put("tls.crt", second.chain);
    assert_turns(&server, NOW, ".");
    put("tls.crt", whole);
    assert_turns(&server, NOW, ".n..");

    cr_assert_str_eq(server.pair->chain, whole);
}

Test(files, that_expire_are_served_on_and_told_once)
{
    AUTO(texts) struct texts texts = texts_of((struct made_as){.to = NOW + HOUR});
    AUTO(server) struct server server;

    put_pair(&texts);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    assert_turns(&server, NOW + HOUR, ".");
    assert_turns(&server, NOW + HOUR + 1, "e...");
    assert_says(&server, "/tls.crt: the certificate that is served expired at "
                         "2025-11-24T17:00:00Z");
    assert_turns(&server, NOW, "..");
    assert_turns(&server, NOW + 2 * HOUR, "e.");
}

Test(files, that_are_not_valid_yet_are_served_where_there_is_nothing_else)
{
    AUTO(texts) struct texts texts = texts_of((struct made_as){.from = NOW + HOUR});
    AUTO(server) struct server server;

    put_pair(&texts);
    server_init(&server);
    assert_turns(&server, NOW, "n...");

    cr_assert_str_eq(server.pair->warning,
                     "the certificate is not valid before 2025-11-24T17:00:00Z");
}

Test(files, that_expired_are_served_where_there_is_nothing_else)
{
    AUTO(texts)
    struct texts texts = texts_of((struct made_as){.key = "RSA", .bits = 2048, .to = NOW - HOUR});
    AUTO(server) struct server server;

    put_pair(&texts);
    server_init(&server);
    assert_turns(&server, NOW, "n...");

    cr_assert_str_eq(server.pair->warning, "RSA handshakes cost 5 times an ECDSA P-256 one; "
                                           "the certificate expired at 2025-11-24T15:00:00Z");
}

Test(files, of_the_future_are_served_when_their_time_comes)
{
    AUTO(texts) struct texts now = texts_of((struct made_as){0});
    AUTO(texts) struct texts early = texts_of((struct made_as){.from = NOW + HOUR});
    AUTO(server) struct server server;

    put_pair(&now);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    put_pair(&early);
    assert_turns(&server, NOW, ".e..");
    assert_turns(&server, NOW + HOUR - 1, "..");
    assert_turns(&server, NOW + HOUR, "n..");

    cr_assert_str_eq(server.pair->key, early.key);
    cr_assert_str_eq(server.pair->warning, "");
}

Test(files, outside_of_their_time_are_served_once_the_old_ones_are_no_better)
{
    AUTO(texts) struct texts now = texts_of((struct made_as){.to = NOW + HOUR});
    AUTO(texts) struct texts early = texts_of((struct made_as){.from = NOW + DAY});
    AUTO(server) struct server server;

    put_pair(&now);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    put_pair(&early);
    assert_turns(&server, NOW, ".e..");
    assert_turns(&server, NOW + HOUR + 1, "n..");

    cr_assert_str_eq(server.pair->key, early.key);
    cr_assert_str_eq(server.pair->warning,
                     "the certificate is not valid before 2025-11-25T16:00:00Z");
}

Test(files, of_the_future_are_told_each)
{
    AUTO(texts) struct texts now = texts_of((struct made_as){0});
    AUTO(texts) struct texts early = texts_of((struct made_as){.from = NOW + HOUR});
    AUTO(texts) struct texts earlier = texts_of((struct made_as){.from = NOW + 2 * HOUR});
    AUTO(server) struct server server;

    put_pair(&now);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    put_pair(&early);
    assert_turns(&server, NOW, ".e.");
    put_pair(&earlier);
    assert_turns(&server, NOW, ".e.");
    assert_says(&server, "2025-11-24T18:00:00Z");
}

Test(files, of_the_future_that_go_away_are_forgotten)
{
    AUTO(texts) struct texts now = texts_of((struct made_as){0});
    AUTO(texts) struct texts early = texts_of((struct made_as){.from = NOW + HOUR});
    AUTO(server) struct server server;

    put_pair(&now);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    put_pair(&early);
    assert_turns(&server, NOW, ".e.");
    lose_both(&now);
    assert_turns(&server, NOW, ".e.");
    assert_turns(&server, NOW + DAY, "..");
}

Test(files, leave_no_descriptor_open)
{
    AUTO(texts) struct texts texts = texts_of((struct made_as){0});
    AUTO(server) struct server server;

    put_pair(&texts);
    server_init(&server);
    assert_turns(&server, NOW, "n");
    int before = dup(0);
    cr_assert_eq(close(before), 0);
    for (int i = 0; i < 50; i++) {
        assert_turns(&server, NOW, ".");
        take_half_a_key(&texts);
        (void)turn(&server, NOW);
        put_pair(&texts);
        (void)turn(&server, NOW);
        (void)turn(&server, NOW);
    }
    int after = dup(0);
    cr_assert_eq(close(after), 0);
    cr_assert_eq(after, before);
}

Test(files, refuse_what_is_no_directory_name)
{
    static char endless[8192];
    struct cert_source *source = NULL;
    struct error err = {0};

    memset(endless, 'x', sizeof endless - 1);
    cr_assert_eq(cert_source_files("", &source, &err), -1);
    cr_assert_str_eq(err.text, "\"\" is no directory's name");
    cr_assert_eq(cert_source_files(endless, &source, &err), -1);
    cr_assert_eq(err.code, ERR_CONFIG);
    cr_assert_null(source);
}
