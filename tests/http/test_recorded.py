#!/usr/bin/env python3
"""Every recorded review over TLS: the server answers with the bytes of tests/golden/reviews.

The command line is held to the same files (tests/cli), so the two never differ.
"""
from harness import REVIEWS, TESTS, Case, Client, main

ANSWERS = TESTS / "golden" / "reviews"


def path_of(review):
    """Where the API server sends it: the gateway's own path where the namespace's label decides."""
    phase = review.stem.partition("-")[0]
    return f"/{phase}/namespace/vpn" if review.stem.endswith("private-namespace") else f"/{phase}"


class Recorded(Case):
    def test_every_review_gets_the_answer_that_the_command_line_gives(self):
        server = self.start()
        reviews = sorted(REVIEWS.glob("*.json"))
        self.assertGreaterEqual(len(reviews), 40)
        with Client(server) as client:
            for review in reviews:
                reply = client.ask(path_of(review), review.read_bytes())
                self.assertEqual(reply.code, 200, review.name)
                self.assertEqual(reply.body, (ANSWERS / review.name).read_bytes(), review.name)


main()
