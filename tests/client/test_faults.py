#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the client makes of an API server in trouble, and of one that is none."""
import base64
import json
import os
import socket
import threading
import time
import unittest

from fake import EVENTS, NAMESPACES, POLICIES, Authority, Case, Exchange, InTurn, free_port

NAMESPACE = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "media", "uid": "u1"}}
GET = {"resource": NAMESPACES, "name": "media"}
APPLY = {"resource": POLICIES, "namespace": "media", "name": "podveil-floor", "body": {"kind": "NetworkPolicy"}}
EVENT = {"resource": EVENTS, "namespace": "media", "body": {"kind": "Event"}}
ERR_TOO_LARGE = 2  # lib/base/error.h


def good(exchange):
    exchange.answer(200, NAMESPACE)


class Requests(Case):
    """What goes over the wire."""

    def sent(self, verb, **request):
        server = self.fake(lambda exchange: exchange.answer(200, {"kind": "Any"}))
        answer = self.asker(server).ask(verb, **request)
        self.assertTrue(answer.get("ok"), answer)
        return server.seen[0]

    def test_get(self):
        server = self.fake(good)
        answer = self.asker(server).ask("get", **GET)
        self.assertEqual((answer["ok"], answer["code"], answer["object"]), (True, 200, NAMESPACE), answer)
        seen = server.seen[0]
        self.assertEqual((seen.command, seen.path), ("GET", "/api/v1/namespaces/media"))
        self.assertEqual(seen.headers["Authorization"], "Bearer secret-token")
        self.assertEqual(seen.headers["User-Agent"], "podveil/test")
        self.assertEqual(seen.headers["Accept"], "application/json")

    def test_apply(self):
        seen = self.sent("apply", force=True, dryRun=True, **APPLY)
        self.assertEqual((seen.command, seen.path), (
            "PATCH", "/apis/networking.k8s.io/v1/namespaces/media/networkpolicies/podveil-floor"
            "?fieldManager=podveil&force=true&dryRun=All"))
        self.assertEqual(seen.headers["Content-Type"], "application/apply-patch+yaml")
        self.assertEqual(json.loads(seen.body), APPLY["body"])

    def test_apply_takes_nothing_by_force_unless_told(self):
        seen = self.sent("apply", **APPLY)
        self.assertTrue(seen.path.endswith("?fieldManager=podveil"), seen.path)

    def test_merge_create_replace(self):
        for verb, command, media, name in (("merge", "PATCH", "application/merge-patch+json", "x"),
                                           ("create", "POST", "application/json", None),
                                           ("replace", "PUT", "application/json", "x")):
            with self.subTest(verb):
                seen = self.sent(verb, resource=EVENTS, namespace="media", body={"a": 1},
                                 **({"name": name} if name else {}))
                self.assertEqual((seen.command, seen.headers["Content-Type"]), (command, media))
                self.assertTrue(seen.path.endswith("?fieldManager=podveil"), seen.path)
                self.assertEqual(json.loads(seen.body), {"a": 1})

    def test_delete_is_bound_to_what_was_seen(self):
        seen = self.sent("delete", resource=POLICIES, namespace="media", name="x", uid="u-1", version="77")
        self.assertEqual((seen.command, seen.path),
                         ("DELETE", "/apis/networking.k8s.io/v1/namespaces/media/networkpolicies/x"))
        self.assertEqual(json.loads(seen.body)["preconditions"], {"uid": "u-1", "resourceVersion": "77"})

    def test_list_in_pages(self):
        seen = self.sent("list", resource=POLICIES, labels="a in (b,c),!d", limit=500, **{"continue": "x+y/z="})
        self.assertEqual(seen.path, "/apis/networking.k8s.io/v1/networkpolicies"
                         "?labelSelector=a%20in%20%28b%2Cc%29%2C%21d&limit=500&continue=x%2By%2Fz%3D")

    def test_names_cannot_leave_their_place(self):
        asker = self.asker(self.fake(good))
        for request in ({"verb": "get", "resource": NAMESPACES, "name": ".."},
                        {"verb": "get", "resource": NAMESPACES, "name": "a/b"},
                        {"verb": "get", "resource": NAMESPACES, "name": "a%2fb"},
                        {"verb": "delete", "resource": POLICIES, "namespace": "media", "name": ""},
                        {"verb": "delete", "resource": POLICIES, "name": "x"},
                        {"verb": "get", "resource": NAMESPACES, "namespace": "media", "name": "x"},
                        {"verb": "list", "resource": NAMESPACES, "name": "x"},
                        {"verb": "get", "name": "x"},
                        {"verb": "raw", "path": "version"},
                        {"verb": "apply", "resource": NAMESPACES, "name": "x"},
                        {"verb": "get", "resource": NAMESPACES, "name": "x", "body": {}},
                        {"verb": "get", "resource": NAMESPACES, "name": "x", "deadline": 0}):
            with self.subTest(request):
                self.assertIn("refused", asker.ask(**request))

    def test_many_at_once_end_once_each(self):
        server = self.fake(good)
        asker = self.asker(server)
        numbers = [asker.send("get", **GET) for _ in range(300)]
        self.assertTrue(all(asker.wait(number)["ok"] for number in numbers))
        self.assertEqual(len(server.seen), 300)
        self.assertLessEqual(len({id(seen.connection) for seen in server.seen}), 16)


    def test_what_is_too_much_at_once_waits_for_its_turn_or_its_time(self):
        go = threading.Event()

        def hold(exchange):
            go.wait(30)
            good(exchange)

        server = self.fake(hold)
        asker = self.asker(server)
        first = [asker.send("get", deadline=25000, **GET) for _ in range(16)]
        late = asker.send("apply", deadline=600, **APPLY)
        patient = asker.send("get", deadline=25000, **GET)
        answer = asker.wait(late)
        self.assertEqual((answer["ok"], answer["unsure"], answer["tries"]), (False, False, 0), answer)
        self.assertIn("its time ran out before it was sent", answer["error"])
        go.set()
        self.assertTrue(all(asker.wait(number)["ok"] for number in [*first, patient]))
        self.assertNotIn("PATCH", [seen.command for seen in server.seen])


class Refusals(Case):
    def test_the_api_servers_own_words(self):
        server = self.fake(lambda exchange: exchange.refuse(404, "NotFound", 'namespaces "media" not found'))
        answer = self.asker(server).ask("get", **GET)
        self.assertFalse(answer["ok"])
        self.assertEqual((answer["code"], answer["statusCode"], answer["reason"], answer["message"]),
                         (404, 404, "NotFound", 'namespaces "media" not found'))
        self.assertEqual(answer["error"], 'get namespaces media: 404 NotFound: namespaces "media" not found')
        self.assertEqual(answer["tries"], 1)

    def test_what_is_no_refusal_to_try_again(self):
        for code in (400, 403, 404, 405, 409, 410, 415, 422, 501):
            with self.subTest(code):
                server = self.fake(lambda exchange, code=code: exchange.refuse(code, "No"))
                answer = self.asker(server).ask("apply", **APPLY)
                self.assertEqual((answer["code"], answer["tries"], answer["unsure"]), (code, 1, False))

    def test_words_that_would_steer_a_terminal(self):
        server = self.fake(lambda exchange: exchange.refuse(403, "Forbidden\n", "\x1b[2Jgone\u202e"))
        answer = self.asker(server).ask("get", **GET)
        self.assertEqual((answer["reason"], answer["message"]), ("Forbidden\\n", "\\u001b[2Jgone\\u202e"))

    def test_a_line_of_text(self):
        """As priority and fairness refuses."""
        server = self.fake(lambda exchange: exchange.answer(409, b"Too many\x1b requests.\nsecond line\n",
                                                            "text/plain; charset=utf-8"))
        answer = self.asker(server).ask("get", **GET)
        self.assertIn("the API server answers 409: Too many", answer["error"])
        self.assertNotIn("\x1b", answer["error"])
        self.assertNotIn("second", answer["error"])

    def test_no_status_at_all(self):
        server = self.fake(lambda exchange: exchange.answer(403, b"<html>", content_type="text/html"))
        answer = self.asker(server).ask("get", **GET)
        self.assertEqual(answer["error"], "get namespaces media: the API server answers 403 and gives no reason")

    def test_too_many_requests_is_asked_again_when_told(self):
        for verb, request in (("get", GET), ("create", EVENT)):
            with self.subTest(verb):
                act = InTurn(lambda exchange: exchange.refuse(429, "TooManyRequests", Retry_After="1"), good)
                answer = self.asker(self.fake(act)).ask(verb, **request)
                self.assertEqual((answer["ok"], answer["tries"], answer["unsure"]), (True, 2, False), answer)
                self.assertGreaterEqual(act.times[1] - act.times[0], 1)

    def test_a_pause_behind_the_deadline_is_not_waited_for(self):
        server = self.fake(lambda exchange: exchange.refuse(429, "TooManyRequests", "later", Retry_After="60"))
        answer = self.asker(server).ask("get", deadline=59000, **GET)  # longer than ask() is patient
        self.assertEqual((answer["ok"], answer["tries"], answer["message"]), (False, 1, "later"))

    def test_an_overloaded_server_is_asked_again(self):
        for code in (500, 502, 503, 504):
            with self.subTest(code):
                act = InTurn(lambda exchange, code=code: exchange.refuse(code, "Busy"), good)
                answer = self.asker(self.fake(act)).ask("apply", **APPLY)
                self.assertEqual((answer["ok"], answer["tries"], answer["unsure"]), (True, 2, False), answer)

    def test_what_may_have_happened_is_not_posted_again(self):
        for code in (500, 502, 503, 504):
            with self.subTest(code):
                server = self.fake(lambda exchange, code=code: exchange.refuse(code, "Busy"))
                answer = self.asker(server).ask("create", **EVENT)
                self.assertEqual((answer["ok"], answer["tries"], answer["unsure"]), (False, 1, code != 503), answer)

    def test_the_deadline_ends_the_tries(self):
        server = self.fake(lambda exchange: exchange.refuse(500, "Busy", "no luck"))
        answer = self.asker(server).ask("apply", deadline=1500, **APPLY)
        self.assertFalse(answer["ok"])
        self.assertGreater(answer["tries"], 1)
        self.assertEqual((answer["message"], answer["unsure"]), ("no luck", True))

    def test_redirects_are_not_followed(self):
        server = self.fake(lambda exchange: exchange.answer(302, NAMESPACE, Location="/elsewhere"))
        answer = self.asker(server).ask("get", **GET)
        self.assertEqual((answer["ok"], answer["code"], len(server.seen)), (False, 302, 1))


class Answers(Case):
    """A 200 that is none."""

    def test_what_is_no_object(self):
        cases = {
            "no JSON": dict(document=b"<html>", content_type="text/html"),
            "JSON by another name": dict(document=b"{}", content_type="text/plain"),
            "nearly the name": dict(document=b"{}", content_type="application/jsonp"),
            "cut": dict(document=b'{"kind":"Name'),
            "nothing": dict(document=b""),
            "a list": dict(document=b"[]"),
            "a doubled key": dict(document=b'{"kind":"A","kind":"B"}'),
            "more behind it": dict(document=b"{}{}"),
            "too deep": dict(document=b'{"a":' * 200 + b"1" + b"}" * 200),
            "no UTF-8": dict(document=b'{"a":"\xff"}'),
        }
        for name, reply in cases.items():
            with self.subTest(name):
                server = self.fake(lambda exchange, reply=reply: exchange.answer(200, **reply))
                answer = self.asker(server).ask("apply", **APPLY)
                self.assertEqual((answer["ok"], answer["unsure"], answer["tries"]), (False, True, 1), answer)
                self.assertIn("the answer cannot be read", answer["error"])

    def test_larger_than_is_read(self):
        def endless(exchange):
            exchange.begin()
            while not exchange.server.ended.is_set():
                exchange.chunk(b" " * 65536)

        answer = self.asker(self.fake(endless)).ask("get", deadline=25000, **GET)
        self.assertEqual((answer["ok"], answer["errorCode"], answer["tries"]), (False, ERR_TOO_LARGE, 1), answer)

    def test_as_large_as_is_read(self):
        large = b'{"a":"' + b"x" * (16 * 1024 * 1024 - 8) + b'"}'
        self.assertEqual(len(large), 16777216)
        answer = self.asker(self.fake(lambda exchange: exchange.answer(200, large))).ask("get", **GET)
        self.assertTrue(answer["ok"], answer["error"])

    def test_cut_bodies_are_asked_for_again(self):
        def short(exchange):
            exchange.send_response(200)
            exchange.send_header("Content-Type", "application/json")
            exchange.send_header("Content-Length", "1000")
            exchange.end_headers()
            exchange.wfile.write(b'{"kind":')
            exchange.close_connection = True

        def chunks(exchange):
            exchange.begin()
            exchange.chunk(b'{"kind":')
            exchange.close_connection = True

        for cut in (short, chunks, lambda exchange: exchange.reset()):
            with self.subTest(cut.__name__):
                answer = self.asker(self.fake(InTurn(cut, good))).ask("get", **GET)
                self.assertEqual((answer["ok"], answer["tries"]), (True, 2), answer)

    def test_a_post_that_was_lost_is_not_sent_again(self):
        server = self.fake(InTurn(good, lambda exchange: exchange.reset()))
        asker = self.asker(server)
        self.assertTrue(asker.ask("get", **GET)["ok"])  # leaves a connection that a POST could go over
        answer = asker.ask("create", **EVENT)
        self.assertEqual((answer["ok"], answer["unsure"], answer["tries"]), (False, True, 1), answer)
        self.assertEqual(len(server.seen), 2)

    def test_a_lost_dry_run_did_nothing(self):
        server = self.fake(lambda exchange: exchange.reset())
        answer = self.asker(server).ask("create", dryRun=True, **EVENT)
        self.assertEqual((answer["ok"], answer["unsure"]), (False, False))

    def test_slow_drip_ends_at_the_deadline(self):
        def drip(exchange):
            exchange.begin()
            while not exchange.server.ended.wait(0.05):
                exchange.chunk(b" ")

        answer = self.asker(self.fake(drip)).ask("apply", deadline=1500, **APPLY)
        self.assertEqual((answer["ok"], answer["unsure"]), (False, True), answer)
        self.assertGreaterEqual(answer["ms"], 1000)

    def test_endless_headers(self):
        def headers(exchange):
            exchange.send_response(200)
            for number in range(20000):
                exchange.send_header(f"X-{number}", "x" * 100)
            exchange.end_headers()

        answer = self.asker(self.fake(headers)).ask("get", deadline=2000, **GET)
        self.assertFalse(answer["ok"])


class Counts(Case):
    """Each try that failed is counted once, as what it was; what was answered well is not."""

    def counted(self, *acts, tries=1, verb="get", request=GET, **options):
        asker = self.asker(self.fake(InTurn(*acts)), **options)
        answer = asker.ask(verb, deadline=3000, **request)
        self.assertEqual(answer["tries"], tries, answer)
        return asker.ask("failures")["failures"]

    def test_answers(self):
        for code, name in ((401, "401"), (403, "403"), (409, "409"), (410, "410"), (422, "4XX"), (501, "5XX"),
                           (302, "UNREADABLE")):
            with self.subTest(code):
                self.assertEqual(self.counted(lambda exchange, code=code: exchange.refuse(code, "Any")), {name: 1})

    def test_what_is_not_there(self):
        def gone(exchange):
            exchange.refuse(404, "NotFound")

        self.assertEqual(self.counted(gone), {})
        self.assertEqual(self.counted(gone, verb="apply", request=APPLY), {"4XX": 1})

    def test_tries(self):
        def busy(exchange):
            exchange.refuse(429, "TooManyRequests", Retry_After="0")

        def broken(exchange):
            exchange.refuse(500, "InternalError")

        self.assertEqual(self.counted(busy, busy, broken, good, tries=4), {"429": 2, "5XX": 1})

    def test_bodies(self):
        def page(exchange):
            exchange.answer(200, b"<html></html>", "text/html")

        def half(exchange):
            exchange.answer(200, b'{"kind": "Name')

        def endless(exchange):
            exchange.begin()
            while True:
                exchange.chunk(b" " * 1048576)

        self.assertEqual(self.counted(page), {"UNREADABLE": 1})
        self.assertEqual(self.counted(half), {"UNREADABLE": 1})
        self.assertEqual(self.counted(endless), {"TOO_LARGE": 1})

    def test_connections(self):
        self.assertEqual(self.counted(lambda exchange: exchange.reset(), good, tries=2), {"LOST": 1})
        self.assertEqual(self.counted(lambda exchange: exchange.server.ended.wait(), verb="create", request=EVENT),
                         {"TIMEOUT": 1})
        asker = self.asker_of(f"https://127.0.0.1:{free_port()}")
        answer = asker.ask("get", deadline=500, **GET)
        self.assertEqual(asker.ask("failures")["failures"], {"UNREACHABLE": answer["tries"]})

    def test_a_certificate_of_another_authority(self):
        pair = Authority(self.dir, "counted-other").sign("counted-other-server")
        asker = self.asker(self.fake(good, pair=pair))
        asker.ask("get", **GET)
        self.assertEqual(asker.ask("failures")["failures"], {"UNTRUSTED": 1})


class Clock(Case):
    """The time is the API server's, once it has said it."""

    def time(self, date):
        class Dated(Exchange):
            def date_time_string(self, timestamp=None):
                return date

        server = self.fake(good)
        server.RequestHandlerClass = Dated
        asker = self.asker(server)
        before = asker.ask("failures")["time"]
        self.assertTrue(abs(before - time.time()) < 60, before)
        asker.ask("get", **GET)
        return asker.ask("failures")["time"]

    def test_date(self):
        found = self.time("Sat, 06 Mar 2032 11:22:33 GMT")
        self.assertTrue(0 <= found - 1962184953 <= 60, found)

    def test_what_is_no_date(self):
        for text in ("", "soon", "Thu, 01 Jan 1970 00:00:00 GMT"):
            with self.subTest(text):
                found = self.time(text)
                self.assertTrue(abs(found - time.time()) < 60, found)


class Connections(Case):
    def test_nobody_there_yet(self):
        port = free_port()
        asker = self.asker_of(f"https://127.0.0.1:{port}")
        self.assertFalse(asker.ask("get", deadline=300, **GET)["ok"])
        number = asker.send("create", deadline=25000, **EVENT)
        time.sleep(0.5)  # tries in vain meanwhile
        self.fake(good, port=port)
        answer = asker.wait(number)
        self.assertTrue(answer["ok"], answer)
        self.assertGreater(answer["tries"], 1)

    def test_nobody_there_at_all(self):
        answer = self.asker_of(f"https://127.0.0.1:{free_port()}").ask("apply", deadline=700, **APPLY)
        self.assertEqual((answer["ok"], answer["code"], answer["unsure"]), (False, 0, False), answer)
        self.assertIn("apply networkpolicies media/podveil-floor: Failed to connect", answer["error"])

    def test_a_name_that_is_none(self):
        answer = self.asker_of("https://nowhere.invalid:6443").ask("get", deadline=700, **GET)
        self.assertFalse(answer["ok"])

    def test_a_port_that_does_not_speak(self):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            answer = self.asker_of(f"https://127.0.0.1:{mute.getsockname()[1]}").ask("get", deadline=800, **GET)
        self.assertEqual((answer["ok"], answer["unsure"]), (False, False))

    def test_a_certificate_of_another_authority(self):
        stranger = Authority(self.dir, "stranger").sign("stranger-server")
        server = self.fake(good, pair=stranger)
        answer = self.asker(server).ask("get", **GET)
        self.assertEqual((answer["ok"], answer["tries"], server.seen), (False, 1, []), answer)
        self.assertIn("certificate", answer["error"])

    def test_a_certificate_of_another_host(self):
        other = self.authority.sign("other-server", san="IP:127.0.0.2,DNS:kubernetes.default.svc")
        server = self.fake(good, pair=other)
        answer = self.asker(server).ask("get", **GET)
        self.assertEqual((answer["ok"], answer["tries"], server.seen), (False, 1, []), answer)
        named = self.asker(server, **{"tls-server-name": "kubernetes.default.svc"})
        self.assertTrue(named.ask("get", **GET)["ok"])

    def test_a_certificate_that_expired(self):
        old = self.authority.sign("old-server", days="-1")
        server = self.fake(good, pair=old)
        answer = self.asker(server).ask("get", **GET)
        self.assertEqual((answer["ok"], answer["tries"], server.seen), (False, 1, []), answer)

    def test_our_own_certificate(self):
        mine = self.authority.sign("mine")
        server = self.fake(good, client_ca=self.authority.path)
        data = [base64.b64encode(path.read_bytes()).decode() for path in mine]
        for user in ({"client-certificate": "mine.crt", "client-key": str(mine[1])},
                     {"client-certificate-data": data[0], "client-key-data": data[1]}):
            with self.subTest(user):
                self.assertTrue(self.asker(server, user=user).ask("get", **GET)["ok"])
        answer = self.asker(server).ask("get", deadline=1500, **GET)
        self.assertFalse(answer["ok"])

    def test_a_token_that_was_renewed(self):
        def who(exchange):
            if exchange.headers["Authorization"] == "Bearer second":
                good(exchange)
            else:
                exchange.refuse(401, "Unauthorized", "Unauthorized")

        path = self.dir / "token"
        path.write_text("first\n")
        server = self.fake(who)
        asker = self.asker(server, user={"tokenFile": "token"})
        answer = asker.ask("get", **GET)
        self.assertEqual((answer["ok"], answer["code"], answer["tries"]), (False, 401, 2), answer)
        renewed = self.dir / "token.new"
        renewed.write_text("second\n")
        os.replace(renewed, path)
        self.assertEqual(asker.ask("get", **GET)["tries"], 1)
        path.unlink()
        self.assertTrue(asker.ask("get", **GET)["ok"], "the last good one goes on")

    def test_a_fixed_token_is_shown_once(self):
        server = self.fake(lambda exchange: exchange.refuse(401, "Unauthorized"))
        answer = self.asker(server).ask("get", **GET)
        self.assertEqual((answer["code"], answer["tries"]), (401, 1))
        self.assertNotIn("secret-token", json.dumps(answer))

    def test_no_proxy_is_asked(self):
        server = self.fake(good)
        proxy = "http://127.0.0.1:9"
        asker = self.asker(server, environment={"HTTPS_PROXY": proxy, "https_proxy": proxy})
        self.assertTrue(asker.ask("get", **GET)["ok"])

    def test_stop_ends_what_is_under_way(self):
        held = threading.Event()

        def hold(exchange):
            held.set()
            exchange.server.ended.wait()

        asker = self.asker(self.fake(hold))
        running = asker.send("apply", deadline=25000, **APPLY)
        waiting = asker.send("apply", deadline=25000, delay=20000, **APPLY)
        self.assertTrue(held.wait(20))
        asker.process.stdin.close()
        first, second = asker.wait(running), asker.wait(waiting)
        self.assertEqual((first["stopped"], first["unsure"]), (True, True), first)
        self.assertEqual((second["stopped"], second["unsure"]), (True, False), second)


if __name__ == "__main__":
    unittest.main()
