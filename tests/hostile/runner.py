"""Sends every case to one server and looks at what comes back, and at the server."""
import concurrent.futures
import contextlib
import copy
import json
import pathlib
import re
import socket
import ssl

from hostile import pods
from hostile.answer import Seen, patched, read, wanted, well_formed
from hostile.case import harness, protected

CONFIG = pathlib.Path(__file__).resolve().parent / "config.yaml"
ENDS = (ConnectionError, ssl.SSLError, socket.timeout, ValueError, IndexError)
SLOW_AT_ONCE = 64
POLICY = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/[a-z0-9][-a-z0-9.]{0,251}\.yaml")


class Row:
    def __init__(self, case, seen, faults):
        self.case, self.seen, self.faults = case, seen, faults

    def cells(self):
        seen = self.seen
        http = "closed" if seen.http is None else str(seen.http)
        return [self.case.name, http, seen.decision, str(seen.status or "-"), seen.reason or "-",
                "WRONG" if self.faults else "ok"]


def start(program):
    return harness.Server("--listen", "127.0.0.1:0", "--ops", "127.0.0.1:0", "--cluster", "none",
                          "--drain", "1s", config=CONFIG.read_text(), program=[program, "serve"])


class Asker:
    """Connections that are kept while the server keeps them."""

    def __init__(self, server):
        self.server = server
        self.client = None

    def close(self):
        if self.client is not None:
            self.client.close()
            self.client = None

    def send(self, data):
        """The reply, or None where the server ended the connection instead."""
        with contextlib.suppress(*ENDS):
            if self.client is None:
                self.client = harness.Client(self.server)
            self.client.send(data)
            reply = self.client.read()
            if reply.closes or reply.code >= 400:
                self.close()
            return reply
        self.close()
        return None

    def ask(self, path, body):
        return self.send(harness.request(path, body))


class Witness:
    """A good review, whose answer is right and stays the same to the byte."""

    def __init__(self, server):
        self.asker = Asker(server)
        self.review = pods.pod_review()
        self.data = harness.request("/mutate?timeout=10s", pods.dumps(self.review))
        self.answer = None

    def faults(self):
        reply = self.asker.send(self.data)
        if reply is None:
            return ["a good review is not answered any more"]
        if self.answer is None:
            seen = Seen(reply)
            found = well_formed(seen, pods.UID, False) + wanted(seen, protected(), self.review)
            if not found:
                self.answer = reply.body
            return [f"a good review: {fault}" for fault in found]
        return [] if reply.body == self.answer else ["a good review is answered otherwise now"]


def parsed(body):
    """The request as the server should have read it; None where it is no JSON."""
    try:
        review = read(body)
        return review if isinstance(review, dict) else None
    except (ValueError, RecursionError):
        return None


def uid_of(review):
    request = (review or {}).get("request")
    return request.get("uid") if isinstance(request, dict) else None


def again(asker, seen, review, path):
    """The pod that was made of it passes /validate, and is not changed a second time."""
    review = copy.deepcopy(review)
    review["request"]["object"] = patched(seen, review["request"]["object"])
    body, found = pods.dumps(review), []
    tail = path.split("?", maxsplit=1)[0].removeprefix("/mutate")
    second = Seen(asker.ask(f"/mutate{tail}?timeout=10s", body))
    if second.reason != "Protected" or second.operations:
        found.append(f"a second /mutate: {second.reason} {second.operations} {second.text}")
    third = Seen(asker.ask(f"/validate{tail}?timeout=10s", body))
    if third.reason != "Protected" or third.decision != "allowed":
        found.append(f"/validate of the patched pod: {third.reason} {third.text}")
    return found


class Runner:
    def __init__(self, server):
        self.server = server
        self.asker = Asker(server)
        self.witness = Witness(server)

    def answer(self, case, asker):
        """Send the case; what was seen, and the review where it was one."""
        body = case.body() if callable(case.body) else case.body
        if case.talk is not None:
            return Seen(case.talk(self.server)), parsed(body)
        if case.raw is not None:
            asker.close()
            data = case.raw() if callable(case.raw) else case.raw
            reply = asker.send(data)
            asker.close()
            return Seen(reply), parsed(body)
        return Seen(asker.ask(case.path, body)), parsed(body)

    def judge(self, case, asker):
        began = self.server.cpu_seconds()
        try:
            seen, review = self.answer(case, asker)
        except (AssertionError, OSError) as error:  # of a talk
            return Row(case, Seen(None), [f"{type(error).__name__}: {error}"])
        found = well_formed(seen, uid_of(review), case.path.startswith("/validate"))
        found += wanted(seen, case.want, review)
        if not found and case.want.pod is not None and case.want.again:
            found += again(asker, seen, review, case.path)
        # What it costs, and not how long it takes: other programs run on this machine, too.
        spent = self.server.cpu_seconds() - began
        if not case.slow and spent > 5:
            found.append(f"it cost {spent:.1f} s of the processor")
        return Row(case, seen, found)

    def one(self, case):
        row = self.judge(case, self.asker)
        row.faults += self.witness.faults()
        return row

    def one_slow(self, case):
        asker = Asker(self.server)
        try:
            return self.judge(case, asker)
        finally:
            asker.close()

    def run(self, cases):
        """The rows in the cases' order; slow ones wait beside the others."""
        broken = self.witness.faults()
        if broken:
            raise SystemExit("\n".join(broken))
        slow = [case for case in cases if case.slow]
        with concurrent.futures.ThreadPoolExecutor(SLOW_AT_ONCE) as pool:
            waiting = {id(case): pool.submit(self.one_slow, case) for case in slow}
            rows = {}
            for case in cases:
                if not case.slow and self.server.process.poll() is None:
                    rows[id(case)] = self.one(case)
            for case in slow:
                rows[id(case)] = waiting[id(case)].result()
                rows[id(case)].faults += self.witness.faults()
        return [rows[id(case)] for case in cases if id(case) in rows]

    def close(self):
        self.asker.close()
        self.witness.asker.close()


def open_files(server):
    return len(list(pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir()))


def warmed_up(server):
    """The files that are open once a review was answered and its connection is gone."""
    witness = Witness(server)
    witness.faults()
    witness.asker.close()
    server.until(lambda: server.metric("podveil_connections") == 0)
    return open_files(server)


def memory(server):
    """The most that the server ever had in memory, in MiB."""
    text = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) // 1024


def server_faults(server, files):
    """What is wrong with the server after all of it."""
    found = []
    if server.process.poll() is not None:
        return [f"the server died: {server.process.returncode}"]
    with contextlib.suppress(AssertionError):
        server.until(lambda: open_files(server) <= files, 5)
    if open_files(server) > files:
        found.append(f"{open_files(server)} open files, {files} before")
    if not server.reader.is_alive():
        found.append("standard error is no UTF-8")
    written = [str(path.relative_to(server.policies)) for path in server.policies.rglob("*")
               if not path.is_dir()]
    found += [f"wrote {name}" for name in written if not POLICY.fullmatch(name)]
    return found


def noise(server):
    """What it said that is no line of its log."""
    return [json.dumps(event) for event in server.events
            if not {"time", "level", "msg"} <= set(event) or
            (event["level"] == "error" and event["msg"] == "decision")]
