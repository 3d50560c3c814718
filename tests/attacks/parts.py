# SPDX-License-Identifier: Apache-2.0
"""A pod as somebody would write it who made podveil's part himself: with podveil gone, nobody else makes it.

Without that every pod would be refused for what it lacks, and not for its sting.
"""

import copy
import dataclasses

from attacks.act import Ref
from attacks.objects import GATEWAY, MEDIA, WORKLOAD, of_pod


def _named(items, left_out):
    """Those of podveil's names, but for those that the pod has itself."""
    return [one for one in items if one["name"].startswith("podveil-") and one["name"] not in left_out]


def _graft(pod, model):
    made, meta, parts = copy.deepcopy(pod), model["metadata"], model["spec"]
    spec, own = made["spec"], made["metadata"]
    own["labels"] = {**meta["labels"], WORKLOAD: own["name"], **own.get("labels", {})}
    own["annotations"] = {**meta["annotations"], **own.get("annotations", {})}
    inits = spec.get("initContainers", [])
    for container in inits + spec["containers"]:
        drop = container.setdefault("securityContext", {}).setdefault("capabilities", {}).setdefault("drop", [])
        if not {"ALL", "NET_RAW"} & set(drop):
            drop.append("NET_RAW")
    spec["initContainers"] = _named(parts["initContainers"], [one["name"] for one in inits]) + inits
    volumes = spec.get("volumes", [])
    spec["volumes"] = volumes + _named(parts["volumes"], [one["name"] for one in volumes])
    for key in ("dnsPolicy", "dnsConfig"):
        spec.setdefault(key, parts[key])
    return made


def protected(act, standing):
    """The act, with podveil's part in a pod that asks for it."""
    pod = act.body
    if act.verb != "create" or pod["kind"] != "Pod" or pod["metadata"].get("labels", {}).get(GATEWAY) != "vpn":
        return act
    model = next(one for one in standing if Ref.of(one) == of_pod("sabnzbd", MEDIA))
    return dataclasses.replace(act, body=_graft(pod, model))
