# SPDX-License-Identifier: Apache-2.0
"""From `helm install` to the first protected pod.

The clock starts before helm does, with the images (here: the program) on the node and the user's namespace there. helm
waits for both replicas (`--wait`); then a labelled pod is asked for, again and again until it is let in. It is the
first of its namespace: it waits until the floor has settled, a second by default.
"""

import dataclasses
import time

from checks import wait_for

INIT = "podveil-init"
LABEL = "podveil.io/gateway"


@dataclasses.dataclass
class Start:
    installed: float  # seconds until helm came back
    protected: float  # seconds until the first pod was in
    refused: int  # tries before


def is_protected(pod):
    return any(one["name"] == INIT for one in pod.get("spec", {}).get("initContainers", []))


def start(place, number, check):
    space = f"first-{number}"
    place.namespace(space)
    refused = 0
    began = time.monotonic()
    place.install()
    installed = time.monotonic() - began
    while True:
        code, pod, _ = place.api.pod(space, "first")
        if code == 201:
            break
        refused += 1
    protected = time.monotonic() - began
    check(f"the first pod after install {number + 1} is protected", is_protected(pod), pod)
    return Start(installed, protected, refused)


def starts(place, count, check):
    """That many installs; the last one stays."""
    taken = [start(place, 0, check)]
    for number in range(1, count):
        place.helm("uninstall", "podveil", "--wait")
        gone = wait_for(lambda: not place.ask("pods", "--namespace", "podveil")["items"], 60)
        check(f"podveil is gone before install {number + 1}", gone)
        taken.append(start(place, number, check))
    return taken
