/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/cli.h"
#include "server/cli/detect_ask.h"

#include <stdlib.h>

static const struct flag flag_kubeconfig = {
    .name = "kubeconfig",
    .value = "FILE",
    .help = "which cluster (default: $KUBECONFIG, the service account where one is\n"
            "mounted, ~/.kube/config)",
};
static const struct flag flag_context = {
    .name = "context",
    .value = "NAME",
    .help = "the kubeconfig's context (default: its current one)",
};
static const struct flag *const flags[] = {&flag_kubeconfig, &flag_context, NULL};

static const struct api_options client_options = {
    .user_agent = "podveil/" PODVEIL_VERSION,
    .field_manager = "podveil",
};

DEFINE_AUTO(text, char, free);

/* What was named goes first, then where we are, then kubectl's habit. */
static int open_server(const struct arguments *arguments, struct apiserver **out, struct error *err)
{
    const struct apiserver_options options = {
        .path = arguments_value(arguments, &flag_kubeconfig, NULL),
        .context = arguments_value(arguments, &flag_context, NULL),
    };
    const char *environment = secure_getenv("KUBECONFIG");
    bool named = options.path != NULL || options.context != NULL ||
                 (environment != NULL && environment[0] != '\0');

    if (!named && apiserver_is_in_cluster(&(struct in_cluster){0})) {
        return apiserver_in_cluster(&(struct in_cluster){0}, out, err);
    }
    return apiserver_kubeconfig(&options, out, err);
}

/* Takes the server over, and says where it is. */
static int ask(struct apiserver **server, struct detected *found, char **url, struct error *err)
{
    AUTO(api) struct api *api = NULL;

    *url = strdup((*server)->url);
    if (*url == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for an address");
    }
    if (api_start(*server, &client_options, &api, err) != 0) {
        return -1;
    }
    *server = NULL;
    return detect_ask(api, found, err);
}

static void say_notes(const struct console *console, const struct detected *found)
{
    const char *line = buf_cstr(&found->notes);

    while (*line != '\0') {
        size_t len = strcspn(line, "\n");
        console_say(console, "%.*s", (int)len, line);
        line += len + 1;
    }
}

static int detect(const struct arguments *arguments, const struct console *console)
{
    AUTO(detected) struct detected found = {0};
    AUTO(buf) struct buf out = {0};
    AUTO(apiserver) struct apiserver *server = NULL;
    AUTO(text) char *url = NULL;
    struct error err = {0};

    detected_init(&found);
    buf_init(&out, DETECT_TEXT);
    if (open_server(arguments, &server, &err) != 0) {
        console_say(console, "%s; --kubeconfig FILE names another", err.text);
        return err.code == ERR_NO_MEMORY ? EXIT_MACHINE : EXIT_INPUT;
    }
    if (ask(&server, &found, &url, &err) != 0 || detected_write(&found, url, &out, &err) != 0) {
        return console_fail(console, &err);
    }
    console_put(console, buf_view(&out));
    say_notes(console, &found);
    if (found.unfinished) {
        console_say(console, "the section is not finished: see above");
        return EXIT_MACHINE;
    }
    return EXIT_ALLOWED;
}

const struct command command_config_detect = {
    .name = "config detect",
    .summary = "the configuration's cluster section, from a live cluster",
    .text =
        "Prints a finished cluster: section, each line with where it comes from: the ranges of\n"
        "pods and Services, the nodes' addresses, the cluster's DNS and domain. It only reads.\n"
        "What the cluster does not tell is left empty, with a message that says how to find\n"
        "it, and exit code 4.",
    .flags = flags,
    .run = detect,
};
