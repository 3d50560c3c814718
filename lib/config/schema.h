/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the configuration, as tables: name, type, default, description
 * and what a value must be. The reader, the encoder, the JSON Schema and the
 * test that compares keys with docs/podveil.example.yaml all go by them: a new key is
 * one row here and one member in config.h.
 *
 * Not here: what two keys say about each other (check.h).
 *
 * Private to this folder. Threads: constant data.
 */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include "lib/config/config.h"
#include "lib/config/grammar.h"

enum key_type {
    KEY_OBJECT,    /* `of` has its keys; they lie at `offset` and on */
    KEY_OBJECTS,   /* a list of such: a pointer at `offset`, its length at `count_offset` */
    KEY_WORD,      /* one of `words`: their index, an enum; not kept where offset is KEY_NOT_KEPT */
    KEY_TEXT,      /* const char *, of `grammar` */
    KEY_TEXTS,     /* struct text_list, each of `grammar` */
    KEY_BOOL,      /* bool */
    KEY_ID,        /* uint32_t from `min` to `max` */
    KEY_PORT,      /* uint16_t */
    KEY_DURATION,  /* uint64_t, milliseconds */
    KEY_CIDR,      /* struct cidr */
    KEY_CIDRS,     /* struct cidr_list */
    KEY_LABELS,    /* struct value: an object of labels and their values */
    KEY_PEERS,     /* struct value: an array of NetworkPolicyPeer; absent where it is empty */
    KEY_RESOURCES, /* struct value: requests and limits */
};

enum {
    KEY_NOT_KEPT = -1,
    KEY_MAX_ITEMS = 256, /* of any list: some checks compare each with each */
};

struct keys;

struct key {
    const char *name;
    enum key_type type;
    bool required;
    bool filled;  /* a list or map that may not be empty */
    bool repeats; /* a list that may hold an item twice */
    long offset;
    long count_offset;
    uint64_t min;
    uint64_t max;             /* of a number; of the items of a list */
    const char *fallback;     /* the default as JSON */
    const char *const *words; /* NULL behind the last */
    const struct grammar *grammar;
    const struct keys *of;
    const char *about; /* for people: the description in the JSON Schema */
};

struct keys {
    const struct key *items;
    size_t count;
    size_t size; /* of the struct, for a list of them */
    const char *about;
};

extern const struct keys schema_root;
extern const struct keys schema_gateway;

/* The keys of KEY_RESOURCES, and of each of them; NULL behind the last. */
extern const char *const schema_resource_lists[];
extern const char *const schema_resources[];

#endif
