#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists and watches of an API server that breaks off, forgets, and talks nonsense."""
import json
import queue
import threading
import unittest
import urllib.parse

from fake import POLICIES, Case, status


def policy(name, version, namespace="media", **spec):
    return {"metadata": {"name": name, "namespace": namespace, "uid": f"uid-{name}", "resourceVersion": str(version),
                         "managedFields": [{"manager": "someone"}]}, "spec": spec}


def page(version, *items, token=""):
    return {"kind": "NetworkPolicyList", "apiVersion": "networking.k8s.io/v1",
            "metadata": {"resourceVersion": str(version), "continue": token}, "items": list(items)}


def event(kind, item):
    return json.dumps({"type": kind, "object": item}).encode() + b"\n"


def bookmark(version):
    return event("BOOKMARK", {"kind": "NetworkPolicy", "metadata": {"resourceVersion": str(version)}})


class Script:
    """Lists are answered in turn, the last one for ever. A watch is given to the test, which feeds it."""

    def __init__(self, *lists):
        self.lists = list(lists)
        self.lock = threading.Lock()
        self.watches = queue.Queue()
        self.queries = []

    def __call__(self, exchange):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(exchange.path).query))
        with self.lock:
            self.queries.append(query)
        if exchange.command != "GET":
            exchange.answer(200, self.write(exchange))
        elif query.get("watch") == "1":
            watch = Watch(exchange, query)
            self.watches.put(watch)
            watch.serve()
        else:
            with self.lock:
                reply = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
            exchange.answer(reply.get("code", 200), reply)

    def watch(self):
        return self.watches.get(timeout=30)


class Watch:
    """What the test says goes out in the connection's own thread."""

    def __init__(self, exchange, query):
        self.exchange = exchange
        self.version = query.get("resourceVersion")
        self.query = query
        self.orders = queue.Queue()

    def serve(self):
        order = self.orders.get(timeout=60)
        if isinstance(order, dict):
            self.exchange.answer(order["code"], order)
            return
        self.exchange.begin()
        while order not in (b"", None):
            self.exchange.chunk(order)
            order = self.orders.get(timeout=60)
        if order is None:
            self.exchange.reset()
        else:
            self.exchange.chunk(b"")

    def say(self, *lines):
        for line in lines:
            self.orders.put(line)

    def refuse(self, code, reason):
        self.orders.put(status(code, reason, "because"))

    def end(self):
        self.orders.put(b"")

    def reset(self):
        self.orders.put(None)


class Watched(Case):
    def follow(self, *lists, **request):
        script = Script(*lists)
        server = self.fake(script)
        self.addCleanup(lambda: [watch.end() for watch in iter(lambda: script.watches.get_nowait()
                                                               if not script.watches.empty() else None, None)])
        script.asker = self.asker(server)
        script.number = script.asker.send("follow", resource=POLICIES, **request)
        return script

    def next(self, script):
        line = script.asker.next()
        self.assertEqual(line["id"], script.number, line)
        return line

    def changes(self, script, *want):
        """The next lines are these changes: "ADDED media/a 5", "SYNCED"; troubles are passed over."""
        got = []
        while len(got) < len(want):
            line = self.next(script)
            if "change" in line:
                got.append(" ".join([line["change"], *(line[key] for key in ("key", "version") if key in line)]))
        self.assertEqual(got, list(want))

    def trouble(self, script, *words):
        line = self.next(script)
        for word in words:
            self.assertIn(word, line.get("trouble", line))
        return line

    def failures(self, script):
        return script.asker.ask("failures")["failures"]

    def state(self, script):
        return script.asker.ask("state", of=script.number)

    def test_list_and_watch(self):
        script = self.follow(page(10, policy("a", 3), policy("b", 4)), labels="x=y")
        self.changes(script, "ADDED media/a 3", "ADDED media/b 4", "SYNCED")
        watch = script.watch()
        self.assertEqual((watch.version, watch.query["allowWatchBookmarks"], watch.query["labelSelector"]),
                         ("10", "true", "x=y"))
        self.assertTrue(300 <= int(watch.query["timeoutSeconds"]) < 600)
        watch.say(event("ADDED", policy("c", 11)), event("MODIFIED", policy("a", 12)), event("DELETED", policy("b", 13)))
        self.changes(script, "ADDED media/c 11", "MODIFIED media/a 12", "DELETED media/b 4")
        state = self.state(script)
        self.assertEqual((state["synced"], state["stale"], state["keys"], state["failures"]),
                         (True, False, ["media/a", "media/c"], 0))
        watch.end()

    def test_managed_fields_are_not_kept(self):
        script = self.follow(page(10, policy("a", 3, policyTypes=["Egress"])))
        kept = self.next(script)["object"]
        self.assertEqual(kept, {"metadata": {"name": "a", "namespace": "media", "uid": "uid-a", "resourceVersion": "3"},
                                "spec": {"policyTypes": ["Egress"]}})
        script.watch().end()

    def test_pages(self):
        script = self.follow(page(10, policy("a", 3), token="t1"), page(10, policy("b", 4), token="t2"),
                             page(10, policy("c", 5)), limit=1)
        self.changes(script, "ADDED media/a 3", "ADDED media/b 4", "ADDED media/c 5", "SYNCED")
        self.assertEqual([(query["limit"], query.get("continue")) for query in script.queries[:3]],
                         [("1", None), ("1", "t1"), ("1", "t2")])
        script.watch().end()

    def test_not_synced_before_the_last_page(self):
        held = threading.Event()
        script = Script(page(10, policy("a", 3), token="t1"), page(10))

        def act(exchange):
            if "continue" in exchange.path:
                held.wait(30)
            script(exchange)

        script.asker = self.asker(self.fake(act))
        script.number = script.asker.send("follow", resource=POLICIES)
        self.changes(script, "ADDED media/a 3")
        self.assertFalse(self.state(script)["synced"])
        held.set()
        self.changes(script, "SYNCED")
        script.watch().end()

    def test_an_empty_list(self):
        script = self.follow({**page(10), "items": None})
        self.changes(script, "SYNCED")
        script.watch().end()

    def test_events_cut_anywhere(self):
        script = self.follow(page(10))
        self.changes(script, "SYNCED")
        watch = script.watch()
        text = event("ADDED", policy("a", 11)) + event("ADDED", policy("b", 12)) + b"\n" + bookmark(13)
        watch.say(*(text[i:i + 1] for i in range(len(text))))
        self.changes(script, "ADDED media/a 11", "ADDED media/b 12")
        watch.say(event("ADDED", policy("c", 14)) + event("ADDED", policy("d", 15))[:20])
        self.changes(script, "ADDED media/c 14")
        watch.reset()
        self.trouble(script, "watch networkpolicies: ")
        again = script.watch()
        self.assertEqual(again.version, "14")
        again.say(event("ADDED", policy("d", 15)))
        self.changes(script, "ADDED media/d 15")
        again.end()

    def test_goes_on_from_the_last_bookmark(self):
        script = self.follow(page(10))
        watch = script.watch()
        watch.say(bookmark(50))
        watch.end()
        again = script.watch()
        self.assertEqual(again.version, "50")
        again.end()
        self.assertEqual(sum("watch" not in query for query in script.queries), 1)

    def test_history_that_is_gone_is_listed_again(self):
        for by_event in (True, False):
            with self.subTest(by_event=by_event):
                script = self.follow(page(10, policy("a", 3), policy("b", 4)), page(90, policy("b", 80), policy("c", 81)))
                self.changes(script, "ADDED media/a 3", "ADDED media/b 4", "SYNCED")
                watch = script.watch()
                if by_event:
                    watch.say(event("ERROR", status(410, "Expired", "too old resource version")))
                    self.trouble(script, "410 Expired", "too old resource version")
                else:
                    watch.refuse(410, "Expired")
                    self.trouble(script, "410 Expired")
                self.changes(script, "MODIFIED media/b 80", "ADDED media/c 81", "DELETED media/a 3", "SYNCED")
                again = script.watch()
                self.assertEqual(again.version, "90")
                again.end()
                watch.end()
                state = self.state(script)
                self.assertEqual((state["relists"], state["stale"], state["keys"]), (2, False, ["media/b", "media/c"]))
                self.assertEqual(self.failures(script), {"410": 1})

    def test_another_error_goes_on_from_there(self):
        script = self.follow(page(10))
        self.changes(script, "SYNCED")
        watch = script.watch()
        watch.say(event("ADDED", policy("a", 11)), event("ERROR", status(500, "InternalError", "hiccup")))
        self.changes(script, "ADDED media/a 11")
        self.trouble(script, "500 InternalError", "hiccup")
        watch.end()
        again = script.watch()
        self.assertEqual(again.version, "11")
        again.end()

    def test_a_page_that_expired_begins_the_list_anew(self):
        script = self.follow(page(10, policy("a", 3), token="t1"), status(410, "Expired", "too old"),
                             page(20, policy("b", 15)))
        self.changes(script, "ADDED media/a 3")
        self.trouble(script, "410 Expired")
        self.changes(script, "ADDED media/b 15", "DELETED media/a 3", "SYNCED")
        self.assertEqual([query.get("continue") for query in script.queries[:3]], [None, "t1", None])
        script.watch().end()

    def test_nonsense_is_mended_by_a_list(self):
        nonsense = {
            "no JSON": b"{\n",
            "an unknown type": event("RENAMED", policy("a", 11)),
            "no type": b"{}\n",
            "no object": b'{"type":"ADDED"}\n',
            "no name": event("ADDED", {"metadata": {"uid": "u", "resourceVersion": "11"}}),
            "no version": event("ADDED", {"metadata": {"uid": "u", "name": "a"}}),
            "an error without a status": event("ERROR", {}),
            "a bookmark without a version": event("BOOKMARK", {"metadata": {}}),
            "a version without end": event("ADDED", policy("a", "1" * 200)),
        }
        for name, line in nonsense.items():
            with self.subTest(name):
                script = self.follow(page(10), page(20))
                self.changes(script, "SYNCED")
                watch = script.watch()
                watch.say(line)
                self.trouble(script)
                self.changes(script, "SYNCED")
                watch.end()
                script.watch().end()
                self.assertEqual(self.state(script)["relists"], 2)
                self.assertEqual(self.failures(script), {"UNREADABLE": 1})

    def test_a_line_without_end(self):
        script = self.follow(page(10), page(20))
        self.changes(script, "SYNCED")
        watch = script.watch()
        watch.say(*[b" " * 65536] * 140)
        self.trouble(script)
        self.changes(script, "SYNCED")
        self.assertEqual(self.failures(script), {"UNREADABLE": 1})
        watch.end()
        script.watch().end()

    def test_lists_that_are_none(self):
        bad = {
            "another kind": {**page(10), "kind": "NetworkPolicy"},
            "no version": {**page(10), "metadata": {}},
            "items that are none": {**page(10), "items": {}},
            "an item without a name": page(10, {"metadata": {}}),
        }
        for name, reply in bad.items():
            with self.subTest(name):
                script = self.follow(reply, page(20, policy("a", 15)))
                self.trouble(script)
                self.changes(script, "ADDED media/a 15", "SYNCED")
                script.watch().end()
                self.assertEqual(self.failures(script), {"UNREADABLE": 1})

    def test_pages_of_different_times(self):
        script = self.follow(page(10, policy("a", 3), token="t"), page(11, policy("b", 4)), page(20, policy("b", 4)))
        self.changes(script, "ADDED media/a 3")
        self.trouble(script, "different times")
        self.changes(script, "ADDED media/b 4", "DELETED media/a 3", "SYNCED")
        script.watch().end()

    def test_what_is_forbidden_is_said_and_asked_again(self):
        script = self.follow(status(403, "Forbidden", "cannot list"), page(10, policy("a", 3)))
        trouble = self.trouble(script, "list networkpolicies: 403 Forbidden: cannot list")
        self.assertTrue(400 <= trouble["again"] <= 800)
        self.changes(script, "ADDED media/a 3", "SYNCED")
        script.watch().end()

    def test_lists_in_vain_come_ever_more_seldom(self):
        script = self.follow(page(10))
        pauses = []
        for _ in range(3):
            self.changes(script, "SYNCED")
            watch = script.watch()
            watch.say(bookmark(11), event("ERROR", status(410, "Expired", "too old")))
            pauses.append(self.trouble(script, "410 Expired")["again"])
            watch.end()
        for pause, whole in zip(pauses, (800, 1600, 3200)):
            self.assertTrue(whole / 2 <= pause <= whole, pauses)

    def test_history_that_is_gone_after_an_outage_is_listed_soon(self):
        script = self.follow(page(10), page(20))
        self.changes(script, "SYNCED")
        for _ in range(4):
            watch = script.watch()
            watch.refuse(500, "InternalError")
            self.trouble(script, "500 InternalError")
            watch.end()
        watch = script.watch()
        watch.refuse(410, "Expired")
        self.assertTrue(400 <= self.trouble(script, "410 Expired")["again"] <= 800)
        watch.end()
        self.changes(script, "SYNCED")
        script.watch().end()

    def test_a_page_that_is_too_large_is_asked_for_in_halves(self):
        large = {**policy("a", 3), "data": "x" * 17000000}
        script = self.follow(page(10, large), page(20, policy("a", 3)), limit=5)
        self.trouble(script, "larger than")
        self.changes(script, "ADDED media/a 3", "SYNCED")
        self.assertEqual([query["limit"] for query in script.queries[:2]], ["5", "2"])
        script.watch().end()

    def test_our_own_write_is_there_at_once_and_stays(self):
        script = self.follow(page(10, policy("a", 3)))
        script.write = lambda exchange: policy("b", 20)
        self.changes(script, "ADDED media/a 3", "SYNCED")
        watch = script.watch()
        number = script.asker.send("apply", resource=POLICIES, namespace="media", name="b", body={"kind": "x"},
                                   into=script.number)
        self.changes(script, "ADDED media/b 20")
        self.assertTrue(script.asker.wait(number)["ok"])
        # The watch is behind: what it says of b is from before.
        watch.say(event("ADDED", policy("b", 15)), event("DELETED", policy("b", 16)), event("ADDED", policy("b", 20)),
                  event("MODIFIED", policy("b", 21)))
        self.changes(script, "MODIFIED media/b 21")
        watch.end()

    def test_a_late_answer_does_not_bring_back_what_was_deleted(self):
        script = self.follow(page(10, policy("a", 3)))
        self.changes(script, "ADDED media/a 3", "SYNCED")
        watch = script.watch()
        watch.say(event("ADDED", policy("b", 20)), event("DELETED", policy("b", 21)))
        self.changes(script, "ADDED media/b 20", "DELETED media/b 20")
        script.write = lambda exchange: policy("b", 20)
        answer = script.asker.ask("apply", resource=POLICIES, namespace="media", name="b", body={"kind": "x"},
                                  into=script.number)
        self.assertTrue(answer["ok"])
        self.assertEqual(self.state(script)["keys"], ["media/a"])
        watch.end()

    def test_what_we_deleted_is_gone_at_once_and_stays_gone(self):
        script = self.follow(page(10, policy("a", 3)))
        self.changes(script, "ADDED media/a 3", "SYNCED")
        watch = script.watch()
        script.write = lambda exchange: {"kind": "Status", "status": "Success", "details": {"name": "a", "uid": "uid-a"}}
        number = script.asker.send("delete", resource=POLICIES, namespace="media", name="a", uid="uid-a", into=script.number)
        self.changes(script, "DELETED media/a 3")
        self.assertTrue(script.asker.wait(number)["ok"])
        # A change from before the deletion is still on its way; then it is made anew.
        anew = policy("a", 30)
        anew["metadata"]["uid"] = "another"
        watch.say(event("MODIFIED", policy("a", 12)), event("DELETED", policy("a", 13)), event("ADDED", anew))
        self.changes(script, "ADDED media/a 30")
        self.assertEqual(self.state(script)["count"], 1)
        watch.end()

    def test_a_restored_backup(self):
        script = self.follow(page(1000, policy("a", 900), policy("b", 950)), page(500, policy("a", 400)))
        self.changes(script, "ADDED media/a 900", "ADDED media/b 950", "SYNCED")
        watch = script.watch()
        watch.refuse(410, "Expired")
        self.trouble(script)
        self.changes(script, "MODIFIED media/a 400", "DELETED media/b 950", "SYNCED")
        again = script.watch()
        self.assertEqual(again.version, "500")
        again.end()

    def test_stop_while_it_watches(self):
        script = self.follow(page(10))
        self.changes(script, "SYNCED")
        watch = script.watch()
        watch.say(bookmark(11))
        script.asker.process.stdin.close()
        self.assertEqual(script.asker.process.wait(20), 0)
        watch.end()


if __name__ == "__main__":
    unittest.main()
