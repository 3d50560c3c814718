/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several suites start from: files of tests/, a ruleset of a configuration,
 * a parsed text. Each ends the test with a message where it cannot be had.
 *
 * Ownership: what is returned is the caller's; use the AUTO of its type.
 */
#ifndef TESTS_SUPPORT_FIXTURE_H
#define TESTS_SUPPORT_FIXTURE_H

#include "lib/base/buf.h"
#include "lib/kube/json.h"
#include "lib/pod/ruleset.h"

/* A file below tests/, into a buffer that this initialises. */
void fixture_read(struct buf *buf, const char *path);

/* The ruleset of a configuration below tests/. */
const struct ruleset *fixture_ruleset(const char *path);

/* The ruleset of a configuration's text. */
const struct ruleset *fixture_ruleset_of(const char *yaml);

/* Parse `text`, which must outlive doc. */
void fixture_parse(struct json *doc, const char *text);

/* The example configuration of spec.md 2: one gateway, ambient mesh, an alias. */
#define FIXTURE_EXAMPLE "fixtures/config/example.yaml"

#endif
