/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/yaml_sink.h"
#include "lib/kube/yaml_stream.h"

/* How far the text was read; columns are characters, as in YAML. */
struct place {
    size_t offset;
    struct yaml_mark mark;
};

static void move_to(struct place *place, struct slice text, size_t offset)
{
    for (; place->offset < offset; place->offset++) {
        unsigned char c = (unsigned char)text.data[place->offset];
        if (c == '\n') {
            place->mark.line++;
            place->mark.column = 1;
        } else if ((c & 0xc0U) != 0x80U) {
            place->mark.column++;
        }
    }
}

static size_t skip_space(struct slice text, size_t at)
{
    while (at < text.len && text.data[at] != '\0' && strchr(" \t\r\n", text.data[at]) != NULL) {
        at++;
    }
    return at;
}

/* The quote that ends the string which begins at `at`; the text's end if none does. */
static size_t string_end(struct slice text, size_t at)
{
    for (at++; at < text.len && text.data[at] != '"'; at++) {
        at += text.data[at] == '\\' ? 1 : 0;
    }
    return at;
}

struct extent {
    size_t end;      /* behind the bracket that closes the first; behind the text if none does */
    size_t too_deep; /* the bracket below the limit; 0 if there is none, as the first is not */
};

static struct extent find_extent(struct slice text, size_t at, size_t max_depth)
{
    struct extent extent = {.end = text.len + 1};
    size_t depth = 0;

    for (; at < text.len; at++) {
        char c = text.data[at];
        at = c == '"' ? string_end(text, at) : at;
        depth += c == '{' || c == '[' ? 1 : 0;
        if (depth > max_depth && extent.too_deep == 0) {
            extent.too_deep = at;
        }
        depth -= c == '}' || c == ']' ? 1 : 0;
        if (depth == 0) {
            extent.end = at + 1;
            break;
        }
    }
    return extent;
}

static int add_document(struct yaml_stream *stream, struct slice text, const struct json *doc,
                        struct place *place, struct error *err)
{
    struct slice root = json_raw(doc, 0);
    struct yaml_document document = {.len = root.len, .mark_count = doc->count};

    document.json = calloc(root.len + 1, 1);
    document.marks = calloc(doc->count, sizeof *document.marks);
    if (document.json == NULL || document.marks == NULL) {
        free(document.json);
        free(document.marks);
        return error_set(err, ERR_NO_MEMORY, "no memory for a document of %zu bytes", root.len);
    }
    memcpy(document.json, root.data, root.len);
    for (uint32_t i = 0; i < doc->count; i++) {
        move_to(place, text, (size_t)(json_raw(doc, i).data - text.data));
        document.marks[i] = place->mark;
    }
    return yaml_stream_add(stream, &document, err);
}

struct json_reader {
    struct slice text;
    enum yaml_mode mode;
    struct place place;
    struct yaml_stream found;
};

/* A whole value that is too much, or one too many. */
static int check_value(struct json_reader *r, const struct extent *extent, size_t max_depth,
                       struct error *err)
{
    if (r->found.count > 0 && r->mode == YAML_STRICT) {
        return yaml_fail(err, ERR_MALFORMED, r->place.mark, YAML_SECOND_DOCUMENT);
    }
    if (extent->too_deep != 0) {
        move_to(&r->place, r->text, extent->too_deep);
        return yaml_fail(err, ERR_TOO_LARGE, r->place.mark, "nested deeper than %zu levels",
                         max_depth);
    }
    return 0;
}

/* The value that begins at r->place, which is moved behind it. */
static int read_value(struct json_reader *r, bool *is_json, struct error *err)
{
    AUTO(json) struct json doc = {0};
    const size_t max_depth = r->mode == YAML_STRICT ? YAML_MAX_DEPTH : JSON_MAX_DEPTH;
    size_t start = r->place.offset;
    struct error inner = {0};

    *is_json = false;
    if (r->text.data[start] != '{' && r->text.data[start] != '[') {
        return 0;
    }
    struct extent extent = find_extent(r->text, start, max_depth);
    if (extent.end > r->text.len) {
        return 0;
    }
    int result = json_parse(&doc, (struct slice){r->text.data + start, extent.end - start}, &inner);
    if (result != 0 && inner.code == ERR_MALFORMED) {
        return 0;
    }
    *is_json = true;
    if (check_value(r, &extent, max_depth, err) != 0) {
        return -1;
    }
    if (result != 0) {
        return yaml_fail(err, inner.code, r->place.mark, "%s", inner.text);
    }
    result = add_document(&r->found, r->text, &doc, &r->place, err);
    move_to(&r->place, r->text, extent.end);
    return result;
}

int yaml_read_json(struct yaml_stream *stream, struct slice text, enum yaml_mode mode,
                   bool *is_json, struct error *err)
{
    struct json_reader r = {.text = text, .mode = mode, .place.mark = {.line = 1, .column = 1}};
    int result = 0;
    bool more = true;

    *is_json = false;
    while (more) {
        move_to(&r.place, text, skip_space(text, r.place.offset));
        more = r.place.offset < text.len;
        result = more ? read_value(&r, is_json, err) : 0;
        more = more && result == 0 && *is_json;
    }
    if (result != 0 || !*is_json) {
        yaml_stream_done(&r.found);
        return result;
    }
    *stream = r.found;
    return 0;
}
