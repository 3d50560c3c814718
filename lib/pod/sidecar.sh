# shellcheck shell=bash
# podveil-sidecar: /bin/bash -c <this> podveil COMMAND...
# Runs the client's COMMAND for as long as the pod lives. The kubelet rewrites a doubled dollar and
# a bracketed name after one: every substitution here holds a space.

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

# As PID 1 bash ignores TERM without a trap, and a trap waits for a command in the foreground.
trap 'kill "$client" 2>/dev/null; exit 0' TERM INT
while :; do
  "$@" &
  client=$!
  wait "$client"
  # Not the kubelet's back-off, which grows to minutes.
  sleep 1 &
  wait "$!"
done
