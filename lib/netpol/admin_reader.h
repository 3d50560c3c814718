/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers of admin.h's languages share: lists and members read by their
 * kind, and the rule that is put together from them.
 *
 * Errors: ERR_MALFORMED with the member's path as far as it is known; whoever goes up puts the
 *         rest before it (field_under).
 */
#ifndef NETPOL_ADMIN_READER_H
#define NETPOL_ADMIN_READER_H

#include "lib/netpol/admin.h"

struct admin_reader {
    const struct admin_asked *asked;
    struct arena *arena;
    enum policy_fault fault; /* what a failure will be called */
    struct error *err;
    const char *at;          /* of the part at hand: "spec", "specs[2]" */
    struct admin_part *part; /* the part at hand, its rule, and where that comes from */
    struct policy_rule *rule;
    struct admin_note *note;
    size_t peer_cap;
    size_t port_cap;
    bool every_port; /* nothing makes it fewer again */
    bool init;       /* Cilium: the part is for endpoints without labels yet */
};

/* ERR_MALFORMED, and its text. Returns -1. */
int admin_wrong(struct admin_reader *reader, const char *fmt, ...) PRINTF_LIKE(2, 3);
int admin_no_memory(struct admin_reader *reader);

/* A text in the arena, for a place's `at`; NULL without memory. */
const char *admin_print(struct admin_reader *reader, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Each item of the member `name`, which may be missing or null, and is a list of that kind. */
struct admin_list {
    const char *name;
    enum json_kind kind;
    int (*read)(struct admin_reader *reader, struct value item, size_t index, const char *at);
    const char *at; /* where the list is: handed on */
};
int admin_each(struct admin_reader *reader, struct value parent,
               const struct admin_list *list) MUST_CHECK;

/* A member that is an object: read by read(), an error is put below its name. Missing: nothing. */
int admin_within(struct admin_reader *reader, struct value parent, const char *name,
                 int (*read)(struct admin_reader *reader, struct value object)) MUST_CHECK;

/* The label selector of that name; one that is missing selects all. */
int admin_selector(struct admin_reader *reader, struct value parent, const char *name,
                   struct selector *out) MUST_CHECK;

/* Each item of spec's `egress`, an object, for the part at hand. */
int admin_each_rule(struct admin_reader *reader, struct value spec,
                    int (*read)(struct admin_reader *reader, struct value item, size_t index,
                                const char *at)) MUST_CHECK;

/* The next rule of the part, at "<reader->at>.egress[index]", empty: no peer, any port. */
int admin_begin_rule(struct admin_reader *reader, size_t index) MUST_CHECK;
/* It stays, where it lets anything through. */
void admin_end_rule(struct admin_reader *reader);

/* A whole policy: `spec`, and each item of `specs` where the language has such. */
struct admin_shape {
    int (*spec)(struct admin_reader *reader, struct value spec);
    const struct admin_list *further; /* or NULL */
};
/* A reader that has asked, arena and err alone. */
int admin_read_policy(const struct admin_shape *shape, struct value object,
                      struct admin_reader *reader, struct admin_policy *out,
                      enum policy_fault *fault) MUST_CHECK;

/* Is a gateway's pod among those that the part can select? */
bool admin_is_asked(const struct admin_reader *reader);

/* --- what the rule at hand lets through --- */

int admin_add_peer(struct admin_reader *reader, struct admin_place place,
                   const struct policy_peer *peer) MUST_CHECK;
int admin_add_all_pods(struct admin_reader *reader, struct admin_place place) MUST_CHECK;
/* The nodes: their addresses, or, where nobody has told them, unknown. */
int admin_add_nodes(struct admin_reader *reader, struct admin_place place) MUST_CHECK;
void admin_add_anywhere(struct admin_reader *reader, struct admin_place place);
/* `what` is static: "any address that a name resolves to". */
void admin_add_unknown(struct admin_reader *reader, struct admin_place place, const char *what);
/* The same with what may be written instead; both static, or the arena's. */
void admin_add_mendable(struct admin_reader *reader, struct admin_place place, const char *what,
                        const char *mend);

/* A CIDR in its canonical form, or, where that is allowed, a single address. */
int admin_read_cidr(struct admin_reader *reader, struct value text, bool or_address,
                    struct cidr *out) MUST_CHECK;

/* A port, or all of a protocol's (first 0). The rule is no longer for any port. */
int admin_add_port(struct admin_reader *reader, enum protocol protocol, unsigned first,
                   unsigned last) MUST_CHECK;
/* The same for TCP, UDP and SCTP. */
int admin_add_every_protocol(struct admin_reader *reader, unsigned first, unsigned last) MUST_CHECK;
/* Every protocol, whatever ports the rule names beside. */
void admin_add_every_port(struct admin_reader *reader);
/* From 1 to 65535. */
int admin_read_port(struct admin_reader *reader, struct value parent, const char *name,
                    unsigned *out) MUST_CHECK;

/* Of the rule itself; of an item of one of its lists. */
static inline struct admin_place admin_here(const struct admin_reader *reader)
{
    return reader->note->rule;
}
static inline struct admin_place admin_item(const char *at, size_t index, const char *behind)
{
    return (struct admin_place){at, index, behind};
}

#endif
