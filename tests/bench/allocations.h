/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often memory was asked for.
 *
 * Linking this into a program puts its malloc() and kin in the place of the C library's, for the
 * program and for every library that it uses, and hands each call on. It adds a handful of
 * instructions to each.
 *
 * Not counted: free(), memory that is mapped without malloc(), the stack.
 * Threads: counts rightly where one thread allocates.
 */
#ifndef TESTS_BENCH_ALLOCATIONS_H
#define TESTS_BENCH_ALLOCATIONS_H

#include <stddef.h>

/* Calls of malloc, calloc, realloc, reallocarray, aligned_alloc and posix_memalign so far. */
size_t allocations_so_far(void);

#endif
