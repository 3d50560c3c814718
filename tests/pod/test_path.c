/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/cleanup.h"
#include "lib/pod/path.h"

#include <criterion/criterion.h>

static const struct {
    const char *path;
    const char *clean;
    bool climbs;
} paths[] = {
    {"/", "/", false},
    {"", "/", false},
    {"/srv", "/srv", false},
    {"/srv/", "/srv", false},
    {"//srv///media", "/srv/media", false},
    {"/./srv/./", "/srv", false},
    {"/srv/../proc", "/proc", true},
    {"/..", "/", true},
    {"/../../etc", "/etc", true},
    {"srv/media", "/srv/media", false},
    {"/srv..", "/srv..", false},
    {"/a/b/../../c", "/c", true},
    {"/...", "/...", false},
};

Test(pod_path, clean_says_what_a_path_means)
{
    char out[PATH_LEN + 1];

    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        cr_assert(path_clean(slice_of(paths[i].path), out), "%s", paths[i].path);
        cr_assert_str_eq(out, paths[i].clean, "%s", paths[i].path);
        cr_assert_eq(path_climbs(slice_of(paths[i].path)), paths[i].climbs, "%s", paths[i].path);
    }
}

Test(pod_path, clean_takes_the_longest_path_and_no_longer)
{
    char text[PATH_LEN + 2];
    char out[PATH_LEN + 1];

    memset(text, 'a', sizeof text);
    text[0] = '/';

    cr_assert(path_clean((struct slice){text, PATH_LEN}, out));
    cr_assert_eq(strlen(out), (size_t)PATH_LEN);
    cr_assert_not(path_clean((struct slice){text, PATH_LEN + 1}, out));
}

static const struct {
    const char *path;
    const char *other;
    bool in;
    bool touches;
} pairs[] = {
    {"/proc", "/proc", true, true},     {"/proc/1", "/proc", true, true},
    {"/", "/proc", false, true},        {"/var", "/var/run", false, true},
    {"/procfs", "/proc", false, false}, {"/srv", "/proc", false, false},
    {"/proc", "/", true, true},         {"/", "/", true, true},
};

Test(pod_path, lies_in_or_contains)
{
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        cr_assert_eq(path_is_in(pairs[i].path, pairs[i].other), pairs[i].in, "%s in %s",
                     pairs[i].path, pairs[i].other);
        cr_assert_eq(path_touches(pairs[i].path, pairs[i].other), pairs[i].touches, "%s touches %s",
                     pairs[i].path, pairs[i].other);
    }
}
