/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/path.h"

/* Cut the next component off *rest; empty components are passed over. False at the end. */
static bool next_component(struct slice *rest, struct slice *component)
{
    while (rest->len > 0 && rest->data[0] == '/') {
        *rest = slice_after(*rest, 1);
    }
    const char *slash = rest->len == 0 ? NULL : memchr(rest->data, '/', rest->len);
    component->data = rest->data;
    component->len = slash == NULL ? rest->len : (size_t)(slash - rest->data);
    *rest = slice_after(*rest, component->len);
    return component->len > 0;
}

/* The length of `path` without its last component. */
static size_t parent_of(const char *path, size_t len)
{
    while (len > 0 && path[len - 1] != '/') {
        len--;
    }
    return len > 0 ? len - 1 : 0;
}

/* Put the component behind what is there. False where it does not fit. */
static bool append(char *out, size_t *len, struct slice component)
{
    if (component.len >= PATH_LEN - *len) {
        return false;
    }
    out[*len] = '/';
    memcpy(out + *len + 1, component.data, component.len);
    *len += component.len + 1;
    return true;
}

bool path_clean(struct slice path, char out[static PATH_LEN + 1])
{
    struct slice component;
    size_t len = 0;

    while (next_component(&path, &component)) {
        if (slice_is(component, "..")) {
            len = parent_of(out, len);
        } else if (!slice_is(component, ".") && !append(out, &len, component)) {
            return false;
        }
    }
    if (len == 0) {
        out[len++] = '/';
    }
    out[len] = '\0';
    return true;
}

bool path_climbs(struct slice path)
{
    struct slice component;

    while (next_component(&path, &component)) {
        if (slice_is(component, "..")) {
            return true;
        }
    }
    return false;
}

bool path_is_in(const char *path, const char *above)
{
    size_t len = strlen(above);

    if (strcmp(above, "/") == 0) {
        return true;
    }
    return strncmp(path, above, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

bool path_touches(const char *a, const char *b)
{
    return path_is_in(a, b) || path_is_in(b, a);
}
