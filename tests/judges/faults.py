"""What the API server refuses of a NetworkPolicy, and CIDRs that are not in their canonical form.

podveil may leave the first to the API server only where the policy is harmless as it reads; the
second it has to refuse itself wherever they count, since enforcers read them differently.
"""
import ipaddress
import re

from judges import kube

OPERATORS = {"In": True, "NotIn": True, "Exists": False, "DoesNotExist": False}
PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
MAPPED = ipaddress.ip_network("::ffff:0:0/96")


def network(text):
    """The CIDR, host bits forgiven; None where it is none at all."""
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text else None
    except (ValueError, TypeError):
        return None


def is_canonical(text):
    """The one text that every reader reads the same way; IPv4 in IPv6's clothes never is."""
    found = network(text)
    if found is None or str(found) != text:
        return False
    return found.version == 4 or not found.subnet_of(MAPPED)


def in_selector(selector, where):
    if selector is None:
        return []
    found = []
    for i, expression in enumerate(selector.get("matchExpressions") or []):
        wants = OPERATORS.get(expression.get("operator"))
        if wants is None or wants != bool(expression.get("values")):
            found.append(f"{where}.matchExpressions[{i}]")
    return found


def in_port(entry, where):
    port, end = entry.get("port"), entry.get("endPort")
    wrong = (entry.get("protocol") or "TCP") not in kube.PROTOCOLS
    if isinstance(port, str):
        wrong = wrong or len(port) > 15 or PORT_NAME.fullmatch(port) is None or end is not None
    elif port is not None:
        wrong = wrong or not kube.PORTS[0] <= port <= kube.PORTS[1]
    if end is not None:
        wrong = wrong or not isinstance(port, int) or not port <= end <= kube.PORTS[1]
    return [where] if wrong else []


def in_block(written, where):
    whole = network(written.get("cidr"))
    if whole is None:
        return [f"{where}.cidr"]
    return [f"{where}.except[{i}]" for i, text in enumerate(written.get("except") or [])
            if (inner := network(text)) is None or inner.version != whole.version
            or inner == whole or not inner.subnet_of(whole)]


def in_peer(peer, where):
    selectors = [name for name in ("podSelector", "namespaceSelector")
                 if peer.get(name) is not None]
    if peer.get("ipBlock") is not None:
        return [where] if selectors else in_block(peer["ipBlock"], f"{where}.ipBlock")
    found = [] if selectors else [where]
    for name in selectors:
        found += in_selector(peer[name], f"{where}.{name}")
    return found


def of_shape(policy):
    """The fields that the API server would refuse in what concerns egress."""
    spec = policy["spec"]
    types = spec.get("policyTypes") or []
    found = ["spec.policyTypes"] if len(types) > 2 or set(types) - {"Ingress", "Egress"} else []
    found += in_selector(spec.get("podSelector"), "spec.podSelector")
    for i, rule in enumerate(spec.get("egress") or []):
        for j, entry in enumerate(rule.get("ports") or []):
            found += in_port(entry, f"spec.egress[{i}].ports[{j}]")
        for j, peer in enumerate(rule.get("to") or []):
            found += in_peer(peer, f"spec.egress[{i}].to[{j}]")
    return found


def of_text(policy):
    """The CIDRs of egress that are not canonical."""
    found = []
    for i, rule in enumerate(policy["spec"].get("egress") or []):
        for j, peer in enumerate(rule.get("to") or []):
            written = peer.get("ipBlock") or {}
            where = f"spec.egress[{i}].to[{j}].ipBlock"
            if "cidr" in written and not is_canonical(written["cidr"]):
                found.append(f"{where}.cidr")
            found += [f"{where}.except[{k}]" for k, text in enumerate(written.get("except") or [])
                      if not is_canonical(text)]
    return found
