#!/usr/bin/env python3
"""The operator's port, and how many connections there may be."""
import contextlib
import resource
import socket
import ssl

from harness import Case, Client, main, pod_review


class Ops(Case):
    def setUp(self):
        self.server = self.start()

    def test_paths(self):
        cases = [("GET", "/healthz", 200, "text/plain; charset=utf-8", "ok\n"),
                 ("GET", "/readyz", 200, "text/plain; charset=utf-8", "ok\n"),
                 ("GET", "/metrics", 200,
                  "application/openmetrics-text; version=1.0.0; charset=utf-8", "# EOF\n"),
                 ("GET", "/", 200, "text/html; charset=utf-8", "</html>\n"),
                 ("HEAD", "/readyz", 200, "text/plain; charset=utf-8", ""),
                 ("GET", "/mutate", 404, "text/plain; charset=utf-8", "/metrics and /\n"),
                 ("POST", "/healthz", 405, "text/plain; charset=utf-8", "use GET\n")]
        for method, path, code, kind, end in cases:
            with self.subTest(method=method, path=path):
                got, head, body = self.server.get(path, method)
                self.assertEqual(got, code)
                self.assertIn(f"content-type: {kind}\r\n".lower(), head.lower() + "\r\n")
                self.assertTrue(body.endswith(end), body[-100:])
                self.assertEqual(code == 405, "allow: get, head" in head.lower())

    def test_a_kept_connection(self):
        with socket.create_connection(self.server.ops, timeout=10) as plain:
            for _ in range(3):
                plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: ops\r\n\r\n")
                data = b""
                while not data.endswith(b"ok\n"):
                    data += plain.recv(4096)

    def test_the_status_page_tells_what_runs(self):
        with Client(self.server) as client:
            client.ask("/mutate", pod_review())
        page = self.server.get("/")[2]
        for text in ("<td>ready</td>", "<th>gateway</th><td>vpn</td>",
                     "<th>pods admitted at /mutate</th><td>1</td>"):
            self.assertIn(text, page)

    def test_a_full_port_leaves_room_for_others(self):
        # One address has 16 connections; this one's next is closed at once.
        with contextlib.ExitStack() as stack:
            for _ in range(16):
                stack.enter_context(socket.create_connection(self.server.ops, timeout=10))
            with socket.create_connection(self.server.ops, timeout=10) as one_more:
                with contextlib.suppress(ConnectionError):
                    self.assertEqual(one_more.recv(1), b"")


class Log(Case):
    def test_who_stops_reading_it_stops_nobody(self):
        server = self.start()
        with Client(server) as client:
            with server.log_unread():
                for number in range(200):
                    reply = client.ask("/mutate", pod_review(f"app-{number % 5}"))
                    self.assertTrue(reply.response["allowed"])
                server.until(lambda: server.metric("podveil_log_lines_lost_total") > 0)
                lost = server.metric("podveil_log_lines_lost_total")
            server.until(lambda: client.ask("/mutate", pod_review()).code == 200 and
                         server.logged("log lines lost"))
        told = sum(event["lines"] for event in server.logged("log lines lost"))
        self.assertGreaterEqual(told, lost)
        self.assertFalse(server.logged("no JSON"), "a line is there or not")


class Many(Case):
    def test_400_are_answered_and_512_taken(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < 2048:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(2048, hard), hard))
        server = self.start()
        clients = [Client(server) for _ in range(400)]
        self.assertEqual(clients[399].ask("/mutate", pod_review()).code, 200)
        shed = [Client(server) for _ in range(112)]
        reply = shed[0].ask("/mutate", pod_review())
        self.assertEqual(reply.code, 503)
        self.assertEqual(reply.headers["retry-after"], "1")
        self.assertTrue(reply.closes and shed[0].at_end())
        server.until(lambda: server.metric("podveil_connections") == 511)
        shed.append(Client(server))
        with self.assertRaises((ssl.SSLError, OSError)):
            Client(server)
        self.assertEqual(clients[0].ask("/mutate", pod_review()).code, 200)
        self.assertEqual(server.get("/healthz")[0], 200)
        self.assertEqual(server.metric('podveil_sheds_total{limit="connections"}'), 1)
        self.assertEqual(server.metric('podveil_sheds_total{limit="accept"}'), 1)
        for client in clients + shed:
            client.close()


if __name__ == "__main__":
    main()
