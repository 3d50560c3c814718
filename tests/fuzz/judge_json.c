/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For against_python.py: each file named on standard input, a line each, gets a
 * line: 1 where podveil reads it as JSON, else 0.
 */
#include "lib/base/file.h"
#include "lib/kube/json.h"

#include <stdio.h>

enum { PATH_SIZE = 4096, INPUT_MAX = 16 * 1024 * 1024 };

static bool is_json(const char *path)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    buf_init(&text, INPUT_MAX);
    if (file_read(path, &text, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(4);
    }
    return json_parse(&doc, buf_view(&text), &err) == 0;
}

int main(void)
{
    char path[PATH_SIZE];

    while (fgets(path, sizeof path, stdin) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        (void)printf("%d\n", is_json(path) ? 1 : 0);
    }
    return 0;
}
