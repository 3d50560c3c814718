/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that rules walk inside each other have a length that a thread survives. */
#include "tests/mutators/trial.h"

#include <criterion/criterion.h>

enum { TEXT_MAX = 8 * 1024 * 1024 };

static const struct surroundings media = {.namespace = {"media", 5}};

/* A list of objects that are called a number and have `rest` beside that. */
static void repeat(struct buf *out, const char *list, const char *rest, size_t count)
{
    buf_printf(out, ",\"%s\":[", list);
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s{\"name\":\"%s%zu\",%s}", i == 0 ? "" : ",", list, i, rest);
    }
    buf_char(out, ']');
}

/* A pod with that many containers of each kind, volumes, and mounts of its first container. */
static void expect(size_t containers, size_t volumes, size_t mounts, const char *field)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(trial) struct trial trial = {0};
    AUTO(buf) struct buf pod = {0};

    buf_init(&pod, TEXT_MAX);
    buf_text(&pod, "{\"metadata\":{\"name\":\"p\",\"labels\":{\"podveil.io/gateway\":\"vpn\"}},"
                   "\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"i\"");
    repeat(&pod, "volumeMounts", "\"mountPath\":\"/a\"", mounts);
    for (size_t i = 1; i < containers; i++) {
        buf_printf(&pod, "},{\"name\":\"c%zu\",\"image\":\"i\"", i);
    }
    buf_text(&pod, "}]");
    repeat(&pod, "initContainers", "\"image\":\"i\"", containers);
    repeat(&pod, "volumes", "\"hostPath\":{\"path\":\"/srv\"}", volumes);
    buf_text(&pod, "}}");

    trial_run(&trial, ruleset, buf_view(&pod), &media);

    cr_assert_str_eq(trial.findings.field, field, "%s", trial.findings.message);
    if (field[0] == '\0') {
        trial_assert_right(&trial, ruleset, &media, "patched");
    }
}

Test(mutators_limits, are_far_above_any_pod)
{
    expect(300, 300, 3000, "");
}

/* What podveil adds does not make a pod too large that was not. */
Test(mutators_limits, leave_room_for_ours)
{
    expect(1024, 1024, 8192, "");
}

Test(mutators_limits, of_containers)
{
    expect(1025, 1, 1, "spec.containers");
}

Test(mutators_limits, of_volumes)
{
    expect(1, 1025, 1, "spec.volumes");
}

Test(mutators_limits, of_mounts)
{
    expect(1, 1, 8193, "spec.containers[].volumeMounts");
}
