/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs reviews through admission_review(), each from its body to the bytes of its reply, for
 * callgrind to count instructions and for itself to count allocations.
 *
 *   bench_review CONFIG mutate|validate ROUNDS FINALS REVIEW...
 *
 * The whole set is run ROUNDS times, one after the other, so that no document follows itself. Of
 * the last round it prints a line a review: allocations, bytes in, bytes out, code, allowed or
 * denied, whether there is a patch. FINALS is a directory for the reviews with the patched object
 * in the place of their own, as the API server sends them to /validate next; "" for none.
 */
#include "lib/base/base64.h"
#include "lib/base/file.h"
#include "lib/kube/patch.h"
#include "server/admission/admission.h"
#include "tests/bench/allocations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARGUMENT_CONFIG = 1, ARGUMENT_PHASE, ARGUMENT_ROUNDS, ARGUMENT_FINALS, ARGUMENT_REVIEWS };
enum { ROUNDS_MAX = 1000000 };

struct bench {
    const struct ruleset *ruleset;
    enum phase phase;
    const char *finals;
    struct buf *bodies;
    char **names;
    size_t count;
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* The object as the patch of the reply leaves it; without a patch, nothing. */
static int patched_object(struct value root, const struct admission *answer, struct buf *object,
                          struct error *err)
{
    AUTO(json) struct json reply = {0};
    AUTO(json) struct json operations = {0};
    AUTO(buf) struct buf patch = {0};

    buf_init(&patch, JSON_MAX_TEXT);
    if (json_parse(&reply, buf_view(&answer->body), err) != 0) {
        return -1;
    }
    struct value text = value_get(value_root(&reply), "response", "patch", NULL);
    if (!value_exists(text)) {
        return error_set(err, ERR_MALFORMED, "no patch: %s", buf_cstr(&answer->body));
    }
    if (base64_decode(&patch, value_string(text), err) != 0 ||
        json_parse(&operations, buf_view(&patch), err) != 0) {
        return -1;
    }
    return patch_apply(value_get(root, "request", "object", NULL), value_root(&operations), object,
                       err);
}

static int write_final(const struct bench *bench, size_t i, const struct admission *answer,
                       struct error *err)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf object = {0};
    AUTO(buf) struct buf final = {0};
    AUTO(buf) struct buf path = {0};
    struct slice body = buf_view(&bench->bodies[i]);

    buf_init(&object, JSON_MAX_TEXT);
    buf_init(&final, JSON_MAX_TEXT);
    buf_init(&path, JSON_MAX_TEXT);
    if (json_parse(&doc, body, err) != 0 ||
        patched_object(value_root(&doc), answer, &object, err) != 0) {
        return error_prefix(err, "%s", bench->names[i]);
    }
    struct slice old = value_raw(value_get(value_root(&doc), "request", "object", NULL));
    size_t start = (size_t)(old.data - body.data);
    buf_append(&final, body.data, start);
    buf_slice(&final, buf_view(&object));
    buf_slice(&final, slice_after(body, start + old.len));
    buf_printf(&path, "%s/%s", bench->finals, base_name(bench->names[i]));
    return file_write(buf_cstr(&path), buf_view(&final), 0644, err);
}

/* Not inlined, so that callgrind finds its name; counts.py looks for it. */
__attribute__((noinline)) static void bench_measured(const struct admission_request *request,
                                                     struct admission *out)
{
    admission_review(request, out);
}

static int run_one(const struct bench *bench, size_t i, bool last, struct error *err)
{
    AUTO(admission) struct admission answer = {0};
    const struct admission_request request = {
        .ruleset = bench->ruleset,
        .phase = bench->phase,
        .body = buf_view(&bench->bodies[i]),
        .policies_kept = true,
    };
    size_t before = allocations_so_far();

    bench_measured(&request, &answer);
    size_t allocations = allocations_so_far() - before;
    if (!last) {
        return 0;
    }
    (void)printf("%zu\t%zu\t%zu\t%d\t%s\t%s\n", allocations, request.body.len, answer.body.len,
                 answer.http_status, answer.allowed ? "allowed" : "denied",
                 strstr(buf_cstr(&answer.body), "\"patch\"") == NULL ? "as it is" : "patched");
    return bench->finals[0] == '\0' ? 0 : write_final(bench, i, &answer, err);
}

static int run_all(const struct bench *bench, size_t rounds, struct error *err)
{
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < bench->count; i++) {
            if (run_one(bench, i, round + 1 == rounds, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int read_bodies(struct bench *bench, struct error *err)
{
    bench->bodies = calloc(bench->count, sizeof *bench->bodies);
    if (bench->bodies == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the reviews");
    }
    for (size_t i = 0; i < bench->count; i++) {
        buf_init(&bench->bodies[i], JSON_MAX_TEXT);
        if (file_read(bench->names[i], &bench->bodies[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int run(struct bench *bench, char **argv, struct error *err)
{
    AUTO(config) const struct config *config = NULL;
    AUTO(ruleset) const struct ruleset *ruleset = NULL;
    size_t rounds = (size_t)strtoul(argv[ARGUMENT_ROUNDS], NULL, 10);

    if (rounds == 0 || rounds > ROUNDS_MAX) {
        return error_set(err, ERR_MALFORMED, "how many rounds is \"%s\"?", argv[ARGUMENT_ROUNDS]);
    }
    if (config_load(argv[ARGUMENT_CONFIG], &config, NULL, err) != 0 ||
        ruleset_new(config, &ruleset, err) != 0 || read_bodies(bench, err) != 0) {
        return -1;
    }
    bench->ruleset = ruleset;
    return run_all(bench, rounds, err);
}

int main(int argc, char **argv)
{
    struct error err = {0};

    if (argc <= ARGUMENT_REVIEWS) {
        (void)fprintf(stderr,
                      "usage: bench_review CONFIG mutate|validate ROUNDS FINALS REVIEW...\n");
        return 2;
    }
    struct bench bench = {
        .phase = strcmp(argv[ARGUMENT_PHASE], "mutate") == 0 ? PHASE_MUTATE : PHASE_VALIDATE,
        .finals = argv[ARGUMENT_FINALS],
        .names = argv + ARGUMENT_REVIEWS,
        .count = (size_t)argc - ARGUMENT_REVIEWS,
    };
    int result = run(&bench, argv, &err);
    for (size_t i = 0; bench.bodies != NULL && i < bench.count; i++) {
        buf_done(&bench.bodies[i]);
    }
    free(bench.bodies);
    if (result != 0) {
        (void)fprintf(stderr, "bench_review: %s\n", err.text);
        return 1;
    }
    return 0;
}
