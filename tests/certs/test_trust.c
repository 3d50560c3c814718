/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/trust.h"
#include "tests/certs/made.h"

#include <criterion/parameterized.h>

/* root signs middle signs leaf; other is a root of the same name, stranger of another. */
struct tree {
    struct made root;
    struct made other;
    struct made stranger;
    struct made middle;
    struct made leaf;
    struct cert_pair *pair;
};

static struct cert_pair *paired(const struct made *leaf, const struct made *middle)
{
    struct cert_pair *pair = NULL;
    struct error err = {0};
    AUTO(buf) struct buf chain = {0};
    AUTO(chars) char *key = made_key_text(leaf);

    buf_init(&chain, PEM_MAX_TEXT);
    cr_assert_eq(pem_write_certificate(&chain, leaf->cert, &err), 0, "%s", err.text);
    cr_assert_eq(pem_write_certificate(&chain, middle->cert, &err), 0, "%s", err.text);
    cr_assert_eq(cert_pair_parse(buf_view(&chain), slice_of(key), &pair, &err), 0, "%s", err.text);
    return pair;
}

static void tree_init(struct tree *tree)
{
    struct made_as ca = {.name = "root", .basic = "critical,CA:TRUE", .san = ""};

    tree->root = made_new(ca);
    tree->other = made_new(ca);
    ca.name = "stranger";
    tree->stranger = made_new(ca);
    ca.issuer = &tree->root;
    ca.name = "middle";
    tree->middle = made_new(ca);
    tree->leaf = made_new((struct made_as){
        .issuer = &tree->middle,
        .san = "DNS:podveil.podveil.svc,IP:10.0.0.1",
        .purpose = "serverAuth",
        .to = NOW + 90 * DAY,
    });
    tree->pair = paired(&tree->leaf, &tree->middle);
}

static void tree_done(struct tree *tree)
{
    made_done(&tree->root);
    made_done(&tree->other);
    made_done(&tree->stranger);
    made_done(&tree->middle);
    made_done(&tree->leaf);
    cert_pair_free(tree->pair);
}
DEFINE_AUTO_IN_PLACE(tree, struct tree, tree_done);

struct question {
    const char *name;
    const char *bundle; /* R root, O other, S stranger, M middle, L leaf */
    const char *host;
    time_t when;
    const char *want; /* NULL: believed */
};

static const struct question questions[] = {
    {"root", "R", NULL, NOW, NULL},
    {"root behind one of the same name", "OR", NULL, NOW, NULL},
    {"root before one of the same name", "RO", NULL, NOW, NULL},
    {"twice", "RR", NULL, NOW, NULL},
    {"the issuer without its root", "M", NULL, NOW, NULL},
    {"the certificate itself", "L", NULL, NOW, NULL},
    {"a stranger", "S", NULL, NOW, "unable to get local issuer certificate"},
    {"strangers around", "SRS", NULL, NOW, NULL},
    {"too late, with strangers around", "SRS", NULL, NOW + 91 * DAY, "certificate has expired"},
    {"another root", "O", NULL, NOW, "signature failure"},
    {"its name", "R", "podveil.podveil.svc", NOW, NULL},
    {"its address", "R", "10.0.0.1", NOW, NULL},
    {"another name", "R", "podveil.other.svc", NOW, "hostname mismatch"},
    {"another address", "R", "10.0.0.2", NOW, "IP address mismatch"},
    {"its common name", "R", "leaf", NOW, "hostname mismatch"},
    {"too early", "R", NULL, NOW - 181 * DAY, "certificate is not yet valid"},
    {"too late", "R", NULL, NOW + 91 * DAY, "certificate has expired"},
    {"an empty bundle", "", NULL, NOW, "CA bundle: no \"-----BEGIN CERTIFICATE-----\" in it"},
    {"a broken bundle", "x", NULL, NOW, "CA bundle: certificate 1 cannot be read"},
};

static void bundle_of(const struct tree *tree, const char *recipe, struct buf *out)
{
    struct error err = {0};

    for (const char *c = recipe; *c != '\0'; c++) {
        const struct made *made = *c == 'R'   ? &tree->root
                                  : *c == 'O' ? &tree->other
                                  : *c == 'S' ? &tree->stranger
                                  : *c == 'M' ? &tree->middle
                                              : &tree->leaf;
        if (*c == 'x') {
            buf_text(out, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        } else {
            cr_assert_eq(pem_write_certificate(out, made->cert, &err), 0, "%s", err.text);
        }
    }
}

ParameterizedTestParameters(trust, is_asked)
{
    static size_t index[COUNT_OF(questions)];
    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(questions));
}

ParameterizedTest(const size_t *index, trust, is_asked)
{
    const struct question *c = &questions[*index];
    AUTO(tree) struct tree tree = {0};
    AUTO(buf) struct buf bundle = {0};
    struct error err = {0};

    tree_init(&tree);
    buf_init(&bundle, PEM_MAX_TEXT);
    bundle_of(&tree, c->bundle, &bundle);
    int got = trust_check(buf_view(&bundle), tree.pair, c->host, c->when, &err);

    cr_assert_eq(got, c->want == NULL ? 0 : -1, "%s: %s", c->name, err.text);
    if (c->want != NULL) {
        cr_assert_not_null(strstr(err.text, c->want), "%s: %s", c->name, err.text);
    }
}

Test(trust, never_looks_at_the_common_name)
{
    AUTO(made) struct made made = made_new((struct made_as){.name = "a.example", .san = ""});
    AUTO(chars) char *chain = made_chain(&made);
    struct cert_pair pair = {.chain = chain, .chain_len = strlen(chain)};
    struct error err = {0};

    cr_assert_eq(trust_check(slice_of(chain), &pair, NULL, NOW, &err), 0, "%s", err.text);
    cr_assert_eq(trust_check(slice_of(chain), &pair, "a.example", NOW, &err), -1);
    cr_assert_str_eq(err.text, "hostname mismatch");
}

Test(trust, refuses_a_pair_that_is_not_for_servers)
{
    AUTO(tree) struct tree tree = {0};
    AUTO(buf) struct buf bundle = {0};
    struct error err = {0};

    tree_init(&tree);
    AUTO(made)
    struct made client = made_new((struct made_as){
        .issuer = &tree.middle,
        .purpose = "clientAuth",
    });
    AUTO(chars) char *chain = made_chain(&client);
    struct cert_pair pair = {.chain = chain, .chain_len = strlen(chain)};
    buf_init(&bundle, PEM_MAX_TEXT);
    bundle_of(&tree, "M", &bundle);

    cr_assert_eq(trust_check(buf_view(&bundle), &pair, NULL, NOW, &err), -1);

    cr_assert_not_null(strstr(err.text, "purpose"), "%s", err.text);
}
