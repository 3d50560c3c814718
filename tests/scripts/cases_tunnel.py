# SPDX-License-Identifier: Apache-2.0
"""The tunnel: whom it believes, where it sends, what fits into it."""

import re
import time

from lab import (ATTACKER, CLIENT_INIT, CLIENT_SIDECAR, CONFIG, GATEWAY, GATEWAY_NAME, HOSTS, INTERNET, OUTSIDE,
                 POD, SECOND_GATEWAY, SERVICE, SERVICE6, SETTINGS, TUNNEL_GATEWAY, TUNNEL_POD, VNI,
                 VXLAN_PORT, Lab, eventually)
from wire import Capture, Flood, arp_frame, serve, vxlan

# Longer than the second in which the kernel keeps to a neighbour's first answer.
ATTACK_SECONDS = 1.5
REQUEST, REPLY = 1, 2


class Attack:
    """Frames for the pod's tunnel that make their sender its gateway, if they are believed."""

    def __init__(self, lab, sender, address=(POD, VXLAN_PORT)):
        self._lab, self._address = lab, address
        self._sender = sender
        self.theirs = lab.mac(sender, "eth0")
        self.taken = Capture(sender, "eth0")
        self.inside = Capture(lab.pod)

    def flood(self, gateway_mac):
        frames = [arp_frame(REPLY, self.theirs, self.theirs, TUNNEL_GATEWAY, TUNNEL_POD),
                  arp_frame(REQUEST, self.theirs, self.theirs, TUNNEL_GATEWAY, TUNNEL_POD),
                  arp_frame(REPLY, gateway_mac, gateway_mac, TUNNEL_GATEWAY, TUNNEL_POD)]
        return Flood(self._sender, self._address, [vxlan(VNI, frame) for frame in frames])

    def believed(self):
        return self.inside.forged_in_tunnel()

    def received(self):
        """Tunnelled packets of the pod that came to the sender instead of the gateway."""
        return self.taken.vxlan(POD, VXLAN_PORT)


def fdb(lab):
    return lab.pod.run("bridge", "fdb", "show", "dev", "vxlan0").split("\n")[:-1]


def neighbour(lab):
    return lab.pod.run("ip", "neighbour", "show", TUNNEL_GATEWAY, "dev", "vxlan0")


def only_gateway(address):
    return [f"00:00:00:00:00:00 dst {address} self permanent"]


def link(lab):
    return lab.pod.run("ip", "-d", "link", "show", "vxlan0")


def traffic_goes_through_the_tunnel():
    lab = Lab(default_route="mtu 1420")
    lab.add_gateway("gateway", GATEWAY)
    assert lab.ask("udp", INTERNET) == "naked", "an open pod reaches the internet itself"
    lab.init()
    lab.wire.clear()
    for how, answer in (("udp", "vpn"), ("tcp", "vpn"), ("icmp", "echo")):
        assert lab.ask(how, INTERNET) == answer, how
    assert lab.left() == set(), lab.left()
    assert " nolearning " in link(lab), link(lab)
    assert fdb(lab) == only_gateway(GATEWAY), fdb(lab)
    # The largest packet that the tunnel takes leaves whole, and no larger than the way out.
    lab.pod.run("ping", "-q", "-c", "1", "-W", "2", "-M", "do", "-s", str(1420 - 50 - 28), INTERNET)
    longest = max(len(frame) for _, frame in lab.wire.frames()) - 14
    assert longest == 1420, f"the longest packet on the wire has {longest} bytes"


def forged_frames_work_without_the_scripts():
    """The attack of the next cases is a real one: the client alone believes it."""
    lab = Lab()
    gateway = lab.add_gateway("gateway", GATEWAY)
    attack = Attack(lab, lab.add_pod("attacker", ATTACKER))
    (CONFIG / "settings.sh").write_text(SETTINGS, encoding="ascii")
    lab.pod.run(CLIENT_INIT, env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin", "gateway": GATEWAY_NAME,
                                  "HOSTS": str(HOSTS)})
    with attack.flood(lab.mac(gateway, "vxlan0")):
        def taken():
            lab.pod.run("ping", "-c", "1", "-W", "1", INTERNET, check=False)
            return attack.received() > 0
        eventually(taken, "the attacker is the gateway")


def forged_frames_are_not_believed():
    """Sent before, while and after the client makes the tunnel."""
    lab = Lab()
    gateway = lab.add_gateway("gateway", GATEWAY)
    attack = Attack(lab, lab.add_pod("attacker", ATTACKER))
    with attack.flood(lab.mac(gateway, "vxlan0")) as flood:
        eventually(lambda: flood.sent > 10, "forged frames before init")
        lab.init()
        end = time.monotonic() + ATTACK_SECONDS
        while time.monotonic() < end:
            assert lab.ask("udp", INTERNET) == "vpn"
        assert lab.ask("tcp", INTERNET) == "vpn"
        assert attack.believed() == 0, attack.believed()
        assert lab.mac(gateway, "vxlan0").hex(":") in neighbour(lab), neighbour(lab)

        # Behind the peer rule stands nolearning: what comes in still does not say where to send.
        lab.pod.run("iptables", "-w", "5", "-F", "INPUT")
        eventually(lambda: attack.believed() > 0, "frames that come in without the peer rule")
        end = time.monotonic() + ATTACK_SECONDS
        while time.monotonic() < end:
            lab.pod.run("ping", "-c", "1", "-W", "0.2", INTERNET, check=False)
        assert fdb(lab) == only_gateway(GATEWAY), fdb(lab)
    assert attack.received() == 0, attack.received()


def own_processes_are_no_gateway():
    """An app without a capability may send to the pod's own addresses, by lo."""
    lab = Lab()
    gateway = lab.add_gateway("gateway", GATEWAY)
    lab.init()
    for address in (POD, "127.0.0.1"):
        attack = Attack(lab, lab.pod, (address, VXLAN_PORT))
        with attack.flood(lab.mac(gateway, "vxlan0")) as flood:
            eventually(lambda one=flood: one.sent > 100, f"forged frames to {address}")
        assert lab.ask("udp", INTERNET) == "vpn"
        assert attack.believed() == 0, f"{address}: {attack.believed()}"


def a_reconnect_believes_the_new_gateway_alone():
    lab = Lab()
    first = lab.add_gateway("gateway", GATEWAY)
    attack = Attack(lab, lab.add_pod("attacker", ATTACKER))
    lab.init()
    sidecar = lab.start("sidecar", CLIENT_SIDECAR)
    assert lab.ask("udp", INTERNET) == "vpn"
    lab.wire.clear()
    with attack.flood(lab.mac(first, "vxlan0")):
        second = lab.add_gateway("second", SECOND_GATEWAY, "second vpn")
        first.ip("link delete vxlan0")

        def reconnected():
            lab.send(*OUTSIDE)
            return lab.ask("udp", INTERNET) == "second vpn"
        eventually(reconnected, "a tunnel to the second gateway")
        assert attack.believed() == 0, attack.believed()
    assert attack.received() == 0, attack.received()
    assert lab.left() == set(), lab.left()
    assert lab.mac(second, "vxlan0").hex(":") in neighbour(lab), neighbour(lab)
    assert fdb(lab) == only_gateway(SECOND_GATEWAY), fdb(lab)
    assert " nolearning " in link(lab) and " mtu 1450 " in link(lab), link(lab)

    turned = Attack(lab, first)
    with turned.flood(lab.mac(second, "vxlan0")) as flood:
        eventually(lambda: flood.sent > 100, "forged frames from the old gateway")
    assert turned.believed() == 0, turned.believed()
    assert sidecar.running(), sidecar.log()


def the_tunnel_is_smaller_than_the_way_out():
    lab = Lab()
    make = ("/bin/bash", "-c", "ip link add vxlan0 type vxlan id 42 dev eth0 dstport 14789")
    for number, (eth0, route, want) in enumerate((
            (1500, "", 1450), (1400, "", 1350), (1500, "mtu 1420", 1370),
            (1500, "mtu lock 1300", 1250), (1400, "mtu 9000", 1350))):
        lab.pod = lab.add_pod(f"mtu{number}", f"10.244.0.{100 + number}")
        lab.pod.ip(f"""
            link set eth0 mtu {eth0}
            route replace default via 10.244.0.1 dev eth0 {route}""")
        lab.init(*make)
        got = int(re.search(r" mtu (\d+) ", link(lab)).group(1))
        assert got == want, f"eth0 {eth0}, default route {route!r}: {got}, not {want}"


def ztunnel_is_reached_through_the_lock():
    """What Istio's in-pod rules redirect goes to loopback, though its way out was eth0."""
    lab = Lab()
    lab.add_gateway("gateway", GATEWAY)
    serve(lab.pod, ["127.0.0.1", "::1"], "ztunnel", 15001)
    for tables, own in (("iptables", "127.0.0.1/32"), ("ip6tables", "::1/128")):
        lab.pod.run(tables, "-w", "5", "-t", "nat", "-A", "OUTPUT", "!", "-d", own, "-p", "tcp", "-m", "mark",
                    "!", "--mark", "0x539/0xfff", "-j", "REDIRECT", "--to-ports", "15001")
    lab.init()
    for address in (SERVICE, SERVICE6, INTERNET):
        assert lab.ask("tcp", address) == "ztunnel", address
    assert lab.ask("udp", SERVICE) == "service"
    assert lab.left() == set(), lab.left()


CASES = {case.__name__: case for case in (
    traffic_goes_through_the_tunnel, forged_frames_work_without_the_scripts,
    forged_frames_are_not_believed, own_processes_are_no_gateway,
    a_reconnect_believes_the_new_gateway_alone, the_tunnel_is_smaller_than_the_way_out,
    ztunnel_is_reached_through_the_lock)}
