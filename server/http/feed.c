/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/feed.h"

#include "lib/base/clock.h"

static int load_file(const struct feed *feed, const struct ruleset **out, struct error *err)
{
    AUTO(config) const struct config *config = NULL;

    if (config_load(feed->service->options->config, &config, NULL, err) != 0) {
        return -1;
    }
    return ruleset_new(config, out, err);
}

static int load_text(const struct config_text *text, const struct ruleset **out, struct error *err)
{
    AUTO(config) const struct config *config = NULL;

    if (config_parse(buf_view(&text->text), text->name, &config, NULL, err) != 0) {
        return -1;
    }
    return ruleset_new(config, out, err);
}

static void log_config(struct service *service, const char *msg)
{
    char id[CONFIG_ID_LEN + 1];

    rulesets_newest_id(&service->rulesets, id);
    const struct log_field fields[] = {LOG_TEXT("config", id)};
    log_event(&service->log, LOG_LEVEL_INFO, msg, fields, COUNT_OF(fields));
}

/* Only a configuration that means something else takes a place among those still believed. */
static bool is_newest(struct service *service, const struct ruleset *ruleset)
{
    char id[CONFIG_ID_LEN + 1];

    rulesets_newest_id(&service->rulesets, id);
    return strcmp(id, ruleset->config->id) == 0;
}

/* One that was coming gets into use whatever came after it. */
static void count_loaded(const struct feed *feed, const char *msg)
{
    struct service *service = feed->service;

    metrics_add(&service->metrics, METRIC_CONFIG_LOADED, 1);
    metrics_set(&service->metrics, METRIC_CONFIG_GOOD, feed->told.code == ERR_NONE ? 1 : 0);
    log_config(service, msg);
}

/* Replicas share a backend and learn of its changes one after the other; a file is this server's.
 */
static bool is_to_wait(struct service *service)
{
    char missing[RULESETS_MISSING];

    return service->options->config == NULL && !rulesets_missing(&service->rulesets, missing);
}

/* Takes the ruleset over. */
static void take(struct feed *feed, const struct ruleset *ruleset)
{
    struct service *service = feed->service;
    AUTO(ruleset) const struct ruleset *mine = ruleset;

    feed->told = (struct error){0};
    if (is_newest(service, mine)) {
        count_loaded(feed, "configuration unchanged");
    } else if (is_to_wait(service)) {
        rulesets_announce(&service->rulesets, STEAL(mine), clock_ms());
        log_config(service, "configuration believed, soon in use");
    } else {
        rulesets_swap(&service->rulesets, STEAL(mine), clock_ms());
        count_loaded(feed, "configuration loaded");
    }
}

static void refuse(struct feed *feed, const struct error *err)
{
    struct service *service = feed->service;
    bool any = !rulesets_miss(&service->rulesets, err->text);

    if (feed->told.code == err->code && strcmp(feed->told.text, err->text) == 0) {
        return;
    }
    feed->told = *err;
    metrics_add(&service->metrics, METRIC_CONFIG_FAILED, 1);
    metrics_set(&service->metrics, METRIC_CONFIG_GOOD, 0);
    log_failure(&service->log, any ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
                any ? "configuration refused, the old one stays"
                    : "no configuration yet, nothing private is let in",
                err);
}

static void read_file(struct feed *feed)
{
    const struct ruleset *ruleset = NULL;
    struct error err = {0};

    if (load_file(feed, &ruleset, &err) == 0) {
        take(feed, ruleset);
        return;
    }
    feed->told = (struct error){0}; /* the file changed: it is told again */
    refuse(feed, &err);
    if (err.code == ERR_NO_MEMORY) {
        follow_forget(&feed->file);
    }
}

static void look_at_file(struct feed *feed, bool reload)
{
    if (reload) {
        follow_mark(&feed->file);
        read_file(feed);
    }
    if (follow_look(&feed->file)) {
        read_file(feed);
    }
}

static void look_at_backend(struct feed *feed, bool reload)
{
    const struct server_backend *backend = feed->service->options->backend;
    const struct ruleset *ruleset = NULL;
    AUTO(config_text) struct config_text text = {0};
    struct error err = {0};

    config_text_init(&text);
    if (backend->read_config(backend->place, &text, &err) != 0) {
        feed->version[0] = '\0';
        refuse(feed, &err);
        return;
    }
    if (!reload && strcmp(text.version, feed->version) == 0) {
        return;
    }
    memcpy(feed->version, text.version, sizeof feed->version);
    if (load_text(&text, &ruleset, &err) == 0) {
        take(feed, ruleset);
        return;
    }
    if (err.code == ERR_NO_MEMORY) {
        feed->version[0] = '\0';
    }
    refuse(feed, &err);
}

static int open_backend(struct feed *feed, struct error *err)
{
    AUTO(config) const struct config *none = NULL;
    const struct ruleset *ruleset = NULL;
    const struct server_backend *backend = feed->service->options->backend;

    if (backend == NULL || backend->read_config == NULL) {
        return error_set(err, ERR_CONFIG, "there is nowhere to read a configuration from");
    }
    if (config_none(&none, err) != 0 || ruleset_new(none, &ruleset, err) != 0) {
        return -1;
    }
    rulesets_swap(&feed->service->rulesets, ruleset, clock_ms());
    (void)rulesets_miss(&feed->service->rulesets, "the API server was not asked for it yet");
    return 0;
}

int feed_open(struct feed *feed, struct service *service, struct error *err)
{
    const struct ruleset *ruleset = NULL;

    *feed = (struct feed){.service = service};
    if (service->options->config == NULL) {
        return open_backend(feed, err);
    }
    follow_init(&feed->file, service->options->config);
    if (load_file(feed, &ruleset, err) != 0) {
        return -1;
    }
    rulesets_swap(&service->rulesets, ruleset, clock_ms());
    metrics_set(&service->metrics, METRIC_CONFIG_GOOD, 1);
    return 0;
}

void feed_look(struct feed *feed, bool reload)
{
    struct service *service = feed->service;

    if (rulesets_advance(&service->rulesets, clock_ms())) {
        count_loaded(feed, "configuration loaded");
    }
    if (service->options->config != NULL) {
        look_at_file(feed, reload);
    } else {
        look_at_backend(feed, reload);
    }
}
