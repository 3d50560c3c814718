# SPDX-License-Identifier: Apache-2.0
"""The witness of witness.py, told by etcd itself: it misses nothing while the API server or etcd is away, as a watch
goes on at the revision where it broke. The API server needs --storage-media-type=application/json (STORE_JSON)."""

import base64
import contextlib
import http.client
import json
import time

from witness import Witness

STORE_JSON = "--storage-media-type=application/json"


def text(word):
    return base64.b64encode(word.encode()).decode()


class EtcdWitness(Witness):
    PREFIXES = {"/registry/pods/": "pod", "/registry/networkpolicies/": "policy"}

    def __init__(self, plane):
        super().__init__(None)
        self.host = plane.etcd.removeprefix("http://")
        self.at = dict.fromkeys(self.PREFIXES.values(), 0)  # the revision that each watch has come to
        self.lost = []  # revisions that etcd has forgotten before they were read

    def _follow(self, kind, _):
        prefix = next(prefix for prefix, named in self.PREFIXES.items() if named == kind)
        while not self.ends.is_set():
            try:
                self._read(kind, prefix)
            except (OSError, http.client.HTTPException, ValueError, KeyError):
                self.broken += 1
                time.sleep(0.1)

    def _read(self, kind, prefix):
        connection = http.client.HTTPConnection(self.host, timeout=600)
        with contextlib.closing(connection):
            connection.request("POST", "/v3/watch", json.dumps({"create_request": {
                "key": text(prefix), "range_end": text(prefix[:-1] + "0"), "start_revision": self.at[kind] + 1,
                "prev_kv": True, "progress_notify": True}}))
            for line in connection.getresponse():
                if self.ends.is_set():
                    return
                result = json.loads(line)["result"]
                if result.get("canceled"):
                    self.lost.append(result.get("compact_revision"))
                    self.at[kind] = int(result.get("compact_revision", self.at[kind] + 1)) - 1
                    raise ValueError(result.get("cancel_reason"))
                for event in result.get("events", []):
                    self._see(kind, event)

    def _see(self, kind, event):
        pair = event["kv"]
        revision = int(pair["mod_revision"])
        what = "DELETED" if event.get("type") == "DELETE" else (
            "ADDED" if pair["create_revision"] == pair["mod_revision"] else "MODIFIED")
        value = event["prev_kv"]["value"] if what == "DELETED" else pair["value"]
        with self.lock:
            self.known[kind, revision, what] = json.loads(base64.b64decode(value))
        self.at[kind] = revision
