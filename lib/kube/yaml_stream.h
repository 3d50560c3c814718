/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two ways in behind yaml_read(): text that is JSON is kept byte for byte,
 * all other text goes through libyaml.
 *
 * Why JSON does not go through libyaml, to which it is YAML: that knows no \u
 * pairs, folds raw line ends in strings and is quadratic in depth.
 *
 * Private to the YAML files of this folder. Errors as yaml.h has them.
 */
#ifndef KUBE_YAML_STREAM_H
#define KUBE_YAML_STREAM_H

#include "lib/kube/yaml.h"

#include <stdbool.h>

/* The bytes that yaml_read() takes and gives in this mode. */
size_t yaml_max_text(enum yaml_mode mode);

/* Append a document; the stream owns it from then on, whatever happens. */
int yaml_stream_add(struct yaml_stream *stream, struct yaml_document *document,
                    struct error *err) MUST_CHECK;

/*
 * JSON values, one behind the other as kubectl takes them. *is_json says whether the text was that
 * from its first to its last byte; where not, the stream stays empty and the text may still be
 * YAML. Fails for what is too much: depth, tokens, a second document where there is to be one.
 */
int yaml_read_json(struct yaml_stream *stream, struct slice text, enum yaml_mode mode,
                   bool *is_json, struct error *err) MUST_CHECK;

/* Everything else. */
int yaml_read_events(struct yaml_stream *stream, struct slice text, enum yaml_mode mode,
                     struct error *err) MUST_CHECK;

#endif
