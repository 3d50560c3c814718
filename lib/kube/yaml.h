/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML in as JSON text, JSON out as YAML. libyaml underneath, known to yaml.c
 * and yaml_write.c alone.
 *
 * Reading writes the events straight to JSON text: no tree, and numbers keep
 * the text they had (9007199254740993 stays). There are two ways to read:
 *
 * YAML_MANIFEST: what kubectl takes. Several documents; YAML 1.1 scalars (yes,
 * 0644 and 1_000 mean true, 420 and 1000); anchors and aliases (copied, within
 * the size limit); keys that are numbers or booleans become text. Merge keys (<<)
 * and tags that JSON has no word for are refused.
 *
 * YAML_STRICT: a configuration. One document; anchors, aliases and tags are
 * refused; true and false are the only booleans and a number is what JSON calls
 * one; every other plain scalar but null, ~ and nothing at all is a string.
 *
 * In both a doubled key is refused with its place, and documents that are empty
 * or null are left out. Text that is JSON is kept byte for byte.
 *
 * Errors: ERR_MALFORMED and ERR_TOO_LARGE as "LINE:COLUMN: what is wrong"; the
 *         caller adds the file's name. Columns are characters.
 * Limits: 64 levels (JSON in a manifest: the 128 of json.h), 1 MiB (YAML_STRICT)
 *         or 16 MiB (YAML_MANIFEST) of text, in and out, and 2,097,152 tokens and
 *         256 anchors a document. Nothing is quadratic.
 */
#ifndef KUBE_YAML_H
#define KUBE_YAML_H

#include "lib/base/buf.h"
#include "lib/kube/value.h"

enum yaml_mode {
    YAML_MANIFEST,
    YAML_STRICT,
};

/* Where a token of the JSON text stood in the YAML: index as in the tape of that document. */
struct yaml_mark {
    uint32_t line;   /* from 1 */
    uint32_t column; /* from 1 */
};

/* One document as JSON text, with the place of each of its tokens. */
struct yaml_document {
    char *json;
    size_t len;
    struct yaml_mark *marks;
    size_t mark_count;
};

struct yaml_stream {
    struct yaml_document *documents;
    size_t count;
};

/* Read all documents of `text`. JSON is YAML too, and takes this way as well. */
int yaml_read(struct yaml_stream *stream, struct slice text, enum yaml_mode mode,
              struct error *err) MUST_CHECK;
void yaml_stream_done(struct yaml_stream *stream);
DEFINE_AUTO_IN_PLACE(yaml_stream, struct yaml_stream, yaml_stream_done);

/*
 * Append `v` as one YAML document in block style, without "---". Strings that any YAML 1.1 or 1.2
 * reader could take for something else are quoted; numbers keep their text; members keep their
 * order.
 */
int yaml_write(struct value v, struct buf *out, struct error *err) MUST_CHECK;

#endif
