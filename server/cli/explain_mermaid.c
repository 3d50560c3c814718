/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flowchart for Mermaid, as GitHub and other viewers of Markdown draw it: for
 * each workload its pod, an edge for each way out, what closes it, and where a
 * way that is not closed leads.
 *
 * A label is a string in quotes in which every character that could mean
 * something to Mermaid or to HTML is written by its number (#35; and the like).
 *
 * Viewers refuse charts above 500 edges or 50,000 characters; that is said.
 */
#include "lib/kube/printable.h"
#include "lib/kube/utf8.h"
#include "server/cli/explain_forms.h"

enum { EDGES_MAX = 500, CHARACTERS_MAX = 50000 };

static const char head[] = "flowchart LR\n"
                           "  classDef tunnel fill:#dafbe1,stroke:#1a7f37,color:#1f2328\n"
                           "  classDef closed fill:#eaeef2,stroke:#8c959f,color:#1f2328\n"
                           "  classDef inside fill:#ddf4ff,stroke:#0969da,color:#1f2328\n"
                           "  classDef open fill:#fff8c5,stroke:#9a6700,color:#1f2328\n"
                           "  classDef leak fill:#ffd8d6,stroke:#cf222e,color:#a40e26,"
                           "stroke-width:3px\n";

static const struct {
    const char *class;
    const char *edge;
} looks[] = {
    [WAY_TUNNEL] = {"tunnel", "==>"}, [WAY_CLOSED] = {"closed", "--x"},
    [WAY_INSIDE] = {"inside", "-->"}, [WAY_OPEN] = {"open", "-.->"},
    [WAY_LEAK] = {"leak", "==>"},
};

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr(" .,-/+:()_", c) != NULL;
}

/* What is no letter, digit or plain mark of ASCII goes by its number. */
static void put_label(struct buf *out, struct slice text)
{
    AUTO(buf) struct buf shown = {0};

    buf_init(&shown, out->max);
    printable_append(&shown, text);
    for (struct slice rest = buf_view(&shown); rest.len > 0;) {
        size_t len = utf8_length(rest.data, rest.len);
        if (is_plain(rest.data[0])) {
            buf_char(out, rest.data[0]);
        } else if (len > 0) {
            buf_printf(out, "#%u;", (unsigned)utf8_code(rest.data, len));
        }
        rest = slice_after(rest, len == 0 ? 1 : len);
    }
}

static bool is_first_with(const struct way *way, size_t cni)
{
    size_t first = 0;

    while (way->holds[first] != way->holds[cni]) {
        first++;
    }
    return first == cni;
}

/* ": Calico, Cilium": those that hold it by the same. */
static void put_cnis(struct buf *out, const struct way *way, unsigned holds)
{
    const char *mark = ": ";

    for (size_t cni = 0; cni < CNI_COUNT; cni++) {
        if (way->holds[cni] == holds) {
            buf_text(out, mark);
            put_label(out, slice_of(cni_short_names[cni]));
            mark = ", ";
        }
    }
}

/* "lock: kube-router (k3s), flannel", a line for each that differs; no names where none does. */
static void put_holds(struct buf *out, const struct way *way)
{
    bool differs = false;

    for (size_t cni = 1; cni < CNI_COUNT; cni++) {
        differs = differs || way->holds[cni] != way->holds[0];
    }
    for (size_t cni = 0; cni < CNI_COUNT; cni++) {
        if (!is_first_with(way, cni)) {
            continue;
        }
        buf_text(out, cni > 0 ? "<br/>" : "");
        put_label(out, slice_of(hold_text(way->holds[cni])));
        if (differs) {
            put_cnis(out, way, way->holds[cni]);
        }
    }
}

/* Edges are numbered as they stand in the text. */
static void put_edge(struct drawing *drawing, const struct way *way, const char *edge)
{
    buf_printf(&drawing->text, " %s ", edge);
    if (way->state == WAY_LEAK) {
        buf_printf(&drawing->styles, "  linkStyle %zu stroke:#cf222e,stroke-width:3px\n",
                   drawing->edges);
    }
    drawing->edges++;
}

/* "w1 --- w1_way1[way] --x w1_by1[what closes it]", and where it ends, unless it is closed. */
static void put_way(struct drawing *drawing, const struct way *way, size_t number)
{
    struct buf *out = &drawing->text;
    const char *class = looks[way->state].class;
    size_t workload = drawing->count + 1;

    buf_printf(out, "    w%zu", workload);
    put_edge(drawing, way, way->state == WAY_CLOSED ? "---" : looks[way->state].edge);
    buf_printf(out, "w%zu_way%zu[\"", workload, number);
    put_label(out, slice_of(way->name));
    buf_printf(out, "\"]:::%s", class);
    put_edge(drawing, way, looks[way->state].edge);
    buf_printf(out, "w%zu_by%zu[\"", workload, number);
    if (way->by_cni) {
        put_holds(out, way);
    } else {
        put_label(out, slice_of(way->text));
    }
    buf_printf(out, "\"]:::%s", class);
    if (way->state != WAY_CLOSED) {
        put_edge(drawing, way, looks[way->state].edge);
        buf_printf(out, "w%zu_end%zu([\"", workload, number);
        put_label(out, slice_of(way->end));
        buf_printf(out, "\"]):::%s", class);
    }
    buf_char(out, '\n');
}

/* The pod itself: its name, and what is wrong with it. */
static void put_pod(struct drawing *drawing, const struct ways *ways)
{
    struct buf *out = &drawing->text;
    bool bad = ways->standing == STANDING_DENIED || ways->offender != NULL;
    struct slice name = object_name(ways->object);

    buf_printf(out, "    w%zu[\"", drawing->count + 1);
    put_label(out, name.len > 0 ? name : SLICE("(no name)"));
    if (ways->standing == STANDING_DENIED) {
        buf_text(out, "<br/>not let in<br/>");
        put_label(out, slice_of(ways->message));
    } else if (ways->offender != NULL) {
        AUTO(buf) struct buf policy = {0};
        buf_init(&policy, out->max);
        offender_print(ways->offender, &policy);
        buf_text(out, "<br/>LEAK by ");
        put_label(out, buf_view(&policy));
    }
    buf_printf(out, "\"]:::%s\n", bad ? "leak" : "inside");
}

static int draw(struct drawing *drawing, const struct job *job, const struct ways *ways,
                const struct outcome *outcome, struct error *err)
{
    struct buf *out = &drawing->text;

    (void)job;
    (void)outcome;
    buf_text(out, drawing->count == 0 ? head : "");
    buf_printf(out, "  subgraph s%zu[\"", drawing->count + 1);
    put_label(out, object_kind(ways->object));
    buf_char(out, ' ');
    put_label(out, ways->namespace);
    buf_char(out, '/');
    put_label(out, object_name(ways->object));
    buf_text(out, "\"]\n    direction LR\n");
    put_pod(drawing, ways);
    for (size_t i = 0; i < ways->count; i++) {
        put_way(drawing, &ways->items[i], i + 1);
    }
    buf_text(out, "  end\n");
    return buf_check(out, err);
}

static int end(struct drawing *drawing, struct error *err)
{
    const struct console *console = drawing->console;
    size_t len = drawing->text.len + drawing->styles.len;

    if (buf_check(&drawing->text, err) != 0 || buf_check(&drawing->styles, err) != 0) {
        return -1;
    }
    console_put(console, buf_view(&drawing->text));
    console_put(console, buf_view(&drawing->styles));
    if (drawing->edges > EDGES_MAX || len > CHARACTERS_MAX) {
        console_say(console,
                    "Mermaid draws at most %d edges and %d characters unless it is told otherwise; "
                    "this has %zu and %zu. Give it fewer workloads, or take -o svg.",
                    EDGES_MAX, CHARACTERS_MAX, drawing->edges, len);
    }
    return 0;
}

const struct explain_form explain_mermaid = {.name = "mermaid", .draw = draw, .end = end};
