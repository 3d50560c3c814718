/* SPDX-License-Identifier: Apache-2.0 */
/* Entries that lead privacy pods' traffic past the tunnel, each beside its harmless twin. */
#include "tests/validators/mesh.h"

#define BOUND "{\"istio.io/use-waypoint\":\"egress\"}"
#define UNBOUND "{\"istio.io/use-waypoint\":\"none\"}"
#define OUTSIDE                                                                                    \
    "{\"hosts\":[\"example.com\"],\"ports\":[{\"number\":443,\"name\":\"tls\"}],\"resolution\":"   \
    "\"DNS\"}"
#define LABEL "metadata.labels[istio.io/use-waypoint]"
#define TOOLS(labels)                                                                              \
    "[{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"tools\","             \
    "\"labels\":" labels "}}]"

static const struct mesh_case cases[] = {
    {"an outside host behind a waypoint", ENTRY("ServiceEntry", BOUND, OUTSIDE), NULL,
     REASON_MESH_BYPASS, LABEL, "example.com to the waypoint egress"},
    {"an outside host", ENTRY("ServiceEntry", "{}", OUTSIDE), NULL, REASON_NONE, "", NULL},
    {"an outside host behind none", ENTRY("ServiceEntry", UNBOUND, OUTSIDE), TOOLS(BOUND),
     REASON_NONE, "", NULL},
    {"an outside host behind a second waypoint",
     ENTRY("ServiceEntry",
           "{\"istio.io/use-waypoint\":\"none\",\"istio.io/use-waypoint-canary\":\"egress\"}",
           OUTSIDE),
     NULL, REASON_MESH_BYPASS, "metadata.labels[istio.io/use-waypoint-canary]", "waypoint egress"},
    {"an outside host behind no second one",
     ENTRY("ServiceEntry", "{\"istio.io/use-waypoint-canary\":\"none\"}", OUTSIDE), NULL,
     REASON_NONE, "", NULL},
    {"by the namespace's label", ENTRY("ServiceEntry", "{}", OUTSIDE), TOOLS(BOUND),
     REASON_MESH_BYPASS, LABEL, "the namespace's label"},
    {"in a namespace without a waypoint", ENTRY("ServiceEntry", "{}", OUTSIDE), TOOLS("{}"),
     REASON_NONE, "", NULL},
    {"in a namespace that says none", ENTRY("ServiceEntry", "{}", OUTSIDE), TOOLS(UNBOUND),
     REASON_NONE, "", NULL},
    {"what is in the cluster, behind a waypoint",
     ENTRY("ServiceEntry", BOUND,
           "{\"hosts\":[\"db.home\"],\"resolution\":\"STATIC\",\"endpoints\":[{\"address\":"
           "\"192.168.0.7\"}]}"),
     NULL, REASON_NONE, "", NULL},
    {"an outside machine behind a waypoint",
     ENTRY("WorkloadEntry", BOUND, "{\"address\":\"203.0.113.7\"}"), NULL, REASON_MESH_BYPASS,
     LABEL, "203.0.113.7"},
    {"an outside machine", ENTRY("WorkloadEntry", "{}", "{\"address\":\"203.0.113.7\"}"), NULL,
     REASON_NONE, "", NULL},
    {"a machine of the local network behind a waypoint",
     ENTRY("WorkloadEntry", BOUND, "{\"address\":\"192.168.0.7\"}"), NULL, REASON_NONE, "", NULL},
    {"a label of another type", ENTRY("ServiceEntry", "{\"istio.io/use-waypoint\":1}", OUTSIDE),
     NULL, REASON_MALFORMED, "metadata.labels[istio.io/use-waypoint]", "a string"},
    {"labels of another type", ENTRY("ServiceEntry", "[]", OUTSIDE), NULL, REASON_MALFORMED,
     "metadata.labels", "an object"},
    {"an address of the internet that a pod answers",
     ENTRY("ServiceEntry", "{}",
           "{\"hosts\":[\"example.com\"],\"addresses\":[\"203.0.113.7\"],\"resolution\":\"STATIC\","
           "\"endpoints\":[{\"address\":\"10.1.2.3\"}]}"),
     NULL, REASON_MESH_BYPASS, "spec.endpoints[0]", "past the tunnel"},
    {"the same address, answered by itself",
     ENTRY("ServiceEntry", "{}",
           "{\"hosts\":[\"example.com\"],\"addresses\":[\"203.0.113.7\"],\"resolution\":\"STATIC\","
           "\"endpoints\":[{\"address\":\"203.0.113.7\"}]}"),
     NULL, REASON_NONE, "", NULL},
};

EACH_ROW(validators_mesh_bypass, create, cases)
{
    mesh_check(&cases[*index]);
}

/* ---- Its status, which has addresses where the spec has none ---- */

#define ENDED(addresses)                                                                           \
    "{\"apiVersion\":\"networking.istio.io/v1\",\"kind\":\"ServiceEntry\",\"metadata\":{\"name\":" \
    "\"n\",\"namespace\":\"tools\",\"labels\":" BOUND                                              \
    "},\"spec\":{\"hosts\":[\"a\"],\"resolution\":"                                                \
    "\"DNS\"},\"status\":{\"addresses\":[" addresses "]}}"
#define OUTER "{\"value\":\"1.1.1.1\"}"
#define ISTIOS "{\"value\":\"240.240.0.7\"}"

static const struct status_case {
    const char *old;
    const char *object;
    enum reason want;
} statuses[] = {
    {ENDED(""), ENDED(OUTER), REASON_MESH_BYPASS},
    {ENDED(ISTIOS), ENDED(ISTIOS "," OUTER), REASON_MESH_BYPASS},
    {ENDED(""), ENDED(ISTIOS), REASON_NONE},
    {ENDED(OUTER), ENDED(OUTER), REASON_NONE},
    {ENDED(OUTER), ENDED(""), REASON_NONE},
};

Test(validators_mesh_bypass, addresses_of_the_status_count_where_they_change)
{
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        AUTO(buf) struct buf text = {0};

        buf_init(&text, 8192);
        buf_printf(&text,
                   "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
                   "\"request\":{\"uid\":\"u\",\"kind\":{\"group\":\"networking.istio.io\","
                   "\"version\":\"v1\",\"kind\":\"ServiceEntry\"},\"resource\":{\"group\":"
                   "\"networking.istio.io\",\"version\":\"v1\",\"resource\":\"serviceentries\"},"
                   "\"subResource\":\"status\",\"name\":\"n\",\"namespace\":\"tools\","
                   "\"operation\":\"UPDATE\",\"object\":%s,\"oldObject\":%s}}",
                   statuses[i].object, statuses[i].old);
        struct findings findings = mesh_judge_review(buf_cstr(&text), FIXTURE_EXAMPLE, NULL);

        cr_assert_eq(findings.denied, statuses[i].want, "%zu: %s", i, findings.message);
    }
}
