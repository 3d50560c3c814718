/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's own definitions of the allocator's functions, which the dynamic
 * linker prefers to those of the libraries.
 *
 * strdup() and strndup() are here too, although the C library's would come to our
 * malloc() anyway: the address sanitizer's do not.
 *
 * This file is compiled without sanitizers, since it runs before they are ready.
 */
#include "tests/support/memory_whole.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The C library's. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c): their names */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

/* The address sanitizer's; absent without it. */
__attribute__((weak)) void *__interceptor_malloc(size_t size);
__attribute__((weak)) void *__interceptor_calloc(size_t count, size_t size);
__attribute__((weak)) void *__interceptor_realloc(void *old, size_t size);
__attribute__((weak)) void *__interceptor_memalign(size_t alignment, size_t size);
__attribute__((weak)) void __interceptor_free(void *block);
/* NOLINTEND */

struct range {
    uintptr_t from;
    uintptr_t to;
};

static atomic_bool counting;
static atomic_bool failed;
static atomic_size_t asked;
static atomic_size_t blocks;
static struct memory_plan plan;
static struct range spared[MEMORY_MAX_SPARED];
static size_t spared_count;

/* In this thread, for as long as a function runs that is one allocation. */
static _Thread_local bool is_inside;

/* In this thread, for as long as a function runs that must not fail. */
static _Thread_local bool is_safe;

static bool is_spared(const void *caller)
{
    uintptr_t place = (uintptr_t)caller;

    if (is_inside || is_safe) {
        return true;
    }
    for (size_t i = 0; i < spared_count; i++) {
        if (place >= spared[i].from && place < spared[i].to) {
            return true;
        }
    }
    return false;
}

/* One more allocation: is it the one that fails? */
static bool fails(const void *caller)
{
    if (!atomic_load(&counting) || is_spared(caller)) {
        return false;
    }
    size_t turn = atomic_fetch_add(&asked, 1) + 1;
    bool now = plan.nth != 0 && (turn == plan.nth || (plan.onwards && turn > plan.nth));
    if (now) {
        atomic_store(&failed, true);
        errno = ENOMEM;
    }
    return now;
}

static void *counted(void *block)
{
    if (block != NULL && !is_inside) {
        (void)atomic_fetch_add(&blocks, 1);
    }
    return block;
}

static void *allocate(size_t size)
{
    return counted(__interceptor_malloc != NULL ? __interceptor_malloc(size) : __libc_malloc(size));
}

static void *align(size_t alignment, size_t size)
{
    return counted(__interceptor_memalign != NULL ? __interceptor_memalign(alignment, size)
                                                  : __libc_memalign(alignment, size));
}

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : allocate(size);
}

void *calloc(size_t count, size_t size)
{
    if (fails(__builtin_return_address(0))) {
        return NULL;
    }
    return counted(__interceptor_calloc != NULL ? __interceptor_calloc(count, size)
                                                : __libc_calloc(count, size));
}

/* A size of 0 frees, as the C library's does, and that cannot fail. */
static void *resize(void *old, size_t size, const void *caller)
{
    if ((old == NULL || size > 0) && fails(caller)) {
        return NULL;
    }
    void *block = __interceptor_realloc != NULL ? __interceptor_realloc(old, size)
                                                : __libc_realloc(old, size);
    if (old == NULL) {
        return counted(block);
    }
    if (size == 0 && !is_inside) {
        (void)atomic_fetch_sub(&blocks, 1);
    }
    return block;
}

void *realloc(void *old, size_t size)
{
    return resize(old, size, __builtin_return_address(0));
}

void *reallocarray(void *old, size_t count, size_t size)
{
    size_t bytes = 0;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return resize(old, bytes, __builtin_return_address(0));
}

void free(void *block)
{
    if (block == NULL) {
        return;
    }
    if (!is_inside) {
        (void)atomic_fetch_sub(&blocks, 1);
    }
    if (__interceptor_free != NULL) {
        __interceptor_free(block);
    } else {
        __libc_free(block);
    }
}

void *memalign(size_t alignment, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : align(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : align(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *block = fails(__builtin_return_address(0)) ? NULL : align(alignment, size);

    if (block == NULL) {
        return ENOMEM;
    }
    *out = block;
    return 0;
}

static char *copy(const char *text, size_t len, const void *caller)
{
    char *block = fails(caller) ? NULL : allocate(len + 1);

    if (block != NULL) {
        memcpy(block, text, len);
        block[len] = '\0';
    }
    return block;
}

char *strdup(const char *text)
{
    return copy(text, strlen(text), __builtin_return_address(0));
}

char *strndup(const char *text, size_t max)
{
    return copy(text, strnlen(text, max), __builtin_return_address(0));
}

bool memory_whole_fails(const void *caller)
{
    return fails(caller);
}

void memory_whole_begin(void)
{
    is_inside = true;
}

void memory_whole_end(ssize_t count)
{
    is_inside = false;
    (void)atomic_fetch_add(&blocks, (size_t)count);
}

void memory_find_next(const char *name, void *function, size_t size)
{
    void *found = dlsym(RTLD_NEXT, name);

    memcpy(function, &found, size);
}

/* The address sanitizer asks at the start of each thread, and ends the process where that fails. */
int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes)
{
    int (*next)(pthread_t, pthread_attr_t *) = NULL;

    is_safe = true;
    memory_find_next("pthread_getattr_np", &next, sizeof next);
    int code = next(thread, attributes);
    is_safe = false;
    return code;
}

void memory_begin(struct memory_plan how)
{
    memory_regex_link();
    plan = how;
    atomic_store(&asked, 0);
    atomic_store(&failed, false);
    atomic_store(&counting, true);
}

size_t memory_end(void)
{
    atomic_store(&counting, false);
    return atomic_load(&asked);
}

bool memory_failed(void)
{
    return atomic_load(&failed);
}

size_t memory_blocks(void)
{
    return atomic_load(&blocks);
}

static int spare_if_named(struct dl_phdr_info *info, size_t size, void *name)
{
    const char *file = strrchr(info->dlpi_name, '/');
    struct range *range = &spared[spared_count];

    (void)size;
    if (file == NULL || strncmp(file + 1, name, strlen(name)) != 0) {
        return 0;
    }
    *range = (struct range){.from = UINTPTR_MAX};
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t from = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD) {
            range->from = from < range->from ? from : range->from;
            range->to = from + part->p_memsz > range->to ? from + part->p_memsz : range->to;
        }
    }
    spared_count++;
    return 1;
}

void memory_spare(const char *library)
{
    char name[256] = "";

    strncpy(name, library, sizeof name - 1);
    if (spared_count == MEMORY_MAX_SPARED || dl_iterate_phdr(spare_if_named, name) != 1) {
        abort();
    }
}
