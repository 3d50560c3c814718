# SPDX-License-Identifier: Apache-2.0
"""What goes over the wire: captures, forged VXLAN frames, servers that say who they are."""

import contextlib
import ipaddress
import select
import socket
import struct
import threading

ETH_P_ALL, ETH_P_IP, ETH_P_ARP, ETH_P_IPV6 = 0x0003, 0x0800, 0x0806, 0x86DD
SOL_PACKET, PACKET_STATISTICS, PACKET_IGNORE_OUTGOING = 263, 6, 23
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}
HOP_BY_HOP, ICMP6 = 0, 58
ROUTER_SOLICITATION, NEIGHBOUR_DISCOVERY = 133, {135, 136}
# Where a kernel with IPv6 asks for routers and reports its groups, before anybody locked it.
ALL_ROUTERS, GROUP_REPORTS = ipaddress.ip_address("ff02::2"), ipaddress.ip_address("ff02::16")
FORGED = b"forged by another pod"
WHO_PORT = 7777


def _network(text):
    return ipaddress.ip_network(text)


class Capture:
    """Every frame that arrives on the interfaces of one namespace (or on one of them)."""

    def __init__(self, namespace, interface=None):
        self._frames = []
        self._lock = threading.Lock()
        self._socket = namespace.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self._socket.setblocking(False)
        if interface:
            with namespace.entered():
                self._socket.bind((interface, ETH_P_ALL))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            select.select([self._socket], [], [])
            with self._lock:
                self._drain()

    def _drain(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, (interface, *_) = self._socket.recvfrom(65535)
                self._frames.append((interface, frame))

    def frames(self):
        """All that the kernel has seen so far, the reader's delay notwithstanding."""
        with self._lock:
            self._drain()
            return list(self._frames)

    def clear(self):
        with self._lock:
            self._drain()
            self._frames.clear()

    def lost(self):
        """Frames since the last question that the kernel had no room for."""
        return struct.unpack("II", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]

    def outside(self, cidrs):
        """The packets that go elsewhere than to these CIDRs, as a set of "udp 8.8.8.8"."""
        networks = [_network(cidr) for cidr in cidrs]
        found = set()
        for _, frame in self.frames():
            kind, target = _destination(frame)
            if target is not None and not any(target in network for network in networks):
                found.add(f"{kind} {target}")
        return found

    def forged_in_tunnel(self):
        """Forged frames that came out of the tunnel: those on eth0 and lo are still wrapped."""
        return sum(FORGED in frame for name, frame in self.frames() if name not in ("eth0", "lo"))

    def vxlan(self, source, port):
        """Encapsulated frames from that address."""
        packed = ipaddress.ip_address(source).packed
        return sum(frame[12:14] == b"\x08\x00" and frame[23] == 17 and frame[26:30] == packed
                   and frame[36:38] == struct.pack("!H", port) for _, frame in self.frames())


def _destination(frame):
    """("udp", address), or (kind, None) for what a kernel says on its own link."""
    ethertype = struct.unpack_from("!H", frame, 12)[0]
    if ethertype == ETH_P_IP:
        return PROTOCOLS.get(frame[23], "ip"), ipaddress.ip_address(frame[30:34])
    if ethertype == ETH_P_ARP:
        return "arp", ipaddress.ip_address(frame[38:42])
    if ethertype == ETH_P_IPV6:
        return _destination6(frame[20], frame[54] if len(frame) > 54 else None, frame)
    return f"ethertype {ethertype:#06x}", ipaddress.ip_address("0.0.0.0")


def _destination6(protocol, icmp_type, frame):
    target = ipaddress.ip_address(frame[38:54])
    if protocol == ICMP6 and icmp_type in NEIGHBOUR_DISCOVERY:
        target = ipaddress.ip_address(frame[62:78])
        return "nd", None if target.is_link_local else target
    if ((protocol == ICMP6 and icmp_type == ROUTER_SOLICITATION and target == ALL_ROUTERS)
            or (protocol == HOP_BY_HOP and target == GROUP_REPORTS)):
        return "link", None
    return PROTOCOLS.get(protocol, "ip6"), target


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def arp_frame(operation, source_mac, sender_mac, sender_ip, target_ip):
    """An ARP frame to everybody, marked so that a capture tells it from an honest one."""
    arp = struct.pack("!HHBBH6s4s6s4s", 1, ETH_P_IP, 6, 4, operation, sender_mac,
                      ipaddress.ip_address(sender_ip).packed, bytes(6),
                      ipaddress.ip_address(target_ip).packed)
    return b"\xff" * 6 + source_mac + struct.pack("!H", ETH_P_ARP) + arp + FORGED


def udp_frame(source_mac, target_mac, source_ip, target_ip, port):
    payload = FORGED
    udp = struct.pack("!HHHH", 4444, port, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0,
                       ipaddress.ip_address(source_ip).packed,
                       ipaddress.ip_address(target_ip).packed)
    total = sum(struct.unpack("!10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    head = head[:10] + struct.pack("!H", ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF) + head[12:]
    return target_mac + source_mac + struct.pack("!H", ETH_P_IP) + head + udp


def vxlan(vni, frame):
    return struct.pack("!II", 0x08000000, vni << 8) + frame


class Flood:
    """Sends the payloads to an address, again and again, until the `with` ends."""

    def __init__(self, namespace, address, payloads, pause=0.002):
        self._socket = namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._address, self._payloads, self._pause = address, payloads, pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self.sent = 0

    def _send(self):
        while not self._stop.wait(self._pause):
            for payload in self._payloads:
                try:
                    self._socket.sendto(payload, self._address)
                    self.sent += 1
                except OSError:
                    pass

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._socket.close()


def serve(namespace, addresses, name, port=WHO_PORT):
    """Answers with its name, by TCP and UDP, on each of these addresses."""
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            server = namespace.socket(family, kind)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((address, port))
            if kind == socket.SOCK_STREAM:
                server.listen(32)
            threading.Thread(target=_answer, args=(server, kind, name.encode()), daemon=True).start()


def _answer(server, kind, name):
    while True:
        if kind == socket.SOCK_STREAM:
            connection, _ = server.accept()
            with connection:
                connection.sendall(name)
        else:
            _, peer = server.recvfrom(2048)
            server.sendto(name, peer)


def advertise_router(namespace, interface):
    """A router advertisement: whoever believes it has a default route for half an hour."""
    message = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
    with namespace.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as router:
        with namespace.entered():
            index = socket.if_nametoindex(interface)
        router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        router.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        router.sendto(message, ("ff02::1", 0, 0, index))
