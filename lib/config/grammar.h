/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the texts of a configuration may look like. Each grammar is a regular
 * expression in the common part of POSIX and of JSON Schema, so that the reader
 * and the schema cannot differ, and a rule in C for what no expression can say.
 *
 * Everything here ends up in settings of a root shell, in names of objects or in
 * policies: the expressions let no blank, quote, '$' or control character in
 * (but for the words of a command, which may have all but '$').
 *
 * Private to this folder. Threads: constant data.
 */
#ifndef CONFIG_GRAMMAR_H
#define CONFIG_GRAMMAR_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

struct grammar {
    const char *pattern; /* anchored; NULL for any text */
    size_t max;          /* bytes */
    const char *fault;   /* what a text that does not fit is: `"x" is no DNS label; write ...` */
    /* What is wrong with a text that fits, or NULL; may be NULL itself. */
    const char *(*refuse)(struct slice text);
};

extern const struct grammar grammar_dns_label;
extern const struct grammar grammar_dns_label_or_none;
extern const struct grammar grammar_dns_name; /* a name of an object: a DNS subdomain */
extern const struct grammar grammar_domain;
extern const struct grammar grammar_address;
extern const struct grammar grammar_ipv4;
extern const struct grammar grammar_label_key;    /* but for podveil's own marks */
extern const struct grammar grammar_selector_key; /* any label */
extern const struct grammar grammar_label_value;
extern const struct grammar grammar_gateway;
extern const struct grammar grammar_container;
extern const struct grammar grammar_volume;
extern const struct grammar grammar_variable;
extern const struct grammar grammar_image;
extern const struct grammar grammar_image_prefix;
extern const struct grammar grammar_pull_policy;
extern const struct grammar grammar_path;
extern const struct grammar grammar_word;
extern const struct grammar grammar_quantity;

/* Fails with ERR_CONFIG and `"TEXT" is ...` where the text is not of the grammar. */
int grammar_check(const struct grammar *grammar, struct slice text, struct error *err) MUST_CHECK;

/* The text as error messages show it: cut, and without what a terminal would act on. */
enum { GRAMMAR_SHOWN = 100 };
const char *grammar_show(struct slice text, char out[static GRAMMAR_SHOWN]);

#endif
