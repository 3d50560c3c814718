/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/ca_set.h"

void ca_set_done(struct ca_set *set)
{
    ca_free(set->last);
    ca_free(set->signer);
    ca_free(set->next);
    *set = (struct ca_set){0};
}

int ca_set_make(struct ca_set *set, const struct ca_rules *rules, time_t now, struct error *err)
{
    return ca_make_for(now, rules->ca, &set->signer, err);
}

static int copy_one(const struct ca *ca, struct ca **out, struct error *err)
{
    return ca == NULL ? 0 : ca_copy(ca, out, err);
}

int ca_set_copy(const struct ca_set *set, struct ca_set *out, struct error *err)
{
    AUTO(ca_set) struct ca_set copy = {.last_until = set->last_until};

    if (copy_one(set->last, &copy.last, err) != 0 ||
        copy_one(set->signer, &copy.signer, err) != 0 ||
        copy_one(set->next, &copy.next, err) != 0) {
        return -1;
    }
    *out = ca_set_steal(&copy);
    return 0;
}

static bool can_sign(const struct ca *ca, const struct ca_rules *rules, time_t now)
{
    return ca != NULL && now <= ca->validity.not_after - rules->leaf.lasts;
}

/* `fresh` signs from now on; leaves of the one before it end within a leaf's life. */
static void hand_over(struct ca_set *set, struct ca *fresh, const struct ca_rules *rules,
                      time_t now)
{
    ca_free(set->last);
    set->last = set->signer;
    set->last_until = now + rules->leaf.lasts;
    set->signer = fresh;
}

static int replace_signer(struct ca_set *set, const struct ca_rules *rules, time_t now,
                          struct error *err)
{
    struct ca *fresh = NULL;

    if (can_sign(set->next, rules, now)) {
        fresh = STEAL(set->next);
    } else if (ca_make_for(now, rules->ca, &fresh, err) != 0) {
        return -1;
    }
    ca_free(STEAL(set->next));
    hand_over(set, fresh, rules, now);
    return 0;
}

int ca_set_arrange(struct ca_set *set, const struct ca_rules *rules, time_t now, int64_t known_s,
                   bool *changed, struct error *err)
{
    *changed = true;
    if (!can_sign(set->signer, rules, now)) {
        return replace_signer(set, rules, now, err);
    }
    if (set->last != NULL && now > set->last_until) {
        ca_free(STEAL(set->last));
        return 0;
    }
    if (set->next == NULL && validity_is_old(set->signer->validity, now)) {
        return ca_make_for(now, rules->ca, &set->next, err);
    }
    if (set->next != NULL && set->last == NULL && known_s >= (int64_t)rules->lead) {
        hand_over(set, STEAL(set->next), rules, now);
        return 0;
    }
    *changed = false;
    return 0;
}

int ca_set_bundle(const struct ca_set *set, struct buf *out, struct error *err)
{
    const struct ca *const all[] = {set->last, set->signer, set->next};

    buf_clear(out);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if (all[i] != NULL) {
            buf_slice(out, buf_view(&all[i]->pem));
        }
    }
    return buf_check(out, err);
}
