/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/tls.h"

#include "lib/base/slice.h"

#include <gnutls/x509.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum { TLS_MAX_CHAIN = 16, TLS_KEY_ID_SIZE = 64 };

struct tls_set {
    gnutls_pcert_st chain[TLS_MAX_CHAIN];
    unsigned count;
    gnutls_privkey_t key;
    struct tls_set *next;
    int64_t retired_ms;
};

static void set_free(struct tls_set *set)
{
    for (unsigned i = 0; i < set->count; i++) {
        gnutls_pcert_deinit(&set->chain[i]);
    }
    if (set->key != NULL) {
        gnutls_privkey_deinit(set->key);
    }
    free(set);
}
DEFINE_AUTO(set, struct tls_set, set_free);

static int tls_error(struct error *err, int code, const char *what)
{
    return error_set(err, code == GNUTLS_E_MEMORY_ERROR ? ERR_NO_MEMORY : ERR_SYSTEM, "%s: %s",
                     what, gnutls_strerror(code));
}

static gnutls_datum_t datum_of(char *text)
{
    return (gnutls_datum_t){.data = (unsigned char *)text, .size = (unsigned)strlen(text)};
}

static int import_chain(struct tls_set *set, char *chain, struct error *err)
{
    const gnutls_datum_t pem = datum_of(chain);
    unsigned count = TLS_MAX_CHAIN;

    int code = gnutls_pcert_list_import_x509_raw(set->chain, &count, &pem, GNUTLS_X509_FMT_PEM, 0);
    if (code < 0) {
        return tls_error(err, code, "the certificate");
    }
    set->count = count;
    return count > 0 ? 0 : error_set(err, ERR_MALFORMED, "the certificate: none in the text");
}

static int import_key(struct tls_set *set, char *key, struct error *err)
{
    const gnutls_datum_t pem = datum_of(key);

    int code = gnutls_privkey_init(&set->key);
    if (code < 0) {
        set->key = NULL;
        return tls_error(err, code, "the certificate's key");
    }
    code = gnutls_privkey_import_x509_raw(set->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    return code < 0 ? tls_error(err, code, "the certificate's key") : 0;
}

static int check_match(const struct tls_set *set, struct error *err)
{
    unsigned char of_cert[TLS_KEY_ID_SIZE];
    unsigned char of_key[TLS_KEY_ID_SIZE];
    size_t cert_len = sizeof of_cert;
    size_t key_len = sizeof of_key;
    gnutls_pubkey_t public = NULL;

    int code = gnutls_pubkey_init(&public);
    if (code < 0) {
        return tls_error(err, code, "the certificate's key");
    }
    code = gnutls_pubkey_import_privkey(public, set->key, 0, 0);
    if (code >= 0) {
        code = gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, of_key, &key_len);
    }
    if (code >= 0) {
        code = gnutls_pubkey_get_key_id(set->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, of_cert,
                                        &cert_len);
    }
    gnutls_pubkey_deinit(public);
    if (code < 0) {
        return tls_error(err, code, "the certificate's key");
    }
    if (cert_len != key_len || memcmp(of_cert, of_key, key_len) != 0) {
        return error_set(err, ERR_CONFIG, "the key is not the certificate's");
    }
    return 0;
}

void tls_init(struct tls *tls)
{
    atomic_init(&tls->current, NULL);
    tls->retired = NULL;
}

void tls_done(struct tls *tls)
{
    struct tls_set *current = atomic_exchange(&tls->current, NULL);

    if (current != NULL) {
        set_free(current);
    }
    while (tls->retired != NULL) {
        struct tls_set *next = tls->retired->next;
        set_free(tls->retired);
        tls->retired = next;
    }
}

int tls_swap(struct tls *tls, char *chain, char *key, int64_t now_ms, struct error *err)
{
    AUTO(set) struct tls_set *set = calloc(1, sizeof *set);

    if (set == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a certificate");
    }
    if (import_chain(set, chain, err) != 0 || import_key(set, key, err) != 0 ||
        check_match(set, err) != 0) {
        return -1;
    }
    struct tls_set *old = atomic_exchange(&tls->current, STEAL(set));
    if (old != NULL) {
        old->retired_ms = now_ms;
        old->next = tls->retired;
        tls->retired = old;
    }
    return 0;
}

void tls_sweep(struct tls *tls, int64_t now_ms)
{
    struct tls_set **slot = &tls->retired;

    while (*slot != NULL && now_ms - (*slot)->retired_ms <= TLS_KEEP_MS) {
        slot = &(*slot)->next;
    }
    while (*slot != NULL) {
        struct tls_set *old = *slot;
        *slot = old->next;
        set_free(old);
    }
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are GnuTLS's */
static int finished(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                    const gnutls_datum_t *message)
{
    const struct tls_link *link = gnutls_session_get_ptr(session);

    (void)type;
    (void)when;
    (void)message;
    if (incoming != 0) {
        link->shaken(link->arg);
    }
    return 0;
}

void tls_attach(gnutls_session_t session, struct tls_link *link)
{
    gnutls_session_set_ptr(session, link);
    if (link != NULL) {
        gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST,
                                           finished);
    }
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are GnuTLS's */
int tls_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
                 gnutls_pcert_st **certs, unsigned *cert_count, gnutls_ocsp_data_st **ocsp,
                 unsigned *ocsp_count, gnutls_privkey_t *key, unsigned *flags)
{
    const struct tls_link *link = gnutls_session_get_ptr(session);
    struct tls_set *set = link != NULL ? atomic_load(&link->tls->current) : NULL;

    (void)info;
    if (set == NULL) {
        return -1;
    }
    *certs = set->chain;
    *cert_count = set->count;
    *ocsp = NULL;
    *ocsp_count = 0;
    *key = set->key;
    *flags = 0;
    return 0;
}

void tls_cork(gnutls_session_t session)
{
    gnutls_record_cork(session);
}

void tls_uncork(gnutls_session_t session, int fd)
{
    const int yes = 1;

    (void)gnutls_record_uncork(session, 0);
    if (gnutls_record_check_corked(session) > 0) {
        (void)shutdown(fd, SHUT_RDWR);
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}
