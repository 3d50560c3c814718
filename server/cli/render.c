/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/array.h"
#include "lib/pod/policies.h"
#include "server/cli/cli.h"
#include "server/cli/print.h"
#include "server/cli/render_mesh.h"

enum { POLICIES_FIRST = 32, POLICIES_MAX = 1048576 };

static const struct flag flag_mesh = {
    .name = "mesh",
    .help = "the least authorization policies of the mesh as well",
};

static const struct flag *const flags[] = {
    &flag_config, &flag_filename, &flag_recursive, &flag_namespace, &flag_namespace_label,
    &flag_mesh,   NULL,
};

/* What was printed already, sorted: workloads of a namespace share a floor, those of a name a
 * companion. */
struct printed {
    char **items;
    size_t count;
    size_t cap;
};

static void printed_done(struct printed *printed)
{
    for (size_t i = 0; i < printed->count; i++) {
        free(printed->items[i]);
    }
    free(printed->items);
}
DEFINE_AUTO_IN_PLACE(printed, struct printed, printed_done);

/* The first that is not below it. */
static size_t place_of(const struct printed *printed, const char *called)
{
    size_t low = 0;
    size_t high = printed->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(printed->items[middle], called) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int no_memory(struct error *err)
{
    return error_set(err, ERR_NO_MEMORY, "no memory for more policies");
}

/* Take "namespace/name" over at its place. */
static int keep(struct printed *printed, size_t place, char *called, struct error *err)
{
    if (printed->count == printed->cap) {
        char **grown =
            array_grow(printed->items, &printed->cap, sizeof(char *), POLICIES_FIRST, POLICIES_MAX);
        if (grown == NULL) {
            free(called);
            return no_memory(err);
        }
        printed->items = grown;
    }
    memmove(&printed->items[place + 1], &printed->items[place],
            (printed->count - place) * sizeof(char *));
    printed->items[place] = called;
    printed->count++;
    return 0;
}

/* Is it a new one? Then it is known from now on. */
static int note(struct printed *printed, const struct policy_text *policy, bool *new,
                struct error *err)
{
    AUTO(buf) struct buf called = {0};

    buf_init(&called, sizeof policy->namespace + sizeof policy->name);
    buf_printf(&called, "%s/%s", policy->namespace, policy->name);
    if (buf_check(&called, err) != 0) {
        return -1;
    }
    size_t place = place_of(printed, buf_cstr(&called));
    *new = printed->items == NULL || place == printed->count ||
           strcmp(printed->items[place], buf_cstr(&called)) != 0;
    if (!*new) {
        return 0;
    }
    char *taken = buf_take(&called);
    return taken == NULL ? no_memory(err) : keep(printed, place, taken, err);
}

/* Print the policy, if it is a new one. Takes it over. */
static int put_policy(struct printer *printer, struct printed *printed, struct policy_text *policy,
                      struct error *err)
{
    AUTO(json) struct json doc = {0};
    bool new = false;
    int failed = note(printed, policy, &new, err);

    if (failed == 0 && new) {
        failed = json_parse(&doc, slice_of(policy->json), err);
    }
    if (failed == 0 && new) {
        failed = print_document(printer, value_root(&doc), err);
    }
    policy_text_done(policy);
    return failed;
}

static int render_private(struct printer *printer, struct printed *printed,
                          const struct outcome *outcome, struct error *err)
{
    const struct ruleset *ruleset = printer->job->ruleset;
    bool needs_name = printer->job->config->companion == COMPANION_WORKLOAD;
    struct policy_text policy = {0};

    if (policies_floor(ruleset, outcome->subject.namespace, &policy, err) != 0 ||
        put_policy(printer, printed, &policy, err) != 0) {
        return -1;
    }
    if (outcome->unnamed && needs_name) {
        return 0;
    }
    policy = (struct policy_text){0};
    if (policies_companion(&outcome->subject, &policy, err) != 0) {
        return -1;
    }
    return put_policy(printer, printed, &policy, err);
}

/* Sets *denied. */
static int render_all(struct printer *printer, bool *denied, struct error *err)
{
    AUTO(printed) struct printed printed = {0};
    const struct objects *objects = &printer->job->input.objects;

    for (size_t i = 0; i < objects->count; i++) {
        AUTO(outcome) struct outcome outcome = {0};
        if (outcome_of(printer->job, &objects->items[i], &outcome, err) != 0 ||
            outcome_report(printer->job, &objects->items[i], &outcome, err) != 0) {
            return -1;
        }
        if (outcome_is_denied(&outcome)) {
            *denied = true;
        } else if (outcome.subject.rules != NULL &&
                   render_private(printer, &printed, &outcome, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int render(const struct arguments *arguments, const struct console *console)
{
    AUTO(job) struct job job = {0};
    AUTO(printer) struct printer printer = {0};
    struct error err = {0};
    bool denied = false;
    int code = job_open(&job, arguments, console);

    if (code != EXIT_ALLOWED) {
        return code;
    }
    printer_init(&printer, &job);
    if (render_all(&printer, &denied, &err) != 0) {
        return console_fail(console, &err);
    }
    if (arguments_has(arguments, &flag_mesh) && job.config->mesh.mode != MESH_AMBIENT) {
        console_say(console, "--mesh: the configuration has no mesh (mesh.mode: ambient)");
    } else if (arguments_has(arguments, &flag_mesh) && render_mesh(&printer, &err) != 0) {
        return console_fail(console, &err);
    }
    if (printer.count == 0 && !denied) {
        console_say(console, "nothing in the input is private: no policy is needed");
    }
    return denied ? EXIT_DENIED : EXIT_ALLOWED;
}

const struct command command_render = {
    .name = "render",
    .summary = "the NetworkPolicies that these objects need, for GitOps",
    .text =
        "Prints the floor of each namespace and the companion of each workload that is private,\n"
        "as YAML, each once. A cluster that runs podveil makes the same ones itself and takes\n"
        "these as its own.\n\n"
        "With --mesh also the AuthorizationPolicy of each workload in the mesh: it lets in those\n"
        "whose environment, arguments or annotation podveil.io/talks-to name its Services, the\n"
        "Service's waypoint, and the gateways that routes lead from, each with the reason.",
    .flags = flags,
    .run = render,
};
