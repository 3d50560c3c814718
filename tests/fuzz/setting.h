/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configurations that the targets judge by, each made once and kept.
 *
 * Ownership: kept until the process ends; what is returned is borrowed.
 * Threads:   one.
 */
#ifndef TESTS_FUZZ_SETTING_H
#define TESTS_FUZZ_SETTING_H

#include "lib/pod/ruleset.h"

enum setting {
    SETTING_EXAMPLE, /* spec.md 2's: one gateway, ambient mesh, an alias */
    SETTING_NARROW,  /* two gateways, everything that can be listed is */
    SETTINGS,
};

const struct ruleset *setting_ruleset(enum setting setting);

#endif
