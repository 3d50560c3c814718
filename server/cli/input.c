/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/input.h"

#include "lib/base/file.h"

#include <dirent.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_MAX = 16 * 1024 * 1024, DEPTH_MAX = 128 };

const struct flag flag_filename = {
    .name = "filename",
    .letter = "f",
    .value = "FILE",
    .help = "YAML or JSON to read: a file, a directory's *.yaml, *.yml and *.json,\n"
            "or - for standard input, which is the default",
    .repeated = true,
};

const struct flag flag_recursive = {
    .name = "recursive",
    .letter = "R",
    .help = "of a directory read what is below it as well",
};

struct listing {
    struct dirent **entries;
    int count;
};

static void listing_done(struct listing *listing)
{
    for (int i = 0; i < listing->count; i++) {
        free(listing->entries[i]);
    }
    free(listing->entries);
}
DEFINE_AUTO_IN_PLACE(listing, struct listing, listing_done);

void input_init(struct input *input)
{
    *input = (struct input){0};
    arena_init(&input->names, NAMES_MAX);
}

void input_done(struct input *input)
{
    objects_done(&input->objects);
    documents_done(&input->documents);
    arena_done(&input->names);
}

static int read_file(struct input *input, const char *path, const char *name, struct error *err)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, DOCUMENTS_TEXT_MAX);
    if (file_read(path, &text, err) != 0) {
        return -1;
    }
    return documents_read(&input->documents, name, buf_view(&text), err);
}

static int read_standard_input(struct input *input, const struct console *console,
                               struct error *err)
{
    if (isatty(STDIN_FILENO) != 0) {
        console_say(console, "reading standard input; -f FILE reads a file");
    }
    return read_file(input, "-", "stdin", err);
}

static bool is_manifest(const char *file)
{
    struct slice name = slice_of(file);

    return slice_ends_with(name, ".yaml") || slice_ends_with(name, ".yml") ||
           slice_ends_with(name, ".json");
}

static int is_no_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static const char *join(struct input *input, const char *directory, const char *name)
{
    AUTO(buf) struct buf path = {0};
    bool ends = slice_ends_with(slice_of(directory), "/");

    buf_init(&path, NAMES_MAX);
    buf_printf(&path, "%s%s%s", directory, ends ? "" : "/", name);
    return path.failed == ERR_NONE ? arena_copy(&input->names, buf_view(&path)).data : NULL;
}

/* A directory whose files are being read. */
struct walk {
    bool recursive;
    size_t depth;
    size_t read; /* files so far */
};

static int walk_directory(struct input *input, struct walk *walk, const char *path,
                          struct error *err);

/* A link to a directory is not followed: it could lead back here. */
static int walk_entry(struct input *input, struct walk *walk, const char *path, const char *name,
                      struct error *err)
{
    const char *file = join(input, path, name);
    struct stat info;

    if (file == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the name of a file");
    }
    if (lstat(file, &info) == 0 && S_ISDIR(info.st_mode)) {
        return walk->recursive ? walk_directory(input, walk, file, err) : 0;
    }
    if (!is_manifest(name) || (stat(file, &info) == 0 && S_ISDIR(info.st_mode))) {
        return 0;
    }
    walk->read++;
    return read_file(input, file, file, err);
}

static int walk_directory(struct input *input, struct walk *walk, const char *path,
                          struct error *err)
{
    AUTO(listing) struct listing listing = {0};

    if (walk->depth == DEPTH_MAX) {
        return error_set(err, ERR_MALFORMED, "%s: more than %d directories inside each other", path,
                         DEPTH_MAX);
    }
    listing.count = scandir(path, &listing.entries, is_no_dots, by_name);
    if (listing.count < 0) {
        return error_errno(err, "%s", path);
    }
    walk->depth++;
    for (int i = 0; i < listing.count; i++) {
        if (walk_entry(input, walk, path, listing.entries[i]->d_name, err) != 0) {
            return -1;
        }
    }
    walk->depth--;
    return 0;
}

static int read_directory(struct input *input, const char *path, bool recursive, struct error *err)
{
    struct walk walk = {.recursive = recursive};

    if (walk_directory(input, &walk, path, err) != 0) {
        return -1;
    }
    if (walk.read > 0) {
        return 0;
    }
    return error_set(err, ERR_MALFORMED,
                     "%s: there is no *.yaml, *.yml or *.json in this directory%s", path,
                     recursive ? " or below it" : "; -R reads those below it too");
}

static int read_named(struct input *input, const char *path, const struct arguments *arguments,
                      const struct console *console, struct error *err)
{
    bool recursive = arguments_has(arguments, &flag_recursive);
    struct stat info;

    if (strcmp(path, "-") == 0) {
        return read_standard_input(input, console, err);
    }
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return read_directory(input, path, recursive, err);
    }
    return read_file(input, path, path, err);
}

int input_read(struct input *input, const struct arguments *arguments,
               const struct console *console, struct error *err)
{
    size_t at = 0;
    const char *path = arguments_next(arguments, &flag_filename, &at);

    if (path == NULL && read_standard_input(input, console, err) != 0) {
        return -1;
    }
    for (; path != NULL; path = arguments_next(arguments, &flag_filename, &at)) {
        if (read_named(input, path, arguments, console, err) != 0) {
            return -1;
        }
    }
    if (objects_find(&input->objects, &input->documents, err) != 0) {
        return -1;
    }
    return input->objects.count > 0
               ? 0
               : error_set(err, ERR_MALFORMED, "there is no object in the input");
}
