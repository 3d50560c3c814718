# SPDX-License-Identifier: Apache-2.0
"""The other end of the tunnel on the nodes of node_world.py: a pod of the test's own in the place of Gluetun."""

import node_images
from node_images import container, pod

GATEWAY = "gluetun.vpn.svc.cluster.local"
TUNNEL = """\
set -e
ip link add vxlan0 type vxlan id 42 dev eth0 dstport 14789
ip address add 172.16.0.1/24 dev vxlan0
ip link set vxlan0 up
echo 1 >/proc/sys/net/ipv4/ip_forward
iptables -t nat -A POSTROUTING -s 172.16.0.0/24 -o eth0 -j MASQUERADE
touch /tmp/tunnel
trap 'exit 0' TERM
while :; do sleep 0.2; done
"""


def start_gateway(world, client=node_images.CLIENT):
    """Its address. Then the nodes have the image `client`, whose commands find it by its name."""
    world.kubectl("create", "serviceaccount", "gluetun", "-n", "vpn")
    world.create({**pod("gluetun", "vpn", {
        "serviceAccountName": "gluetun", "containers": [container(
            "gateway", TUNNEL, securityContext={"privileged": True}, readinessProbe={
                "exec": {"command": ["ls", "/tmp/tunnel"]}, "periodSeconds": 1})]},
        **{"app.kubernetes.io/name": "gluetun"})})
    world.kubectl("wait", "--for=condition=Ready", "pod/gluetun", "-n", "vpn", "--timeout=60s")
    address = world.ask("pod", "gluetun", "-n", "vpn")["status"]["podIP"]
    world.plane.bring(node_images.client(world.plane.folder, {GATEWAY: address}, client))
    return address
