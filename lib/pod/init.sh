# shellcheck shell=bash
# podveil-init: /bin/bash -ec <this> podveil COMMAND... (PODVEIL_SETTINGS, PODVEIL_CIDRS6 are set).
# Locks the pod's network namespace, then runs the client's COMMAND. The kubelet rewrites a doubled
# dollar and a bracketed name after one: every substitution here holds a space.

# The client's bash scripts inherit these two. No frame may teach the tunnel where to send, and it
# has to fit the way out, which the client deletes before it makes the tunnel.
ip() {
  if [ "$1 $2 $3" = "link add vxlan0" ]; then
    set -- link add vxlan0 mtu "$( </config/mtu)" "${@:4}" nolearning
  fi
  command ip "$@"
}
# Only the peer that the client found comes in, and nobody while it changes. The /32 keeps a name
# or "any" from meaning more than one address.
bridge() {
  command bridge "$@" || return
  [ "$1 $2" = "fdb append" ] || return 0
  while [ $# -gt 1 ]; do
    if [ "$1" = dst ]; then
      iptables -w 5 -F podveil-peer || return
      iptables -w 5 -A podveil-peer -s "$2/32" -j ACCEPT || return
    fi
    shift
  done
}
export -f ip bridge

# exit, because errexit does not reach into conditions and lists.
rule() { "$1" -w 5 "${@:2}" || exit 1; }

# lock PROGRAM LOOPBACK CIDRS. Policies before flushes: a second run has no open moment.
lock() {
  local chain cidr
  for chain in OUTPUT FORWARD INPUT; do
    rule "$1" -P "$chain" DROP
    rule "$1" -F "$chain"
  done
  # What a REDIRECT hands to ztunnel has eth0 as its way out in OUTPUT, and lo in POSTROUTING.
  # eth0 in both is a socket bound to it.
  "$1" -w 5 -t mangle -D POSTROUTING ! -o lo -d "$2" -j DROP 2>/dev/null || :
  rule "$1" -t mangle -A POSTROUTING ! -o lo -d "$2" -j DROP
  rule "$1" -A OUTPUT -o lo -j ACCEPT
  rule "$1" -A OUTPUT -d "$2" -j ACCEPT
  for cidr in $3; do rule "$1" -A OUTPUT -o eth0 -d "$cidr" -j ACCEPT; done
  # On lo as well: the pod's own processes are no gateway.
  "$1" -w 5 -N podveil-peer 2>/dev/null || rule "$1" -F podveil-peer
  rule "$1" -A INPUT -p udp --dport "$VXLAN_PORT" -j podveil-peer
  rule "$1" -A INPUT -p udp --dport "$VXLAN_PORT" -j DROP
  rule "$1" -P INPUT ACCEPT
}

set -f
printf %s "$PODVEIL_SETTINGS" >/config/settings.sh
# shellcheck source=/dev/null
. /config/settings.sh

lock iptables 127.0.0.0/8 "$NOT_ROUTED_TO_GATEWAY_CIDRS"
rule iptables -A OUTPUT -o vxlan0 -j ACCEPT

if [ -e /proc/net/if_inet6 ]; then
  lock ip6tables ::1/128 "$PODVEIL_CIDRS6"
  for type in neighbour-solicitation neighbour-advertisement; do
    rule ip6tables -A OUTPUT -o eth0 -p icmpv6 --icmpv6-type "$type" -j ACCEPT
  done
  way=$(command ip -6 route show default dev eth0)
  if [[ $way == *" via "* ]]; then
    way=${way#* via }
    for cidr in $PODVEIL_CIDRS6; do
      command ip -6 route replace "$cidr" via "${way%% *}" dev eth0
    done
  fi
fi

# A run after a half-way failure finds no default route any more, but what the first one wrote.
way=$(command ip -4 route show default dev eth0)
if [ -n "$way" ] || [ ! -e /config/mtu ]; then
  mtu=$(command ip link show eth0)
  mtu=${mtu#* mtu }
  mtu=${mtu%% *}
  # Where this is more than eth0 takes, the kernel cuts the tunnel's MTU down itself.
  if [[ $way =~ " mtu "("lock ")?([0-9]+) ]]; then
    mtu=${BASH_REMATCH[2]}
  fi
  echo $((mtu - 50)) >/config/mtu
fi

# In the background, because bash as PID 1 leaves TERM to its traps, and those wait for a command.
trap 'kill "$client" 2>/dev/null; exit 143' TERM INT
"$@" &
client=$!
wait "$client"
