# SPDX-License-Identifier: Apache-2.0
"""tests/ordinary on a real API server: every object is let in, nobody is warned, and controllers make their pods."""

import json
import pathlib
import subprocess

from attacks.stage import wait_for
from attacks.standing import values

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "ordinary"
OWN_WORDS = ("deprecated",)  # what the API server itself warns of
MAKERS = ("deployments", "statefulsets", "daemonsets", "jobs")


def _apply(place, path):
    """[what is said against it]"""
    done = subprocess.run([place.plane.bin / "kubectl", "--kubeconfig", place.plane.dir / "admin.kubeconfig", "apply",
                           "--server-side", "--force-conflicts", "-f", path], text=True, capture_output=True,
                          env={"HOME": str(place.plane.dir)}, timeout=120, check=False)
    said = [f"{path.name}: {line}" for line in done.stderr.splitlines()
            if line.strip() and not any(word in line for word in OWN_WORDS)]
    return done.stdout.count("serverside-applied"), said


def _made(place):
    """Has each workload a pod, or what is said of it?"""
    for kind in MAKERS:
        for one in json.loads(place.kubectl("get", kind, "-A", "-o", "json"))["items"]:
            status = one.get("status", {})
            counts = [status.get(key, 0) for key in ("replicas", "currentNumberScheduled", "active", "succeeded")]
            if one["metadata"]["namespace"] != "podveil" and not any(counts):
                return None
    return True


def _refused(place):
    events = json.loads(place.kubectl("get", "events", "-A", "-o", "json"))["items"]
    return [f"{event['involvedObject']['kind']} {event['involvedObject']['name']}: {event['message']}"
            for event in events if event["reason"] == "FailedCreate" and "serviceaccount" not in event["message"]]


def _remaining(place):
    """Namespaces of privacy pods go, and nobody has to take anything out of their way."""
    spaces = ["recipes", "downloads"]
    place.kubectl("delete", "namespaces", *spaces, "--wait=false")
    if wait_for(lambda: not any(place.api.get(f"/api/v1/namespaces/{space}") for space in spaces), 40):
        return []
    return [f"namespace {space} does not go: {found['status'].get('conditions')}" for space in spaces
            for found in [place.api.get(f"/api/v1/namespaces/{space}")] if found]


def _configure(place):
    """An ordinary configuration: what a gateway with a list lets its pods reach is another question."""
    path = place.plane.dir / "ordinary.yaml"
    path.write_text("\n".join(values(ordinary=True)), encoding="utf-8")
    place.values = path
    place.upgrade()


def run(stage):
    """(how many objects, [what is said against them])"""
    place, count, said = stage.world, 0, []
    _configure(place)
    for path in sorted(FOLDER.glob("*.yaml")):
        applied, against = _apply(place, path)
        count += applied
        said += against
    if not wait_for(lambda: _made(place), 20):
        said.append("a workload has no pod")
    said += _refused(place)
    pods = json.loads(place.kubectl("get", "pods", "-A", "-l", "podveil.io/gateway", "-o", "json"))["items"]
    naked = [one["metadata"]["name"] for one in pods
             if one["spec"].get("initContainers", [{}])[0].get("name") != "podveil-init"]
    said += _remaining(place)
    return count + len(pods), said + [f"pod {name} is not protected" for name in naked]
