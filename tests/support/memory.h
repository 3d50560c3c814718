/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that ends when a test says so.
 *
 * A program that links test_memory has its malloc(), calloc(), realloc(), strdup()
 * and their kin here, for our code and for every library alike. They go on to the
 * C library's or, where that is built in, the address sanitizer's; between
 * memory_begin() and memory_end() they are counted, and one of them fails, or that
 * one and all after it. The product knows nothing of it.
 *
 * Not for asserting in between: Criterion allocates as well, and would miss memory
 * itself.
 *
 * Threads: any may allocate; begin and end are one thread's. All threads are counted.
 * Limits:  MEMORY_MAX_SPARED libraries are spared.
 */
#ifndef TESTS_SUPPORT_MEMORY_H
#define TESTS_SUPPORT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

enum { MEMORY_MAX_SPARED = 8 };

struct memory_plan {
    size_t nth;   /* the allocation that fails, from 1 on; 0: none does */
    bool onwards; /* and all after it */
};

/* Count from here. */
void memory_begin(struct memory_plan plan);

/* Stop counting; gives how many allocations there were. Does nothing the second time. */
size_t memory_end(void);

/* Did one of them fail? */
bool memory_failed(void);

/* Blocks that are allocated and not freed, whether counted or not: what a leak leaves higher. */
size_t memory_blocks(void);

/*
 * Neither count nor fail what this library asks for itself: the start of its file's name, which
 * must be loaded, as "libgnutls.so". For one that ends the process without memory.
 */
void memory_spare(const char *library);

#endif
