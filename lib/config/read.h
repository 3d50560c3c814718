/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a document by the tables of schema.h: unknown keys, wrong types, texts
 * outside of their grammar, what is missing, what stands twice, and defaults.
 *
 * Defaults take the same way as what was written, so they are checked too.
 *
 * Private to this folder.
 *
 * Ownership: everything goes into the memory.
 * Errors:    ERR_CONFIG with the place.
 */
#ifndef CONFIG_READ_H
#define CONFIG_READ_H

#include "lib/config/memory.h"
#include "lib/config/schema.h"
#include "lib/config/source.h"

struct config_reader {
    const struct source *source;
    struct config_memory *memory;
};

/* Read an object, or all defaults where v is absent, into the struct at `base`. */
int config_read_object(const struct config_reader *reader, const struct keys *keys, struct value v,
                       char *base, struct error *err) MUST_CHECK;

/* Of another kind than `wanted` ("a list"): says what it is instead, and what to write. */
int config_wrong_type(const struct config_reader *reader, struct value v, const char *wanted,
                      struct error *err) MUST_CHECK;

/* A text of the grammar, in place. */
int config_check_text(const struct config_reader *reader, const struct grammar *grammar,
                      struct value v, struct error *err) MUST_CHECK;

/* Each reads a value of its type into the key's field: read_plain.c, and read_value.c for what is
 * kept as it was written. */
int config_read_word(const struct config_reader *reader, const struct key *key, struct value v,
                     void *field, struct error *err) MUST_CHECK;
int config_read_text(const struct config_reader *reader, const struct key *key, struct value v,
                     void *field, struct error *err) MUST_CHECK;
int config_read_texts(const struct config_reader *reader, const struct key *key, struct value v,
                      void *field, struct error *err) MUST_CHECK;
int config_read_bool(const struct config_reader *reader, const struct key *key, struct value v,
                     void *field, struct error *err) MUST_CHECK;
int config_read_id(const struct config_reader *reader, const struct key *key, struct value v,
                   void *field, struct error *err) MUST_CHECK;
int config_read_port(const struct config_reader *reader, const struct key *key, struct value v,
                     void *field, struct error *err) MUST_CHECK;
int config_read_duration(const struct config_reader *reader, const struct key *key, struct value v,
                         void *field, struct error *err) MUST_CHECK;
int config_read_cidr(const struct config_reader *reader, const struct key *key, struct value v,
                     void *field, struct error *err) MUST_CHECK;
int config_read_cidrs(const struct config_reader *reader, const struct key *key, struct value v,
                      void *field, struct error *err) MUST_CHECK;
int config_read_labels(const struct config_reader *reader, const struct key *key, struct value v,
                       void *field, struct error *err) MUST_CHECK;
int config_read_peers(const struct config_reader *reader, const struct key *key, struct value v,
                      void *field, struct error *err) MUST_CHECK;
int config_read_resources(const struct config_reader *reader, const struct key *key, struct value v,
                          void *field, struct error *err) MUST_CHECK;

/* No more items than the key allows, and some where it wants any; v is a container. */
int config_check_count(const struct config_reader *reader, const struct key *key, struct value v,
                       struct error *err) MUST_CHECK;

/* "unknown key ...; did you mean ...?" at a member's key. */
int config_unknown_key(const struct config_reader *reader, struct value member, struct slice name,
                       const char *suggestion, struct error *err) MUST_CHECK;

#endif
