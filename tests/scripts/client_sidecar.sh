#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Stands in for the VPN client's sidecar command: makes the tunnel again when its other end is
# silent, and dies when that fails. Looks each half second instead of every ten.
set -e
# shellcheck source=/dev/null
. /config/settings.sh
while true; do
  if ! ping -q -c 1 -W 1 "$VXLAN_IP_NETWORK.1" >/dev/null 2>&1; then
    "${0%/*}/client_init.sh"
  fi
  sleep 0.5
done
