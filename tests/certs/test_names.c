/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/names.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>

#define LABEL_63 "a23456789012345678901234567890123456789012345678901234567890123"
#define NAME_253                                                                                   \
    LABEL_63 "." LABEL_63 "." LABEL_63                                                             \
             ".a234567890123456789012345678901234567890123456789012345678901"

struct good {
    const char *name;
    const char *text;
    const char *want; /* NULL: an address */
    size_t address_len;
};

static const struct good good_names[] = {
    {"service", "podveil.podveil.svc", "podveil.podveil.svc", 0},
    {"one label", "localhost", "localhost", 0},
    {"one letter", "a", "a", 0},
    {"lower-cased", "PodVeil.Example", "podveil.example", 0},
    {"digits first", "1password.example", "1password.example", 0},
    {"namespace of digits", "podveil.123", "podveil.123", 0},
    {"hyphens inside", "a--b.c-d", "a--b.c-d", 0},
    {"punycode", "xn--bcher-kva.example", "xn--bcher-kva.example", 0},
    {"label of 63", LABEL_63, LABEL_63, 0},
    {"name of 253", NAME_253, NAME_253, 0},
    {"IPv4", "10.0.0.1", NULL, 4},
    {"IPv6", "fd00::1", NULL, 16},
    {"IPv6 written out", "FD00:0:0:0:0:0:0:1", NULL, 16},
    {"IPv6 any", "::", NULL, 16},
};

ParameterizedTestParameters(names, takes)
{
    static size_t index[COUNT_OF(good_names)];
    for (size_t i = 0; i < COUNT_OF(good_names); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(good_names));
}

ParameterizedTest(const size_t *index, names, takes)
{
    const struct good *c = &good_names[*index];
    struct names names;
    struct error err = {0};

    cr_assert_eq(names_parse(&c->text, 1, &names, &err), 0, "%s: %s", c->name, err.text);

    cr_assert_eq(names.count, 1, "%s", c->name);
    cr_assert_eq(names.list[0].address_len, c->address_len, "%s", c->name);
    cr_assert_str_eq(names.list[0].text, c->want == NULL ? "" : c->want, "%s", c->name);
}

struct bad {
    const char *name;
    const char *text;
    const char *want;
};

static const struct bad bad_names[] = {
    {"empty", "", "the name \"\" is empty"},
    {"wildcard", "*.example.com", "is a wildcard: give each name by itself"},
    {"wildcard inside", "a*.example.com", "is a wildcard"},
    {"brackets", "[::1]", "is in brackets"},
    {"port", "example.com:8443", "without scheme, port and zone"},
    {"scheme", "https://example.com", "without scheme, port and zone"},
    {"zone", "fe80::1%eth0", "without scheme, port and zone"},
    {"last dot", "example.com.", "ends with a dot"},
    {"only a dot", ".", "ends with a dot"},
    {"IPv4 out of range", "256.1.1.1", "looks like an IPv4 address and is none"},
    {"IPv4 with octal", "010.0.0.1", "looks like an IPv4 address and is none"},
    {"IPv4 of five", "1.2.3.4.5", "looks like an IPv4 address and is none"},
    {"IPv4 in IPv6", "::ffff:10.0.0.1", "is an IPv4 address in IPv6 form"},
    {"CIDR", "10.0.0.0/8", "letters, digits, '-' and '.' only"},
    {"two names", "a.example,b.example", "letters, digits, '-' and '.' only"},
    {"another extension", "a.example\nDNS", "letters, digits, '-' and '.' only"},
    {"underscore", "a_b.example", "letters, digits, '-' and '.' only"},
    {"blank", " a.example", "letters, digits, '-' and '.' only"},
    {"umlaut",
     "b\xc3\xbc"
     "cher.example",
     "letters, digits, '-' and '.' only"},
    {"empty label", "a..example", "has an empty label"},
    {"dot first", ".example", "has an empty label"},
    {"hyphen first", "-a.example", "begins or ends with '-'"},
    {"hyphen last", "a.b-.example", "begins or ends with '-'"},
    {"label of 64", LABEL_63 "4.example", "more than 63 characters"},
    {"name of 254", NAME_253 "4", "more than 253 characters"},
};

ParameterizedTestParameters(names, refuses)
{
    static size_t index[COUNT_OF(bad_names)];
    for (size_t i = 0; i < COUNT_OF(bad_names); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(bad_names));
}

ParameterizedTest(const size_t *index, names, refuses)
{
    const struct bad *c = &bad_names[*index];
    const char *const texts[] = {"good.example", c->text};
    struct names names = {.count = 77};
    struct error err = {0};

    cr_assert_eq(names_parse(texts, 2, &names, &err), -1, "%s", c->name);

    cr_assert_eq(err.code, ERR_CONFIG, "%s", c->name);
    cr_assert_not_null(strstr(err.text, c->want), "%s: %s", c->name, err.text);
    cr_assert_eq(names.count, 77, "%s", c->name);
}

Test(names, keeps_a_doubled_name_once)
{
    static const char *const texts[] = {"b.example", "::1",    "a.example", "B.Example",
                                        "10.0.0.1",  "0:0::1", "10.0.0.1"};
    struct names names;
    struct error err = {0};

    cr_assert_eq(names_parse(texts, COUNT_OF(texts), &names, &err), 0, "%s", err.text);

    cr_assert_eq(names.count, 4);
    cr_assert_str_eq(names.list[0].text, "b.example");
    cr_assert_eq(names.list[1].address_len, 16);
    cr_assert_str_eq(names.list[2].text, "a.example");
    cr_assert_eq(names.list[3].address_len, 4);
    cr_assert_eq(names.list[3].address[0], 10);
    cr_assert_eq(names.list[3].address[3], 1);
}

Test(names, refuses_an_empty_list)
{
    struct names names;
    struct error err = {0};

    cr_assert_eq(names_parse(NULL, 0, &names, &err), -1);
    cr_assert_str_eq(err.text, "a certificate needs a name");
}

Test(names, refuses_one_too_many)
{
    static char room[NAMES_MAX + 1][16];
    const char *texts[NAMES_MAX + 1];
    static struct names names;
    struct error err = {0};

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        (void)snprintf(room[i], sizeof room[i], "n%zu.example", i);
        texts[i] = room[i];
    }
    cr_assert_eq(names_parse(texts, NAMES_MAX, &names, &err), 0, "%s", err.text);
    cr_assert_eq(names.count, NAMES_MAX);
    cr_assert_eq(names_parse(texts, NAMES_MAX + 1, &names, &err), -1);
    cr_assert_str_eq(err.text, "a certificate for more than 64 names");
}
