/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/leaf.h"
#include "certs/pem.h"
#include "tests/certs/made.h"

#include <criterion/parameterized.h>
#include <openssl/x509_vfy.h>

static const char *const served_names[] = {"podveil.podveil.svc", "podveil", "10.0.0.1", "fd00::1"};

static struct names parsed(const char *const *texts, size_t count)
{
    struct names names = {0};
    struct error err = {0};

    cr_assert_eq(names_parse(texts, count, &names, &err), 0, "%s", err.text);
    return names;
}

static struct ca *made_ca(time_t now)
{
    struct ca *ca = NULL;
    struct error err = {0};

    cr_assert_eq(ca_make(now, &ca, &err), 0, "%s", err.text);
    return ca;
}

static struct cert_pair *issued(const struct ca *ca, const struct names *names, time_t now)
{
    struct cert_pair *pair = NULL;
    struct error err = {0};

    cr_assert_eq(leaf_issue(ca, names, now, &pair, &err), 0, "%s", err.text);
    return pair;
}

static X509 *parsed_certificate(const struct cert_pair *pair)
{
    STACK_OF(X509) *certs = NULL;
    struct error err = {0};

    cr_assert_eq(pem_read_certificates(slice_of(pair->chain), &certs, &err), 0, "%s", err.text);
    cr_assert_eq(sk_X509_num(certs), 1, "the chain has the certificate alone");
    X509 *cert = sk_X509_shift(certs);
    x509_stack_free(certs);
    return cert;
}

/* What OpenSSL itself says of the chain, as a client that checks everything there is to check. */
static int verified(const struct ca *ca, X509 *leaf, const char *host, time_t when)
{
    AUTO(x509_store) X509_STORE *store = X509_STORE_new();
    AUTO(x509_store_ctx) X509_STORE_CTX *ctx = X509_STORE_CTX_new();

    cr_assert_eq(X509_STORE_add_cert(store, ca->cert), 1);
    cr_assert_eq(X509_STORE_CTX_init(ctx, store, leaf, NULL), 1);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, when);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    cr_assert_eq(X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT |
                                                        X509_V_FLAG_CHECK_SS_SIGNATURE),
                 1);
    cr_assert_eq(X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER), 1);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, host) != 1) {
        cr_assert_eq(X509_VERIFY_PARAM_set1_host(param, host, 0), 1);
    }
    return X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
}

struct client {
    const char *name;
    const char *host;
    time_t when;
    int want;
};

static const struct client clients[] = {
    {"API server", "podveil.podveil.svc", NOW, X509_V_OK},
    {"second name", "podveil", NOW, X509_V_OK},
    {"in capitals", "PODVEIL", NOW, X509_V_OK},
    {"IPv4", "10.0.0.1", NOW, X509_V_OK},
    {"IPv6", "fd00:0::1", NOW, X509_V_OK},
    {"another name", "other.podveil.svc", NOW, X509_V_ERR_HOSTNAME_MISMATCH},
    {"a name below", "x.podveil.podveil.svc", NOW, X509_V_ERR_HOSTNAME_MISMATCH},
    {"common name of the CA", "podveil CA", NOW, X509_V_ERR_HOSTNAME_MISMATCH},
    {"another address", "10.0.0.2", NOW, X509_V_ERR_IP_ADDRESS_MISMATCH},
    {"clock 5 minutes behind", "podveil", NOW - 300, X509_V_OK},
    {"clock more behind", "podveil", NOW - 301, X509_V_ERR_CERT_NOT_YET_VALID},
    {"a second before its end", "podveil", NOW + DAY - 1, X509_V_OK},
    {"at its end, which OpenSSL leaves out", "podveil", NOW + DAY, X509_V_ERR_CERT_HAS_EXPIRED},
};

ParameterizedTestParameters(leaf, is_judged_by_openssl)
{
    static size_t index[COUNT_OF(clients)];
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(clients));
}

ParameterizedTest(const size_t *index, leaf, is_judged_by_openssl)
{
    const struct client *c = &clients[*index];
    const struct names names = parsed(served_names, COUNT_OF(served_names));
    AUTO(ca) struct ca *ca = made_ca(NOW);
    AUTO(cert_pair) struct cert_pair *pair = issued(ca, &names, NOW);
    AUTO(x509) X509 *cert = parsed_certificate(pair);

    int got = verified(ca, cert, c->host, c->when);

    cr_assert_eq(got, c->want, "%s: %s", c->name, X509_verify_cert_error_string(got));
}

Test(leaf, of_another_ca_of_the_same_name_is_not_believed)
{
    const struct names names = parsed(served_names, COUNT_OF(served_names));
    AUTO(ca) struct ca *ca = made_ca(NOW);
    AUTO(ca) struct ca *other = made_ca(NOW);
    AUTO(cert_pair) struct cert_pair *pair = issued(ca, &names, NOW);
    AUTO(x509) X509 *cert = parsed_certificate(pair);

    int got = verified(other, cert, "podveil", NOW);

    cr_assert_neq(got, X509_V_OK);
}

Test(leaf, has_each_name_as_what_it_is)
{
    const struct names names = parsed(served_names, COUNT_OF(served_names));
    AUTO(ca) struct ca *ca = made_ca(NOW);
    AUTO(cert_pair) struct cert_pair *pair = issued(ca, &names, NOW);
    AUTO(x509) X509 *cert = parsed_certificate(pair);
    static const int want[] = {GEN_DNS, GEN_DNS, GEN_IPADD, GEN_IPADD};
    int critical = -1;

    AUTO(general_names)
    GENERAL_NAMES *san = X509_get_ext_d2i(cert, NID_subject_alt_name, &critical, NULL);

    cr_assert_eq(critical, 0);
    cr_assert_eq(sk_GENERAL_NAME_num(san), 4);
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(sk_GENERAL_NAME_value(san, i)->type, want[i], "name %d", i);
    }
    const GENERAL_NAME *v4 = sk_GENERAL_NAME_value(san, 2);
    cr_assert_eq(ASN1_STRING_length(v4->d.iPAddress), 4);
    const GENERAL_NAME *v6 = sk_GENERAL_NAME_value(san, 3);
    cr_assert_eq(ASN1_STRING_length(v6->d.iPAddress), 16);
}

/* names_parse() refuses such a name; the certificate would not split it either. */
Test(leaf, never_makes_two_names_of_one)
{
    struct names names = {.count = 1, .list = {{.text = "a.example,DNS:b.example"}}};
    AUTO(ca) struct ca *ca = made_ca(NOW);
    AUTO(cert_pair) struct cert_pair *pair = issued(ca, &names, NOW);
    AUTO(x509) X509 *cert = parsed_certificate(pair);

    AUTO(general_names)
    GENERAL_NAMES *san = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

    cr_assert_eq(sk_GENERAL_NAME_num(san), 1);
}

#define LABEL_60 "a23456789012345678901234567890123456789012345678901234567890"

struct subject {
    const char *name;
    const char *texts[2];
    const char *want;
};

static const struct subject subjects[] = {
    {"first name", {"a.example", "b.example"}, "O=podveil,CN=a.example"},
    {"behind an address", {"10.0.0.1", "b.example"}, "O=podveil,CN=b.example"},
    {"of 64 characters", {LABEL_60 ".abc", "b.example"}, "O=podveil,CN=" LABEL_60 ".abc"},
    {"of 65 characters", {LABEL_60 ".abcd", "b.example"}, "O=podveil,CN=b.example"},
    {"none fits", {LABEL_60 ".abcd", "10.0.0.1"}, "O=podveil"},
};

ParameterizedTestParameters(leaf, has_a_subject)
{
    static size_t index[COUNT_OF(subjects)];
    for (size_t i = 0; i < COUNT_OF(subjects); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(subjects));
}

ParameterizedTest(const size_t *index, leaf, has_a_subject)
{
    const struct subject *c = &subjects[*index];
    const struct names names = parsed(c->texts, 2);
    AUTO(ca) struct ca *ca = made_ca(NOW);
    AUTO(cert_pair) struct cert_pair *pair = issued(ca, &names, NOW);
    AUTO(x509) X509 *cert = parsed_certificate(pair);
    AUTO(bio) BIO *text = BIO_new(BIO_s_mem());
    char line[256] = "";

    cr_assert_gt(X509_NAME_print_ex(text, X509_get_subject_name(cert), 0, XN_FLAG_SEP_COMMA_PLUS),
                 0);
    cr_assert_gt(BIO_gets(text, line, sizeof line), 0);

    cr_assert_str_eq(line, c->want, "%s", c->name);
}

static void assert_serial(const X509 *cert, const char *what)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);

    cr_assert_eq(ASN1_STRING_type(serial), V_ASN1_INTEGER, "%s: positive", what);
    cr_assert_eq(ASN1_STRING_length(serial), 20, "%s: 20 octets", what);
    cr_assert_lt(ASN1_STRING_get0_data(serial)[0], 0x80, "%s: no octet before them", what);
}

Test(leaf, and_ca_have_the_extensions_of_their_part)
{
    const struct names names = parsed(served_names, COUNT_OF(served_names));
    AUTO(ca) struct ca *ca = made_ca(NOW);
    AUTO(cert_pair) struct cert_pair *pair = issued(ca, &names, NOW);
    AUTO(x509) X509 *cert = parsed_certificate(pair);

    cr_assert_eq(X509_get_version(cert), X509_VERSION_3);
    cr_assert_eq(X509_get_key_usage(cert), KU_DIGITAL_SIGNATURE);
    cr_assert_eq(X509_get_extended_key_usage(cert), XKU_SSL_SERVER);
    cr_assert_eq(X509_get_extension_flags(cert) & (EXFLAG_BCONS | EXFLAG_CA), EXFLAG_BCONS);
    cr_assert_not_null(X509_get0_subject_key_id(cert));
    cr_assert_eq(
        ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(cert), X509_get0_subject_key_id(ca->cert)),
        0);
    assert_serial(cert, "leaf");

    cr_assert_eq(X509_get_key_usage(ca->cert), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    cr_assert_eq(X509_check_ca(ca->cert), 1);
    cr_assert_eq(X509_get_pathlen(ca->cert), 0);
    cr_assert_eq(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(ca->cert),
                                       X509_get0_subject_key_id(ca->cert)),
                 0);
    assert_serial(ca->cert, "CA");
    cr_assert_neq(ASN1_INTEGER_cmp(X509_get0_serialNumber(cert), X509_get0_serialNumber(ca->cert)),
                  0);
}

Test(leaf, says_its_own_times)
{
    const struct names names = parsed(served_names, COUNT_OF(served_names));
    AUTO(ca) struct ca *ca = made_ca(NOW);

    AUTO(cert_pair) struct cert_pair *pair = issued(ca, &names, NOW);

    cr_assert_eq(ca->validity.not_before, NOW - HOUR);
    cr_assert_eq(ca->validity.not_after, NOW + 365 * DAY);
    cr_assert_eq(pair->validity.not_before, NOW - 300);
    cr_assert_eq(pair->validity.not_after, NOW + DAY);
    cr_assert_str_eq(pair->warning, "");
}

Test(leaf, has_its_own_p256_key_each_time)
{
    const struct names names = parsed(served_names, COUNT_OF(served_names));
    AUTO(ca) struct ca *ca = made_ca(NOW);
    AUTO(cert_pair) struct cert_pair *first = issued(ca, &names, NOW);
    AUTO(cert_pair) struct cert_pair *second = issued(ca, &names, NOW);
    AUTO(pkey) EVP_PKEY *key = NULL;
    struct error err = {0};
    char curve[32] = "";

    cr_assert_eq(pem_read_key(slice_of(first->key), &key, &err), 0, "%s", err.text);

    cr_assert_eq(EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL), 1);
    cr_assert_str_eq(curve, "prime256v1");
    cr_assert_str_neq(first->key, second->key);
    cr_assert_eq(strncmp(first->key, "-----BEGIN PRIVATE KEY-----\n", 28), 0);
    cr_assert_eq(first->key_len, strlen(first->key));
    cr_assert_eq(first->chain_len, strlen(first->chain));
}

struct clock_case {
    const char *name;
    time_t ca_made;
    time_t now;
    const char *want; /* NULL: issued */
};

static const struct clock_case clocks[] = {
    {"at the CA's first second", NOW, NOW - HOUR, NULL},
    {"before the CA", NOW, NOW - HOUR - 1, "its CA is not valid all the time"},
    {"a whole day before the CA's end", NOW, NOW + 364 * DAY, NULL},
    {"less than a day before it", NOW, NOW + 364 * DAY + 1, "its CA is not valid all the time"},
    {"after the CA", NOW, NOW + 366 * DAY, "its CA is not valid all the time"},
};

ParameterizedTestParameters(leaf, never_outlives_its_ca)
{
    static size_t index[COUNT_OF(clocks)];
    for (size_t i = 0; i < COUNT_OF(clocks); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(clocks));
}

ParameterizedTest(const size_t *index, leaf, never_outlives_its_ca)
{
    const struct clock_case *c = &clocks[*index];
    const struct names names = parsed(served_names, COUNT_OF(served_names));
    AUTO(ca) struct ca *ca = made_ca(c->ca_made);
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    struct error err = {0};

    int got = leaf_issue(ca, &names, c->now, &pair, &err);

    cr_assert_eq(got, c->want == NULL ? 0 : -1, "%s: %s", c->name, err.text);
    if (c->want != NULL) {
        cr_assert_not_null(strstr(err.text, c->want), "%s: %s", c->name, err.text);
        cr_assert_null(pair, "%s", c->name);
        return;
    }
    cr_assert_geq(pair->validity.not_before, ca->validity.not_before, "%s", c->name);
    cr_assert_leq(pair->validity.not_after, ca->validity.not_after, "%s", c->name);
}

struct year {
    const char *name;
    time_t now;
    int want;
};

static const struct year years[] = {
    {"1970", HOUR, 0},
    {"1970, too early", HOUR - 1, -1},
    {"2050, where the form of the time changes", 2524607999, 0},
    {"9998", 253402300799 - 365 * DAY, 0},
    {"9999, too late", 253402300800 - 365 * DAY, -1},
};

Test(leaf, and_its_ca_can_be_of_any_time_that_can_be_written)
{
    const struct names names = parsed(served_names, COUNT_OF(served_names));

    for (size_t i = 0; i < COUNT_OF(years); i++) {
        const struct year *c = &years[i];
        AUTO(ca) struct ca *ca = NULL;
        struct error err = {0};
        cr_assert_eq(ca_make(c->now, &ca, &err), c->want, "%s: %s", c->name, err.text);
        if (c->want != 0) {
            cr_assert_not_null(strstr(err.text, "CA: the clock is at "), "%s", err.text);
            cr_assert_eq(err.code, ERR_CONFIG, "%s", c->name);
            continue;
        }
        AUTO(cert_pair) struct cert_pair *pair = issued(ca, &names, c->now);
        cr_assert_eq(pair->validity.not_after, c->now + DAY, "%s", c->name);
    }
}
