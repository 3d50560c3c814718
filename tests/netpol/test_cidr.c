/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/cidr.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <inttypes.h>

struct read_case {
    const char *name;
    const char *text;
    const char *want; /* the error; NULL where it is canonical */
};

#define NO_BLOCK                                                                                   \
    " is not a CIDR block; write an address, a slash and a prefix length, as in 10.0.0.0/8"
#define NO_ADDRESS                                                                                 \
    " is not a CIDR block: no address of four numbers without leading zeros, or of IPv6, stands "  \
    "before the slash"
#define NO_PREFIX(max)                                                                             \
    " is not a CIDR block: the prefix length is a whole number from 0 to " max                     \
    " without leading zeros"

static const struct read_case reads[] = {
    {"all of IPv4", "0.0.0.0/0", NULL},
    {"an octet", "10.0.0.0/8", NULL},
    {"within an octet", "172.16.0.0/12", NULL},
    {"one address", "169.254.7.127/32", NULL},
    {"the last address", "255.255.255.255/32", NULL},
    {"all of IPv6", "::/0", NULL},
    {"unique local", "fc00::/7", NULL},
    {"one address of IPv6", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128", NULL},
    {"loopback", "::1/128", NULL},
    {"the last of IPv6", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", NULL},
    {"prefix of 64", "2001:db8:1:2::/64", NULL},
    {"prefix of 65", "2001:db8:1:2:8000::/65", NULL},
    {"a single zero group stays", "2001:db8:0:1:1:1:1:1/128", NULL},
    {"the first of two runs", "2001:db8::1:0:0:1/128", NULL},
    {"the longer of two runs", "2001:0:0:1::1/128", NULL},
    {"zeros at the end", "1:2:3:4:5:6::/96", NULL},
    {"what inet_ntop writes with dots", "::102:304/128", NULL},
    {"NAT64 is IPv6", "64:ff9b::/96", NULL},
    {"translated, not mapped", "::ffff:0:0:0/96", NULL},

    {"nothing", "", "\"\"" NO_BLOCK},
    {"no prefix", "10.0.0.0", "\"10.0.0.0\"" NO_BLOCK},
    {"a slash", "/", "\"/\"" NO_ADDRESS},
    {"no address", "/8", "\"/8\"" NO_ADDRESS},
    {"a short address", "10/8", "\"10/8\"" NO_ADDRESS},
    {"leading zeros", "010.0.0.0/8", "\"010.0.0.0/8\"" NO_ADDRESS},
    {"hexadecimal", "0x0a.0.0.0/8", "\"0x0a.0.0.0/8\"" NO_ADDRESS},
    {"too large an octet", "256.0.0.0/8", "\"256.0.0.0/8\"" NO_ADDRESS},
    {"five octets", "10.0.0.0.0/8", "\"10.0.0.0.0/8\"" NO_ADDRESS},
    {"white space", " 10.0.0.0/8", "\" 10.0.0.0/8\"" NO_ADDRESS},
    {"a name", "localhost/8", "\"localhost/8\"" NO_ADDRESS},
    {"a zone", "fe80::%eth0/64", "\"fe80::%eth0/64\"" NO_ADDRESS},
    {"brackets", "[::1]/128", "\"[::1]/128\"" NO_ADDRESS},
    {"two runs of zeros", "1::2::/64", "\"1::2::/64\"" NO_ADDRESS},
    {"too long for an address", "1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:1:2:3:4:5:6:7:8:9/64",
     "\"1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:1:2:3:4:5:6:7:8:9/64\"" NO_ADDRESS},
    {"an empty prefix", "10.0.0.0/", "\"10.0.0.0/\"" NO_PREFIX("32")},
    {"too large a prefix", "10.0.0.0/33", "\"10.0.0.0/33\"" NO_PREFIX("32")},
    {"too large a prefix of IPv6", "fd00::/129", "\"fd00::/129\"" NO_PREFIX("128")},
    {"a prefix with zeros", "10.0.0.0/08", "\"10.0.0.0/08\"" NO_PREFIX("32")},
    {"a prefix with a sign", "10.0.0.0/+8", "\"10.0.0.0/+8\"" NO_PREFIX("32")},
    {"two slashes", "10.0.0.0/8/8", "\"10.0.0.0/8/8\"" NO_PREFIX("32")},
    {"a netmask", "10.0.0.0/255.0.0.0", "\"10.0.0.0/255.0.0.0\"" NO_PREFIX("32")},
    {"host bits", "10.0.0.5/8", "\"10.0.0.5/8\" has host bits set; write 10.0.0.0/8"},
    {"host bits above all", "0.0.0.1/0", "\"0.0.0.1/0\" has host bits set; write 0.0.0.0/0"},
    {"host bits of IPv6", "fd00::1/64", "\"fd00::1/64\" has host bits set; write fd00::/64"},
    {"host bits in the high half", "fd00:1::/16",
     "\"fd00:1::/16\" has host bits set; write fd00::/16"},
    {"upper case", "FD00::/8", "\"FD00::/8\" is not in its canonical form; write fd00::/8"},
    {"both", "FD00::1/8", "\"FD00::1/8\" is not in its canonical form; write fd00::/8"},
    {"zeros in a group", "fd00:0db8::/32",
     "\"fd00:0db8::/32\" is not in its canonical form; write fd00:db8::/32"},
    {"zeros written out", "fd00:0:0:0:0:0:0:0/8",
     "\"fd00:0:0:0:0:0:0:0/8\" is not in its canonical form; write fd00::/8"},
    {"one group as a run", "1:2:3:4:5:6::8/128",
     "\"1:2:3:4:5:6::8/128\" is not in its canonical form; write 1:2:3:4:5:6:0:8/128"},
    {"dots in IPv6", "64:ff9b::1.2.3.4/128",
     "\"64:ff9b::1.2.3.4/128\" is not in its canonical form; write 64:ff9b::102:304/128"},
    {"compatible IPv4", "::1.2.3.4/128",
     "\"::1.2.3.4/128\" is not in its canonical form; write ::102:304/128"},
    {"mapped: all of IPv4", "::ffff:0:0/96",
     "\"::ffff:0:0/96\" is IPv4 written as IPv6; write 0.0.0.0/0"},
    {"mapped", "::ffff:a00:0/104",
     "\"::ffff:a00:0/104\" is IPv4 written as IPv6; write 10.0.0.0/8"},
    {"mapped, with dots", "::ffff:10.0.0.5/104",
     "\"::ffff:10.0.0.5/104\" is IPv4 written as IPv6; write 10.0.0.0/8"},
    {"mapped, one address", "::ffff:808:808/128",
     "\"::ffff:808:808/128\" is IPv4 written as IPv6; write 8.8.8.8/32"},
    {"mapped, a short prefix", "::ffff:0:0/80",
     "\"::ffff:0:0/80\" is IPv4 written as IPv6; write an IPv4 block"},
};

ParameterizedTestParameters(cidr, reads_only_canonical_text)
{
    static size_t index[COUNT_OF(reads)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, cidr, reads_only_canonical_text)
{
    const struct read_case *c = &reads[*index];
    struct cidr cidr = {.prefix = 77};
    struct error err = {0};
    char text[CIDR_TEXT];

    int rc = cidr_parse(slice_of(c->text), &cidr, &err);

    if (c->want != NULL) {
        cr_assert_eq(rc, -1, "%s", c->name);
        cr_assert_eq(err.code, ERR_MALFORMED, "%s", c->name);
        cr_assert_str_eq(err.text, c->want, "%s", c->name);
        cr_assert_eq(cidr.prefix, 77, "%s: the result was touched", c->name);
        return;
    }
    cr_assert_eq(rc, 0, "%s: %s", c->name, err.text);
    cidr_format(&cidr, text);
    cr_assert_str_eq(text, c->text, "%s", c->name);
}

Test(cidr, refuses_a_nul_and_what_follows_it)
{
    struct cidr cidr;
    struct error err = {0};

    cr_assert_eq(cidr_parse(SLICE("10.0.0.0\0x/8"), &cidr, &err), -1);
    cr_assert_eq(cidr_parse(SLICE("10.0.0.0/8\0"), &cidr, &err), -1);
    cr_assert_eq(cidr_parse((struct slice){NULL, 0}, &cidr, &err), -1);
}

Test(cidr, cuts_a_long_text_in_its_message)
{
    char text[4096];
    struct cidr cidr;
    struct error err = {0};

    memset(text, '1', sizeof text);
    cr_assert_eq(cidr_parse((struct slice){text, sizeof text}, &cidr, &err), -1);
    cr_assert_eq(strspn(err.text + 1, "1"), 80);
}

struct span_case {
    const char *text;
    struct address first;
    struct address last;
};

Test(cidr, spans_first_to_last)
{
    static const struct span_case cases[] = {
        {"0.0.0.0/0", {0, 0}, {0, 0xffffffff}},
        {"10.0.0.0/8", {0, 0x0a000000}, {0, 0x0affffff}},
        {"255.255.255.255/32", {0, 0xffffffff}, {0, 0xffffffff}},
        {"::/0", {0, 0}, {UINT64_MAX, UINT64_MAX}},
        {"2001:db8::/32", {0x20010db800000000, 0}, {0x20010db8ffffffff, UINT64_MAX}},
        {"2001:db8::/64", {0x20010db800000000, 0}, {0x20010db800000000, UINT64_MAX}},
        {"2001:db8::/65", {0x20010db800000000, 0}, {0x20010db800000000, INT64_MAX}},
        {"::1/128", {0, 1}, {0, 1}},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cidr cidr;
        struct error err = {0};
        cr_assert_eq(cidr_parse(slice_of(cases[i].text), &cidr, &err), 0, "%s", err.text);
        cr_assert_eq(address_compare(cidr.first, cases[i].first), 0, "%s", cases[i].text);
        cr_assert_eq(address_compare(cidr.last, cases[i].last), 0, "%s", cases[i].text);
        cr_assert(cidr_contains(&cidr, cidr.family, cases[i].first), "%s", cases[i].text);
        cr_assert(cidr_contains(&cidr, cidr.family, cases[i].last), "%s", cases[i].text);
    }
}

Test(cidr, contains_what_is_between_and_of_its_family)
{
    struct cidr cidr;
    struct error err = {0};

    cr_assert_eq(cidr_parse(SLICE("10.0.0.0/8"), &cidr, &err), 0, "%s", err.text);
    cr_assert(cidr_contains(&cidr, FAMILY_IPV4, (struct address){0, 0x0a010203}));
    cr_assert_not(cidr_contains(&cidr, FAMILY_IPV4, (struct address){0, 0x09ffffff}));
    cr_assert_not(cidr_contains(&cidr, FAMILY_IPV4, (struct address){0, 0x0b000000}));
    cr_assert_not(cidr_contains(&cidr, FAMILY_IPV6, (struct address){0, 0x0a010203}));
}

struct order_case {
    struct address a;
    struct address b;
    int want;
};

Test(cidr, orders_addresses)
{
    static const struct order_case cases[] = {
        {{0, 0}, {0, 0}, 0}, {{0, 1}, {0, 2}, -1}, {{0, 2}, {0, 1}, 1},
        {{1, 0}, {0, 9}, 1}, {{0, 9}, {1, 0}, -1}, {{UINT64_MAX, 0}, {UINT64_MAX, 0}, 0},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cr_assert_eq(address_compare(cases[i].a, cases[i].b), cases[i].want, "case %zu", i);
    }
}

static const struct read_case addresses[] = {
    {"IPv4", "10.152.183.10", NULL},
    {"IPv6", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff", NULL},
    {"any", "::", NULL},
    {"leading zeros", "10.152.183.010",
     "\"10.152.183.010\" is not an address: write four numbers without leading zeros, or IPv6"},
    {"nothing", "", "\"\" is not an address: write four numbers without leading zeros, or IPv6"},
    {"a block", "10.0.0.0/8",
     "\"10.0.0.0/8\" is not an address: write four numbers without leading zeros, or IPv6"},
    {"upper case", "FD00::1", "\"FD00::1\" is not in its canonical form; write fd00::1"},
    {"mapped", "::ffff:10.0.0.1", "\"::ffff:10.0.0.1\" is IPv4 written as IPv6; write 10.0.0.1"},
};

ParameterizedTestParameters(cidr, reads_an_address)
{
    static size_t index[COUNT_OF(addresses)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, cidr, reads_an_address)
{
    const struct read_case *c = &addresses[*index];
    enum family family = FAMILY_IPV4;
    struct address address = {0};
    struct error err = {0};
    char text[ADDRESS_TEXT];

    int rc = address_parse(slice_of(c->text), &family, &address, &err);

    if (c->want != NULL) {
        cr_assert_eq(rc, -1, "%s", c->name);
        cr_assert_str_eq(err.text, c->want, "%s", c->name);
        return;
    }
    cr_assert_eq(rc, 0, "%s: %s", c->name, err.text);
    cr_assert_eq(family, strchr(c->text, ':') == NULL ? FAMILY_IPV4 : FAMILY_IPV6, "%s", c->name);
    address_format(family, address, text);
    cr_assert_str_eq(text, c->text, "%s", c->name);
}

struct private_case {
    const char *text;
    bool want;
};

Test(cidr, knows_private_blocks)
{
    static const struct private_case cases[] = {
        {"10.0.0.0/8", true},
        {"10.1.0.0/16", true},
        {"172.16.0.0/12", true},
        {"172.31.255.255/32", true},
        {"192.168.0.0/24", true},
        {"100.64.0.0/10", true},
        {"169.254.7.127/32", true},
        {"127.0.0.0/8", true},
        {"fd00::/8", true},
        {"fc00::/7", true},
        {"fe80::/10", true},
        {"::1/128", true},
        {"10.0.0.0/7", false},
        {"172.32.0.0/16", false},
        {"172.0.0.0/8", false},
        {"192.169.0.0/16", false},
        {"100.128.0.0/10", false},
        {"0.0.0.0/0", false},
        {"203.0.113.0/24", false},
        {"::/0", false},
        {"fc00::/6", false},
        {"::/127", false},
        {"2001:db8::/32", false},
        {"64:ff9b::/96", false},
        {"64:ff9b::a00:0/104", false},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cidr cidr;
        struct error err = {0};
        cr_assert_eq(cidr_parse(slice_of(cases[i].text), &cidr, &err), 0, "%s", err.text);
        cr_assert_eq(cidr_is_private(&cidr), cases[i].want, "%s", cases[i].text);
    }
}
