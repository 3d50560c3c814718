/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pair that somebody else keeps on disk: cert-manager's or an operator's Secret
 * that kubelet mounts, or files that a script renews.
 *
 * Both files are read at each poll and compared by digest with the time before.
 * Modification times would not do: a swap of kubelet's ..data link, a copy that
 * keeps times, a restored file with an inode that was used again can all look
 * unchanged, and two reads of a few KiB cost less than the thought.
 *
 * Nobody can write two files at the same moment, and a read may fall into the
 * middle of a write or of a swap. So a change is judged only when two polls in a
 * row saw the same: a pair that is being written is never reported as broken, and
 * a chain of which only the first certificate is there yet is never served. Only
 * the very first poll judges at once.
 *
 * What was refused is judged again by each poll, without a word: where memory ended,
 * OpenSSL may say of a good pair whatever came to its mind.
 *
 * A good pair outside of its validity waits (waiting) as long as the one that is
 * served is inside of its own; it is taken once it is valid, or once neither is.
 */
#include "certs/kind.h"
#include "certs/ossl.h"
#include "certs/secret.h"

#include <limits.h>
#include <stdio.h>

enum { DIGEST_LEN = 32, FAULT_SIZE = 96 };

struct sight {
    unsigned char chain[DIGEST_LEN]; /* of the text, or of the failure's words */
    unsigned char key[DIGEST_LEN];
};

/* What one look at the disk brought. */
struct look {
    struct secret chain;
    struct secret key;
    struct sight sight;
    bool is_readable;
    struct error err; /* where it was not */
};

struct files_source {
    struct cert_source base;
    char chain_path[PATH_MAX];
    char key_path[PATH_MAX];
    struct sight seen;
    struct sight judged;
    struct validity served;
    struct cert_pair *waiting;
    bool is_started;
    bool is_refused; /* what was judged last */
    bool has_told_served;
    bool has_told_waiting;
};

static void look_done(struct look *look)
{
    secret_done(&look->chain);
    secret_done(&look->key);
}
DEFINE_AUTO_IN_PLACE(look, struct look, look_done);

static void files_free(struct cert_source *source)
{
    struct files_source *files = (struct files_source *)source;

    cert_pair_free(files->waiting);
    free(files);
}

static bool is_same(const struct sight *a, const struct sight *b)
{
    return memcmp(a->chain, b->chain, DIGEST_LEN) == 0 && memcmp(a->key, b->key, DIGEST_LEN) == 0;
}

static int digest(struct slice text, unsigned char out[static DIGEST_LEN], struct error *err)
{
    if (EVP_Q_digest(NULL, "SHA256", NULL, text.data, text.len, out, NULL) != 1) {
        return ossl_error(err, ERR_SYSTEM, "SHA-256");
    }
    return 0;
}

static int look_at(const struct files_source *files, struct look *look, struct error *err)
{
    struct sight *sight = &look->sight;

    if (secret_read(files->chain_path, &look->chain, &look->err) != 0 ||
        secret_read(files->key_path, &look->key, &look->err) != 0) {
        return digest(slice_of(look->err.text), sight->chain, err);
    }
    look->is_readable = true;
    if (digest(look->chain.text, sight->chain, err) != 0) {
        return -1;
    }
    return digest(look->key.text, sight->key, err);
}

/* What was read replaces what was waiting, and what cannot be read or used leaves nothing. */
static int judge(struct files_source *files, const struct look *look, struct error *err)
{
    cert_pair_free(STEAL(files->waiting));
    files->has_told_waiting = false;
    if (!look->is_readable) {
        *err = look->err;
        return -1;
    }
    if (cert_pair_parse(look->chain.text, look->key.text, &files->waiting, err) != 0) {
        return error_prefix(err, "%s and tls.key", files->chain_path);
    }
    return 0;
}

static const char *time_fault(struct validity validity, time_t now, char text[static FAULT_SIZE])
{
    char date[VALIDITY_DATE_SIZE];

    bool is_early = now < validity.not_before;
    (void)validity_date(is_early ? validity.not_before : validity.not_after, date);
    (void)snprintf(text, FAULT_SIZE, is_early ? "is not valid before %s" : "expired at %s", date);
    return text;
}

/* The waiting pair is what the disk says: it is served unless that would make things worse. */
static struct cert_pair *take_waiting(struct files_source *files, time_t now)
{
    struct cert_pair *pair = STEAL(files->waiting);
    bool is_valid = validity_has(pair->validity, now);
    if (!is_valid) {
        char fault[FAULT_SIZE];
        cert_pair_warn(pair, "the certificate %s", time_fault(pair->validity, now, fault));
    }
    files->served = pair->validity;
    files->has_told_served = !is_valid;
    files->is_started = true;
    return pair;
}

static int tell(const struct files_source *files, const char *which, struct validity validity,
                time_t now, struct error *err)
{
    char fault[FAULT_SIZE];

    return error_set(err, ERR_CONFIG, "%s: the certificate that is %s %s", files->chain_path, which,
                     time_fault(validity, now, fault));
}

static int choose(struct files_source *files, time_t now, struct cert_pair **fresh,
                  struct error *err)
{
    bool is_served_valid = files->is_started && validity_has(files->served, now);
    if (files->waiting != NULL &&
        (!is_served_valid || validity_has(files->waiting->validity, now))) {
        *fresh = take_waiting(files, now);
        return 0;
    }
    if (files->waiting != NULL && !files->has_told_waiting) {
        files->has_told_waiting = true;
        return tell(files, "new, and not served yet,", files->waiting->validity, now, err);
    }
    if (!is_served_valid && !files->has_told_served) {
        files->has_told_served = true;
        return tell(files, "served", files->served, now, err);
    }
    files->has_told_served = !is_served_valid;
    *fresh = NULL;
    return 0;
}

static int files_poll(struct cert_source *source, time_t now, struct cert_pair **fresh,
                      struct error *err)
{
    struct files_source *files = (struct files_source *)source;
    AUTO(look) struct look look = {0};

    if (look_at(files, &look, err) != 0) {
        return -1;
    }
    bool is_settled = is_same(&look.sight, &files->seen);
    bool is_judged = is_same(&look.sight, &files->judged);
    bool is_new = !files->is_started || (is_settled && !is_judged);
    files->seen = look.sight;
    if (is_new || (is_settled && files->is_refused)) {
        struct error why = {0};
        files->judged = look.sight;
        files->is_refused = judge(files, &look, &why) != 0;
        if (files->is_refused && is_new) {
            *err = why;
            return -1;
        }
    }
    return choose(files, now, fresh, err);
}

static struct cert_bundle files_bundle(const struct cert_source *source)
{
    (void)source;
    return (struct cert_bundle){.pem = SLICE("")};
}

static const struct cert_source_kind files_kind = {
    .poll = files_poll,
    .bundle = files_bundle,
    .free = files_free,
};

int cert_source_files(const char *dir, struct cert_source **out, struct error *err)
{
    size_t len = strlen(dir);

    if (len == 0 || len > PATH_MAX - sizeof "/tls.crt") {
        return error_set(err, ERR_CONFIG, "\"%s\" is no directory's name", dir);
    }
    struct files_source *files = calloc(1, sizeof *files);
    if (files == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a certificate source");
    }
    files->base.kind = &files_kind;
    (void)snprintf(files->chain_path, sizeof files->chain_path, "%s/tls.crt", dir);
    (void)snprintf(files->key_path, sizeof files->key_path, "%s/tls.key", dir);
    *out = &files->base;
    return 0;
}
