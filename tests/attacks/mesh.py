# SPDX-License-Identifier: Apache-2.0
"""M: objects of Istio's that look like protection and protect nothing in ambient mode."""

from attacks.act import create
from attacks.objects import MEDIA, obj
from attacks.row import DRIFT, Row

SECURITY = "security.istio.io/v1"
FRIEND = "cluster.local/ns/media/sa/friend"
SELECTED = {"selector": {"matchLabels": {"app": "sabnzbd"}}}


def _policy(action="ALLOW", source=None, operation=None, name="mine", **spec):
    rule = {**({"from": [{"source": source}]} if source else {}),
            **({"to": [{"operation": operation}]} if operation else {})}
    return obj(SECURITY, "AuthorizationPolicy", name, MEDIA, spec={"action": action, "rules": [rule], **spec})


def _peers(mode):
    return obj(SECURITY, "PeerAuthentication", "mine", MEDIA, spec={"mtls": {"mode": mode}})


def _row(number, name, attack, twin, **more):
    return Row(number, name, DRIFT, "MeshNoOp", create(attack), create(twin), **more)


GOOD = _policy(source={"principals": [FRIEND]}, **SELECTED)
BAD = {"principals": ["cluster.local/ns/media/sa/stranger"]}
CLASS = {"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "GatewayClass", "name": "istio-waypoint"}]}

ROWS = [
    _row("M1", "a DENY of methods, which ztunnel never matches",
         _policy("DENY", BAD, {"methods": ["POST"]}, **SELECTED), _policy("DENY", BAD, **SELECTED)),
    _row("M1", "the same for the whole namespace", _policy("DENY", operation={"paths": ["/admin"]}),
         _policy("DENY", BAD)),
    _row("M2", "AUDIT, which ztunnel does not know", _policy("AUDIT", BAD, **SELECTED), _policy("DENY", BAD, **SELECTED)),
    _row("M5", "for a class of gateways, outside of the mesh's root", _policy(source=BAD, **CLASS), GOOD),
    _row("M7", "a trust domain, which is dropped in silence",
         _policy("DENY", {"trustDomains": ["example.org"]}, **SELECTED), _policy("DENY", BAD, **SELECTED)),
    _row("M8", "a principal with spiffe:// before it",
         _policy("DENY", {"principals": [f"spiffe://{FRIEND}"]}, **SELECTED), _policy("DENY", BAD, **SELECTED)),
    _row("M10", "mutual TLS that is turned off", _peers("DISABLE"), _peers("STRICT")),
]
