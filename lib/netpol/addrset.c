/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/addrset.h"

#include <stdlib.h>
#include <string.h>

enum { FAMILIES = 2, FIRST_CAP = 4 };

/* Both are asked only where the result exists: below the last address, above the first. */
static struct address after(struct address a)
{
    a.low++;
    a.high += a.low == 0 ? 1 : 0;
    return a;
}

static struct address before(struct address a)
{
    a.high -= a.low == 0 ? 1 : 0;
    a.low--;
    return a;
}

void addrset_init(struct addrset *set)
{
    *set = (struct addrset){0};
}

void addrset_done(struct addrset *set)
{
    for (size_t f = 0; f < FAMILIES; f++) {
        free(set->of[f].items);
    }
    addrset_init(set);
}

static int reserve(struct intervals *list, size_t need, struct error *err)
{
    size_t cap = list->cap > 0 ? list->cap : FIRST_CAP;

    if (need <= list->cap) {
        return 0;
    }
    while (cap < need) {
        cap *= 2;
    }
    struct interval *items = calloc(cap, sizeof *items);
    if (items == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for %zu address ranges", cap);
    }
    if (list->count > 0) {
        memcpy(items, list->items, list->count * sizeof *items);
    }
    free(list->items);
    list->items = items;
    list->cap = cap;
    return 0;
}

static int append(struct intervals *list, struct address first, struct address last,
                  struct error *err)
{
    if (reserve(list, list->count + 1, err) != 0) {
        return -1;
    }
    list->items[list->count++] = (struct interval){first, last};
    return 0;
}

int addrset_add(struct addrset *set, const struct cidr *cidr, struct error *err)
{
    return append(&set->of[cidr->family], cidr->first, cidr->last, err);
}

int addrset_add_all(struct addrset *set, enum family family, struct error *err)
{
    static const struct address last[FAMILIES] = {
        [FAMILY_IPV4] = {0, UINT32_MAX},
        [FAMILY_IPV6] = {UINT64_MAX, UINT64_MAX},
    };

    return append(&set->of[family], (struct address){0, 0}, last[family], err);
}

static int by_first(const void *left, const void *right)
{
    const struct interval *a = left;
    const struct interval *b = right;

    return address_compare(a->first, b->first);
}

/* `next` begins nowhere before `one`: do the two make one interval? */
static bool joins(const struct interval *one, const struct interval *next)
{
    return address_compare(next->first, one->last) <= 0 ||
           address_compare(next->first, after(one->last)) == 0;
}

static void seal(struct intervals *list)
{
    size_t kept = 0;

    if (list->count < 2) {
        return;
    }
    qsort(list->items, list->count, sizeof list->items[0], by_first);
    for (size_t i = 1; i < list->count; i++) {
        struct interval *one = &list->items[kept];
        const struct interval *next = &list->items[i];
        if (!joins(one, next)) {
            list->items[++kept] = *next;
        } else if (address_compare(next->last, one->last) > 0) {
            one->last = next->last;
        }
    }
    list->count = kept + 1;
}

void addrset_seal(struct addrset *set)
{
    for (size_t f = 0; f < FAMILIES; f++) {
        seal(&set->of[f]);
    }
}

/* What is left of `piece` when b, from its interval *from on, is cut out of it. */
static void carve(struct interval piece, const struct intervals *b, size_t *from,
                  struct intervals *out)
{
    while (*from < b->count && address_compare(b->items[*from].last, piece.first) < 0) {
        (*from)++;
    }
    for (size_t i = *from; i < b->count; i++) {
        const struct interval *hole = &b->items[i];
        if (address_compare(piece.last, hole->first) < 0) {
            break;
        }
        if (address_compare(piece.first, hole->first) < 0) {
            out->items[out->count++] = (struct interval){piece.first, before(hole->first)};
        }
        if (address_compare(piece.last, hole->last) <= 0) {
            return;
        }
        piece.first = after(hole->last);
    }
    out->items[out->count++] = piece;
}

static int subtract(const struct intervals *a, const struct intervals *b, struct intervals *out,
                    struct error *err)
{
    size_t from = 0;

    /* Each hole splits at most one piece more off. */
    if (reserve(out, a->count + b->count, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < a->count; i++) {
        carve(a->items[i], b, &from, out);
    }
    return 0;
}

int addrset_subtract(const struct addrset *a, const struct addrset *b, struct addrset *out,
                     struct error *err)
{
    addrset_init(out);
    if (subtract(&a->of[FAMILY_IPV4], &b->of[FAMILY_IPV4], &out->of[FAMILY_IPV4], err) != 0 ||
        subtract(&a->of[FAMILY_IPV6], &b->of[FAMILY_IPV6], &out->of[FAMILY_IPV6], err) != 0) {
        addrset_done(out);
        return -1;
    }
    return 0;
}

static int append_all(struct intervals *to, const struct intervals *from, struct error *err)
{
    if (reserve(to, to->count + from->count, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < from->count; i++) {
        to->items[to->count++] = from->items[i];
    }
    return 0;
}

int addrset_append(struct addrset *a, const struct addrset *b, struct error *err)
{
    if (append_all(&a->of[FAMILY_IPV4], &b->of[FAMILY_IPV4], err) != 0) {
        return -1;
    }
    return append_all(&a->of[FAMILY_IPV6], &b->of[FAMILY_IPV6], err);
}

int addrset_unite(struct addrset *a, const struct addrset *b, struct error *err)
{
    if (addrset_append(a, b, err) != 0) {
        return -1;
    }
    addrset_seal(a);
    return 0;
}

bool addrset_is_empty(const struct addrset *set)
{
    return set->of[FAMILY_IPV4].count == 0 && set->of[FAMILY_IPV6].count == 0;
}

/* The interval that holds the address, or NULL. */
static const struct interval *find(const struct intervals *list, struct address address)
{
    size_t low = 0;
    size_t high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (address_compare(list->items[middle].last, address) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < list->count && address_compare(list->items[low].first, address) <= 0;
    return found ? &list->items[low] : NULL;
}

bool addrset_has(const struct addrset *set, enum family family, struct address address)
{
    return find(&set->of[family], address) != NULL;
}

static bool inside(const struct intervals *a, const struct intervals *b, struct address *witness)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct interval *home = find(b, a->items[i].first);
        if (home == NULL) {
            *witness = a->items[i].first;
            return false;
        }
        if (address_compare(home->last, a->items[i].last) < 0) {
            *witness = after(home->last);
            return false;
        }
    }
    return true;
}

bool addrset_inside(const struct addrset *a, const struct addrset *b, enum family *family,
                    struct address *witness)
{
    static const enum family families[FAMILIES] = {FAMILY_IPV4, FAMILY_IPV6};

    for (size_t f = 0; f < FAMILIES; f++) {
        if (!inside(&a->of[f], &b->of[f], witness)) {
            *family = families[f];
            return false;
        }
    }
    return true;
}
