/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scope-bound release of resources.
 *
 * AUTO(type) declares a local that type##_freep() releases when it goes out of
 * scope. STEAL(p) reads p and leaves NULL behind: the one way to pass an AUTO
 * local on to another owner. There is no goto in this program, because a jump
 * past an AUTO local and its release do not go together.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdlib.h>

#define AUTO(type) __attribute__((cleanup(type##_freep)))
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/*
 * A stack of states that is large and mostly never reached: each element is written before it is
 * read. The zeroes that the compiler would put there cost more than the work.
 */
#define WRITTEN_FIRST __attribute__((uninitialized))

/* Defines name##_freep() for a pointer type that free_fn() releases. */
#define DEFINE_AUTO(name, type, free_fn)                                                           \
    static inline void name##_freep(type **slot) /* NOLINT(bugprone-macro-parentheses): a type */  \
    {                                                                                              \
        if (*slot != NULL) {                                                                       \
            free_fn(*slot);                                                                        \
        }                                                                                          \
    }                                                                                              \
    struct name##_auto_is_defined

/* The same for a struct that lives in place: done_fn() releases what it holds. */
#define DEFINE_AUTO_IN_PLACE(name, type, done_fn)                                                  \
    static inline void name##_freep(type *slot) /* NOLINT(bugprone-macro-parentheses): a type */   \
    {                                                                                              \
        done_fn(slot);                                                                             \
    }                                                                                              \
    struct name##_auto_is_defined

#define STEAL(p)                                                                                   \
    __extension__({                                                                                \
        __typeof__(p) *steal_slot = &(p);                                                          \
        __typeof__(p) steal_value = *steal_slot;                                                   \
        *steal_slot = NULL;                                                                        \
        steal_value;                                                                               \
    })

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

DEFINE_AUTO(chars, char, free);

#endif
