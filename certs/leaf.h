/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A serving certificate: ECDSA P-256 with a key of its own, digitalSignature,
 * serverAuth, the names as dNSName and iPAddress; valid from LEAF_BACKDATE
 * before now (never before its CA) to LEAF_LIFE after it.
 *
 * Its common name is the first DNS name of at most 64 characters, for people;
 * clients look at the subjectAltName. The CA is not part of the chain: whoever
 * believes it has it.
 *
 * The text is read back and judged as a client would before anybody gets it.
 *
 * Ownership: the pair is given to the caller; no other copy of its key remains.
 * Errors:    ERR_SYSTEM with OpenSSL's reason; ERR_CONFIG where the certificate
 *            would outlive its CA, which clients refuse at a bad moment.
 */
#ifndef CERTS_LEAF_H
#define CERTS_LEAF_H

#include "certs/ca.h"
#include "certs/names.h"
#include "certs/pair.h"

enum {
    LEAF_LIFE = 24 * 3600,
    LEAF_BACKDATE = 300, /* clients whose clock is behind */
};

int leaf_issue(const struct ca *ca, const struct names *names, time_t now, struct cert_pair **out,
               struct error *err) MUST_CHECK;

/* The same with another life. */
int leaf_issue_for(const struct ca *ca, const struct names *names, time_t now,
                   struct cert_life life, struct cert_pair **out, struct error *err) MUST_CHECK;

#endif
