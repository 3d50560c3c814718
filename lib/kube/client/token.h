/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bearer token that podveil shows the API server: a fixed text, or a file that
 * kubelet writes anew before the token in it expires.
 *
 * The file is read again when its place, size or time changed, when a minute has
 * passed, and when the API server refused what was shown. One that cannot be read,
 * or holds no token, leaves the old one in use: it may still be good, and whether
 * it is, the API server says.
 *
 * Ownership: in place; owns its texts, which token_done() wipes.
 * Threads:   one owner at a time.
 * Errors:    ERR_CONFIG and ERR_SYSTEM with the path, never with a piece of the token.
 * Limits:    16 KiB; printable ASCII without a space, so that it cannot end a header.
 */
#ifndef CLIENT_TOKEN_H
#define CLIENT_TOKEN_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum { TOKEN_MAX = 16384, TOKEN_FRESH_MS = 60000 };

struct token {
    char *path; /* NULL: it is fixed, or there is none */
    char *text; /* NULL: there is none (yet) */
    struct stat seen;
    int64_t read_ms;
};

/* Nothing to do for a token that is none: {0}. */
int token_init_fixed(struct token *token, struct slice text, struct error *err) MUST_CHECK;
int token_init_file(struct token *token, const char *path, struct error *err) MUST_CHECK;
void token_done(struct token *token);
DEFINE_AUTO_IN_PLACE(token, struct token, token_done);

/*
 * What to show now, or NULL where there is none to show; valid until the next call. `again`: the
 * API server refused the last one. Fails only where a file never held a token yet.
 */
int token_show(struct token *token, int64_t now_ms, bool again, const char **out,
               struct error *err) MUST_CHECK;

#endif
