/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/file.h"
#include "server/http/follow.h"

#include <criterion/criterion.h>

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static char dir[] = "/tmp/podveil-follow-XXXXXX";
static char path[PATH_MAX];

static void make_dir(void)
{
    cr_assert_not_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/config.yaml", dir);
}

static void remove_dir(void)
{
    (void)unlink(path);
    (void)rmdir(dir);
}

TestSuite(follow, .init = make_dir, .fini = remove_dir);

static void put(const char *text)
{
    struct error err = {0};
    cr_assert_eq(file_write(path, slice_of(text), 0644, &err), 0, "%s", err.text);
}

Test(follow, is_quiet_while_nothing_changes)
{
    struct follow follow;

    put("a");
    follow_init(&follow, path);
    for (int i = 0; i < 3; i++) {
        cr_assert(!follow_look(&follow), "look %d", i);
    }
}

Test(follow, waits_until_a_change_is_steady)
{
    struct follow follow;

    put("a");
    follow_init(&follow, path);
    put("b");
    cr_assert(!follow_look(&follow), "just changed");
    put("bc");
    cr_assert(!follow_look(&follow), "changed again");
    cr_assert(follow_look(&follow), "steady");
    cr_assert(!follow_look(&follow), "told once");
}

Test(follow, sees_a_file_that_is_renamed_over_with_the_same_size)
{
    struct follow follow;

    put("a");
    follow_init(&follow, path);
    put("b");
    cr_assert(!follow_look(&follow));
    cr_assert(follow_look(&follow));
}

Test(follow, tells_once_that_a_file_is_gone_and_that_it_is_back)
{
    struct follow follow;

    put("a");
    follow_init(&follow, path);
    cr_assert_eq(unlink(path), 0);
    cr_assert(!follow_look(&follow));
    cr_assert(follow_look(&follow), "gone");
    cr_assert(!follow_look(&follow));
    put("a");
    cr_assert(!follow_look(&follow));
    cr_assert(follow_look(&follow), "back");
}

Test(follow, sees_a_symbolic_link_that_was_turned)
{
    struct follow follow;
    char link[PATH_MAX + 8];
    char other[PATH_MAX + 8];
    struct error err = {0};

    put("a");
    (void)snprintf(link, sizeof link, "%s.link", path);
    (void)snprintf(other, sizeof other, "%s.other", path);
    cr_assert_eq(file_write(other, SLICE("b"), 0644, &err), 0, "%s", err.text);
    cr_assert_eq(symlink(path, link), 0);
    follow_init(&follow, link);
    cr_assert_eq(unlink(link), 0);
    cr_assert_eq(symlink(other, link), 0);
    cr_assert(!follow_look(&follow));
    cr_assert(follow_look(&follow));
    (void)unlink(link);
    (void)unlink(other);
}

Test(follow, takes_what_was_read_by_hand_as_known)
{
    struct follow follow;

    put("a");
    follow_init(&follow, path);
    put("b");
    follow_mark(&follow);
    cr_assert(!follow_look(&follow));
    cr_assert(!follow_look(&follow));
}

Test(follow, finds_what_was_forgotten_changed_once)
{
    struct follow follow;

    put("a");
    follow_init(&follow, path);
    follow_forget(&follow);
    cr_assert(follow_look(&follow));
    cr_assert_not(follow_look(&follow));
}
