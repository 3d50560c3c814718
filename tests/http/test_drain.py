#!/usr/bin/env python3
"""The way down: what was asked is answered."""
import signal
import time

from harness import Case, Client, Load, main, pod_review, request

SOON = 10  # seconds: what ends early ends within two, and else after 15 or 30


class Drain(Case):
    def test_sigterm_under_load_loses_no_request(self):
        server = self.start("--drain-ms", "1500")
        with Load(server, kept=8, fresh=4) as load:
            server.until(lambda: load.sent > 200)
            server.signal()
            server.until(lambda: server.get("/readyz")[0] == 503)
            time.sleep(0.5)  # clients that come anew still come for a while
            self.assertEqual(load.failures, [])
            load.leave.set()  # the endpoint is removed
            code, took = server.wait()
        self.assertEqual(code, 0)
        self.assertLess(took, SOON)
        load.check(self, at_least=200)

    def test_answers_close_their_connections_in_the_window(self):
        server = self.start("--drain-ms", "1000")
        with Client(server) as kept, Client(server) as half:
            self.assertFalse(kept.ask("/mutate", pod_review()).closes)
            whole = request("/mutate", pod_review())
            half.send(whole[:1000])
            server.signal()
            server.until(lambda: server.logged("draining"))
            reply = kept.ask("/mutate", pod_review())
            self.assertTrue(reply.closes and reply.response["allowed"])
            self.assertTrue(kept.at_end())
            with Client(server) as new:
                self.assertTrue(new.ask("/mutate", pod_review()).closes)
            half.send(whole[1000:])
            self.assertTrue(half.read().closes)
            self.assertEqual(server.metric("podveil_draining"), 1)
            self.assertEqual(server.get("/healthz")[0], 200)
        self.assertEqual(server.wait()[0], 0)

    def test_the_window_is_open_when_nobody_is_connected(self):
        server = self.start("--drain-ms", "3000")
        self.assertEqual(server.metric("podveil_connections"), 0)
        server.signal()
        server.until(lambda: server.logged("draining"))
        time.sleep(0.5)
        with Client(server) as new:
            self.assertTrue(new.ask("/mutate", pod_review()).closes)
        self.assertEqual(server.wait()[0], 0)

    def test_new_connections_are_refused_after_the_window(self):
        server = self.start("--drain-ms", "200", "--linger-ms", "2000")
        with Client(server) as idle:
            idle.ask("/mutate", pod_review())
            server.signal()
            time.sleep(0.7)
            with self.assertRaises(ConnectionRefusedError):
                Client(server)
            self.assertTrue(idle.ask("/mutate", pod_review()).closes, "an old one is served")
        self.assertEqual(server.wait()[0], 0)

    def test_idle_connections_end_the_wait_in_the_end(self):
        server = self.start("--drain-ms", "100", "--linger-ms", "500")
        with Client(server) as idle:
            idle.ask("/mutate", pod_review())
            server.signal()
            code, took = server.wait()
            self.assertEqual(code, 0)
            self.assertLess(took, SOON)

    def test_a_second_signal_ends_it_within_a_second(self):
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGTERM, signal.SIGINT),
                              (signal.SIGINT, None)):
            server = self.start("--drain-ms", "30000")
            with self.subTest(first=first, second=second), Client(server) as idle, \
                    Client(server) as half:
                idle.ask("/mutate", pod_review())
                half.send(request("/mutate", pod_review())[:-10])
                server.signal(first)
                if second is not None:
                    server.until(lambda s=server: s.logged("draining"))
                    server.signal(second)
                code, took = server.wait()
                self.assertEqual(code, 0)
                self.assertLess(took, SOON)

    def test_those_who_still_wait_are_denied(self):
        server = self.start("--drain-ms", "200", "--linger-ms", "200")
        with server.held(), Client(server) as waiting, Client(server) as other:
            for client in (waiting, other):
                client.send(request("/mutate?timeout=30s", pod_review()))
            server.until(lambda: server.metric("podveil_reviews_waiting") == 2)
            server.signal()
            for client in (waiting, other):
                reply = client.read()
                self.assertTrue(reply.closes)
                self.assertFalse(reply.response["allowed"])
                self.assertIn("Timeout: ", reply.response["status"]["message"])
            code, took = server.wait()  # the write hangs until the end
            self.assertEqual(code, 0)
            self.assertLess(took, SOON)
            server.until(lambda: server.logged("stopped, not everything had ended"))

    def test_a_write_that_ends_in_time_lets_its_pods_in(self):
        server = self.start("--drain-ms", "200", "--linger-ms", "5000")
        with Client(server) as waiting:
            with server.held():
                waiting.send(request("/mutate?timeout=30s", pod_review()))
                server.until(lambda: server.metric("podveil_reviews_waiting") == 1)
                server.signal()
                time.sleep(0.5)
            reply = waiting.read()
            self.assertTrue(reply.response["allowed"])
        self.assertEqual(server.wait()[0], 0)
        server.until(lambda: server.logged("stopped"))


if __name__ == "__main__":
    main()
