/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/console.h"

#include "lib/kube/printable.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

enum { SAID_MAX = 2048 }; /* an error has 512 */

static bool wants_color(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR"); /* NOLINT(concurrency-mt-unsafe): no threads */
    const char *term = getenv("TERM");         /* NOLINT(concurrency-mt-unsafe): no threads */

    if (no_color != NULL && no_color[0] != '\0') {
        return false;
    }
    return isatty(fileno(stream)) != 0 && (term == NULL || strcmp(term, "dumb") != 0);
}

void console_open(struct console *console, FILE *out, FILE *err)
{
    *console = (struct console){
        .out = out,
        .err = err,
        .out_color = wants_color(out),
        .err_color = wants_color(err),
    };
}

void console_put(const struct console *console, struct slice text)
{
    (void)fwrite(text.data, 1, text.len, console->out);
}

void console_say(const struct console *console, const char *fmt, ...)
{
    char text[SAID_MAX];
    char shown[2 * SAID_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)printable(shown, sizeof shown, slice_of(text));
    (void)fprintf(console->err, "podveil: %s\n", shown);
}

int console_fail(const struct console *console, const struct error *err)
{
    console_say(console, "%s", err->text);
    return err->code == ERR_SYSTEM || err->code == ERR_NO_MEMORY ? EXIT_MACHINE : EXIT_INPUT;
}

int console_fail_input(const struct console *console, const struct error *err)
{
    console_say(console, "%s", err->text);
    return err->code == ERR_NO_MEMORY ? EXIT_MACHINE : EXIT_INPUT;
}

int console_finish(const struct console *console, int code)
{
    struct error err = {0};

    errno = 0;
    if (fflush(console->out) == 0 && ferror(console->out) == 0) {
        return code;
    }
    if (errno == EPIPE) {
        return code;
    }
    (void)error_errno(&err, "cannot write to standard output");
    return console_fail(console, &err);
}
