/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libyaml's events, written straight to JSON text.
 *
 * Anchors are ranges of the text that was already written, so an alias is a copy
 * of bytes. The depth is counted here and reading stops at the limit, since
 * libyaml 0.2.5 has none and is quadratic in flow nesting: an event is pulled
 * only after the one before it was judged.
 */
#include "lib/kube/yaml.h"

#include "lib/base/arena.h"
#include "lib/kube/yaml_scalar.h"
#include "lib/kube/yaml_sink.h"
#include "lib/kube/yaml_stream.h"

#include <yaml.h>

enum {
    MAX_ANCHORS = 256, /* in a document: an alias looks through all of them */
    NO_ANCHOR = MAX_ANCHORS,
};

struct anchor {
    struct slice name;
    struct sink_range range;
    bool open; /* its value is still being read; marks are those before it so long */
};

struct reader {
    yaml_parser_t parser;
    struct slice text;
    enum yaml_mode mode;
    struct yaml_sink sink;
    struct yaml_stream *stream;
    size_t room; /* bytes that documents may still take */
    size_t documents;
    struct buf scratch;
    struct arena names;
    struct anchor anchors[MAX_ANCHORS];
    size_t anchor_count;
    size_t open_anchors[YAML_MAX_DEPTH]; /* of each open container, or NO_ANCHOR */
    bool null_root;
};

/* What a node event says besides its content. */
struct node_event {
    struct yaml_mark mark;
    const char *anchor;
    const char *tag;
};

static struct yaml_mark mark_of(const yaml_mark_t *at)
{
    return (struct yaml_mark){.line = (uint32_t)at->line + 1, .column = (uint32_t)at->column + 1};
}

static const char *chars(const yaml_char_t *text)
{
    return (const char *)text;
}

static struct node_event node_of(const yaml_event_t *event)
{
    struct node_event node = {.mark = mark_of(&event->start_mark)};

    if (event->type == YAML_SCALAR_EVENT) {
        node.anchor = chars(event->data.scalar.anchor);
        node.tag = chars(event->data.scalar.tag);
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        node.anchor = chars(event->data.sequence_start.anchor);
        node.tag = chars(event->data.sequence_start.tag);
    } else {
        node.anchor = chars(event->data.mapping_start.anchor);
        node.tag = chars(event->data.mapping_start.tag);
    }
    return node;
}

/* The one of that name that was set last, or NULL. */
static const struct anchor *find_anchor(const struct reader *r, struct slice name)
{
    for (size_t i = r->anchor_count; i > 0; i--) {
        if (slice_equal(r->anchors[i - 1].name, name)) {
            return &r->anchors[i - 1];
        }
    }
    return NULL;
}

static int check_anchor(const struct reader *r, const struct node_event *node, struct error *err)
{
    if (node->anchor == NULL) {
        return 0;
    }
    if (r->mode == YAML_STRICT) {
        return yaml_fail(err, ERR_MALFORMED, node->mark,
                         "anchors (&%.64s) are not read here; write the value out", node->anchor);
    }
    if (sink_wants_key(&r->sink)) {
        return yaml_fail(err, ERR_MALFORMED, node->mark,
                         "an anchor (&%.64s) on a key is not read; put it on a value",
                         node->anchor);
    }
    return 0;
}

/* The value was begun; *index is its anchor's, or NO_ANCHOR. */
static int open_anchor(struct reader *r, const struct node_event *node, size_t *index,
                       struct error *err)
{
    *index = NO_ANCHOR;
    if (node->anchor == NULL) {
        return 0;
    }
    if (r->anchor_count == MAX_ANCHORS) {
        return yaml_fail(err, ERR_TOO_LARGE, node->mark, "more than %d anchors", MAX_ANCHORS);
    }
    struct slice name = arena_copy(&r->names, slice_of(node->anchor));
    if (name.data == NULL) {
        return yaml_fail(err, ERR_NO_MEMORY, node->mark, "no memory for an anchor");
    }
    *index = r->anchor_count;
    r->anchors[*index] = (struct anchor){
        .name = name,
        .range = {.start = r->sink.value_start, .marks = r->sink.mark_count - 1},
        .open = true,
    };
    r->anchor_count++;
    return 0;
}

static void close_anchor(struct reader *r, size_t index)
{
    if (index != NO_ANCHOR) {
        struct anchor *anchor = &r->anchors[index];
        anchor->range.end = r->sink.json.len;
        anchor->range.marks = r->sink.mark_count - anchor->range.marks;
        anchor->open = false;
    }
}

static int on_alias(struct reader *r, const yaml_event_t *event, struct error *err)
{
    struct yaml_mark mark = mark_of(&event->start_mark);
    const char *name = chars(event->data.alias.anchor);

    if (r->mode == YAML_STRICT) {
        return yaml_fail(err, ERR_MALFORMED, mark,
                         "aliases (*%.64s) are not read here; write the value out", name);
    }
    if (sink_wants_key(&r->sink)) {
        return yaml_fail(err, ERR_MALFORMED, mark,
                         "an alias (*%.64s) as a key is not read; write the key out", name);
    }
    const struct anchor *anchor = find_anchor(r, slice_of(name));
    if (anchor == NULL) {
        return yaml_fail(err, ERR_MALFORMED, mark, "there is no anchor &%.64s before this alias",
                         name);
    }
    if (anchor->open) {
        return yaml_fail(err, ERR_MALFORMED, mark, "the anchor &%.64s contains itself", name);
    }
    return sink_copy(&r->sink, &anchor->range, mark, err);
}

enum { YAML_TAG_PREFIX = sizeof "tag:yaml.org,2002:" - 1 };

/* The tags that say what JSON could have said; `of` lists those of this kind of node. */
static int check_tag(const struct reader *r, const struct node_event *node, const char *of,
                     struct error *err)
{
    if (node->tag == NULL) {
        return 0;
    }
    if (r->mode == YAML_STRICT) {
        return yaml_fail(err, ERR_MALFORMED, node->mark,
                         "tags (%.64s) are not read here; leave the tag out", node->tag);
    }
    if (strcmp(node->tag, "!") == 0) {
        return 0;
    }
    if (strncmp(node->tag, "tag:yaml.org,2002:", YAML_TAG_PREFIX) == 0 &&
        scalar_is_one_of(slice_of(node->tag + YAML_TAG_PREFIX), of)) {
        return 0;
    }
    return yaml_fail(err, ERR_MALFORMED, node->mark,
                     "the tag %.64s is not read; JSON has no such type", node->tag);
}

static bool tag_is(const char *tag, const char *name)
{
    return tag != NULL && strlen(tag) > YAML_TAG_PREFIX && strcmp(tag + YAML_TAG_PREFIX, name) == 0;
}

/* What the scalar is; r->scratch has its JSON text where it is no string. */
static int resolve(struct reader *r, const yaml_event_t *event, enum scalar_type *type,
                   struct error *err)
{
    static const struct {
        const char *tag;
        enum scalar_type type;
    } tags[] = {
        {"int", SCALAR_INT}, {"float", SCALAR_FLOAT}, {"bool", SCALAR_BOOL}, {"null", SCALAR_NULL}};
    struct node_event node = node_of(event);
    struct slice text = {chars(event->data.scalar.value), event->data.scalar.length};
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

    *type = SCALAR_STRING;
    if (strcmp(node.tag == NULL ? "" : node.tag, "!") == 0 || tag_is(node.tag, "str") ||
        (node.tag == NULL && !plain)) {
        return 0;
    }
    *type = r->mode == YAML_STRICT ? scalar_resolve_strict(text, &r->scratch)
                                   : scalar_resolve(text, &r->scratch);
    for (size_t i = 0; i < COUNT_OF(tags); i++) {
        bool fits = *type == tags[i].type || (*type == SCALAR_INT && tags[i].type == SCALAR_FLOAT);
        if (tag_is(node.tag, tags[i].tag) && !fits) {
            return yaml_fail(err, ERR_MALFORMED, node.mark, "\"%.*s\" is no !!%s",
                             (int)(text.len < 64 ? text.len : 64), text.data, tags[i].tag);
        }
    }
    if (*type == SCALAR_NO_JSON) {
        return yaml_fail(err, ERR_MALFORMED, node.mark,
                         "JSON has no number %.*s; put it in quotes if it is text",
                         SLICE_ARGS(text));
    }
    return buf_check(&r->scratch, err);
}

static int on_key(struct reader *r, const yaml_event_t *event, enum scalar_type type,
                  struct error *err)
{
    struct yaml_mark mark = mark_of(&event->start_mark);
    struct slice text = {chars(event->data.scalar.value), event->data.scalar.length};

    if (event->data.scalar.plain_implicit != 0 && slice_is(text, "<<")) {
        return yaml_fail(err, ERR_MALFORMED, mark,
                         "merge keys (<<) are not read; write the members out");
    }
    if (type == SCALAR_STRING) {
        return sink_key(&r->sink, text, mark, err);
    }
    if (type == SCALAR_NULL || r->mode == YAML_STRICT) {
        return yaml_fail(err, ERR_MALFORMED, mark, "%s is no key; put it in quotes if it is meant",
                         buf_cstr(&r->scratch));
    }
    AUTO(buf) struct buf key = {0};
    buf_init(&key, r->scratch.max);
    scalar_key(type, buf_cstr(&r->scratch), &key);
    return buf_check(&key, err) == 0 ? sink_key(&r->sink, buf_view(&key), mark, err) : -1;
}

static int on_scalar(struct reader *r, const yaml_event_t *event, struct error *err)
{
    struct node_event node = node_of(event);
    struct slice text = {chars(event->data.scalar.value), event->data.scalar.length};
    enum scalar_type type = SCALAR_STRING;
    size_t anchor = NO_ANCHOR;
    int result = 0;

    if (check_anchor(r, &node, err) != 0 ||
        check_tag(r, &node, "str int float bool null", err) != 0 ||
        resolve(r, event, &type, err) != 0) {
        return -1;
    }
    if (sink_wants_key(&r->sink)) {
        return on_key(r, event, type, err);
    }
    if (type == SCALAR_STRING) {
        result = sink_string(&r->sink, text, node.mark, err);
    } else {
        r->null_root = r->sink.depth == 0 && type == SCALAR_NULL;
        result = sink_literal(&r->sink, buf_view(&r->scratch), node.mark, err);
    }
    if (result != 0 || open_anchor(r, &node, &anchor, err) != 0) {
        return -1;
    }
    close_anchor(r, anchor);
    return 0;
}

static int on_open(struct reader *r, const yaml_event_t *event, struct error *err)
{
    struct node_event node = node_of(event);
    bool object = event->type == YAML_MAPPING_START_EVENT;
    size_t anchor = NO_ANCHOR;

    if (sink_wants_key(&r->sink)) {
        return yaml_fail(err, ERR_MALFORMED, node.mark, "a key is a single word, not a %s",
                         object ? "mapping" : "list");
    }
    if (check_anchor(r, &node, err) != 0 || check_tag(r, &node, object ? "map" : "seq", err) != 0 ||
        sink_open(&r->sink, object, node.mark, err) != 0 ||
        open_anchor(r, &node, &anchor, err) != 0) {
        return -1;
    }
    r->open_anchors[r->sink.depth - 1] = anchor;
    return 0;
}

static void on_close(struct reader *r)
{
    size_t anchor = r->open_anchors[r->sink.depth - 1];

    sink_close(&r->sink);
    close_anchor(r, anchor);
}

static int on_document(struct reader *r, const yaml_event_t *event, struct error *err)
{
    struct yaml_mark mark = mark_of(&event->start_mark);

    r->documents++;
    if (r->documents > 1 && r->mode == YAML_STRICT) {
        return yaml_fail(err, ERR_MALFORMED, mark, YAML_SECOND_DOCUMENT);
    }
    r->anchor_count = 0;
    r->null_root = false;
    r->sink.json.max = r->room;
    return 0;
}

static int on_document_end(struct reader *r, struct error *err)
{
    struct yaml_document document = {0};

    if (r->null_root) {
        sink_done(&r->sink);
        return 0;
    }
    if (sink_take(&r->sink, &document, err) != 0) {
        return -1;
    }
    r->room -= document.len;
    return yaml_stream_add(r->stream, &document, err);
}

static int on_event(struct reader *r, const yaml_event_t *event, struct error *err)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return on_document(r, event, err);
    case YAML_DOCUMENT_END_EVENT:
        return on_document_end(r, err);
    case YAML_ALIAS_EVENT:
        return on_alias(r, event, err);
    case YAML_SCALAR_EVENT:
        return on_scalar(r, event, err);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return on_open(r, event, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        on_close(r);
        return 0;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    default:
        return 0;
    }
}

static bool tab_at(struct slice text, struct yaml_mark mark)
{
    size_t at = 0;

    for (uint32_t line = 1; line < mark.line; line++) {
        struct slice rest = slice_after(text, at);
        const char *end = memchr(rest.data, '\n', rest.len);
        at = end == NULL ? text.len : (size_t)(end - text.data) + 1;
    }
    at += mark.column - 1;
    return at < text.len && text.data[at] == '\t';
}

/* What libyaml says, in the place where it says it. */
static int parser_error(const struct reader *r, struct error *err)
{
    const yaml_parser_t *p = &r->parser;
    struct yaml_mark mark = mark_of(&p->problem_mark);
    const char *problem = p->problem == NULL ? "not YAML" : p->problem;

    if (p->error == YAML_MEMORY_ERROR) {
        return error_set(err, ERR_NO_MEMORY, "no memory for reading YAML");
    }
    if (p->error == YAML_READER_ERROR) {
        json_position(r->text, p->problem_offset, &mark.line, &mark.column);
        return yaml_fail(err, ERR_MALFORMED, mark, "%s: the text is to be UTF-8", problem);
    }
    if (tab_at(r->text, mark)) {
        return yaml_fail(err, ERR_MALFORMED, mark, "a tab cannot indent; use spaces");
    }
    if (p->context == NULL) {
        return yaml_fail(err, ERR_MALFORMED, mark, "%s", problem);
    }
    return yaml_fail(err, ERR_MALFORMED, mark, "%s, %s", problem, p->context);
}

static int read_all(struct reader *r, struct error *err)
{
    yaml_event_type_t type = YAML_NO_EVENT;
    int result = 0;

    while (result == 0 && type != YAML_STREAM_END_EVENT) {
        yaml_event_t event;
        if (yaml_parser_parse(&r->parser, &event) == 0) {
            return parser_error(r, err);
        }
        type = event.type;
        result = on_event(r, &event, err);
        yaml_event_delete(&event);
    }
    return result;
}

int yaml_read_events(struct yaml_stream *stream, struct slice text, enum yaml_mode mode,
                     struct error *err)
{
    struct reader *r = calloc(1, sizeof *r);

    if (r == NULL || yaml_parser_initialize(&r->parser) == 0) {
        free(r);
        return error_set(err, ERR_NO_MEMORY, "no memory for reading YAML");
    }
    r->text = text;
    r->mode = mode;
    r->stream = stream;
    r->room = yaml_max_text(mode);
    sink_init(&r->sink, r->room);
    buf_init(&r->scratch, r->room);
    arena_init(&r->names, r->room);
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)text.data, text.len);
    int result = read_all(r, err);
    yaml_parser_delete(&r->parser);
    arena_done(&r->names);
    buf_done(&r->scratch);
    sink_done(&r->sink);
    free(r);
    return result;
}
