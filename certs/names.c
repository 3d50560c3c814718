/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/names.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
}

static const char *label_fault(const char *label, size_t len)
{
    if (len == 0) {
        return "has an empty label";
    }
    if (len > NAME_MAX_LABEL) {
        return "has a label of more than 63 characters";
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_letter_or_digit(label[i]) && label[i] != '-') {
            return "may have letters, digits, '-' and '.' only";
        }
    }
    if (label[0] == '-' || label[len - 1] == '-') {
        return "has a label that begins or ends with '-'";
    }
    return NULL;
}

/* Faults that are worth words of their own, because people will make them. */
static const char *habit_fault(const char *text, size_t len)
{
    if (len == 0) {
        return "is empty";
    }
    if (len > NAME_MAX_TEXT) {
        return "has more than 253 characters";
    }
    if (strchr(text, '*') != NULL) {
        return "is a wildcard: give each name by itself";
    }
    if (text[0] == '[') {
        return "is in brackets: give the address without them";
    }
    if (strchr(text, ':') != NULL) {
        return "is neither an IP address nor a DNS name: give it without scheme, port and zone";
    }
    if (text[len - 1] == '.') {
        return "ends with a dot: give it without";
    }
    if (strspn(text, "0123456789.") == len) {
        return "looks like an IPv4 address and is none";
    }
    return NULL;
}

static const char *dns_fault(const char *text)
{
    size_t len = strlen(text);

    const char *fault = habit_fault(text, len);
    for (const char *label = text; fault == NULL;) {
        size_t label_len = strcspn(label, ".");
        fault = label_fault(label, label_len);
        if (label[label_len] == '\0') {
            break;
        }
        label += label_len + 1;
    }
    return fault;
}

static bool is_mapped(const unsigned char address[static 16])
{
    struct in6_addr in6;

    memcpy(&in6, address, sizeof in6);
    return IN6_IS_ADDR_V4MAPPED(&in6);
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    return c;
}

static int parse_name(const char *text, struct name *out, struct error *err)
{
    struct name name = {0};

    if (inet_pton(AF_INET, text, name.address) == 1) {
        name.address_len = 4;
    } else if (inet_pton(AF_INET6, text, name.address) == 1) {
        if (is_mapped(name.address)) {
            return error_set(err, ERR_CONFIG,
                             "the name \"%s\" is an IPv4 address in IPv6 form: give it as IPv4",
                             text);
        }
        name.address_len = 16;
    } else {
        const char *fault = dns_fault(text);
        if (fault != NULL) {
            return error_set(err, ERR_CONFIG, "the name \"%.*s\" %s", NAME_MAX_TEXT + 1, text,
                             fault);
        }
        for (size_t i = 0; text[i] != '\0'; i++) {
            name.text[i] = lower(text[i]);
        }
    }
    *out = name;
    return 0;
}

static bool has_name(const struct names *names, const struct name *name)
{
    for (size_t i = 0; i < names->count; i++) {
        const struct name *known = &names->list[i];
        if (known->address_len == name->address_len &&
            memcmp(known->address, name->address, sizeof known->address) == 0 &&
            strcmp(known->text, name->text) == 0) {
            return true;
        }
    }
    return false;
}

int names_parse(const char *const *texts, size_t count, struct names *out, struct error *err)
{
    struct names names = {0};

    if (count == 0) {
        return error_set(err, ERR_CONFIG, "a certificate needs a name");
    }
    for (size_t i = 0; i < count; i++) {
        struct name name = {0};
        if (parse_name(texts[i], &name, err) != 0) {
            return -1;
        }
        if (has_name(&names, &name)) {
            continue;
        }
        if (names.count == NAMES_MAX) {
            return error_set(err, ERR_CONFIG, "a certificate for more than %d names", NAMES_MAX);
        }
        names.list[names.count++] = name;
    }
    *out = names;
    return 0;
}
