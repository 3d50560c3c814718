/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/secret.h"
#include "tests/certs/followed.h"

#include <criterion/parameterized.h>

#include <fcntl.h>
#include <sys/stat.h>

TestSuite(files, .init = enter, .fini = leave);

Test(files, are_served_at_the_first_poll)
{
    AUTO(texts) struct texts texts = texts_of((struct made_as){0});
    AUTO(server) struct server server = {0};

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
    AUTO(server) struct server server = {0};

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
    AUTO(server) struct server server = {0};

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
    AUTO(server) struct server server = {0};
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
    (void)texts;
    lose_pair();
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
    AUTO(buf) struct buf text = {0};

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
    AUTO(server) struct server server = {0};

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
    AUTO(server) struct server server = {0};

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
    AUTO(server) struct server server = {0};

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
    AUTO(server) struct server server = {0};

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

Test(files, leave_no_descriptor_open)
{
    AUTO(texts) struct texts texts = texts_of((struct made_as){0});
    AUTO(server) struct server server = {0};

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
