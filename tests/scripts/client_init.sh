#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Stands in for the VPN client's init command: the same steps on the same interfaces, with a fixed
# address (.CLIENT_HOST or .100) instead of a lease. HOSTS holds "ADDRESS NAME" lines instead of DNS.
set -e
# shellcheck source=/dev/null
. /config/settings.sh
: "${gateway:?}" "${HOSTS:?}" "${VXLAN_ID:?}" "${VXLAN_PORT:?}" "${VXLAN_IP_NETWORK:?}"

way_out=
if ip link show vxlan0 >/dev/null 2>&1; then
  ip link del vxlan0
else
  way_out=$(ip -4 route show default dev eth0 | sed -n 's/.* via \([^ ]*\).*/\1/p')
  for cidr in ${NOT_ROUTED_TO_GATEWAY_CIDRS:-}; do
    ip route add "$cidr" via "$way_out" 2>/dev/null || true
  done
fi
ip route del 0/0 2>/dev/null || true
ip -6 route del default 2>/dev/null || true

if ping -q -c 1 -W 1 8.8.8.8 >/dev/null 2>&1; then
  echo "the internet answers without the tunnel" >&2
  exit 255
fi

peer=$(sed -n "s/ $gateway\$//p" "$HOSTS")
[ -n "$peer" ] || { echo "no address of $gateway" >&2; exit 1; }
[ -z "$way_out" ] || ip route add "$peer" via "$way_out" 2>/dev/null || true
ping -q -c 1 -W 2 "$peer" >/dev/null

ip link add vxlan0 type vxlan id "$VXLAN_ID" dev eth0 dstport "$VXLAN_PORT" || true
bridge fdb append to 00:00:00:00:00:00 dst "$peer" dev vxlan0
ip link set up dev vxlan0
ip address add "$VXLAN_IP_NETWORK.${CLIENT_HOST:-100}/24" dev vxlan0
ip route add default via "$VXLAN_IP_NETWORK.1"
ping -q -c 1 -W 2 "$VXLAN_IP_NETWORK.1" >/dev/null
