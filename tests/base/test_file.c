/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/file.h"
#include "tests/base/support.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- A directory of the test's own ---- */

struct place {
    char dir[64];
    char path[128];
};

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

static void place_done(struct place *place)
{
    (void)nftw(place->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
DEFINE_AUTO_IN_PLACE(place, struct place, place_done);

static void place_init(struct place *place)
{
    (void)snprintf(place->dir, sizeof place->dir, "/tmp/podveil-test-XXXXXX");
    cr_assert_neq(mkdtemp(place->dir), NULL);
    (void)snprintf(place->path, sizeof place->path, "%s/file", place->dir);
}

static size_t entries(const char *path)
{
    size_t count = 0;
    DIR *dir = opendir(path);

    cr_assert_neq(dir, NULL);
    for (const struct dirent *each = readdir(dir); each != NULL; each = readdir(dir)) {
        count += each->d_name[0] == '.' ? 0 : 1;
    }
    (void)closedir(dir);
    return count;
}

static void write_ok(const char *path, struct slice text, mode_t mode)
{
    struct error err = {0};
    cr_assert_eq(file_write(path, text, mode, &err), 0, "%s", err.text);
}

static void assert_holds(const char *path, struct slice want)
{
    AUTO(buf) struct buf got = {0};
    struct error err = {0};

    buf_init(&got, 10000000);
    cr_assert_eq(file_read(path, &got, &err), 0, "%s", err.text);
    cr_assert(slice_equal(buf_view(&got), want), "%s holds %zu bytes", path, got.len);
}

/* ---- Reading and writing ---- */

static int read_regular(const char *path)
{
    AUTO(buf) struct buf got = {0};
    struct error err = {0};

    buf_init(&got, 100);
    int rc = file_read_regular(path, &got, &err);
    cr_assert_eq(err.code, rc == 0 ? ERR_NONE : ERR_SYSTEM, "%s", err.text);
    cr_assert(rc == 0 || strstr(err.text, path) != NULL, "%s", err.text);
    cr_assert(rc != 0 || slice_is(buf_view(&got), "text"));
    return rc;
}

Test(file, that_is_regular_is_read_and_nothing_else, .timeout = 10)
{
    AUTO(place) struct place place = {0};
    char other[160];

    place_init(&place);
    (void)snprintf(other, sizeof other, "%s/other", place.dir);
    cr_assert_eq(read_regular(place.path), -1, "nothing there");
    write_ok(place.path, SLICE("text"), 0644);
    cr_assert_eq(read_regular(place.path), 0);
    cr_assert_eq(symlink(place.path, other), 0);
    cr_assert_eq(read_regular(other), -1, "a link");
    cr_assert_eq(unlink(other), 0);
    cr_assert_eq(mkfifo(other, 0600), 0);
    cr_assert_eq(read_regular(other), -1, "a pipe");
    cr_assert_eq(read_regular(place.dir), -1, "a directory");
    cr_assert_eq(read_regular("/dev/zero"), -1, "a device");
}

Test(file, is_read_as_it_was_written)
{
    AUTO(place) struct place place = {0};
    AUTO(buf) struct buf large = {0};

    place_init(&place);
    write_ok(place.path, SLICE("a\0b\n"), 0644);
    assert_holds(place.path, SLICE("a\0b\n"));
    write_ok(place.path, SLICE(""), 0644);
    assert_holds(place.path, SLICE(""));
    buf_init(&large, 10000000);
    for (unsigned i = 0; i < 200000; i++) {
        buf_printf(&large, "%u\n", i);
    }
    write_ok(place.path, buf_view(&large), 0644);
    assert_holds(place.path, buf_view(&large));
    cr_assert_eq(entries(place.dir), 1, "something was left beside it");
}

Test(file, is_appended_to_what_the_buffer_has)
{
    AUTO(place) struct place place = {0};
    AUTO(buf) struct buf got = {0};
    struct error err = {0};

    place_init(&place);
    write_ok(place.path, SLICE("b"), 0644);
    buf_init(&got, 10);
    buf_text(&got, "a");
    cr_assert_eq(file_read(place.path, &got, &err), 0, "%s", err.text);
    cr_assert_str_eq(buf_cstr(&got), "ab");
}

Test(file, is_read_up_to_a_cap)
{
    AUTO(place) struct place place = {0};
    AUTO(buf) struct buf exact = {0};
    AUTO(buf) struct buf less = {0};
    struct error err = {0};
    char want[160];

    place_init(&place);
    write_ok(place.path, SLICE("12345"), 0644);
    buf_init(&exact, 5);
    cr_assert_eq(file_read(place.path, &exact, &err), 0, "%s", err.text);
    buf_init(&less, 4);
    cr_assert_eq(file_read(place.path, &less, &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
    (void)snprintf(want, sizeof want, "%s: more than 4 bytes of text", place.path);
    cr_assert_str_eq(err.text, want);
}

Test(file, that_is_missing_is_named)
{
    AUTO(buf) struct buf got = {0};
    struct error err = {0};

    buf_init(&got, 10);
    cr_assert_eq(file_read("/nonexistent/x", &got, &err), -1);
    cr_assert_eq(err.code, ERR_SYSTEM);
    cr_assert_str_eq(err.text, "/nonexistent/x: No such file or directory");
    cr_assert_eq(file_read("/", &got, &err), -1);
    cr_assert_str_eq(err.text, "/: Is a directory");
    cr_assert_eq(file_write("/nonexistent/x", SLICE("a"), 0644, &err), -1);
    cr_assert_eq(err.code, ERR_SYSTEM);
    cr_assert_str_eq(err.text, "/nonexistent/x: No such file or directory");
}

Test(file, is_read_from_standard_input)
{
    AUTO(place) struct place place = {0};

    place_init(&place);
    write_ok(place.path, SLICE("piped"), 0644);
    int fd = open(place.path, O_RDONLY | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    (void)close(fd);
    assert_holds("-", SLICE("piped"));
    cr_assert_geq(fcntl(STDIN_FILENO, F_GETFD), 0, "standard input was closed");
}

/* ---- Writing aside ---- */

Test(file, gets_the_mode_that_was_asked_for)
{
    AUTO(place) struct place place = {0};
    struct stat info;
    mode_t before = umask(0077);

    place_init(&place);
    write_ok(place.path, SLICE("a"), 0644);
    cr_assert_eq(stat(place.path, &info), 0);
    cr_assert_eq(info.st_mode & 07777, 0644U);
    write_ok(place.path, SLICE("a"), 0600);
    cr_assert_eq(stat(place.path, &info), 0);
    cr_assert_eq(info.st_mode & 07777, 0600U);
    (void)umask(before);
}

Test(file, leaves_the_old_one_to_who_has_it_open)
{
    AUTO(place) struct place place = {0};
    char text[4] = {0};

    place_init(&place);
    write_ok(place.path, SLICE("old"), 0644);
    int fd = open(place.path, O_RDONLY | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    write_ok(place.path, SLICE("new"), 0644);
    cr_assert_eq(read(fd, text, 3), 3);
    cr_assert_str_eq(text, "old");
    (void)close(fd);
    assert_holds(place.path, SLICE("new"));
}

Test(file, leaves_nothing_behind_where_it_cannot_be_written)
{
    AUTO(place) struct place place = {0};
    struct error err = {0};

    place_init(&place);
    cr_assert_eq(mkdir(place.path, 0755), 0);
    cr_assert_eq(file_write(place.path, SLICE("a"), 0644, &err), -1, "over a directory");
    cr_assert_eq(err.code, ERR_SYSTEM);
    cr_assert_eq(entries(place.dir), 1, "the file beside it was left");
}

Test(file, whose_name_is_too_long_is_refused)
{
    char path[PATH_MAX + 10];
    struct error err = {0};

    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    cr_assert_eq(file_write(path, SLICE("a"), 0644, &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
    cr_assert_eq(file_make_dirs(path, 0755, &err), -1);
    cr_assert_eq(err.code, ERR_MALFORMED);
}

struct reader {
    const char *path;
    atomic_bool stop;
    unsigned torn;
    atomic_uint reads;
};

static void *read_all_the_time(void *argument)
{
    struct reader *reader = argument;

    while (!atomic_load(&reader->stop)) {
        AUTO(buf) struct buf got = {0};
        struct error err = {0};
        buf_init(&got, 1000000);
        int rc = file_read(reader->path, &got, &err);
        bool whole = rc == 0 && got.len == 100000;
        for (size_t i = 1; whole && i < got.len; i++) {
            whole = got.data[i] == got.data[0];
        }
        reader->torn += whole ? 0 : 1;
        atomic_fetch_add(&reader->reads, 1);
    }
    return NULL;
}

Test(file, is_never_seen_half_written)
{
    AUTO(place) struct place place = {0};
    struct reader reader = {0};
    pthread_t thread;
    static char text[100000];

    place_init(&place);
    reader.path = place.path;
    memset(text, 'a', sizeof text);
    write_ok(place.path, (struct slice){text, sizeof text}, 0644);
    cr_assert_eq(pthread_create(&thread, NULL, read_all_the_time, &reader), 0);
    for (unsigned i = 0; i < 50 || atomic_load(&reader.reads) < 20; i++) {
        memset(text, 'b' + (int)(i % 20), sizeof text);
        write_ok(place.path, (struct slice){text, sizeof text}, 0644);
    }
    atomic_store(&reader.stop, true);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_eq(reader.torn, 0, "%u of %u", reader.torn, atomic_load(&reader.reads));
}

/* ---- Directories ---- */

Test(file, makes_the_directories_that_are_missing)
{
    AUTO(place) struct place place = {0};
    struct error err = {0};
    struct stat info;
    char path[256];

    place_init(&place);
    (void)snprintf(path, sizeof path, "%s/a/b//c/", place.dir);
    cr_assert_eq(file_make_dirs(path, 0755, &err), 0, "%s", err.text);
    cr_assert(stat(path, &info) == 0 && S_ISDIR(info.st_mode));
    cr_assert_eq(file_make_dirs(path, 0755, &err), 0, "again: %s", err.text);
    cr_assert_eq(file_make_dirs("/", 0755, &err), 0, "%s", err.text);
}

Test(file, makes_no_directory_in_a_file)
{
    AUTO(place) struct place place = {0};
    struct error err = {0};
    char path[256];

    place_init(&place);
    write_ok(place.path, SLICE("a"), 0644);
    (void)snprintf(path, sizeof path, "%s/b", place.path);
    cr_assert_eq(file_make_dirs(path, 0755, &err), -1);
    cr_assert_eq(err.code, ERR_SYSTEM);
    cr_assert_eq(file_make_dirs(place.path, 0755, &err), -1);
    cr_assert_eq(err.code, ERR_SYSTEM);
    cr_assert_eq(file_make_dirs("", 0755, &err), -1);
    cr_assert_eq(err.code, ERR_MALFORMED);
}
