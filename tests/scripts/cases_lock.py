# SPDX-License-Identifier: Apache-2.0
"""The lock: what may leave the pod. Seen on the node's end of its cable, so by any protocol."""

from lab import (ATTACKER, CIDRS, GATEWAY, INTERNET, INTERNET6, OUTSIDE, POD, PROBE, SERVICE,
                 SERVICE6, TUNNEL_GATEWAY, VNI, VXLAN_PORT, Lab, eventually)
from wire import Flood, advertise_router, serve, udp_frame, vxlan

ALL_WAYS = {f"{kind} {INTERNET}" for kind in ("udp", "tcp", "icmp")} | {
    f"{kind} {INTERNET6}" for kind in ("udp", "tcp", "icmp6")}
LOOPBACKS = ("127.0.0.1", "::1")


def nothing_leaves_before_the_first_command():
    lab = Lab()
    lab.send(*OUTSIDE)
    assert lab.left() == ALL_WAYS, f"an open pod sends everything: {lab.left()}"
    lab.wire.clear()
    lab.init(PROBE, "send", *OUTSIDE)
    assert lab.left() == set(), lab.left()


def nothing_leaves_with_routes_put_back():
    lab = Lab()
    lab.add_gateway("gateway", GATEWAY)
    lab.init()
    lab.wire.clear()
    # The client deletes the default routes once. A router, or who says that he is one, brings them back.
    def advertised():
        advertise_router(lab.node, "cni0")
        return "proto ra" in lab.pod.run("ip", "-6", "route", "show", "default")
    eventually(advertised, "a default route by router advertisement")
    lab.send(*OUTSIDE)
    lab.default_routes(lab.pod)
    lab.pod.ip(f"route replace {INTERNET} via 10.244.0.1")
    lab.send(*OUTSIDE)
    assert lab.left() == set(), lab.left()
    lab.pod.ip("link delete vxlan0")
    lab.send(*OUTSIDE)
    assert lab.left() == set(), lab.left()


def loopback_addresses_do_not_leave_by_eth0():
    lab = Lab()
    serve(lab.pod, LOOPBACKS, "self")
    lab.send(*LOOPBACKS)
    assert "udp 127.0.0.1" in lab.left(), f"a socket bound to eth0 sends there: {lab.left()}"
    lab.wire.clear()
    lab.init(PROBE, "send", *LOOPBACKS)
    assert lab.left() == set(), lab.left()
    for address in LOOPBACKS:
        for how in ("tcp", "udp"):
            assert lab.ask(how, address) == "self", f"{how} to {address}"


def nothing_is_forwarded():
    """Neither for another pod nor out of the tunnel: OUTPUT never sees such a packet."""
    lab = Lab()
    gateway = lab.add_gateway("gateway", GATEWAY)
    attacker = lab.add_pod("attacker", ATTACKER)
    lab.pod.sysctl(ipv6__conf__all__forwarding=1)
    attacker.ip(f"""
        route add {INTERNET} via {POD}
        route add {INTERNET6} via fd00:10:244::{POD.rpartition(".")[2]}""")
    attacker.run(PROBE, "send", *OUTSIDE)
    assert lab.left() >= {f"udp {INTERNET}", f"udp {INTERNET6}"}, f"a pod forwards: {lab.left()}"
    lab.init()
    lab.default_routes(lab.pod)
    lab.wire.clear()
    attacker.run(PROBE, "send", *OUTSIDE)
    frame = udp_frame(lab.mac(gateway, "vxlan0"), lab.mac(lab.pod, "vxlan0"), TUNNEL_GATEWAY, INTERNET, 53)
    with Flood(gateway, (POD, VXLAN_PORT), [vxlan(VNI, frame)]) as flood:
        eventually(lambda: flood.sent > 20, "frames from the tunnel")
    assert lab.left() == set(), lab.left()


def the_cluster_is_reached():
    """From the client's first moment on, and after it took the default routes away."""
    lab = Lab()
    lab.add_gateway("gateway", GATEWAY)
    peer = lab.add_pod("peer", ATTACKER)
    serve(peer, [ATTACKER, "fd00:10:244::66"], "peer")
    wanted = {SERVICE: "service", SERVICE6: "service", ATTACKER: "peer", "fd00:10:244::66": "peer"}
    for address in wanted:
        lab.init(PROBE, "ask", "tcp", address)
    lab.init()
    for address, name in wanted.items():
        for how in ("tcp", "udp"):
            assert lab.ask(how, address) == name, f"{how} to {address}"
        assert lab.ask("icmp", address) == "echo", f"icmp to {address}"


def only_listed_networks_are_open():
    """A neighbour on the same link is none: without IPv6 networks nothing but discovery leaves."""
    lab = Lab()
    lab.init(PROBE, "send", SERVICE, SERVICE6, "fd00:10:244::1", "10.244.0.1", cidrs6="")
    left = {what for what in lab.wire.outside(CIDRS) if not what.startswith("nd ")}
    assert left == set(), left


CASES = {case.__name__: case for case in (
    nothing_leaves_before_the_first_command, nothing_leaves_with_routes_put_back,
    loopback_addresses_do_not_leave_by_eth0, nothing_is_forwarded, the_cluster_is_reached,
    only_listed_networks_are_open)}
