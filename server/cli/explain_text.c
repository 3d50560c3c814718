/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/printable.h"
#include "server/cli/explain_forms.h"
#include "server/cli/explain_layers.h"

enum { NAME_COLUMN = 30, CNI_COLUMN = 18 };

static const char red[] = "\x1b[31m";
static const char plain[] = "\x1b[0m";

static void put_heading(struct buf *out)
{
    buf_printf(out, "    %-*s", NAME_COLUMN, "way");
    for (size_t cni = 0; cni < CNI_COUNT; cni++) {
        buf_printf(out, "%-*s", cni + 1 < CNI_COUNT ? CNI_COLUMN : 0, cni_names[cni]);
    }
    buf_char(out, '\n');
}

/* A line of the table; red where it leaks. */
static void put_way(struct buf *out, const struct way *way, bool color)
{
    bool leaks = way->state == WAY_LEAK;

    buf_printf(out, "    %s%-*s", leaks && color ? red : "", NAME_COLUMN, way->name);
    for (size_t cni = 0; way->by_cni && cni < CNI_COUNT; cni++) {
        buf_printf(out, "%-*s", cni + 1 < CNI_COUNT ? CNI_COLUMN : 0, hold_text(way->holds[cni]));
    }
    buf_printf(out, "%s%s%s\n", way->by_cni ? "" : way->text,
               way->state == WAY_OPEN && !way->by_cni ? " (open)" : "",
               leaks && color ? plain : "");
}

static void put_leak(struct buf *out, const struct ways *ways, bool color)
{
    const struct offender *offender = ways->offender;

    buf_printf(out, "    %sLEAK%s  ", color ? red : "", color ? plain : "");
    offender_print(offender, out);
    if (offender->witness[0] != '\0') {
        buf_printf(out, " opens %s (%s).\n", offender->witness, offender->field);
    } else {
        buf_printf(out, " may open anything: %s\n", offender->text);
    }
    buf_text(out, "          A cluster that runs podveil refuses it, and the pods beside it.\n");
}

static int put_private(struct drawing *drawing, const struct ways *ways,
                       const struct outcome *outcome, struct buf *out, struct error *err)
{
    bool color = drawing->console->out_color;

    buf_printf(out, "\n  private, through gateway %s\n\n", ways->gateway);
    put_heading(out);
    for (size_t i = 0; i < ways->count; i++) {
        put_way(out, &ways->items[i], color);
    }
    buf_char(out, '\n');
    if (ways->offender != NULL) {
        put_leak(out, ways, color);
        buf_char(out, '\n');
    }
    return explain_layers(outcome, out, err);
}

static int draw(struct drawing *drawing, const struct job *job, const struct ways *ways,
                const struct outcome *outcome, struct error *err)
{
    struct buf *out = &drawing->text;

    buf_text(out, drawing->count == 0 ? "" : "\n");
    job_describe(job, ways->object, out);
    switch (ways->standing) {
    case STANDING_DENIED:
        buf_printf(out, "\n  is not let in: %s\n", ways->message);
        break;
    case STANDING_PLAIN:
        buf_text(out, "\n  not private: goes out directly\n");
        break;
    case STANDING_GATEWAY:
        buf_text(out, "\n  a gateway's own pod: goes out directly, the tunnel ends here\n");
        break;
    case STANDING_PRIVATE:
        if (put_private(drawing, ways, outcome, out, err) != 0) {
            return -1;
        }
        break;
    }
    if (buf_check(out, err) != 0) {
        return -1;
    }
    console_put(drawing->console, buf_view(out));
    buf_clear(out);
    return 0;
}

static int end(struct drawing *drawing, struct error *err)
{
    static const char legend[] = "\npolicy: the NetworkPolicies podveil-floor and the companion. "
                                 "lock: the packet filter in the pod.\n"
                                 "rule: podveil refuses the object that would open the way. no "
                                 "NET_RAW: the capability is dropped.\n";

    (void)err;
    if (drawing->count > 0) {
        console_put(drawing->console, SLICE(legend));
    }
    return 0;
}

const struct explain_form explain_text = {.name = "text", .draw = draw, .end = end};
