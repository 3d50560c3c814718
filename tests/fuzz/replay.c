/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main() over a target without a fuzzer: each file of the folders named is run
 * through it once, so that neither the targets nor what they once found can rot.
 *
 *   replay [--changed N] FOLDER...
 *
 * --changed: after that, N times, an input is changed by the target's own mutator
 * and run; the same N gives the same inputs. A folder that is not there is empty.
 */
#include "lib/base/file.h"
#include "lib/base/parse.h"
#include "tests/fuzz/target.h"

#include <dirent.h>
#include <stdio.h>

enum { INPUT_MAX = 16 * 1024 * 1024, CHANGED_MAX = 65536, PATH_SIZE = 4096 };

extern __typeof__(LLVMFuzzerCustomMutator) LLVMFuzzerCustomMutator __attribute__((weak));

/* In libFuzzer's place: one byte is another. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    (void)max_size;
    if (size > 0) {
        data[size / 2] = (uint8_t)(data[size / 2] + 1U);
    }
    return size;
}

/* Memory of exactly that size, so that a read behind the end is seen. */
static void run_input(const void *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);

    claim(copy != NULL, "no memory");
    if (size > 0) {
        memcpy(copy, data, size);
    }
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_changed(const struct buf *input, unsigned rounds)
{
    static uint8_t data[CHANGED_MAX];
    size_t size = input->len;

    if (size > sizeof data) {
        return;
    }
    for (unsigned round = 0; round < rounds; round++) {
        if (round % 4 == 0) {
            size = input->len;
            memcpy(data, buf_cstr(input), size);
        }
        size = LLVMFuzzerCustomMutator(data, size, sizeof data, round);
        run_input(data, size);
    }
}

static void run_file(const char *path, unsigned rounds)
{
    AUTO(buf) struct buf input = {0};
    struct error err = {0};

    buf_init(&input, INPUT_MAX);
    claim(file_read(path, &input, &err) == 0, "%s", err.text);
    (void)fprintf(stderr, "%s\n", path); /* the last line names what crashed */
    run_input(buf_cstr(&input), input.len);
    if (rounds > 0) {
        run_changed(&input, rounds);
    }
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static unsigned run_folder(const char *folder, unsigned rounds)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_visible, alphasort);

    for (int i = 0; i < count; i++) {
        char path[PATH_SIZE];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        run_file(path, rounds);
        free(entries[i]);
    }
    free(entries);
    return count > 0 ? (unsigned)count : 0;
}

int main(int argc, char **argv)
{
    struct error err = {0};
    uint64_t rounds = 0;
    unsigned files = 0;
    int first = 1;

    if (argc > 2 && strcmp(argv[1], "--changed") == 0) {
        claim(parse_uint(slice_of(argv[2]), 1000000, &rounds, &err) == 0, "%s", err.text);
        first = 3;
    }
    for (int i = first; i < argc; i++) {
        files += run_folder(argv[i], (unsigned)rounds);
    }
    claim(files > 0, "there is no file to run");
    (void)printf("%u files\n", files);
    return 0;
}
