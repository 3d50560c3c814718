/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names are marks at first, which no name of Kubernetes can be, and stand
 * before all that a configuration brings into a policy: in the object's order,
 * the first place of each is the hole.
 */
#include "lib/netpol/form.h"

#include "lib/kube/quote.h"

#include <assert.h>

static const char *const marks[FORM_MAX_HOLES] = {"\x01", "\x02", "\x03"};

/* As they stand in JSON. */
static const char *const printed[FORM_MAX_HOLES] = {"\"\\u0001\"", "\"\\u0002\"", "\"\\u0003\""};

static void split(struct slice text, size_t holes, struct policy_form *out)
{
    struct slice rest = text;

    for (size_t i = 0; i < holes; i++) {
        const char *hole = memmem(rest.data, rest.len, printed[i], strlen(printed[i]));
        assert(hole != NULL);
        size_t before = (size_t)(hole - rest.data);
        out->pieces[i] = (struct slice){rest.data, before};
        rest = slice_after(rest, before + strlen(printed[i]));
    }
    out->pieces[holes] = rest;
    out->holes = holes;
    out->len = text.len;
}

static int print(struct build *policy, size_t holes, struct arena *arena, struct policy_form *out,
                 struct error *err)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, JSON_MAX_TEXT);
    if (build_encode(policy, &text, err) != 0) {
        return -1;
    }
    struct slice copy = arena_copy(arena, buf_view(&text));
    if (copy.data == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the text of a policy");
    }
    split(copy, holes, out);
    return 0;
}

int form_of_floor(const char *config_id, struct arena *arena, struct policy_form *out,
                  struct error *err)
{
    const struct companion_names names = {
        .name = marks[0], .namespace = marks[1], .config_id = config_id};
    AUTO(build) struct build *policy = companion_floor(&names);

    return print(policy, 2, arena, out, err);
}

int form_of_companion(const char *config_id, bool each, const struct companion_target *target,
                      struct arena *arena, struct policy_form *out, struct error *err)
{
    const struct companion_names names = {
        .name = marks[0], .namespace = marks[1], .config_id = config_id};
    AUTO(build) struct build *policy = companion_policy(&names, each ? marks[2] : NULL, target);

    return print(policy, each ? 3 : 2, arena, out, err);
}

void form_fill(const struct policy_form *form, const struct form_names *names, struct buf *out)
{
    const struct slice texts[] = {names->name, names->namespace, names->workload};

    assert(form->holes <= COUNT_OF(texts));
    buf_reserve(out, form->len + names->name.len + names->namespace.len + names->workload.len);
    for (size_t i = 0; i < form->holes; i++) {
        buf_slice(out, form->pieces[i]);
        quote(out, texts[i]);
    }
    buf_slice(out, form->pieces[form->holes]);
}
