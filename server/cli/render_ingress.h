/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which gateways let people from outside in to a Service: those that routes of
 * the Gateway API lead from, and Istio's own for an Ingress.
 *
 * Another ingress controller is a workload like any other. It has an identity where it is in the
 * mesh, and says by podveil.io/talks-to what it leads to.
 */
#ifndef CLI_RENDER_INGRESS_H
#define CLI_RENDER_INGRESS_H

#include "server/cli/render_members.h"

/* A gateway's account and why it comes. All of it is valid during the call. */
typedef void ingress_visitor(void *arg, struct slice namespace, const char *account,
                             const char *why);

/* Visit each gateway that leads to the Service, each once for each route. */
void ingress_visit(const struct job *job, const struct members *members, const struct offer *offer,
                   ingress_visitor *visitor, void *arg);

#endif
