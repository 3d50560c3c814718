/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/grammar.h"

#include "lib/netpol/cidr.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>

#define DNS_LABEL "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
#define DNS_NAME DNS_LABEL "(\\." DNS_LABEL ")*"
#define TOP_LABEL "[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
#define LABEL_WORD "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"

/* The grammar of a reference: github.com/distribution/reference, less hosts in brackets. */
#define HOST_PART "[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?"
#define HOST HOST_PART "(\\." HOST_PART ")*(:[0-9]{1,5})?"
#define REPOSITORY_PART "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*"
#define TAG "[A-Za-z0-9_][-A-Za-z0-9_.]{0,127}"
#define DIGEST "[a-z][a-z0-9]*:[0-9a-f]{32,128}"

/* Of a path: printable but for the slash, and no "." or ".." between slashes. */
#define PATH_CHAR "[ -.0-~]"
#define PATH_START "[ --0-~]"
#define PATH_PART "(" PATH_START PATH_CHAR "*|\\." PATH_START PATH_CHAR "*|\\.\\." PATH_CHAR "+)"

static const char dns_label_fault[] =
    "is no DNS label; write lower-case letters, digits and '-', at most 63, a letter or digit at "
    "each end";
static const char label_key_fault[] =
    "is no label key; write a name of letters, digits, '-', '_' and '.', or a DNS name, a slash "
    "and such a name";

static const char *refuse_reserved_label(struct slice text)
{
    return slice_starts_with(text, "podveil.io/") && !slice_is(text, "podveil.io/gateway")
               ? "is a mark that podveil itself sets; write another key"
               : NULL;
}

static const char *refuse_none(struct slice text)
{
    return slice_is(text, "none") ? "is reserved for opting out; write another name" : NULL;
}

static const char *refuse_ours(struct slice text)
{
    return slice_starts_with(text, "podveil-")
               ? "is a name of podveil's own; write the other webhook's"
               : NULL;
}

static const char *refuse_no_address(struct slice text)
{
    enum family family = FAMILY_IPV6;
    struct address address = {0};
    struct error ignored = {0};

    return address_parse(text, &family, &address, &ignored) == 0 && family == FAMILY_IPV4
               ? NULL
               : grammar_ipv4.fault;
}

/* What decides what bash, the loader and iptables run. A '*' stands for any end. */
static const char *refuse_powerful_variable(struct slice text)
{
    static const char *const powerful[] = {
        "LD_*",      "BASH*",   "ENV",      "PATH",         "SHELLOPTS", "IFS",
        "PS4",       "GLIBC_*", "gateway",  "GCONV_PATH",   "XTABLES_*", "IPTABLES_*",
        "PODVEIL_*", "VXLAN_*", "K8S_DNS*", "NOT_ROUTED_*", "GATEWAY_*",
    };

    for (size_t i = 0; i < COUNT_OF(powerful); i++) {
        size_t len = strcspn(powerful[i], "*");
        bool open = powerful[i][len] == '*';
        if (text.len >= len && memcmp(text.data, powerful[i], len) == 0 &&
            (open || text.len == len)) {
            return "decides what our containers run; no other webhook may set it";
        }
    }
    return NULL;
}

const struct grammar grammar_dns_label = {"^" DNS_LABEL "$", 63, dns_label_fault, NULL};

const struct grammar grammar_dns_label_or_none = {"^(" DNS_LABEL ")?$", 63, dns_label_fault, NULL};

const struct grammar grammar_gateway = {"^" DNS_LABEL "$", 63, dns_label_fault, refuse_none};

const struct grammar grammar_container = {"^" DNS_LABEL "$", 63, dns_label_fault, refuse_ours};

const struct grammar grammar_volume = {
    "^" DNS_LABEL "$", 63,
    "is no name of a volume mount; write its name, not its path: lower-case letters, digits and "
    "'-', at most 63",
    refuse_ours};

const struct grammar grammar_dns_name = {
    "^" DNS_NAME "$", 253,
    "is no name of an object; write lower-case letters, digits, '-' and '.', a letter or digit at "
    "each end",
    NULL};

const struct grammar grammar_domain = {
    "^(" DNS_LABEL "\\.)*" TOP_LABEL "$", 200,
    "is no DNS domain; write lower-case labels with dots between, as in cluster.local, and none "
    "at the end",
    NULL};

const struct grammar grammar_address = {
    "^(" DNS_LABEL "\\.)+" TOP_LABEL "$", 253,
    "is no DNS name of a Service; write it in full, as in gluetun.vpn.svc.cluster.local, never an "
    "address, lower-case, no dot at the end",
    NULL};

const struct grammar grammar_ipv4 = {
    "^[0-9]{1,3}(\\.[0-9]{1,3}){3}$", 15,
    "is no IPv4 address; write four numbers without leading zeros, as in 10.152.183.10",
    refuse_no_address};

const struct grammar grammar_label_key = {"^(" DNS_NAME "/)?" LABEL_WORD "$", 317, label_key_fault,
                                          refuse_reserved_label};

const struct grammar grammar_selector_key = {"^(" DNS_NAME "/)?" LABEL_WORD "$", 317,
                                             label_key_fault, NULL};

const struct grammar grammar_label_value = {
    "^(" LABEL_WORD ")?$", 63,
    "is no label value; write letters, digits, '-', '_' and '.', at most 63, a letter or digit at "
    "each end",
    NULL};

const struct grammar grammar_variable = {
    "^[A-Za-z_][-A-Za-z0-9_.]*$", 253,
    "is no name of a variable; write letters, digits, '_', '-' and '.', no digit first",
    refuse_powerful_variable};

const struct grammar grammar_image = {
    "^(" HOST "/)?" REPOSITORY_PART "(/" REPOSITORY_PART ")*(:" TAG ")?(@" DIGEST ")?$", 512,
    "is no image reference; write it as in ghcr.io/angelnu/pod-gateway:v1.13.0", NULL};

const struct grammar grammar_image_prefix = {
    "^" HOST "/([-A-Za-z0-9_.:@]+/)*[-A-Za-z0-9_.:@]*$", 512,
    "is no beginning of an image reference; write the registry and a slash at least, as in "
    "mirror.example.com/",
    NULL};

const struct grammar grammar_pull_policy = {
    "^(Always|IfNotPresent|Never)?$", 16,
    "is no pull policy; write Always, IfNotPresent, Never or \"\"", NULL};

const struct grammar grammar_path = {
    "^(/" PATH_PART ")+$", 4096,
    "is no absolute path in its shortest form; write it without \".\", \"..\", doubled slashes and "
    "a slash at its end, and not / itself",
    NULL};

/* The kubelet expands $(NAME) and $$ in commands. */
const struct grammar grammar_word = {
    "^[ -#%-~]+$", 4096,
    "is no word of a command; write printable ASCII without '$', which the kubelet would expand",
    NULL};

const struct grammar grammar_quantity = {
    "^(0|[1-9][0-9]{0,14})(m|(\\.[0-9]{1,3})?(k|M|G|T|Ki|Mi|Gi|Ti)?)$", 32,
    "is no quantity; write a number with at most three decimals and m, k, M, G, T, Ki, Mi, Gi, Ti "
    "or nothing behind it, as in 500m or 64Mi",
    NULL};

const char *grammar_show(struct slice text, char out[static GRAMMAR_SHOWN])
{
    static const char dots[] = "...";
    size_t room = GRAMMAR_SHOWN - sizeof dots;
    size_t len = text.len < room ? text.len : room;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        out[i] = (char)(c < 0x20 || c == 0x7f ? '?' : c);
    }
    while (len > 0 && len < text.len && ((unsigned char)text.data[len] & 0xc0U) == 0x80U) {
        len--;
    }
    memcpy(out + len, len < text.len ? dots : "", len < text.len ? sizeof dots : 1);
    return out;
}

/* Where memory ends on the way, glibc's regexec() says "no match": only errno tells the difference.
 */
static int matches(const char *pattern, struct slice text, bool *out, struct error *err)
{
    regex_t regex;
    regmatch_t range = {.rm_so = 0, .rm_eo = (regoff_t)text.len};
    const char *start = text.len > 0 ? text.data : "";

    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a regular expression");
    }
    errno = 0;
    int code = regexec(&regex, start, 1, &range, REG_STARTEND);
    bool short_of_memory = code == REG_ESPACE || (code != 0 && errno == ENOMEM);
    regfree(&regex);
    if (short_of_memory) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a regular expression");
    }
    *out = code == 0;
    return 0;
}

int grammar_check(const struct grammar *grammar, struct slice text, struct error *err)
{
    char shown[GRAMMAR_SHOWN];
    bool good = false;

    if (text.len > grammar->max) {
        return error_set(err, ERR_CONFIG, "\"%s\" is longer than %zu characters",
                         grammar_show(text, shown), grammar->max);
    }
    if (matches(grammar->pattern, text, &good, err) != 0) {
        return -1;
    }
    const char *fault = good ? NULL : grammar->fault;
    if (good && grammar->refuse != NULL) {
        fault = grammar->refuse(text);
    }
    if (fault == NULL) {
        return 0;
    }
    return error_set(err, ERR_CONFIG, "\"%s\" %s", grammar_show(text, shown), fault);
}
