/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value as libyaml events. libyaml lays out the blocks (lists at their key's
 * column, as kubectl has them) and quotes what has to be; it does not know which
 * plain words another reader takes for a boolean or a number, and its literal
 * blocks do not survive every reader, so the style of each string is chosen here.
 */
#include "lib/kube/yaml.h"
#include "lib/kube/yaml_scalar.h"

#include <yaml.h>

enum { MAX_LEVELS = JSON_MAX_DEPTH };

struct writer {
    yaml_emitter_t emitter;
    struct buf *out;
    struct value_iter levels[MAX_LEVELS];
    size_t depth;
    bool failed;
};

static int on_output(void *context, unsigned char *text, size_t len)
{
    struct writer *w = context;

    buf_append(w->out, text, len);
    return 1;
}

/*
 * The initializers fail for want of memory alone; an event that was emitted is libyaml's, and one
 * that is not emitted after a failure is ours.
 */
static void emit(struct writer *w, int initialized, yaml_event_t *event)
{
    if (initialized == 0) {
        w->failed = true;
    } else if (w->failed) {
        yaml_event_delete(event);
    } else {
        w->failed = yaml_emitter_emit(&w->emitter, event) == 0;
    }
}

/*
 * Can a literal block hold the lines as they are? None ends in a space, there is no tab at the
 * start of one, and the first is neither empty nor indented, which would need a count of spaces.
 */
static bool is_literal(struct slice text)
{
    bool line_start = true;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool blank = c == ' ' || c == '\t';
        bool last = i + 1 == text.len || text.data[i + 1] == '\n';
        if ((blank && last) || (c == '\t' && line_start)) {
            return false;
        }
        line_start = c == '\n';
    }
    return text.len > 0 && text.data[0] != '\n' && text.data[0] != ' ';
}

/* Line ends that YAML 1.1 knows and 1.2 does not, and the byte order mark: written as escapes. */
static bool has_odd_break(struct slice text)
{
    static const char *const odd[] = {"\r", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9",
                                      "\xef\xbb\xbf"};

    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        if (memmem(text.data, text.len, odd[i], strlen(odd[i])) != NULL) {
            return true;
        }
    }
    return false;
}

static yaml_scalar_style_t style_of(struct slice text)
{
    if (scalar_is_ambiguous(text) || has_odd_break(text)) {
        return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    }
    if (memchr(text.data, '\n', text.len) != NULL) {
        return is_literal(text) ? YAML_LITERAL_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    }
    return YAML_PLAIN_SCALAR_STYLE;
}

static void put_scalar(struct writer *w, struct slice text, yaml_scalar_style_t style)
{
    yaml_event_t event;

    emit(w,
         yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text.data,
                                      (int)text.len, 1, 1, style),
         &event);
}

static void open_container(struct writer *w, struct value v)
{
    yaml_event_t event;

    if (value_kind(v) == JSON_OBJECT) {
        emit(w,
             yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE),
             &event);
    } else {
        emit(w,
             yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE),
             &event);
    }
    w->levels[w->depth] = value_iter(v);
    w->levels[w->depth].parent = v;
    w->depth++;
}

static void close_container(struct writer *w)
{
    yaml_event_t event;

    w->depth--;
    bool object = value_kind(w->levels[w->depth].parent) == JSON_OBJECT;
    emit(w,
         object ? yaml_mapping_end_event_initialize(&event)
                : yaml_sequence_end_event_initialize(&event),
         &event);
}

static int put_value(struct writer *w, struct value v, struct error *err)
{
    enum json_kind kind = value_kind(v);

    if (kind == JSON_OBJECT || kind == JSON_ARRAY) {
        if (w->depth == MAX_LEVELS) {
            return error_set(err, ERR_TOO_LARGE, "nested deeper than %d levels", MAX_LEVELS);
        }
        open_container(w, v);
    } else if (kind == JSON_STRING) {
        struct slice text = value_string(v);
        put_scalar(w, text, style_of(text));
    } else {
        put_scalar(w, value_raw(v), YAML_PLAIN_SCALAR_STYLE);
    }
    return 0;
}

static int put_tree(struct writer *w, struct value root, struct error *err)
{
    if (put_value(w, root, err) != 0) {
        return -1;
    }
    while (w->depth > 0 && !w->failed) {
        struct slice key = {0};
        struct value item = VALUE_ABSENT;
        struct value_iter *level = &w->levels[w->depth - 1];
        if (!value_next(level, &key, &item)) {
            close_container(w);
            continue;
        }
        if (value_kind(level->parent) == JSON_OBJECT) {
            put_scalar(w, key, style_of(key));
        }
        if (put_value(w, item, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int put_document(struct writer *w, struct value root, struct error *err)
{
    yaml_event_t event;

    emit(w, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event);
    emit(w, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1), &event);
    if (put_tree(w, root, err) != 0) {
        return -1;
    }
    w->emitter.open_ended = 0; /* else a last text that ends in blank lines is followed by "..." */
    emit(w, yaml_document_end_event_initialize(&event, 1), &event);
    emit(w, yaml_stream_end_event_initialize(&event), &event);
    if (w->failed) {
        bool no_memory = w->emitter.problem == NULL;
        return error_set(err, no_memory ? ERR_NO_MEMORY : ERR_SYSTEM, "cannot write YAML: %s",
                         no_memory ? "no memory" : w->emitter.problem);
    }
    return buf_check(w->out, err);
}

DEFINE_AUTO(writer, struct writer, free);

int yaml_write(struct value v, struct buf *out, struct error *err)
{
    AUTO(writer) struct writer *w = calloc(1, sizeof *w);

    if (!value_exists(v)) {
        return error_set(err, ERR_MALFORMED, "there is no value to write");
    }
    if (w == NULL || yaml_emitter_initialize(&w->emitter) == 0) {
        return error_set(err, ERR_NO_MEMORY, "no memory for writing YAML");
    }
    w->out = out;
    yaml_emitter_set_output(&w->emitter, on_output, w);
    yaml_emitter_set_encoding(&w->emitter, YAML_UTF8_ENCODING);
    yaml_emitter_set_unicode(&w->emitter, 1);
    yaml_emitter_set_width(&w->emitter, -1);
    int result = put_document(w, v, err);
    yaml_emitter_delete(&w->emitter);
    return result;
}
