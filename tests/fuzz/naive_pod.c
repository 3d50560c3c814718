/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/names.h"
#include "tests/fuzz/naive.h"
#include "tests/fuzz/target.h"

#include <strings.h>

static const char *const lists[] = {"containers", "initContainers", "ephemeralContainers"};

static const struct gateway *gateway_of(const struct config *config, const cJSON *pod)
{
    const cJSON *labels = naive_at(pod, "metadata/labels");
    const cJSON *label = cJSON_GetObjectItemCaseSensitive(labels, MARK_GATEWAY);

    claim(cJSON_IsString(label), "an allowed pod has no mark");
    const struct gateway *gateway = config_gateway(config, slice_of(label->valuestring));
    claim(gateway != NULL, "an allowed pod goes through \"%s\"", label->valuestring);
    return gateway;
}

static void claim_marked(const cJSON *pod)
{
    const cJSON *labels = naive_at(pod, "metadata/labels");
    const cJSON *annotations = naive_at(pod, "metadata/annotations");

    claim(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(labels, MARK_WORKLOAD)) &&
              cJSON_IsString(cJSON_GetObjectItemCaseSensitive(annotations, MARK_INJECTED)),
          "an allowed pod lacks a mark");
}

static bool is_one_of(const cJSON *value, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (cJSON_IsString(value) && strcasecmp(value->valuestring, *words) == 0) {
            return true;
        }
    }
    return false;
}

static bool drops_raw(const cJSON *context)
{
    static const char *const words[] = {"NET_RAW", "ALL", "CAP_NET_RAW", NULL};
    const cJSON *dropped = NULL;
    bool found = false;

    cJSON_ArrayForEach (dropped, naive_at(context, "capabilities/drop")) {
        found = found || is_one_of(dropped, words);
    }
    return found;
}

static void claim_container(const struct config *config, const cJSON *container)
{
    static const char *const refused[] = {"NET_ADMIN", "NET_RAW",    "SYS_ADMIN", "SYS_PTRACE",
                                          "BPF",       "SYS_MODULE", "ALL",       NULL};
    static const char *const handlers[] = {
        "livenessProbe/httpGet/host",       "readinessProbe/httpGet/host",
        "startupProbe/tcpSocket/host",      "lifecycle/postStart/httpGet/host",
        "lifecycle/preStop/tcpSocket/host", NULL};
    const cJSON *context = naive_at(container, "securityContext");
    const cJSON *item = NULL;

    claim(!cJSON_IsTrue(naive_at(context, "privileged")), "a privileged container is allowed");
    cJSON_ArrayForEach (item, naive_at(context, "capabilities/add")) {
        claim(!is_one_of(item, refused), "a container adds %s", item->valuestring);
    }
    claim(config->raw_sockets == RAW_SOCKETS_KEEP || drops_raw(context),
          "a container keeps raw sockets");
    cJSON_ArrayForEach (item, naive_at(container, "volumeMounts")) {
        claim(!naive_is(naive_at(item, "name"), CONFIG_VOLUME) &&
                  !naive_is(naive_at(item, "name"), TOKEN_VOLUME),
              "a container mounts a volume of ours");
    }
    for (size_t i = 0; handlers[i] != NULL; i++) {
        const cJSON *host = naive_at(container, handlers[i]);
        claim(!cJSON_IsString(host) || host->valuestring[0] == '\0', "%s is allowed", handlers[i]);
    }
}

static bool is_ours(const cJSON *container)
{
    return naive_is(naive_at(container, "name"), INIT_NAME) ||
           naive_is(naive_at(container, "name"), SIDECAR_NAME);
}

/* Others' containers one by one; ours are two, in their places, with what makes the tunnel. */
static void claim_containers(const struct config *config, const struct gateway *gateway,
                             const cJSON *spec)
{
    const cJSON *container = NULL;
    size_t ours = 0;

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        cJSON_ArrayForEach (container, naive_at(spec, lists[i])) {
            if (is_ours(container)) {
                ours++;
            } else {
                claim_container(config, container);
            }
        }
    }
    claim(ours == 2, "%zu containers have our names", ours);
    if (gateway->client.may_precede.count > 0) {
        return;
    }
    const cJSON *first = cJSON_GetArrayItem(naive_at(spec, "initContainers"), 0);
    claim(naive_is(naive_at(first, "name"), INIT_NAME) && first->next != NULL &&
              naive_is(naive_at(first->next, "name"), SIDECAR_NAME) &&
              naive_is(naive_at(first->next, "restartPolicy"), "Always"),
          "our containers are not the first");
    claim(gateway->client.also_images.count > 0 ||
              naive_is(naive_at(first, "image"), gateway->client.image),
          "ours has another image");
}

static void claim_volumes(const cJSON *spec)
{
    static const char *const refused[] = {"/",        "/proc", "/sys",  "/dev", "/run",
                                          "/var/run", "/etc",  "/root", "/var", "/var/lib/kubelet",
                                          NULL};
    const cJSON *volume = NULL;

    cJSON_ArrayForEach (volume, naive_at(spec, "volumes")) {
        claim(!is_one_of(naive_at(volume, "hostPath/path"), refused), "a host path is allowed");
    }
}

static void claim_names(const struct gateway *gateway, const cJSON *spec)
{
    const cJSON *servers = naive_at(spec, "dnsConfig/nameservers");

    if (gateway->dns != DNS_TUNNEL) {
        return;
    }
    claim(naive_is(naive_at(spec, "dnsPolicy"), "None"), "DNS does not go through the tunnel");
    claim(cJSON_GetArraySize(servers) == 1 &&
              strncmp(cJSON_GetArrayItem(servers, 0)->valuestring, "172.16.", 7) == 0,
          "DNS is not the gateway's");
}

void naive_claim_pod_safe(const struct config *config, const cJSON *pod)
{
    static const char *const shared[] = {"hostNetwork", "hostPID", "hostIPC",
                                         "shareProcessNamespace", NULL};
    const cJSON *spec = naive_at(pod, "spec");

    for (size_t i = 0; shared[i] != NULL; i++) {
        claim(!cJSON_IsTrue(naive_at(spec, shared[i])), "%s is allowed", shared[i]);
    }
    const struct gateway *gateway = gateway_of(config, pod);
    claim_marked(pod);
    claim_containers(config, gateway, spec);
    claim_volumes(spec);
    claim_names(gateway, spec);
}
