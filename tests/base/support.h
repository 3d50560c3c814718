/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of lib/base start from.
 */
#ifndef TESTS_BASE_SUPPORT_H
#define TESTS_BASE_SUPPORT_H

#include "lib/base/cleanup.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

/* A constant slice of a literal, which may hold NULs. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        .data = (literal), .len = sizeof(literal) - 1                                              \
    }

/* The parameters of a test that runs once for each row of a table: the row's index. */
#define EACH_ROW(suite, test, table)                                                               \
    ParameterizedTestParameters(suite, test)                                                       \
    {                                                                                              \
        static size_t index[COUNT_OF(table)];                                                      \
        for (size_t i = 0; i < COUNT_OF(index); i++) {                                             \
            index[i] = i;                                                                          \
        }                                                                                          \
        return cr_make_param_array(size_t, index, COUNT_OF(index));                                \
    }                                                                                              \
    ParameterizedTest(const size_t *index, suite, test)

#endif
