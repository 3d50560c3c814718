/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/detect_ask.h"

#include "lib/base/clock.h"

enum {
    PAGE = 200, /* nodes name every image that they have */
    CONTINUE_MAX = 8192,
    UNAUTHORIZED = 401,
    FORBIDDEN = 403,
    NOT_FOUND = 404,
};

static const struct resource nodes = {"", "v1", "nodes", false};
static const struct resource services = {"", "v1", "services", true};
static const struct resource pods = {"", "v1", "pods", true};
static const struct resource config_maps = {"", "v1", "configmaps", true};
static const struct resource pools = {"crd.projectcalico.org", "v1", "ippools", false};
static const struct resource ranges = {"networking.k8s.io", "v1", "servicecidrs", false};
static const struct resource beta_ranges = {"networking.k8s.io", "v1beta1", "servicecidrs", false};

struct question {
    const char *kind;
    const struct resource *resource;
    const char *namespace;
    const char *label_selector;
    const char *field_selector;
    bool needed; /* without it there is no section */
};

static const struct question questions[] = {
    {.kind = "Node", .resource = &nodes, .needed = true},
    {.kind = "Service", .resource = &services, .namespace = DETECT_DNS_NAMESPACE, .needed = true},
    {.kind = "Service",
     .resource = &services,
     .namespace = "default",
     .field_selector = "metadata.name=kubernetes"},
    {.kind = "Pod",
     .resource = &pods,
     .namespace = DETECT_DNS_NAMESPACE,
     .label_selector = "component in (kube-apiserver,kube-controller-manager)"},
    {.kind = "IPPool", .resource = &pools},
};

struct asking {
    struct api *api;
    struct detected *found;
    int64_t until_ms;
};

/* Ask. 0 with answer->ok false: there is none of it, or it may not be read and can be missed. */
static int ask(const struct asking *asking, struct api_request *request, bool needed,
               struct api_answer *answer, struct error *err)
{
    int64_t left_ms = asking->until_ms - clock_ms();

    if (left_ms <= 0) {
        return error_set(err, ERR_SYSTEM, "the API server takes more than %d s to tell its objects",
                         DETECT_ALL_MS / 1000);
    }
    request->deadline_ms = left_ms < DETECT_ASK_MS ? (uint32_t)left_ms : DETECT_ASK_MS;
    if (api_ask(asking->api, request, answer) == 0 || answer->code == NOT_FOUND) {
        return 0;
    }
    if (answer->code == FORBIDDEN && !needed) {
        detected_note(asking->found, true, "left out: %s", answer->err.text);
        return 0;
    }
    const char *way = answer->code == 0 ? "--kubeconfig, --context and KUBECONFIG say which "
                                          "cluster is asked"
                      : answer->code == UNAUTHORIZED
                          ? "the account of this kubeconfig is none there"
                      : answer->code == FORBIDDEN ? "ask with an account that may read nodes, "
                                                    "Services and ConfigMaps"
                                                  : "try again";
    return error_set(err, answer->err.code == ERR_NO_MEMORY ? ERR_NO_MEMORY : ERR_SYSTEM, "%s; %s",
                     answer->err.text, way);
}

static int take_page(const struct asking *asking, const char *kind, struct value page,
                     struct error *err)
{
    struct value_iter iter = value_iter(value_member(page, "items"));
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (detected_add(asking->found, kind, item, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* All pages. *there: is there such a resource at all? */
static int list(const struct asking *asking, const struct question *question, bool *there,
                struct error *err)
{
    char token[CONTINUE_MAX] = "";

    do {
        AUTO(api_answer) struct api_answer answer = {0};
        struct api_request request = {
            .verb = API_LIST,
            .resource = question->resource,
            .namespace = question->namespace,
            .label_selector = question->label_selector,
            .field_selector = question->field_selector,
            .limit = PAGE,
            .continue_token = token,
        };
        if (ask(asking, &request, question->needed, &answer, err) != 0) {
            return -1;
        }
        struct value page = api_answer_object(&answer);
        *there = answer.code != NOT_FOUND;
        if (take_page(asking, question->kind, page, err) != 0) {
            return -1;
        }
        slice_copy(value_string(value_get(page, "metadata", "continue", NULL)), token,
                   sizeof token);
    } while (token[0] != '\0');
    return 0;
}

/* Of the version that there is. */
static int list_ranges(const struct asking *asking, struct error *err)
{
    const struct question now = {.kind = "ServiceCIDR", .resource = &ranges};
    const struct question beta = {.kind = "ServiceCIDR", .resource = &beta_ranges};
    bool there = false;

    if (list(asking, &now, &there, err) != 0) {
        return -1;
    }
    return there ? 0 : list(asking, &beta, &there, err);
}

static int get_map(const struct asking *asking, const struct detect_map *map, struct error *err)
{
    AUTO(api_answer) struct api_answer answer = {0};
    struct api_request request = {
        .verb = API_GET,
        .resource = &config_maps,
        .namespace = map->namespace,
        .name = map->name,
    };

    if (ask(asking, &request, false, &answer, err) != 0) {
        return -1;
    }
    return answer.ok ? detected_add(asking->found, "ConfigMap", api_answer_object(&answer), err)
                     : 0;
}

int detect_ask(struct api *api, struct detected *found, struct error *err)
{
    const struct asking asking = {
        .api = api,
        .found = found,
        .until_ms = clock_ms() + DETECT_ALL_MS,
    };
    bool there = false;

    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        if (list(&asking, &questions[i], &there, err) != 0) {
            return -1;
        }
    }
    if (list_ranges(&asking, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(detect_maps); i++) {
        if (get_map(&asking, &detect_maps[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}
