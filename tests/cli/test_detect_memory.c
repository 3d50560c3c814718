/* SPDX-License-Identifier: Apache-2.0 */
/*
 * While memory ends, a section is whole or there is none: half a list of ranges would be a
 * killswitch that is too narrow.
 */
#include "lib/kube/yaml.h"
#include "server/cli/detect.h"
#include "tests/base/support.h"
#include "tests/support/fixture.h"
#include "tests/support/torture.h"

#include <stdio.h>

enum { TEXT_MAX = 1024 * 1024, MANY = 32 };

static const char *const clusters[] = {"kubeadm-dual-stack", "k3s-told", "cilium-public", "parts"};

struct objects_of {
    struct yaml_stream stream;
    struct json docs[MANY];
    char kinds[MANY][64];
    struct buf want;
};

static void objects_of_done(struct objects_of *objects)
{
    for (size_t i = 0; i < objects->stream.count; i++) {
        json_done(&objects->docs[i]);
    }
    yaml_stream_done(&objects->stream);
    buf_done(&objects->want);
}
DEFINE_AUTO_IN_PLACE(objects_of, struct objects_of, objects_of_done);

static void read(struct objects_of *objects, const char *name)
{
    AUTO(buf) struct buf text = {0};
    struct error err = {0};
    char path[256];

    (void)snprintf(path, sizeof path, "fixtures/detect/%s.yaml", name);
    fixture_read(&text, path);
    cr_assert_eq(yaml_read(&objects->stream, buf_view(&text), YAML_MANIFEST, &err), 0, "%s",
                 err.text);
    cr_assert_leq(objects->stream.count, MANY);
    for (size_t i = 0; i < objects->stream.count; i++) {
        const struct yaml_document *document = &objects->stream.documents[i];
        struct slice json = {document->json, document->len};
        cr_assert_eq(json_parse(&objects->docs[i], json, &err), 0, "%s", err.text);
        slice_copy(value_string(value_member(value_root(&objects->docs[i]), "kind")),
                   objects->kinds[i], sizeof objects->kinds[i]);
    }
    (void)snprintf(path, sizeof path, "golden/detect/%s.yaml", name);
    fixture_read(&objects->want, path);
}

static int make(const struct objects_of *objects, struct buf *out, struct error *err)
{
    AUTO(detected) struct detected found = {0};

    detected_init(&found);
    for (size_t i = 0; i < objects->stream.count; i++) {
        if (detected_add(&found, objects->kinds[i], value_root(&objects->docs[i]), err) != 0) {
            return -1;
        }
    }
    return detected_write(&found, "https://192.168.0.10:16443", out, err);
}

static int work(struct memory_plan plan, const void *context, struct error *err)
{
    const struct objects_of *objects = context;
    AUTO(buf) struct buf out = {0};

    buf_init(&out, TEXT_MAX);
    memory_begin(plan);
    int got = make(objects, &out, err);
    (void)memory_end();
    if (got == 0) {
        cr_assert_str_eq(buf_cstr(&out), buf_cstr(&objects->want), "call %zu", plan.nth);
    }
    return got;
}

EACH_ROW(detect_memory, a_section_is_whole_or_there_is_none, clusters)
{
    AUTO(objects_of) struct objects_of objects = {0};

    read(&objects, clusters[*index]);
    cr_assert_gt(torture(&(struct torture){.work = work,
                                           .context = &objects,
                                           .name = clusters[*index],
                                           .named = true,
                                           .strict = true}),
                 10);
}
