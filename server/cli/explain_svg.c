/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture of its own: a card for each workload, with the pod at the left, a row
 * for each way out of it, what closes that under each CNI, and where it ends.
 *
 *   | pod |-+- way - chip chip chip chip - end
 *           +- way -      chip           - end
 *
 * Colours are those of the viewer's scheme, light or dark, and never the only
 * sign: each row says in words how it ends. Plain SVG 1.1: no script, no link, no
 * outside font or picture.
 */
#include "lib/kube/printable.h"
#include "server/cli/explain_forms.h"
#include "server/cli/svg.h"

enum {
    WIDTH = 1240,
    MARGIN = 20,
    GAP = 16, /* between cards */
    PAD = 16, /* inside a card */
    HEADING = 30,
    ROW = 34,
    PILL = 26, /* the height of what stands in a row */

    POD_X = MARGIN + PAD,
    POD_WIDTH = 196,
    POD_MIN = 116,
    TRUNK_X = POD_X + POD_WIDTH + 18,
    WAY_X = TRUNK_X + 20,
    WAY_WIDTH = 226,
    CHIPS_X = WAY_X + WAY_WIDTH + 24,
    CHIP_WIDTH = 114,
    CHIP_GAP = 6,
    CHIPS_WIDTH = CNI_COUNT * (CHIP_WIDTH + CHIP_GAP) - CHIP_GAP,
    END_X = CHIPS_X + CHIPS_WIDTH + 24,
    END_WIDTH = WIDTH - MARGIN - PAD - END_X,
    TEXT_X = WAY_X,
    TEXT_WIDTH = WIDTH - MARGIN - PAD - TEXT_X,

    SIZE = 13,
    SMALL = 11,
    LINE_HEIGHT = 18,
    LINES_MAX = 5, /* of a message */
    LEGEND = 46,
};

static const char style[] =
    "<style>\n"
    "text{font-family:sans-serif;fill:#1f2328}\n"
    ".muted{fill:#59636e}.strong{font-weight:bold}\n"
    ".ground{fill:#fff}.card{fill:#f6f8fa;stroke:#d1d9e0}\n"
    ".pod{fill:#fff;stroke:#59636e;stroke-width:1.5}\n"
    ".tunnel{fill:#dafbe1;stroke:#1a7f37}.closed{fill:#eaeef2;stroke:#c4ccd4}\n"
    ".inside{fill:#ddf4ff;stroke:#0969da}.open{fill:#fff8c5;stroke:#9a6700}\n"
    ".leak{fill:#ffd8d6;stroke:#cf222e;stroke-width:2}\n"
    ".alarm{fill:#a40e26;font-weight:bold}.alert{fill:#a40e26}\n"
    "path{fill:none;stroke-width:2}\n"
    ".l-closed{stroke:#8c959f}.l-tunnel{stroke:#1a7f37;stroke-width:4}\n"
    ".l-inside{stroke:#0969da}.l-open{stroke:#9a6700}.l-leak{stroke:#cf222e;stroke-width:4}\n"
    "@media (prefers-color-scheme:dark){\n"
    "text{fill:#f0f6fc}.muted{fill:#9198a1}\n"
    ".ground{fill:#0d1117}.card{fill:#151b23;stroke:#3d444d}\n"
    ".pod{fill:#0d1117;stroke:#9198a1}\n"
    ".tunnel{fill:#12361f;stroke:#3fb950}.closed{fill:#262c36;stroke:#3d444d}\n"
    ".inside{fill:#10294a;stroke:#4493f8}.open{fill:#3a2d0b;stroke:#d29922}\n"
    ".leak{fill:#551a1e;stroke:#f85149}.alarm,.alert{fill:#ff9492}\n"
    ".l-closed{stroke:#6e7681}.l-tunnel{stroke:#3fb950}.l-inside{stroke:#4493f8}\n"
    ".l-open{stroke:#d29922}.l-leak{stroke:#f85149}\n"
    "}\n"
    "</style>\n";

/* How a state looks: its boxes and its lines. */
static const struct {
    const char *box;
    const char *line;
    bool arrives;
} looks[] = {
    [WAY_TUNNEL] = {"tunnel", "l-tunnel", true}, [WAY_CLOSED] = {"closed", "l-closed", false},
    [WAY_INSIDE] = {"inside", "l-inside", true}, [WAY_OPEN] = {"open", "l-open", true},
    [WAY_LEAK] = {"leak", "l-leak", true},
};

/* An arrow's head is drawn, not a marker: viewers agree on paths. */
static void put_arrow(struct buf *out, unsigned x1, unsigned x2, unsigned y, const char *line)
{
    svg_line(out, &(struct svg_line){x1, y, x2, y, line});
    buf_printf(out, "<path class=\"%s\" d=\"M%u %uL%u %uL%u %u\"/>\n", line, x2 - 7, y - 5, x2, y,
               x2 - 7, y + 5);
}

/* A box with its text in the middle. */
static void put_pill(struct buf *out, const struct svg_box *box, bool alarm, struct slice text)
{
    svg_box(out, box);
    svg_text(out,
             &(struct svg_text){.x = box->x + box->width / 2,
                                .y = box->y + box->height / 2 + 4,
                                .size = SIZE - 1,
                                .width = box->width - 10,
                                .style = alarm ? "alarm" : "plain",
                                .middle = true,
                                .bold = alarm},
             text);
}

static struct svg_box pill_at(unsigned x, unsigned middle, unsigned width, const char *look)
{
    return (struct svg_box){x, middle - PILL / 2, width, PILL, 6, look};
}

/* What one CNI holds the way by. */
static void put_chips(struct buf *out, const struct way *way, unsigned middle)
{
    for (unsigned cni = 0; cni < CNI_COUNT; cni++) {
        bool open = way->holds[cni] == HOLD_NONE;
        const char *look = open ? "leak" : way->state == WAY_LEAK ? "open" : "closed";
        struct svg_box box =
            pill_at(CHIPS_X + cni * (CHIP_WIDTH + CHIP_GAP), middle, CHIP_WIDTH, look);
        put_pill(out, &box, open, slice_of(hold_text(way->holds[cni])));
    }
}

/* For who cannot see it: the row in words. */
static void put_label(struct buf *out, const struct way *way)
{
    buf_text(out, "<g role=\"group\" aria-label=\"");
    svg_escape(out, slice_of(way->name));
    buf_text(out, ": ");
    for (size_t cni = 0; way->by_cni && cni < CNI_COUNT; cni++) {
        buf_printf(out, "%s%s by %s", cni > 0 ? ", " : "", cni_names[cni],
                   hold_text(way->holds[cni]));
    }
    svg_escape(out, way->by_cni ? SLICE("") : slice_of(way->text));
    buf_text(out, "; ");
    svg_escape(out, slice_of(way->end));
    buf_text(out, "\">\n");
}

static void put_end(struct buf *out, const struct way *way, unsigned middle)
{
    const char *line = looks[way->state].line;
    unsigned behind = CHIPS_X + CHIPS_WIDTH;

    if (looks[way->state].arrives) {
        put_arrow(out, behind, END_X - 2, middle, line);
    } else {
        svg_line(out, &(struct svg_line){behind + 10, middle - 8, behind + 10, middle + 8, line});
    }
    if (way->state == WAY_CLOSED) {
        svg_text(out,
                 &(struct svg_text){END_X, middle + 4, SIZE - 1, END_WIDTH, "muted", false, false},
                 slice_of(way->end));
        return;
    }
    struct svg_box box = pill_at(END_X, middle, END_WIDTH, looks[way->state].box);
    put_pill(out, &box, way->state == WAY_LEAK, slice_of(way->end));
}

static void put_way(struct buf *out, const struct way *way, unsigned middle)
{
    const char *look = looks[way->state].box;
    const char *line = looks[way->state].line;

    put_label(out, way);
    svg_line(out, &(struct svg_line){TRUNK_X, middle, WAY_X, middle, line});
    svg_line(out, &(struct svg_line){WAY_X + WAY_WIDTH, middle, CHIPS_X, middle, line});
    struct svg_box name = pill_at(WAY_X, middle, WAY_WIDTH, look);
    put_pill(out, &name, way->state == WAY_LEAK, slice_of(way->name));
    if (way->by_cni) {
        put_chips(out, way, middle);
    } else {
        struct svg_box wide = pill_at(CHIPS_X, middle, CHIPS_WIDTH, look);
        put_pill(out, &wide, false, slice_of(way->text));
    }
    put_end(out, way, middle);
    buf_text(out, "</g>\n");
}

struct badge {
    const char *text;
    const char *box;
};

static const struct badge badges[] = {
    [STANDING_PRIVATE] = {"protected", "tunnel"},
    [STANDING_PLAIN] = {"not private", "closed"},
    [STANDING_GATEWAY] = {"a gateway", "inside"},
    [STANDING_DENIED] = {"not let in", "leak"},
};

static struct badge badge_of(const struct ways *ways)
{
    if (ways->offender != NULL) {
        return (struct badge){"LEAK", "leak"};
    }
    for (size_t i = 0; ways->standing == STANDING_PRIVATE && i < ways->count; i++) {
        if (ways->items[i].state == WAY_OPEN) {
            return (struct badge){"open in part", "open"};
        }
    }
    return badges[ways->standing];
}

static void put_pod(struct buf *out, const struct ways *ways, unsigned middle)
{
    unsigned top = middle - POD_MIN / 2;
    unsigned x = POD_X + POD_WIDTH / 2;
    unsigned width = POD_WIDTH - 16;
    struct badge badge = badge_of(ways);
    struct slice name = object_name(ways->object);

    svg_box(out, &(struct svg_box){POD_X, top, POD_WIDTH, POD_MIN, 8, "pod"});
    svg_text(out, &(struct svg_text){x, top + 22, SMALL, width, "muted", true, false},
             object_kind(ways->object));
    svg_text(out, &(struct svg_text){x, top + 42, SIZE + 1, width, "strong", true, true},
             name.len > 0 ? name : SLICE("(no name)"));
    svg_text(out, &(struct svg_text){x, top + 60, SMALL, width, "muted", true, false},
             ways->namespace);
    struct svg_box box = {POD_X + 28, top + POD_MIN - 40, POD_WIDTH - 56, PILL, 13, badge.box};
    put_pill(out, &box, ways->offender != NULL, slice_of(badge.text));
}

static void put_heading(struct buf *out, unsigned top)
{
    static const char *const titles[] = {"way out", "where it ends"};
    const unsigned places[] = {WAY_X + WAY_WIDTH / 2, END_X + END_WIDTH / 2};
    unsigned y = top + PAD + 8;

    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        svg_text(out, &(struct svg_text){places[i], y, SMALL, WAY_WIDTH, "muted", true, false},
                 slice_of(titles[i]));
    }
    for (unsigned cni = 0; cni < CNI_COUNT; cni++) {
        unsigned x = CHIPS_X + cni * (CHIP_WIDTH + CHIP_GAP) + CHIP_WIDTH / 2;
        svg_text(out, &(struct svg_text){x, y, SMALL, CHIP_WIDTH, "muted", true, false},
                 slice_of(cni_names[cni]));
    }
}

/* Words over as many lines as there may be; gives how many there were. */
static unsigned put_words(struct buf *out, struct slice text, unsigned y)
{
    AUTO(buf) struct buf shown = {0};
    unsigned line = 0;

    buf_init(&shown, out->max);
    printable_append(&shown, text);
    for (struct slice rest = buf_view(&shown); rest.len > 0; line++) {
        bool last = line + 1 == LINES_MAX;
        size_t len = last ? rest.len : svg_words(rest, SIZE, TEXT_WIDTH);
        svg_text(out,
                 &(struct svg_text){TEXT_X, y + line * LINE_HEIGHT, SIZE, TEXT_WIDTH, "alert",
                                    false, false},
                 (struct slice){rest.data, len});
        rest = slice_after(rest, len < rest.len && rest.data[len] == ' ' ? len + 1 : len);
    }
    return line;
}

static void say_leak(const struct ways *ways, struct buf *out)
{
    const struct offender *offender = ways->offender;

    buf_text(out, "LEAK: ");
    offender_print(offender, out);
    if (offender->witness[0] != '\0') {
        buf_printf(
            out, " opens %s (%s). A cluster that runs podveil refuses it, and the pods beside it.",
            offender->witness, offender->field);
    } else {
        buf_printf(out, " may open anything: %s", offender->text);
    }
}

/* What is said in words, from y on; gives its height. */
static unsigned put_message(struct buf *out, const struct ways *ways, unsigned y)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, out->max);
    if (ways->standing == STANDING_DENIED) {
        buf_text(&text, ways->message);
    } else if (ways->offender != NULL) {
        say_leak(ways, &text);
    }
    if (text.len == 0) {
        return 0;
    }
    return put_words(out, buf_view(&text), y + 18) * LINE_HEIGHT + 12;
}

/* Where the parts of a card are, from its top down. */
struct card {
    unsigned top;
    unsigned first;  /* the first row's upper end */
    unsigned rows;   /* the height of all rows */
    unsigned middle; /* of the pod and the trunk */
    unsigned height;
};

static struct card lay_out(const struct ways *ways, unsigned top, unsigned message)
{
    struct card card = {.top = top, .rows = (unsigned)ways->count * ROW};
    unsigned heading = ways->standing == STANDING_PRIVATE ? HEADING : 0;
    unsigned inner = heading + card.rows + message;

    card.first = top + PAD + heading;
    if (inner < POD_MIN) {
        card.first += (POD_MIN - inner) / 2;
        inner = POD_MIN;
    }
    card.middle = card.rows > 0 ? card.first + card.rows / 2 : top + PAD + inner / 2;
    card.height = inner + 2 * PAD;
    return card;
}

/* The trunk that the ways branch off. */
static void put_trunk(struct buf *out, const struct card *card)
{
    unsigned upper = card->first + ROW / 2;
    unsigned lower = card->first + card->rows - ROW / 2;

    svg_line(out, &(struct svg_line){POD_X + POD_WIDTH, card->middle, TRUNK_X, card->middle,
                                     "l-closed"});
    svg_line(out, &(struct svg_line){TRUNK_X, upper, TRUNK_X, lower, "l-closed"});
}

static int draw(struct drawing *drawing, const struct job *job, const struct ways *ways,
                const struct outcome *outcome, struct error *err)
{
    struct buf *out = &drawing->text;
    AUTO(buf) struct buf unused = {0};

    (void)job;
    (void)outcome;
    buf_init(&unused, out->max);
    struct card card = lay_out(ways, drawing->height, put_message(&unused, ways, 0));
    svg_box(out, &(struct svg_box){MARGIN, card.top, WIDTH - 2 * MARGIN, card.height, 10, "card"});
    if (ways->standing == STANDING_PRIVATE) {
        put_heading(out, card.top);
    }
    if (ways->count > 0) {
        put_trunk(out, &card);
    }
    for (size_t i = 0; i < ways->count; i++) {
        put_way(out, &ways->items[i], card.first + (unsigned)i * ROW + ROW / 2);
    }
    (void)put_message(out, ways, card.first + card.rows);
    put_pod(out, ways, card.middle);
    drawing->height += card.height + GAP;
    return buf_check(out, err);
}

static int end(struct drawing *drawing, struct error *err)
{
    AUTO(buf) struct buf head = {0};
    static const char *const legend[] = {
        "policy: the NetworkPolicies podveil-floor and the companion.  lock: the packet filter in "
        "the pod.",
        "rule: podveil refuses the object that would open the way.  no NET_RAW: the capability is "
        "dropped.",
    };
    unsigned top = drawing->height;

    for (unsigned i = 0; i < COUNT_OF(legend); i++) {
        svg_text(&drawing->text,
                 &(struct svg_text){MARGIN + 4, top + 12 + i * 16, SMALL, WIDTH - 2 * MARGIN,
                                    "muted", false, false},
                 slice_of(legend[i]));
    }
    buf_text(&drawing->text, "</svg>\n");
    buf_init(&head, drawing->text.max);
    buf_printf(&head,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
               "viewBox=\"0 0 %d %u\" role=\"img\" aria-labelledby=\"title desc\">\n"
               "<title id=\"title\">The ways out of %zu workload%s</title>\n"
               "<desc id=\"desc\">For each workload a row for each way out of its pods: what "
               "closes it under each CNI, and where it ends.</desc>\n%s",
               WIDTH, top + LEGEND, WIDTH, top + LEGEND, drawing->count,
               drawing->count == 1 ? "" : "s", style);
    svg_box(&head, &(struct svg_box){0, 0, WIDTH, top + LEGEND, 0, "ground"});
    if (buf_check(&head, err) != 0 || buf_check(&drawing->text, err) != 0) {
        return -1;
    }
    console_put(drawing->console, buf_view(&head));
    console_put(drawing->console, buf_view(&drawing->text));
    return 0;
}

const struct explain_form explain_svg = {.name = "svg", .draw = draw, .end = end};
