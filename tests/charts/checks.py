# SPDX-License-Identifier: Apache-2.0
"""What the checks on a real API server share."""

import time


class Checks:
    def __init__(self):
        self.count = self.failed = 0

    def __call__(self, name, good, detail=""):
        self.count += 1
        self.failed += 0 if good else 1
        print(f"{'ok  ' if good else 'FAIL'} {name}" + (f": {detail}" if detail and not good else ""), flush=True)


def pod(name, namespace, labels=None):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
        "spec": {"containers": [{"name": "app", "image": "app.invalid/app"}]},
    }


def wait_for(what, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.3)
    return None
