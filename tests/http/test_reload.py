#!/usr/bin/env python3
"""Configurations that change while the server is busy."""
import os
import signal
import time

from harness import EXAMPLE, Case, Client, Load, Server, main, pod_review

OTHER = EXAMPLE.read_text().replace("192.168.0.0/24", "192.168.7.0/24")
BROKEN = EXAMPLE.read_text() + "broken: [\n"
REFUSED = "configuration refused, the old one stays"


class Reload(Case):
    def put(self, server, text):
        aside = server.dir / "config.new"
        aside.write_text(text)
        os.replace(aside, server.config)

    def test_reload_under_load_fails_no_request(self):
        server = self.start("--tick-ms", "100")
        with Load(server, kept=4, fresh=2) as load:
            for count, text in enumerate((OTHER, EXAMPLE.read_text(), OTHER), 1):
                self.put(server, text)
                server.until(lambda n=count: len(server.logged("configuration loaded")) == n)
                time.sleep(0.2)
        load.check(self, at_least=100)
        configs = {event["config"] for event in server.logged("decision")}
        self.assertEqual(len(configs), 2)
        last = server.logged("configuration loaded")[-1]["config"]
        self.assertIn(f'config="{last}"', server.get("/metrics")[2])

    def test_a_broken_one_leaves_the_old_and_is_told_once(self):
        server = self.start("--tick-ms", "100")
        self.put(server, BROKEN)
        server.until(lambda: server.logged(REFUSED))
        time.sleep(0.5)
        self.assertEqual(len(server.logged(REFUSED)), 1)
        self.assertIn("config.yaml:", server.logged(REFUSED)[0]["error"])
        self.assertEqual(server.metric("podveil_configuration_good"), 0)
        self.assertEqual(server.metric('podveil_configuration_reloads_total{result="failed"}'), 1)
        self.assertEqual(server.get("/readyz")[0], 200)
        with Client(server) as client:
            self.assertTrue(client.ask("/mutate", pod_review()).response["allowed"])
        self.put(server, OTHER)
        server.until(lambda: server.metric("podveil_configuration_good") == 1)

    def test_a_file_that_is_gone_leaves_the_old(self):
        server = self.start("--tick-ms", "100")
        server.config.unlink()
        server.until(lambda: server.logged(REFUSED))
        with Client(server) as client:
            self.assertTrue(client.ask("/mutate", pod_review()).response["allowed"])

    def test_sighup_reads_it_at_once(self):
        server = self.start("--tick-ms", "60000")
        server.config.write_text(OTHER)
        began = time.monotonic()
        server.signal(signal.SIGHUP)
        server.until(lambda: server.logged("configuration loaded"))
        self.assertLess(time.monotonic() - began, 5)
        server.signal(signal.SIGHUP)
        server.until(lambda: server.logged("configuration unchanged"))

    def test_a_broken_one_ends_the_start(self):
        with self.assertRaises(AssertionError) as caught:
            Server(config=BROKEN)
        self.assertIn("config.yaml:", str(caught.exception))


if __name__ == "__main__":
    main()
