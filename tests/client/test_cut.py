#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A watch whose packets are swallowed: nobody says that it is over.

In a network namespace of its own, where iptables drops every packet, as a node that lost its power does. It has to be
found long before a watch's silence is its end (100 s), and to go on where it was. Takes about 20 s.
"""
import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
INSIDE = "PODVEIL_TEST_IN_NETWORK_NAMESPACE"
if __name__ == "__main__" and INSIDE not in os.environ:
    os.environ[INSIDE] = "1"
    account = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    os.execvp("unshare", ["unshare", *account, "--net", sys.executable, "-B", *sys.argv])

from fake import Case  # noqa: E402
import test_watch  # noqa: E402
from test_watch import bookmark, event, page, policy  # noqa: E402

FOUND_SECONDS = 60  # a guard: silence alone would be its end after 100


def iptables(order):
    subprocess.run(["iptables", "-w", "5", order, "INPUT", "-p", "tcp", "-j", "DROP"], check=True)


class Cut(Case):
    follow, next = test_watch.Watched.follow, test_watch.Watched.next
    changes, state = test_watch.Watched.changes, test_watch.Watched.state

    @classmethod
    def setUpClass(cls):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        super().setUpClass()

    def test_a_watch_that_is_cut_off_is_found_and_goes_on(self):
        script = self.follow(page(10, policy("a", 3)))
        self.changes(script, "ADDED media/a 3", "SYNCED")
        watch = script.watch()
        watch.say(event("ADDED", policy("b", 11)), bookmark(12))
        self.changes(script, "ADDED media/b 11")
        self.assertIs(self.state(script)["lost"], False)

        iptables("-A")
        line = script.asker.lines.get(timeout=FOUND_SECONDS)
        self.assertIn("trouble", line)
        state = self.state(script)
        self.assertEqual((state["lost"], state["stale"], state["keys"]), (True, False, ["media/a", "media/b"]),
                         "what it told still stands, and that nobody tells is known")

        iptables("-D")
        again = script.watch()
        self.assertEqual(again.version, "12")
        again.say(event("ADDED", policy("c", 13)))
        while "change" not in (line := script.asker.next()):
            self.assertIn("trouble", line)
        self.assertEqual((line["change"], line["key"]), ("ADDED", "media/c"))
        self.assertIs(self.state(script)["lost"], False)
        watch.end()
        again.end()


if __name__ == "__main__":
    unittest.main()
