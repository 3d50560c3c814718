#!/usr/bin/env python3
"""Reviews that wait until their policies are written."""
import threading
import time

from harness import Case, Client, main, pod_review, recorded, request

FLOOR = "podveil-floor"


class Waiting(Case):
    def setUp(self):
        self.server = self.start()

    def wait_for(self, count):
        self.server.until(lambda: self.server.metric("podveil_reviews_waiting") == count)

    def written(self, answers):
        """By the time that so many answers were logged: the log comes a little later."""
        self.server.until(lambda: len(self.server.logged("decision")) == answers)
        return sorted(event["name"] for event in self.server.logged("policy written"))

    def test_the_first_pod_waits_and_the_policies_stand_when_it_is_let_in(self):
        with Client(self.server) as client:
            self.assertTrue(client.ask("/mutate", pod_review("sabnzbd")).response["allowed"])
            floor = (self.server.policies / "media" / f"{FLOOR}.yaml").read_text()
            self.assertIn("kind: NetworkPolicy\n", floor)
            self.assertTrue((self.server.policies / "media" /
                             "sabnzbd-vpn-killswitch.yaml").is_file())
            self.assertTrue(client.ask("/mutate", pod_review("sabnzbd")).response["allowed"])
        self.assertEqual(self.written(2), [FLOOR, "sabnzbd-vpn-killswitch"])

    def test_a_hundred_pods_of_one_workload_are_one_write(self):
        with self.server.held():
            clients = [Client(self.server) for _ in range(100)]
            for client in clients:
                client.send(request("/mutate", pod_review("many")))
            self.wait_for(100)
        for client in clients:
            self.assertTrue(client.read().response["allowed"])
            client.close()
        self.assertEqual(self.written(100), ["many-vpn-killswitch", FLOOR])
        self.assertEqual(self.server.metric('podveil_policy_writes_total{result="written"}'), 2)

    def test_more_than_128_are_told_to_come_again(self):
        with self.server.held():
            clients = [Client(self.server) for _ in range(128)]
            for client in clients:
                client.send(request("/mutate", pod_review("many")))
            self.wait_for(128)
            with Client(self.server) as late:
                reply = late.ask("/mutate", pod_review("many"))
                self.assertEqual(reply.code, 503)
                self.assertEqual(reply.headers["retry-after"], "1")
                self.assertEqual(late.ask("/validate", recorded("validate-networkpolicy-create"))
                                 .code, 200)
        for client in clients:
            self.assertTrue(client.read().response["allowed"])
            client.close()
        self.assertEqual(self.server.metric('podveil_sheds_total{limit="waiting"}'), 1)

    def test_others_are_answered_meanwhile(self):
        with self.server.held(), Client(self.server) as waiting, Client(self.server) as other:
            waiting.send(request("/mutate", pod_review()))
            self.wait_for(1)
            for _ in range(50):
                reply = other.ask("/validate", recorded("validate-networkpolicy-create"))
                self.assertEqual(reply.code, 200)
            self.assertEqual(self.server.metric("podveil_reviews_waiting"), 1)

    def test_pipelined_behind_one_that_waits(self):
        with self.server.held() as release, Client(self.server) as client:
            client.send(request("/mutate", pod_review(uid="first")) +
                        request("/mutate", b"{}") +
                        request("/mutate", pod_review(uid="last"), connection="close"))
            self.wait_for(1)
            release()
            self.assertEqual(client.read().response["uid"], "first")
            self.assertEqual(client.read().code, 400)
            self.assertEqual(client.read().response["uid"], "last")
            self.assertTrue(client.at_end())

    def test_the_deadline_is_a_denial_and_the_retry_is_let_in(self):
        with Client(self.server) as client:
            with self.server.held():
                began = time.monotonic()
                reply = client.ask("/mutate?timeout=1s", pod_review())
                took = time.monotonic() - began
                self.assertGreater(took, 0.65, "not before, and while the write still hangs")
                self.assertFalse(reply.response["allowed"])
                self.assertEqual(reply.response["status"]["code"], 403)
                self.assertIn("Timeout: ", reply.response["status"]["message"])
                self.assertEqual(reply.response["auditAnnotations"]["reason"], "Timeout")
                self.assertNotIn("patch", reply.response)
                reply = client.ask("/mutate?timeout=200ms", pod_review())
                self.assertIn("Timeout: ", reply.response["status"]["message"])
            self.server.until(lambda: len(self.server.logged("policy written")) == 2)
            self.assertTrue(client.ask("/mutate", pod_review()).response["allowed"])
            reply = client.ask("/mutate?timeout=300ms", pod_review())
            self.assertIn("Timeout: ", reply.response["status"]["message"])

    def test_clients_that_leave_while_they_wait(self):
        with self.server.held():
            for _ in range(20):
                client = Client(self.server)
                client.send(request("/mutate", pod_review()))
                client.close()
            self.wait_for(20)
        self.server.until(lambda: self.server.metric("podveil_requests_in_flight") == 0)
        self.server.until(lambda: self.server.metric("podveil_connections") == 0)
        self.assertEqual(self.server.metric("podveil_request_memory_bytes"), 0)
        with Client(self.server) as client:
            self.assertTrue(client.ask("/mutate", pod_review()).response["allowed"])

    def test_what_cannot_be_written_is_denied(self):
        self.server.policies.joinpath("media").write_text("in the way")
        with Client(self.server) as client:
            reply = client.ask("/mutate", pod_review())
            self.assertFalse(reply.response["allowed"])
            self.assertIn("PolicyNotWritten: ", reply.response["status"]["message"])
            self.assertIn("media", reply.response["status"]["message"])
            self.server.policies.joinpath("media").unlink()
            self.assertTrue(client.ask("/mutate", pod_review()).response["allowed"])
        self.assertEqual(self.server.metric('podveil_policy_writes_total{result="failed"}') > 0,
                         True)

    def test_a_dry_run_writes_nothing(self):
        with Client(self.server) as client:
            reply = client.ask("/mutate", pod_review(dry_run=True))
            self.assertTrue(reply.response["allowed"])
            self.assertIn("patch", reply.response)
        self.assertEqual(list(self.server.policies.iterdir()), [])

    def test_many_leave_around_the_end_of_the_write(self):
        for round_number in range(5):
            workload = f"round-{round_number}"
            with self.server.held():
                clients = [Client(self.server) for _ in range(20)]
                for client in clients:
                    client.send(request("/mutate?timeout=9s", pod_review(workload)))
                self.wait_for(20)
                leaving = threading.Thread(target=lambda some: [c.close() for c in some],
                                           args=(clients[::2],))
                leaving.start()
            for client in clients[1::2]:
                self.assertEqual(client.read().code, 200)
                client.close()
            leaving.join()
        self.server.until(lambda: self.server.metric("podveil_requests_in_flight") == 0)


class Nowhere(Case):
    def test_without_a_place_for_policies_privacy_pods_are_denied(self):
        server = self.start(policies=False)
        with Client(server) as client:
            reply = client.ask("/mutate", pod_review())
            self.assertFalse(reply.response["allowed"])
            self.assertIn("PolicyNotWritten: ", reply.response["status"]["message"])
            reply = client.ask("/mutate", recorded("mutate-pod-create-unlabelled"))
            self.assertTrue(reply.response["allowed"])


if __name__ == "__main__":
    main()
