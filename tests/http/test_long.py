#!/usr/bin/env python3
"""Long reviews are judged apart, so that nobody waits behind one."""
import json

from harness import Case, Client, main, pod_review, recorded, request

WORKER = "long-reviews"
MIB = 1024 * 1024
KIB = 1024


def long_review(size, workload="long", uid=None, pad="x", **options):
    """A pod with annotations, `size` bytes in all."""
    review = json.loads(pod_review(workload, uid=uid, **options))
    annotations = review["request"]["object"]["metadata"].setdefault("annotations", {})
    annotations["pad"] = ""
    annotations["pad"] = pad * (size - len(json.dumps(review)))
    return json.dumps(review).encode()


class Long(Case):
    def setUp(self):
        self.server = self.start()

    def wait_for(self, count):
        self.server.until(lambda: self.server.metric("podveil_reviews_waiting") == count)

    def turns(self, result):
        return self.server.metric('podveil_turns_total{result="%s"}' % result)

    def test_from_256_KiB_on_a_review_takes_a_turn(self):
        for size, turns in ((256 * KIB, 0), (256 * KIB + 1, 1), (8 * MIB, 2)):
            with self.subTest(size), Client(self.server) as client:
                reply = client.ask("/mutate", long_review(size, uid=f"of-{size}"))
                self.assertEqual(reply.code, 200, reply.body[:200])
                self.assertEqual(reply.response["uid"], f"of-{size}")
                self.assertTrue(reply.response["allowed"])
                self.assertIn("patch", reply.response)
                self.assertEqual(self.turns("judged"), turns)
                self.assertEqual(client.ask("/mutate", pod_review()).code, 200)
        self.assertEqual(self.server.metric("podveil_request_memory_bytes"), 0)

    def test_others_are_answered_before_it(self):
        with self.server.held(WORKER) as release, Client(self.server) as long:
            long.send(request("/mutate", long_review(4 * MIB, uid="long")))
            self.wait_for(1)
            for number in range(10):  # on both threads that answer
                with Client(self.server) as other:
                    reply = other.ask("/mutate", pod_review(f"app-{number}"))
                    self.assertTrue(reply.response["allowed"])
                    self.assertEqual(other.ask("/validate", b"{}").code, 400)
            self.assertEqual(self.server.get("/healthz")[0], 200)
            self.assertEqual(self.server.get("/readyz")[0], 200)
            self.assertEqual(self.turns("judged"), 0)
            self.wait_for(1)
            release()
            self.assertEqual(long.read().response["uid"], "long")

    def test_answers_come_in_their_order(self):
        with Client(self.server) as client:
            client.send(request("/mutate", pod_review(uid="a")) +
                        request("/mutate", long_review(MIB, uid="b")) +
                        request("/mutate", pod_review(uid="c")) +
                        request("/mutate", long_review(MIB, uid="d"), connection="close"))
            self.assertEqual([client.read().response["uid"] for _ in range(4)], list("abcd"))
            self.assertTrue(client.at_end())

    def test_what_is_wrong_with_it_is_said(self):
        cases = [("no JSON", b"{" + b" " * MIB, 400),
                 ("no review", b"{}" + b" " * MIB, 400),
                 ("tokens", b"[" + b"0," * (2 * MIB) + b"0]", 413)]
        for name, body, code in cases:
            with self.subTest(name), Client(self.server) as client:
                self.assertEqual(client.ask("/mutate", body).code, code)
                self.assertEqual(client.ask("/mutate", pod_review()).code, 200)
        with Client(self.server) as client:
            review = long_review(MIB).replace(b'"hostNetwork"', b'"x"')
            review = review.replace(b'"spec": {', b'"spec": {"hostNetwork": true, ', 1)
            reply = client.ask("/mutate", review)
            self.assertIn("HostNetwork: ", reply.response["status"]["message"])
            reply = client.ask("/mutate/namespace/none-such",
                               recorded("mutate-pod-create-unlabelled") + b" " * MIB)
            self.assertIn("UnknownGateway: ", reply.response["status"]["message"])
            reply = client.ask("/validate", recorded("validate-networkpolicy-create") +
                               b" " * MIB)
            self.assertEqual(reply.code, 200)

    def test_time_that_runs_out_in_the_queue_is_a_denial(self):
        with self.server.held(WORKER), Client(self.server) as client:
            reply = client.ask("/mutate?timeout=1s", long_review(MIB, uid="late"))
            self.assertEqual(reply.code, 200)
            self.assertEqual(reply.response["uid"], "late")
            self.assertIs(reply.response["allowed"], False)
            self.assertNotIn("patch", reply.response)
            self.assertIn("Timeout: ", reply.response["status"]["message"])
            self.assertEqual(reply.response["status"]["code"], 403)
            self.assertEqual(reply.response["auditAnnotations"]["reason"], "Timeout")
            self.assertEqual(self.server.metric("podveil_request_memory_bytes"), 0)
            self.assertEqual(client.ask("/mutate", pod_review()).code, 200)
        self.assertEqual(self.server.metric('podveil_denials_total{reason="Timeout"}'), 1)
        self.assertEqual(self.turns("judged"), 0)

    def test_a_uid_that_is_not_seen_is_no_answer_but_an_error(self):
        with self.server.held(WORKER), Client(self.server) as client:
            reply = client.ask("/mutate?timeout=500ms", b" " * 5000 + long_review(MIB))
            self.assertEqual(reply.code, 503)
            self.assertEqual(reply.headers["retry-after"], "1")
        self.assertEqual(self.server.metric('podveil_sheds_total{limit="time"}'), 1)

    def test_more_than_128_are_told_to_come_again(self):
        # Bodies just over the limit, without many tokens: the budget has room for 20 or so.
        with self.server.held(WORKER):
            clients = [Client(self.server) for _ in range(16)]
            for client in clients:
                client.send(request("/mutate?timeout=30s", long_review(257 * KIB)))
            self.wait_for(16)
            with self.server.held():
                others = [Client(self.server) for _ in range(112)]
                for client in others:
                    client.send(request("/mutate?timeout=30s", pod_review("many")))
                self.wait_for(128)
                with Client(self.server) as late:
                    for body in (long_review(257 * KIB), pod_review("many")):
                        reply = late.ask("/mutate", body)
                        self.assertEqual((reply.code, reply.headers["retry-after"]), (503, "1"))
            for client in others:
                self.assertTrue(client.read().response["allowed"])
                client.close()
        for client in clients:
            self.assertTrue(client.read().response["allowed"])
            client.close()
        self.assertEqual(self.server.metric('podveil_sheds_total{limit="waiting"}'), 2)

    def test_it_waits_twice_where_its_policies_are_not_known(self):
        with self.server.held("policy-writer"), Client(self.server) as client:
            client.send(request("/mutate", long_review(MIB)))
            self.server.until(lambda: self.turns("judged") == 1)
            self.wait_for(1)
            with Client(self.server) as late:
                reply = late.ask("/mutate?timeout=1s", long_review(MIB))
                self.assertIn("Timeout: ", reply.response["status"]["message"])
                self.assertIn("policies", reply.response["status"]["message"])
        with Client(self.server) as again:
            self.assertTrue(again.ask("/mutate", long_review(MIB)).response["allowed"])

    def test_clients_that_leave(self):
        with self.server.held(WORKER):
            for _ in range(10):
                with Client(self.server) as client:
                    client.send(request("/mutate", long_review(300 * KIB)))
            self.wait_for(10)
        self.server.until(lambda: self.server.metric("podveil_requests_in_flight") == 0)
        self.server.until(lambda: self.server.metric("podveil_connections") == 0)
        self.assertEqual(self.server.metric("podveil_request_memory_bytes"), 0)

    def test_the_way_down_answers_those_in_the_queue(self):
        server = self.start("--drain-ms", "200", "--linger-ms", "200")
        with server.held(WORKER), Client(server) as client:
            client.send(request("/mutate?timeout=30s", long_review(MIB, uid="left")))
            server.until(lambda: server.metric("podveil_reviews_waiting") == 1)
            server.signal()
            reply = client.read()
            self.assertTrue(reply.closes)
            self.assertEqual(reply.response["uid"], "left")
            self.assertIn("Timeout: ", reply.response["status"]["message"])
            self.assertEqual(server.wait()[0], 0)
            self.assertTrue(server.logged("stopped, not everything had ended"))

    def test_the_way_down_waits_for_one_that_is_judged_in_time(self):
        server = self.start("--drain-ms", "200", "--linger-ms", "5000")
        with Client(server) as client:
            with server.held(WORKER):
                client.send(request("/mutate?timeout=30s", long_review(MIB)))
                server.until(lambda: server.metric("podveil_reviews_waiting") == 1)
                server.signal()
                server.until(lambda: server.logged("draining"))
            self.assertTrue(client.read().response["allowed"])
        self.assertEqual(server.wait()[0], 0)
        self.assertTrue(server.logged("stopped"))


if __name__ == "__main__":
    main()
