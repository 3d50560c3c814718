/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/print.h"

#include "lib/kube/yaml.h"
#include "server/cli/diff.h"
#include "server/cli/indent.h"

enum { DOCUMENT_MAX = 64 * 1024 * 1024, ITEMS_MAX = 512 * 1024 * 1024, NAME_MAX_TEXT = 8192 };

void printer_init(struct printer *printer, const struct job *job)
{
    *printer = (struct printer){.job = job};
    buf_init(&printer->items, ITEMS_MAX);
}

void printer_done(struct printer *printer)
{
    buf_done(&printer->items);
}

int print_document(struct printer *printer, struct value value, struct error *err)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, DOCUMENT_MAX);
    buf_text(&text, printer->count == 0 ? "" : "---\n");
    if (yaml_write(value, &text, err) != 0 || buf_check(&text, err) != 0) {
        return -1;
    }
    printer->count++;
    console_put(printer->job->console, buf_view(&text));
    return 0;
}

int print_yaml(struct printer *printer, const struct object *object, const struct outcome *outcome,
               struct error *err)
{
    (void)object;
    return print_document(printer, outcome->after, err);
}

int print_json(struct printer *printer, const struct object *object, const struct outcome *outcome,
               struct error *err)
{
    (void)object;
    buf_text(&printer->items, printer->count == 0 ? "" : ",");
    value_encode(outcome->after, &printer->items);
    printer->count++;
    return buf_check(&printer->items, err);
}

int print_json_end(struct printer *printer, struct error *err)
{
    AUTO(buf) struct buf text = {0};

    if (printer->count == 0) {
        return 0;
    }
    buf_init(&text, ITEMS_MAX);
    if (printer->count > 1) {
        buf_text(&text, "{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"List\",\n"
                        "    \"items\": [\n        ");
    }
    indent_json(&text, buf_view(&printer->items), printer->count > 1 ? 2 : 0);
    buf_text(&text, printer->count > 1 ? "\n    ]\n}\n" : "\n");
    if (buf_check(&text, err) != 0) {
        return -1;
    }
    console_put(printer->job->console, buf_view(&text));
    return 0;
}

int print_patch(struct printer *printer, const struct object *object, const struct outcome *outcome,
                struct error *err)
{
    (void)object;
    (void)err;
    printer->count++;
    console_put(printer->job->console, buf_view(&outcome->patch));
    console_put(printer->job->console, SLICE("\n"));
    return 0;
}

int print_diff(struct printer *printer, const struct object *object, const struct outcome *outcome,
               struct error *err)
{
    AUTO(buf) struct buf before = {0};
    AUTO(buf) struct buf after = {0};
    AUTO(buf) struct buf name = {0};
    AUTO(buf) struct buf text = {0};

    buf_init(&before, DOCUMENT_MAX);
    buf_init(&after, DOCUMENT_MAX);
    buf_init(&name, NAME_MAX_TEXT);
    buf_init(&text, ITEMS_MAX);
    job_describe(printer->job, object, &name);
    if (yaml_write(object->value, &before, err) != 0 ||
        yaml_write(outcome->after, &after, err) != 0 || buf_check(&before, err) != 0 ||
        buf_check(&after, err) != 0 || buf_check(&name, err) != 0) {
        return -1;
    }
    const struct diff_side sides[] = {{buf_cstr(&name), buf_view(&before)},
                                      {"with podveil", buf_view(&after)}};
    if (diff_unified(&text, &sides[0], &sides[1], printer->job->console->out_color, err) != 0) {
        return -1;
    }
    printer->count++;
    console_put(printer->job->console, buf_view(&text));
    return 0;
}
