/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/pair.h"
#include "tests/certs/made.h"

#include <criterion/parameterized.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

#include <stdio.h>

static struct cert_pair *parsed(const char *chain, const char *key)
{
    struct cert_pair *pair = NULL;
    struct error err = {0};

    cr_assert_eq(cert_pair_parse(slice_of(chain), slice_of(key), &pair, &err), 0, "%s", err.text);
    return pair;
}

struct kind {
    const char *name;
    struct made_as as;
    const char *warning;
};

#define RSA_WARNING "RSA handshakes cost 5 times an ECDSA P-256 one"
#define SAN_WARNING "the certificate has no subjectAltName: API servers will refuse it"
#define SHA_WARNING "the certificate is signed with SHA-1: API servers will refuse it"

static const struct kind kinds[] = {
    {"P-256", {.purpose = "serverAuth"}, ""},
    {"P-384", {.key = "P-384"}, ""},
    {"P-521", {.key = "P-521"}, ""},
    {"Ed25519", {.key = "ED25519"}, ""},
    {"RSA-2048", {.key = "RSA", .bits = 2048}, RSA_WARNING},
    {"RSA for key encipherment",
     {.key = "RSA", .bits = 2048, .usage = "keyEncipherment"},
     RSA_WARNING},
    {"no subjectAltName", {.san = ""}, SAN_WARNING},
    {"SHA-1", {.digest = "SHA1"}, SHA_WARNING},
    {"all at once",
     {.key = "RSA", .bits = 2048, .san = "", .digest = "SHA1"},
     RSA_WARNING "; " SAN_WARNING "; " SHA_WARNING},
    {"self-signed as openssl req makes it", {.basic = "critical,CA:TRUE"}, ""},
    {"for both sides", {.purpose = "clientAuth,serverAuth"}, ""},
    {"expired", {.from = NOW - 20 * DAY, .to = NOW - 10 * DAY}, ""},
};

ParameterizedTestParameters(pair, takes)
{
    static size_t index[COUNT_OF(kinds)];
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(kinds));
}

ParameterizedTest(const size_t *index, pair, takes)
{
    const struct kind *c = &kinds[*index];
    AUTO(made) struct made made = made_new(c->as);
    AUTO(chars) char *chain = made_chain(&made);
    AUTO(chars) char *key = made_key_text(&made);

    AUTO(cert_pair) struct cert_pair *pair = parsed(chain, key);

    cr_assert_str_eq(pair->warning, c->warning, "%s", c->name);
    cr_assert_str_eq(pair->chain, chain, "%s", c->name);
    cr_assert_str_eq(pair->key, key, "%s", c->name);
    cr_assert_eq(pair->chain_len, strlen(chain), "%s", c->name);
    cr_assert_eq(pair->key_len, strlen(key), "%s", c->name);
    cr_assert_eq(pair->validity.not_after, c->as.to == 0 ? NOW + 180 * DAY : c->as.to, "%s",
                 c->name);
}

static const struct kind refused_kinds[] = {
    {"RSA-1024", {.key = "RSA", .bits = 1024}, "key: RSA with 1024 bits is too short"},
    {"P-224", {.key = "P-224"}, "key: a kind of key that TLS clients do not take"},
    {"secp256k1", {.key = "secp256k1"}, "key: a kind of key that TLS clients do not take"},
    {"Ed448", {.key = "ED448"}, "key: a kind of key that TLS clients do not take"},
    {"for clients", {.purpose = "clientAuth"}, "is not for TLS servers"},
    {"for signing certificates", {.usage = "keyCertSign"}, "is not for TLS servers"},
};

ParameterizedTestParameters(pair, refuses_a_kind)
{
    static size_t index[COUNT_OF(refused_kinds)];
    for (size_t i = 0; i < COUNT_OF(refused_kinds); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(refused_kinds));
}

ParameterizedTest(const size_t *index, pair, refuses_a_kind)
{
    const struct kind *c = &refused_kinds[*index];
    AUTO(made) struct made made = made_new(c->as);
    AUTO(chars) char *chain = made_chain(&made);
    AUTO(chars) char *key = made_key_text(&made);
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    struct error err = {0};

    cr_assert_eq(cert_pair_parse(slice_of(chain), slice_of(key), &pair, &err), -1, "%s", c->name);

    cr_assert_eq(err.code, ERR_CONFIG, "%s", c->name);
    cr_assert_not_null(strstr(err.text, c->warning), "%s: %s", c->name, err.text);
    cr_assert_null(pair, "%s", c->name);
}

/* Two pairs under one root, and what can be put together of their texts. */
struct texts {
    char *root;
    char *leaf;
    char *key;
    char *other_key;
    char *encrypted_key;
};

static char *encrypted(const EVP_PKEY *key)
{
    AUTO(bio) BIO *bio = BIO_new(BIO_s_mem());
    AUTO(buf) struct buf text = {0};
    char *data = NULL;

    cr_assert_eq(PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_128_cbc(), "pass", 4, NULL, NULL),
                 1);
    long len = BIO_get_mem_data(bio, &data);
    buf_init(&text, PEM_MAX_TEXT);
    buf_append(&text, data, (size_t)len);
    return buf_take(&text);
}

static struct texts made_texts(void)
{
    AUTO(made)
    struct made root = made_new((struct made_as){.name = "root", .basic = "critical,CA:TRUE"});
    AUTO(made) struct made leaf = made_new((struct made_as){.issuer = &root});
    AUTO(made) struct made other = made_new((struct made_as){.issuer = &root});

    return (struct texts){
        .root = made_chain(&root),
        .leaf = made_chain(&leaf),
        .key = made_key_text(&leaf),
        .other_key = made_key_text(&other),
        .encrypted_key = encrypted(leaf.key),
    };
}

static void texts_done(struct texts *texts)
{
    free(texts->root);
    free(texts->leaf);
    free(texts->key);
    free(texts->other_key);
    free(texts->encrypted_key);
}
DEFINE_AUTO_IN_PLACE(texts, struct texts, texts_done);

struct mix {
    const char *name;
    const char *chain; /* R root, L leaf, K key, anything else as it stands */
    const char *key;
    enum error_code code; /* ERR_NONE: taken */
    const char *want;
    int certificates;
};

static const struct mix mixes[] = {
    {"leaf", "L", "K", ERR_NONE, NULL, 1},
    {"leaf and root", "LR", "K", ERR_NONE, NULL, 2},
    {"text around", "# ours\nL# end\n", "# key\nK", ERR_NONE, NULL, 1},
    {"key in the same file", "KL", "LK", ERR_NONE, NULL, 1},
    {"root first", "RL", "K", ERR_CONFIG,
     "the key is that of certificate 2: the server's own has to be first", 0},
    {"another's key", "L", "O", ERR_CONFIG, "the key is not the certificate's", 0},
    {"root alone", "R", "K", ERR_CONFIG, "the key is not the certificate's", 0},
    {"encrypted key", "L", "E", ERR_MALFORMED, "key: encrypted: store it without a passphrase", 0},
    {"no certificate", "", "K", ERR_MALFORMED, "certificate: no \"-----BEGIN CERTIFICATE-----\"",
     0},
    {"garbage", "garbage\n", "K", ERR_MALFORMED, "certificate: no \"-----BEGIN", 0},
    {"a key for a certificate", "K", "K", ERR_MALFORMED, "certificate: no \"-----BEGIN", 0},
    {"no key", "L", "", ERR_MALFORMED, "key: no private key in it", 0},
    {"a certificate for a key", "L", "L", ERR_MALFORMED, "key: no private key in it", 0},
    {"broken second certificate", "L-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
     "K", ERR_MALFORMED, "certificate: certificate 2 cannot be read", 0},
    {"cut second certificate", "L-----BEGIN CERTIFICATE-----\nMIIB\n", "K", ERR_MALFORMED,
     "certificate: certificate 2 cannot be read", 0},
    {"chain of ten", "LRRRRRRRRR", "K", ERR_NONE, NULL, 10},
    {"chain of eleven", "LRRRRRRRRRR", "K", ERR_TOO_LARGE, "certificate: a chain of 11, at most 10",
     0},
};

static char *mixed(const struct texts *texts, const char *recipe)
{
    AUTO(buf) struct buf out = {0};

    buf_init(&out, PEM_MAX_TEXT);
    for (const char *c = recipe; *c != '\0'; c++) {
        bool is_alone = c == recipe || strchr("RLKOE\n", c[-1]) != NULL;
        is_alone = is_alone && (c[1] == '\0' || strchr("RLKOE#-", c[1]) != NULL);
        switch (is_alone ? *c : 0) {
        case 'R':
            buf_text(&out, texts->root);
            break;
        case 'L':
            buf_text(&out, texts->leaf);
            break;
        case 'K':
            buf_text(&out, texts->key);
            break;
        case 'O':
            buf_text(&out, texts->other_key);
            break;
        case 'E':
            buf_text(&out, texts->encrypted_key);
            break;
        default:
            buf_char(&out, *c);
            break;
        }
    }
    return buf_take(&out);
}

static int count_of(const char *text, const char *word)
{
    int count = 0;

    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

ParameterizedTestParameters(pair, judges_a_mix)
{
    static size_t index[COUNT_OF(mixes)];
    for (size_t i = 0; i < COUNT_OF(mixes); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(mixes));
}

ParameterizedTest(const size_t *index, pair, judges_a_mix)
{
    const struct mix *c = &mixes[*index];
    AUTO(texts) struct texts texts = made_texts();
    AUTO(chars) char *chain = mixed(&texts, c->chain);
    AUTO(chars) char *key = mixed(&texts, c->key);
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    struct error err = {0};

    int got = cert_pair_parse(slice_of(chain), slice_of(key), &pair, &err);

    cr_assert_eq(err.code, c->code, "%s: %s", c->name, err.text);
    if (c->code != ERR_NONE) {
        cr_assert_eq(got, -1, "%s", c->name);
        cr_assert_not_null(strstr(err.text, c->want), "%s: %s", c->name, err.text);
        cr_assert_null(pair, "%s", c->name);
        return;
    }
    cr_assert_eq(got, 0, "%s", c->name);
    cr_assert_eq(count_of(pair->chain, "-----BEGIN"), c->certificates, "%s", c->name);
    cr_assert_eq(count_of(pair->chain, "-----BEGIN CERTIFICATE-----\n"), c->certificates, "%s",
                 c->name);
    cr_assert_str_eq(pair->key, texts.key, "%s", c->name);
}

/* The shortest text that is taken lacks the last line end only. */
Test(pair, refuses_each_shorter_text)
{
    AUTO(texts) struct texts texts = made_texts();
    size_t chain_len = strlen(texts.leaf);
    size_t key_len = strlen(texts.key);

    for (size_t len = 0; len < chain_len; len++) {
        AUTO(cert_pair) struct cert_pair *pair = NULL;
        struct error err = {0};
        int got =
            cert_pair_parse((struct slice){texts.leaf, len}, slice_of(texts.key), &pair, &err);
        cr_assert_eq(got, len == chain_len - 1 ? 0 : -1, "chain of %zu of %zu", len, chain_len);
    }
    for (size_t len = 0; len < key_len; len++) {
        AUTO(cert_pair) struct cert_pair *pair = NULL;
        struct error err = {0};
        int got =
            cert_pair_parse(slice_of(texts.leaf), (struct slice){texts.key, len}, &pair, &err);
        cr_assert_eq(got, len == key_len - 1 ? 0 : -1, "key of %zu of %zu", len, key_len);
    }
}

Test(pair, never_has_a_key_in_an_error)
{
    AUTO(texts) struct texts texts = made_texts();
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    struct error err = {0};
    char line[65] = "";

    memcpy(line, texts.key + strlen("-----BEGIN PRIVATE KEY-----\n"), 64);
    cr_assert_eq(cert_pair_parse(slice_of(texts.key), slice_of(texts.key), &pair, &err), -1);

    cr_assert_null(strstr(err.text, line), "%s", err.text);
}

Test(pair, refuses_text_above_the_maximum)
{
    AUTO(buf) struct buf big = {0};
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    struct error err = {0};

    buf_init(&big, PEM_MAX_TEXT + 1);
    for (int i = 0; i < PEM_MAX_TEXT + 1; i++) {
        buf_char(&big, '\n');
    }
    cr_assert_eq(cert_pair_parse(buf_view(&big), buf_view(&big), &pair, &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
    cr_assert_str_eq(err.text, "certificate: more than 1048576 bytes of PEM");
}

Test(pair, refuses_a_bundle_of_too_many)
{
    AUTO(made) struct made made = made_new((struct made_as){.san = ""});
    AUTO(chars) char *one = made_chain(&made);
    AUTO(x509_stack) STACK_OF(X509) *certs = NULL;
    AUTO(buf) struct buf bundle = {0};
    struct error err = {0};

    buf_init(&bundle, PEM_MAX_TEXT);
    for (int i = 0; i < PEM_MAX_CERTIFICATES; i++) {
        buf_text(&bundle, one);
    }
    cr_assert_eq(pem_read_certificates(buf_view(&bundle), &certs, &err), 0, "%s", err.text);
    cr_assert_eq(sk_X509_num(certs), PEM_MAX_CERTIFICATES);
    buf_text(&bundle, one);
    cr_assert_eq(pem_read_certificates(buf_view(&bundle), &certs, &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
}

Test(pair, keeps_a_long_warning_within_bounds)
{
    struct cert_pair pair = {0};

    for (int i = 0; i < 100; i++) {
        cert_pair_warn(&pair, "sentence number %d", i);
    }
    cr_assert_eq(strlen(pair.warning), sizeof pair.warning - 1);
    cr_assert_eq(strncmp(pair.warning, "sentence number 0; sentence number 1; ", 38), 0);
}

/* Takes the place of the library's own for what this program itself calls. */
static size_t wiped;
static char wiped_text[4096];
void OPENSSL_cleanse(void *ptr, size_t len)
{
    if (len == 0) {
        return;
    }
    if (len < sizeof wiped_text) {
        memcpy(wiped_text, ptr, len);
        wiped_text[len] = '\0';
    }
    wiped++;
    memset(ptr, 0, len);
}

Test(pair, wipes_the_key_when_it_is_freed)
{
    AUTO(texts) struct texts texts = made_texts();
    struct cert_pair *pair = parsed(texts.leaf, texts.key);

    wiped = 0;
    cert_pair_free(pair);

    cr_assert_eq(wiped, 1);
    cr_assert_str_eq(wiped_text, texts.key);
}

Test(pair, can_free_nothing)
{
    cert_pair_free(NULL);
    cr_assert_eq(wiped, 0);
}
