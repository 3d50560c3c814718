# SPDX-License-Identifier: Apache-2.0
"""What stands before anybody attacks: namespaces with privacy pods as podveil makes them, a gateway, neighbours.

podveil's own commands make the pods and policies (mutate, render), so that all of it can be applied to a cluster that
has no podveil yet. The configuration is that of the chart's values.
"""

import json
import pathlib
import subprocess

from attacks.objects import (GATEWAY, MEDIA, NETWORKING, PLAIN, PRIVATE, SPARED, STOOD, STRICT, STRIPPED, TOUCHED, VPN,
                             WITHOUT, obj, policy, pod, to)

HERE = pathlib.Path(__file__).resolve().parent
VALUES = HERE / "values.yaml"
GUARDED = {"podveil.io/guarded": "true"}
SPACES = {MEDIA: GUARDED, PRIVATE: {**GUARDED, GATEWAY: "vpn"}, STRICT: GUARDED, PLAIN: {}, VPN: {}, STRIPPED: {},
          TOUCHED: {}, **dict.fromkeys(STOOD + SPARED, {})}


def values(ordinary=False):
    """The lines of the chart's values; ordinary: without the gateway whose reach is listed."""
    lines = VALUES.read_text(encoding="utf-8").splitlines()
    return lines[:lines.index("  - name: listed")] if ordinary else lines


def configuration(ordinary=False):
    """The text of podveil's configuration file."""
    lines = values(ordinary)
    inner = [line[2:] for line in lines[lines.index("config:") + 1:]]
    return "\n".join(["apiVersion: podveil.io/v1", "kind: Configuration", *inner, ""])


def namespaces():
    return [obj("v1", "Namespace", name, metadata={"labels": labels}) for name, labels in SPACES.items()]


def _named(name, **more):
    made = pod(**more)
    made["metadata"]["name"] = name
    return made


def _asking():
    """The privacy pods as their users write them."""
    return [_named("sabnzbd"), _named("radarr", namespace=PRIVATE, labels={}),
            _named("transmission", namespace=STRICT, labels={GATEWAY: "listed"})]


def _service(name, namespace, **spec):
    return obj("v1", "Service", name, namespace, spec={"ports": [{"name": "web", "port": 80, "protocol": "TCP"}], **spec})


def neighbours():
    """What podveil has no part in."""
    gateway = {"app.kubernetes.io/name": "gluetun"}
    return [
        obj("v1", "ServiceAccount", "gluetun", VPN),
        _named("gluetun-0", namespace=VPN, labels=gateway, serviceAccountName="gluetun"),
        _service("gluetun", VPN, clusterIP="None", selector=gateway),
        _named("jellyfin", labels={"app": "jellyfin"}),
        _service("jellyfin", MEDIA, selector={"app": "jellyfin"}),
        _service("sabnzbd", MEDIA, selector={"podveil.io/workload": "sabnzbd"}),
        _service("outside", MEDIA),
        _named("postgres", namespace=STRICT, labels={"app": "postgres"}),
        {**policy(to("10.1.0.0/16"), select={"matchLabels": {"app": "jellyfin"}, **WITHOUT}),
         "metadata": {"name": "web", "namespace": MEDIA, "labels": {"app": "jellyfin"}}},
    ]


def early():
    """Policies of other languages that nobody was asked about."""
    def _cilium(space, select):
        return obj("cilium.io/v2", "CiliumNetworkPolicy", "early", space, spec={
            "endpointSelector": select, "egress": [{"toEntities": ["world"]}]})

    def _calico(space, select):
        return obj("crd.projectcalico.org/v1", "NetworkPolicy", "early", space, spec={
            "selector": select, "types": ["Egress"], "egress": [{"action": "Allow"}]})
    return [_cilium(STOOD[0], {}), _cilium(SPARED[0], WITHOUT), _calico(STOOD[1], "all()"),
            _calico(SPARED[1], f"!has({GATEWAY})")]


class Offline:
    """podveil without a server."""

    def __init__(self, program, folder):
        self.program = program
        self.config = pathlib.Path(folder) / "podveil.yaml"
        self.config.write_text(configuration(), encoding="utf-8")

    def run(self, command, objects, *flags):
        """(exit code, standard output, standard error)"""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        done = subprocess.run([self.program, command, "--config", self.config, *flags], input=text,
                              capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def made(self, command, objects, *flags):
        """The objects that a command prints."""
        code, out, err = self.run(command, objects, *flags)
        if code != 0:
            raise RuntimeError(f"podveil {command} ended with {code}: {err or out}")
        return out

    def standing(self):
        """All objects that stand, in the order in which an API server takes them."""
        asking = namespaces() + _asking()
        private = json.loads(self.made("mutate", asking, "-o", "json"))["items"][len(SPACES):]
        rendered = self.made("render", asking)
        policies = _items(self.made_from_yaml(rendered))
        assert {one["apiVersion"] for one in policies} == {NETWORKING}
        return namespaces() + policies + neighbours() + early() + private

    def made_from_yaml(self, text):
        """YAML as JSON: what makes no pods passes through mutate as it is."""
        return json.loads(subprocess.run([self.program, "mutate", "--config", self.config, "-o", "json"], input=text,
                                         capture_output=True, text=True, timeout=60, check=True).stdout)


def _items(whole):
    return whole["items"] if whole["kind"] == "List" else [whole]
