/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions as one allocation each, which fails as a whole: where memory
 * ends inside, the C library's regcomp() loses some of what it took (glibc 2.36, in
 * a bracket expression), and regexec() makes a dozen where nothing can go wrong but
 * the whole.
 *
 * What was compiled is kept and given out again: a configuration has dozens of
 * patterns, and work that is repeated for each of its allocations would do little
 * but compile them.
 */
#include "tests/support/memory_whole.h"

#include <errno.h>
#include <pthread.h>
#include <regex.h>
#include <string.h>

enum { MOST_KEPT = 128, MOST_PATTERN = 256 };

struct kept {
    regex_t regex;
    int flags;
    char pattern[MOST_PATTERN];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct kept list[MOST_KEPT];
static size_t count;

static const struct kept *find(const char *pattern, int flags)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].flags == flags && strcmp(list[i].pattern, pattern) == 0) {
            return &list[i];
        }
    }
    return NULL;
}

static bool is_kept(const regex_t *regex)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].regex.buffer == regex->buffer) {
            return true;
        }
    }
    return false;
}

static void keep(const regex_t *regex, const char *pattern, int flags)
{
    size_t len = strlen(pattern);

    if (count < MOST_KEPT && len < MOST_PATTERN) {
        list[count].regex = *regex;
        list[count].flags = flags;
        memcpy(list[count].pattern, pattern, len + 1);
        count++;
    }
}

static int compile(regex_t *regex, const char *pattern, int flags)
{
    int (*next)(regex_t *, const char *, int) = NULL;
    const struct kept *kept = find(pattern, flags);

    if (kept != NULL) {
        *regex = kept->regex;
        return 0;
    }
    memory_find_next("regcomp", &next, sizeof next);
    int code = next(regex, pattern, flags);
    if (code == 0) {
        keep(regex, pattern, flags);
    }
    return code;
}

void memory_regex_link(void)
{
}

int regcomp(regex_t *regex, const char *pattern, int flags)
{
    if (memory_whole_fails(__builtin_return_address(0))) {
        return REG_ESPACE;
    }
    memory_whole_begin();
    (void)pthread_mutex_lock(&mutex);
    int code = compile(regex, pattern, flags);
    (void)pthread_mutex_unlock(&mutex);
    memory_whole_end(code == 0 ? 1 : 0);
    return code;
}

/*
 * regexec(), under another name in C: its header has a variable length in its parameters. Without
 * memory it finds no match: so does the C library's.
 */
int memory_regexec(const regex_t *regex, const char *text, size_t matches_count,
                   regmatch_t *matches, int flags) __asm__("regexec");

int memory_regexec(const regex_t *regex, const char *text, size_t matches_count,
                   regmatch_t *matches, int flags)
{
    int (*next)(const regex_t *, const char *, size_t, regmatch_t *, int) = NULL;

    if (memory_whole_fails(__builtin_return_address(0))) {
        return REG_NOMATCH; /* and errno is set */
    }
    memory_whole_begin();
    memory_find_next("regexec", &next, sizeof next);
    int code = next(regex, text, matches_count, matches, flags);
    memory_whole_end(0);
    return code;
}

void regfree(regex_t *regex)
{
    void (*next)(regex_t *) = NULL;

    memory_whole_begin();
    (void)pthread_mutex_lock(&mutex);
    bool kept = is_kept(regex);
    (void)pthread_mutex_unlock(&mutex);
    if (!kept) {
        memory_find_next("regfree", &next, sizeof next);
        next(regex);
    }
    memory_whole_end(-1);
}
