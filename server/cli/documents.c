/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/documents.h"

#include "lib/base/array.h"
#include "lib/kube/yaml.h"

#include <stdint.h>

enum { DOCUMENTS_FIRST = 16, DOCUMENTS_MAX = 1048576 };

static void document_free(struct document *document)
{
    json_done(&document->doc);
    free(document->text);
    free(document);
}
DEFINE_AUTO(document, struct document, document_free);

static void drop_from(struct documents *documents, size_t count)
{
    while (documents->count > count) {
        documents->count--;
        document_free(documents->items[documents->count]);
    }
}

void documents_done(struct documents *documents)
{
    drop_from(documents, 0);
    free(documents->items);
    *documents = (struct documents){0};
}

static int make_room(struct documents *documents, struct error *err)
{
    if (documents->count < documents->cap) {
        return 0;
    }
    struct document **grown = array_grow(documents->items, &documents->cap,
                                         sizeof(struct document *), DOCUMENTS_FIRST, DOCUMENTS_MAX);
    if (grown == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for more documents");
    }
    documents->items = grown;
    return 0;
}

int documents_add(struct documents *documents, const struct source *source, struct slice json,
                  struct error *err)
{
    AUTO(document) struct document *document = calloc(1, sizeof *document);
    char *text = calloc(1, json.len + 1);

    if (document == NULL || text == NULL || make_room(documents, err) != 0) {
        free(text);
        return error_set(err, ERR_NO_MEMORY, "no memory for a document");
    }
    memcpy(text, json.data, json.len);
    document->text = text;
    document->len = json.len;
    document->source = *source;
    if (json_parse(&document->doc, (struct slice){text, json.len}, err) != 0) {
        return -1;
    }
    documents->items[documents->count++] = STEAL(document);
    return 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_space(struct slice text, size_t at)
{
    while (at < text.len && is_space(text.data[at])) {
        at++;
    }
    return at;
}

static int read_json(struct documents *documents, const char *file, struct slice text,
                     struct error *err)
{
    const struct source source = {.file = file, .number = 1};
    return documents_add(documents, &source, text, err);
}

static int read_yaml(struct documents *documents, const char *file, struct slice text,
                     struct error *err)
{
    AUTO(yaml_stream) struct yaml_stream stream = {0};
    struct source source = {.file = file};

    if (yaml_read(&stream, text, YAML_MANIFEST, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < stream.count; i++) {
        const struct yaml_document *from = &stream.documents[i];
        source.number = i + 1;
        if (documents_add(documents, &source, (struct slice){from->json, from->len}, err) != 0) {
            return error_prefix(err, "document %zu, as JSON", source.number);
        }
    }
    return 0;
}

/* `{` alone may begin YAML's flow style too; `{"` or `{}` is meant as JSON. */
static bool looks_like_json(struct slice text)
{
    size_t at = skip_space(text, 0);
    size_t next = at < text.len && text.data[at] == '{' ? skip_space(text, at + 1) : text.len;
    return next < text.len && (text.data[next] == '"' || text.data[next] == '}');
}

/* Which failure is the text's. A lack of memory is none: with memory it might have been read. */
static const struct error *told_of(struct slice text, const struct error *as_json,
                                   const struct error *as_yaml)
{
    bool json = looks_like_json(text) && as_yaml->code != ERR_NO_MEMORY;

    return json || as_json->code == ERR_NO_MEMORY ? as_json : as_yaml;
}

int documents_read(struct documents *documents, const char *file, struct slice text,
                   struct error *err)
{
    size_t before = documents->count;
    struct error as_json = {0};
    struct error as_yaml = {0};

    if (read_json(documents, file, text, &as_json) != 0 &&
        (as_json.code == ERR_NO_MEMORY || read_yaml(documents, file, text, &as_yaml) != 0)) {
        const struct error *told = told_of(text, &as_json, &as_yaml);
        drop_from(documents, before);
        return error_set(err, told->code, "%s: %s", file, told->text);
    }
    for (size_t i = before; i < documents->count; i++) {
        documents->items[i]->source.only = documents->count - before == 1;
    }
    return 0;
}
