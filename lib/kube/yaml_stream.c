/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/yaml_stream.h"

#include "lib/kube/yaml_sink.h"

enum {
    MAX_STRICT = 1048576,
    MAX_MANIFEST = JSON_MAX_TEXT,
    MAX_TAG_LINES = 64, /* libyaml compares each %TAG with all before it */
};

size_t yaml_max_text(enum yaml_mode mode)
{
    return mode == YAML_STRICT ? MAX_STRICT : MAX_MANIFEST;
}

int yaml_stream_add(struct yaml_stream *stream, struct yaml_document *document, struct error *err)
{
    size_t count = stream->count;

    /* The array is full whenever the count is a power of two. */
    if ((count & (count - 1)) == 0) {
        struct yaml_document *grown = calloc(count == 0 ? 1 : count * 2, sizeof *grown);
        if (grown == NULL || document->json == NULL) {
            free(grown);
            free(document->json);
            free(document->marks);
            return error_set(err, ERR_NO_MEMORY, "no memory for another document");
        }
        if (count > 0) {
            memcpy(grown, stream->documents, count * sizeof *grown);
        }
        free(stream->documents);
        stream->documents = grown;
    }
    stream->documents[count] = *document;
    stream->count++;
    return 0;
}

void yaml_stream_done(struct yaml_stream *stream)
{
    for (size_t i = 0; i < stream->count; i++) {
        free(stream->documents[i].json);
        free(stream->documents[i].marks);
    }
    free(stream->documents);
    *stream = (struct yaml_stream){0};
}

static int check_size(struct slice text, enum yaml_mode mode, struct error *err)
{
    size_t max = yaml_max_text(mode);
    struct yaml_mark mark = {0};

    if (text.len <= max) {
        return 0;
    }
    json_position(text, max, &mark.line, &mark.column);
    return yaml_fail(err, ERR_TOO_LARGE, mark, "more than %zu bytes", max);
}

static int check_tag_lines(struct slice text, struct error *err)
{
    struct yaml_mark mark = {.line = 1, .column = 1};
    size_t found = 0;

    for (size_t at = 0; at < text.len; mark.line++) {
        struct slice rest = slice_after(text, at);
        found += slice_starts_with(rest, "%TAG") ? 1 : 0;
        if (found > MAX_TAG_LINES) {
            return yaml_fail(err, ERR_TOO_LARGE, mark, "more than %d %%TAG lines", MAX_TAG_LINES);
        }
        const char *end = memchr(rest.data, '\n', rest.len);
        at = end == NULL ? text.len : (size_t)(end - text.data) + 1;
    }
    return 0;
}

static int read_text(struct yaml_stream *stream, struct slice text, enum yaml_mode mode,
                     struct error *err)
{
    bool is_json = false;

    if (yaml_read_json(stream, text, mode, &is_json, err) != 0) {
        return -1;
    }
    if (is_json) {
        return 0;
    }
    struct slice yaml = slice_after(text, slice_starts_with(text, "\xef\xbb\xbf") ? 3 : 0);
    return check_tag_lines(yaml, err) == 0 ? yaml_read_events(stream, yaml, mode, err) : -1;
}

int yaml_read(struct yaml_stream *stream, struct slice text, enum yaml_mode mode, struct error *err)
{
    struct yaml_stream found = {0};

    if (check_size(text, mode, err) != 0) {
        return -1;
    }
    if (read_text(&found, text, mode, err) != 0) {
        yaml_stream_done(&found);
        return -1;
    }
    *stream = found;
    return 0;
}
