/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For what stands beside memory.c: a library's function that counts as one
 * allocation, which fails as a whole.
 *
 *     if (memory_whole_fails(__builtin_return_address(0))) { return what no memory gives; }
 *     memory_whole_begin();
 *     ... call the library's own ...
 *     memory_whole_end(1);
 *
 * Threads: any; what lies between begin and end is the calling thread's.
 */
#ifndef TESTS_SUPPORT_MEMORY_WHOLE_H
#define TESTS_SUPPORT_MEMORY_WHOLE_H

#include "tests/support/memory.h"

#include <sys/types.h>

/* One more allocation; true where it is one that fails. errno says so then. */
bool memory_whole_fails(const void *caller);

/* Until the end nothing fails and no block is counted; then so many more are. */
void memory_whole_begin(void);
void memory_whole_end(ssize_t count);

/* The next definition of that name, behind ours: *function is a pointer to a function. */
void memory_find_next(const char *name, void *function, size_t size);

/*
 * Does nothing but be in memory_regex.c, which thus is linked: the address sanitizer's library has
 * functions of the same names, and comes first.
 */
void memory_regex_link(void);

#endif
