#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the client makes of an API server in trouble, and of one that is none."""
import unittest

from fake import NAMESPACES, Case

NAMESPACE = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "media", "uid": "u1"}}


class Faults(Case):
    def test_get_gives_the_object(self):
        server = self.fake(lambda exchange: exchange.answer(200, NAMESPACE))
        answer = self.asker(server).ask("get", resource=NAMESPACES, name="media")
        self.assertEqual((answer["ok"], answer["code"], answer["object"]), (True, 200, NAMESPACE), answer)
        seen = server.seen[0]
        self.assertEqual((seen.command, seen.path), ("GET", "/api/v1/namespaces/media"))
        self.assertEqual(seen.headers["Authorization"], "Bearer secret-token")
        self.assertEqual(seen.headers["User-Agent"], "podveil/test")

    def test_refusal_in_the_api_servers_own_words(self):
        server = self.fake(lambda exchange: exchange.refuse(404, "NotFound", 'namespaces "media" not found'))
        answer = self.asker(server).ask("get", resource=NAMESPACES, name="media")
        self.assertFalse(answer["ok"])
        self.assertEqual((answer["code"], answer["statusCode"], answer["reason"], answer["message"]),
                         (404, 404, "NotFound", 'namespaces "media" not found'))
        self.assertEqual(answer["error"], 'get namespaces media: 404 NotFound: namespaces "media" not found')
        self.assertEqual(answer["tries"], 1)


if __name__ == "__main__":
    unittest.main()
