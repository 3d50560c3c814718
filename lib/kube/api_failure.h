/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of failures of requests to the API server, for those who count them. What the client
 * says of one is in its answer (client/answer.h).
 */
#ifndef KUBE_API_FAILURE_H
#define KUBE_API_FAILURE_H

enum api_failure {
#define API_FAILURE(id) API_FAILURE_##id,
#include "lib/kube/api_failure.def"
#undef API_FAILURE
    API_FAILURES,
};

#endif
