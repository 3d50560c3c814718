/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/file.h"
#include "lib/kube/yaml_scalar.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>

static const char fixture[] = TEST_SOURCE_DIR "/tests/fixtures/yaml/scalars.tsv";

/* The field of a line; the rest stays in *line. */
static struct slice cut(struct slice *line, char at)
{
    const char *end = memchr(line->data, at, line->len);
    size_t len = end == NULL ? line->len : (size_t)(end - line->data);
    struct slice field = {line->data, len};
    *line = slice_after(*line, len + 1);
    return field;
}

static bool is_quoted(struct slice text)
{
    return text.len > 0 && text.data[0] == '"';
}

/* Our text is kept where Go's was rounded: the same number is enough. */
static void check_value(struct slice scalar, struct slice want, enum scalar_type type,
                        const struct buf *json)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%.*s", SLICE_ARGS(scalar));

    if (slice_is(want, "error")) {
        cr_assert_eq(type, SCALAR_NO_JSON, "%s", name);
    } else if (is_quoted(want)) {
        struct slice text = {want.data + 1, want.len - 2};
        cr_assert_eq(type, SCALAR_STRING, "%s became %s", name, buf_cstr(json));
        cr_assert_eq(json->len, 0, "%s", name);
        cr_assert(slice_equal(text, scalar), "%s", name);
    } else if (type == SCALAR_FLOAT) {
        cr_assert(strtod(buf_cstr(json), NULL) == strtod(want.data, NULL), "%s became %s", name,
                  buf_cstr(json));
    } else {
        cr_assert(slice_equal(buf_view(json), want), "%s became %s", name, buf_cstr(json));
    }
}

static void check_key(struct slice scalar, struct slice want, enum scalar_type type,
                      const struct buf *json)
{
    AUTO(buf) struct buf key = {0};
    buf_init(&key, 1024);

    if (!is_quoted(want) || type == SCALAR_NO_JSON || type == SCALAR_STRING) {
        return;
    }
    scalar_key(type, buf_cstr(json), &key);
    cr_assert(slice_equal(buf_view(&key), (struct slice){want.data + 1, want.len - 2}),
              "%.*s as a key became %s", SLICE_ARGS(scalar), buf_cstr(&key));
}

Test(yaml_scalar, means_what_it_means_to_kubectl)
{
    AUTO(buf) struct buf text = {0};
    AUTO(buf) struct buf json = {0};
    struct error err = {0};
    size_t lines = 0;
    buf_init(&text, 65536);
    buf_init(&json, 1024);
    cr_assert_eq(file_read(fixture, &text, &err), 0, "%s", err.text);

    for (struct slice rest = buf_view(&text); rest.len > 0; lines++) {
        struct slice line = cut(&rest, '\n');
        struct slice scalar = cut(&line, '\t');
        struct slice value = cut(&line, '\t');
        enum scalar_type type = scalar_resolve(scalar, &json);
        check_value(scalar, value, type, &json);
        check_key(scalar, line, type, &json);
    }

    cr_assert_gt(lines, 150);
}

struct text_case {
    const char *name;
    const char *scalar;
    const char *json; /* "" for a string */
};

static const struct text_case kept[] = {
    {"beyond a double", "9007199254740993", "9007199254740993"},
    {"beyond 64 bits", "123456789012345678901234567890", "123456789012345678901234567890"},
    {"beyond 64 bits, negative", "-9223372036854775809", "-9223372036854775809"},
    {"beyond 64 bits, from octal digits", "08888888888888888888888", "8888888888888888888888"},
    {"a trailing zero", "1.50", "1.50"},
    {"an exponent", "1e3", "1e3"},
    {"a signed exponent", "1.5E+03", "1.5E+03"},
    {"a point alone at the end", "1.", "1"},
    {"a point and an exponent", "1.e3", "1e3"},
    {"no whole part", "-.5", "-0.5"},
    {"underscores", "1_0.2_5e1_0", "10.25e10"},
    {"zeros in front", "0012.5", "12.5"},
    {"only zeros", "00.5", "0.5"},
    {"too large for a float", "1e400", ""},
};

ParameterizedTestParameters(yaml_scalar, keeps_the_text)
{
    static size_t index[COUNT_OF(kept)];
    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, yaml_scalar, keeps_the_text)
{
    const struct text_case *c = &kept[*index];
    AUTO(buf) struct buf json = {0};
    buf_init(&json, 1024);

    enum scalar_type type = scalar_resolve(slice_of(c->scalar), &json);

    cr_assert_str_eq(buf_cstr(&json), c->json, "%s", c->name);
    cr_assert_eq(type == SCALAR_STRING, c->json[0] == '\0', "%s", c->name);
}

static const struct {
    const char *scalar;
    enum scalar_type type;
} strict[] = {
    {"", SCALAR_NULL},       {"~", SCALAR_NULL},
    {"null", SCALAR_NULL},   {"true", SCALAR_BOOL},
    {"false", SCALAR_BOOL},  {"0", SCALAR_INT},
    {"-7", SCALAR_INT},      {"12345678901234567890", SCALAR_INT},
    {"1.5", SCALAR_FLOAT},   {"-0.5e+10", SCALAR_FLOAT},
    {"1e5", SCALAR_FLOAT},   {"yes", SCALAR_STRING},
    {"True", SCALAR_STRING}, {"NULL", SCALAR_STRING},
    {"on", SCALAR_STRING},   {"0644", SCALAR_STRING},
    {"0x1F", SCALAR_STRING}, {"1_000", SCALAR_STRING},
    {"+1", SCALAR_STRING},   {".5", SCALAR_STRING},
    {"1.", SCALAR_STRING},   {"1.e5", SCALAR_STRING},
    {"-", SCALAR_STRING},    {"-01", SCALAR_STRING},
    {".inf", SCALAR_STRING}, {"1e", SCALAR_STRING},
    {"10m", SCALAR_STRING},  {"10.1.2.3", SCALAR_STRING},
};

Test(yaml_scalar, is_what_json_calls_it_in_a_configuration)
{
    AUTO(buf) struct buf json = {0};
    buf_init(&json, 1024);

    for (size_t i = 0; i < COUNT_OF(strict); i++) {
        const char *scalar = strict[i].scalar;
        enum scalar_type type = scalar_resolve_strict(slice_of(scalar), &json);
        cr_assert_eq(type, strict[i].type, "%s", scalar);
        if (type == SCALAR_INT || type == SCALAR_FLOAT || type == SCALAR_BOOL) {
            cr_assert_str_eq(buf_cstr(&json), scalar);
        } else {
            cr_assert_str_eq(buf_cstr(&json), type == SCALAR_NULL ? "null" : "", "%s", scalar);
        }
    }
}

static const char *const ambiguous[] = {
    "",
    "~",
    "=",
    "<<",
    "y",
    "N",
    "yes",
    "yEs",
    "NO",
    "On",
    "oFF",
    "TRUE",
    "fALSE",
    "Null",
    ".NAN",
    ".inf",
    "+.Inf",
    "-.INF",
    "0",
    "-1",
    "+1",
    "007",
    "0644",
    "0o17",
    "0o99",
    "0x1F",
    "-0xff",
    "0b11",
    "0b-11",
    "1_000",
    "1_",
    "1.",
    ".5",
    "-.5",
    "1e3",
    "1E5",
    "1.5e-3",
    "1e999",
    "12:30:45",
    "1:20",
    "-190:20:30.15",
    "2001-12-14",
    "2001-1-1",
    "2001-12-14T21:59:43Z",
    "2001-12-14 21:59:43",
    "99999999999999999999",
};

static const char *const plain[] = {
    "yess",        "nope",        "onn",         "a",        "10m",
    "16Mi",        "1.2.3",       "10.1.2.3",    "v1",       "-a",
    "+",           "-",           ".",           "..",       "1e",
    "e5",          "0xg",         "fd00::1",     "a:b",      "2001-",
    "2001-12",     "2001-12-14a", "20011-12-14", "12:30:ab", "172.16.0.0/24",
    "kube-system", "falsehood",   "<",           "nullable",
};

Test(yaml_scalar, is_ambiguous_where_some_reader_sees_no_string)
{
    for (size_t i = 0; i < COUNT_OF(ambiguous); i++) {
        cr_assert(scalar_is_ambiguous(slice_of(ambiguous[i])), "%s", ambiguous[i]);
    }
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        cr_assert_not(scalar_is_ambiguous(slice_of(plain[i])), "%s", plain[i]);
    }
}

Test(yaml_scalar, of_infinite_size_as_a_key)
{
    AUTO(buf) struct buf key = {0};
    buf_init(&key, 64);

    scalar_key(SCALAR_FLOAT, "1e300", &key);
    scalar_key(SCALAR_FLOAT, "-1e300", &key);

    cr_assert_str_eq(buf_cstr(&key), ".inf-.inf");
}
