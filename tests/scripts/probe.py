#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A pod's process that wants something of the network. It has every capability, NET_RAW included.

probe.py send ADDRESS...   sends UDP, TCP and ICMP there, also from sockets bound to eth0, and waits for nothing
probe.py ask tcp|udp|icmp ADDRESS   prints who answers, exits 1 if nobody does
"""

import socket
import struct
import subprocess
import sys
import time

WHO_PORT = 7777
ANSWER_SECONDS = 3


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def opened(address, kind, protocol, device):
    one = socket.socket(family_of(address), kind, protocol)
    one.setblocking(False)
    if device:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    return one


def echo_request(address):
    kind = 128 if ":" in address else 8
    data = struct.pack("!BBHHH", kind, 0, 0, 1, 1) + b"0123"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    return data[:2] + struct.pack("!H", ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF) + data[4:]


def send(address, device=None):
    """One packet of each kind; what the kernel refuses is refused."""
    icmp = socket.IPPROTO_ICMPV6 if ":" in address else socket.IPPROTO_ICMP
    for kind, protocol in ((socket.SOCK_DGRAM, 0), (socket.SOCK_STREAM, 0), (socket.SOCK_RAW, icmp)):
        with opened(address, kind, protocol, device) as one:
            try:
                if kind == socket.SOCK_STREAM:
                    one.connect((address, WHO_PORT))
                elif kind == socket.SOCK_DGRAM:
                    one.sendto(b"who", (address, WHO_PORT))
                else:
                    one.sendto(echo_request(address), (address, 0))
            except OSError:
                pass


def ask(how, address):
    if how == "icmp":
        command = ["ping", "-q", "-c", "1", "-W", str(ANSWER_SECONDS), address]
        return "echo" if subprocess.run(command, capture_output=True, check=False).returncode == 0 else ""
    kind = socket.SOCK_STREAM if how == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family_of(address), kind) as one:
        one.settimeout(ANSWER_SECONDS)
        try:
            one.connect((address, WHO_PORT))
            if how == "udp":
                one.send(b"who")
            return one.recv(100).decode()
        except OSError:
            return ""


def main(arguments):
    if arguments[0] == "send":
        for address in arguments[1:]:
            for device in (None, "eth0"):
                send(address, device)
        time.sleep(0.05)
        return 0
    answer = ask(*arguments[1:])
    print(answer)
    return 0 if answer else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
