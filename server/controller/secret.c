/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text is put together here and not by lib/kube/build.h, whose tree would leave
 * pieces of the keys in the heap. What goes into it needs no quoting: base64, names,
 * and times.
 */
#include "server/controller/secret.h"

#include "certs/pem.h"
#include "lib/base/base64.h"

#include <time.h>

#define LAST_UNTIL "podveil.io/last-until"

/* Two certificates with keys, one without: some 5 KiB with ECDSA, 20 KiB with long RSA keys. */
enum { ROOM = 48 * 1024 };

static const char way_out[] = "; delete the Secret, and podveil makes it anew";

void secret_text_done(struct buf *text)
{
    if (text->data != NULL) {
        explicit_bzero(text->data, text->cap);
    }
    buf_done(text);
}

/* One allocation for all of it: growing would leave copies. */
static void text_init(struct buf *text, size_t room)
{
    buf_init(text, SECRET_TEXT_MAX);
    buf_reserve(text, room);
}

/* ---- Reading ---- */

static int decode(struct value data, const char *key, struct buf *out, struct error *err)
{
    struct value member = value_member(data, key);
    struct slice text = value_string(member);

    text_init(out, text.len < SECRET_TEXT_MAX ? text.len : 0);
    if (value_is_set(member) && value_kind(member) != JSON_STRING) {
        return error_set(err, ERR_CONFIG, "%s is no text%s", key, way_out);
    }
    return base64_decode(out, text, err) != 0 ? error_prefix(err, "%s", key) : buf_check(out, err);
}

/* Absent where it has no certificate. */
static int read_ca(struct value data, const char *cert_key, const char *key_key, struct ca **out,
                   struct error *err)
{
    AUTO(secret_text) struct buf cert = {0};
    AUTO(secret_text) struct buf key = {0};

    if (decode(data, cert_key, &cert, err) != 0 ||
        (key_key != NULL && decode(data, key_key, &key, err) != 0)) {
        return -1;
    }
    if (cert.len == 0) {
        return 0;
    }
    if (key_key != NULL && key.len == 0) {
        return error_set(err, ERR_CONFIG, "%s is not there%s", key_key, way_out);
    }
    if (ca_parse(buf_view(&cert), buf_view(&key), out, err) != 0) {
        struct error why = *err;
        return error_set(err, why.code, "%s: %s%s", cert_key, why.text, way_out);
    }
    return 0;
}

/* What cannot be read keeps the previous CA until it ends by itself. */
static time_t read_last_until(struct value object, const struct ca *last)
{
    struct slice text =
        value_string(value_get(object, "metadata", "annotations", LAST_UNTIL, NULL));
    char copy[VALIDITY_DATE_SIZE];
    struct tm when = {0};

    slice_copy(text.data != NULL ? text : SLICE(""), copy, sizeof copy);
    const char *end = strptime(copy, "%Y-%m-%dT%H:%M:%SZ", &when);
    return end != NULL && *end == '\0' ? timegm(&when) : last->validity.not_after;
}

int ca_secret_read(struct value object, struct ca_set *out, struct error *err)
{
    struct value data = value_member(object, "data");
    AUTO(ca_set) struct ca_set set = {0};

    if (read_ca(data, "ca.crt", "ca.key", &set.signer, err) != 0 ||
        read_ca(data, "next.crt", "next.key", &set.next, err) != 0 ||
        read_ca(data, "last.crt", NULL, &set.last, err) != 0) {
        return -1;
    }
    if (set.signer == NULL) {
        return error_set(err, ERR_CONFIG, "ca.crt is not there%s", way_out);
    }
    if (set.last != NULL) {
        set.last_until = read_last_until(object, set.last);
    }
    *out = ca_set_steal(&set);
    return 0;
}

/* ---- Writing ---- */

static void put_value(struct buf *out, const char *key, struct slice text)
{
    buf_printf(out, ",\"%s\":\"", key);
    base64_encode(out, text.data, text.len);
    buf_char(out, '"');
}

/* null takes a key away, in a merge patch alone: a whole object would have an empty one. */
static void put_null(struct buf *out, const char *key)
{
    if (key != NULL) {
        buf_printf(out, ",\"%s\":null", key);
    }
}

static int put_ca(struct buf *out, const struct ca *ca, const char *cert_key, const char *key_key,
                  struct error *err)
{
    AUTO(secret_text) struct buf key = {0};

    put_value(out, cert_key, buf_view(&ca->pem));
    if (key_key == NULL) {
        return 0;
    }
    buf_init(&key, PEM_MAX_TEXT);
    if (pem_write_key(&key, ca->key, err) != 0) {
        return -1;
    }
    put_value(out, key_key, buf_view(&key));
    return 0;
}

static void put_annotations(struct buf *out, const struct ca_set *set, bool patches)
{
    buf_text(out, "\"annotations\":{");
    if (set->last != NULL) {
        char until[VALIDITY_DATE_SIZE];
        buf_printf(out, "\"" LAST_UNTIL "\":\"%s\"", validity_date(set->last_until, until));
    } else if (patches) {
        buf_text(out, "\"" LAST_UNTIL "\":null");
    }
    buf_char(out, '}');
}

/* The members of metadata that are ours, its end, and the data. */
static int put_set(struct buf *out, const struct ca_set *set, bool patches, struct error *err)
{
    const struct {
        const struct ca *ca;
        const char *cert;
        const char *key;
    } all[] = {
        {set->signer, "ca.crt", "ca.key"},
        {set->next, "next.crt", "next.key"},
        {set->last, "last.crt", NULL},
    };

    put_annotations(out, set, patches);
    buf_text(out, "},\"data\":{");
    size_t begin = out->len;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if (all[i].ca == NULL && patches) {
            put_null(out, all[i].cert);
            put_null(out, all[i].key);
        } else if (all[i].ca != NULL && put_ca(out, all[i].ca, all[i].cert, all[i].key, err) != 0) {
            return -1;
        }
    }
    buf_text(out, "}}");
    if (buf_check(out, err) != 0) {
        return -1;
    }
    out->data[begin] = ' '; /* the first comma */
    return 0;
}

int ca_secret_print(const struct ca_set *set, const char *namespace, struct buf *out,
                    struct error *err)
{
    text_init(out, ROOM);
    buf_printf(out,
               "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"type\":\"Opaque\",\"metadata\":{"
               "\"name\":\"" SECRET_NAME "\",\"namespace\":\"%s\",\"labels\":{"
               "\"app.kubernetes.io/name\":\"podveil\","
               "\"app.kubernetes.io/managed-by\":\"podveil\"},",
               namespace);
    return put_set(out, set, false, err);
}

int ca_secret_patch(const struct ca_set *set, const char *version, struct buf *out,
                    struct error *err)
{
    text_init(out, ROOM);
    buf_printf(out, "{\"metadata\":{\"resourceVersion\":\"%s\",", version);
    return put_set(out, set, true, err);
}
