/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One document on its way from YAML events to JSON text: commas and colons, the
 * place of each token, and no doubled key.
 *
 * The caller sends well-formed events (a key before each value of a mapping);
 * libyaml's parser sees to that.
 *
 * Private to the YAML files of this folder.
 *
 * Ownership: the sink owns all memory until sink_done(); sink_take() gives a document away.
 * Threads:   one owner at a time.
 * Errors:    ERR_MALFORMED and ERR_TOO_LARGE as "LINE:COLUMN: ...".
 * Limits:    64 levels, the tokens that json.h reads, the bytes given to sink_init().
 */
#ifndef KUBE_YAML_SINK_H
#define KUBE_YAML_SINK_H

#include "lib/kube/yaml.h"

enum { YAML_MAX_DEPTH = 64 };

#define YAML_SECOND_DOCUMENT "a second document begins here; one file holds one"

struct sink_level {
    bool object;
    bool value_next; /* a key was written, its value was not */
    uint32_t number; /* of the container in its document */
    uint32_t count;
};

struct sink_key {
    const char *text; /* set when the JSON text does not move any more */
    uint32_t start;
    uint32_t len;
    uint32_t object;
    struct yaml_mark mark;
};

struct yaml_sink {
    struct buf json;
    struct yaml_mark *marks;
    size_t mark_count;
    size_t mark_cap;
    struct sink_key *keys;
    size_t key_count;
    size_t key_cap;
    struct sink_level levels[YAML_MAX_DEPTH];
    size_t depth;
    uint32_t containers;
    size_t value_start; /* of the key or value that was begun last */
};

/* A value that was written: what an alias copies. */
struct sink_range {
    size_t start;
    size_t end;
    size_t marks;
};

void sink_init(struct yaml_sink *sink, size_t max);
void sink_done(struct yaml_sink *sink);

/* Does a key come next? */
bool sink_wants_key(const struct yaml_sink *sink);

int sink_open(struct yaml_sink *sink, bool object, struct yaml_mark mark,
              struct error *err) MUST_CHECK;
void sink_close(struct yaml_sink *sink);
int sink_key(struct yaml_sink *sink, struct slice text, struct yaml_mark mark,
             struct error *err) MUST_CHECK;
int sink_string(struct yaml_sink *sink, struct slice text, struct yaml_mark mark,
                struct error *err) MUST_CHECK;
int sink_literal(struct yaml_sink *sink, struct slice json, struct yaml_mark mark,
                 struct error *err) MUST_CHECK;
int sink_copy(struct yaml_sink *sink, const struct sink_range *range, struct yaml_mark mark,
              struct error *err) MUST_CHECK;

/* The finished document; the sink is empty afterwards and may take another. */
int sink_take(struct yaml_sink *sink, struct yaml_document *out, struct error *err) MUST_CHECK;

/* "LINE:COLUMN: ..."; returns -1. */
int yaml_fail(struct error *err, enum error_code code, struct yaml_mark mark, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

#endif
