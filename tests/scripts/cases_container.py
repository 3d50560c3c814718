# SPDX-License-Identifier: Apache-2.0
"""The two containers as the kubelet sees them: how they start, fail, start again and end."""

import time

from cases_tunnel import Attack
from lab import (ATTACKER, CLIENT_INIT, CONFIG, GATEWAY, GATEWAY_NAME, INTERNET, INTERNET6, SETTINGS,
                 VXLAN_PORT, WORK, Lab, eventually, stand_in)
from wire import Flood

RAN = WORK / "ran"
TOUCH = ("/bin/touch", str(RAN))
ENDS_SECONDS = 1
TRIES = 3


def settings_are_written_as_given():
    lab = Lab()
    lab.init("/bin/sh", "-ec", f'. /config/settings.sh; echo "$1 $VXLAN_PORT $gateway" >{RAN}', "sh", "a  b")
    assert (CONFIG / "settings.sh").read_text(encoding="utf-8") == SETTINGS
    assert RAN.read_text(encoding="utf-8") == f"a  b {VXLAN_PORT} {GATEWAY_NAME}\n"


def init_ends_as_its_command():
    lab = Lab()
    assert lab.start("init", "/bin/sh", "-c", "exit 7").wait() == 7
    assert lab.start("init", "/no/such/command").wait() == 127


def every_failing_call_of_iptables_ends_init():
    every_failing_call_ends_init("iptables")


def every_failing_call_of_ip6tables_ends_init():
    every_failing_call_ends_init("ip6tables")


def every_failing_call_ends_init(tables):
    """Each call in turn fails, all others are real; only what clears away may fail."""
    lab = Lab()
    calls, left = WORK / "calls", WORK / "left"
    folder = stand_in(tables, f"""
        echo "$*" >>{calls}
        read -r left <{left}
        echo $((left - 1)) >{left}
        [ "$left" != 1 ] || exit 1
        exec "$REAL" "$@"
        """)
    left.write_text("0\n", encoding="ascii")
    lab.init(*TOUCH, path=folder)
    lines = calls.read_text(encoding="utf-8").splitlines()
    assert len(lines) > 10, lines
    assert all(line.startswith("-w 5 ") for line in lines), lines
    for number, line in enumerate(lines, 1):
        RAN.unlink(missing_ok=True)
        left.write_text(f"{number}\n", encoding="ascii")
        code = lab.start("init", *TOUCH, path=folder).wait()
        # A first run finds neither the rule to delete nor the chain; a later one empties the chain.
        may_fail = "-D POSTROUTING" in line or "-N podveil-peer" in line
        assert (code == 0) == may_fail, f"{tables} {line} fails: init ended with {code}"
        assert RAN.exists() == may_fail, f"{tables} {line} fails: the command ran"


def a_first_run_needs_the_peer_chain():
    lab = Lab()
    folder = stand_in("iptables", 'case "$*" in *"-N podveil-peer") exit 1 ;; esac\nexec "$REAL" "$@"')
    assert lab.start("init", *TOUCH, path=folder).wait() != 0
    assert not RAN.exists()


def a_peer_that_cannot_be_set_ends_the_client():
    lab = Lab()
    lab.add_gateway("gateway", GATEWAY)
    folder = stand_in("iptables", f'case "$*" in *"-s {GATEWAY}/32"*) exit 4 ;; esac\nexec "$REAL" "$@"')
    container = lab.start("init", CLIENT_INIT, path=folder)
    assert container.wait() != 0, container.log()
    assert " state DOWN " in lab.pod.run("ip", "link", "show", "vxlan0"), "the tunnel is up without its rule"


def without_ipv6_in_the_kernel_there_is_nothing_to_lock():
    lab = Lab()
    folder = stand_in("ip6tables", "exit 3")
    lab.init(*TOUCH, path=folder, before="mount -t tmpfs none /proc/1/net")
    assert RAN.exists()
    RAN.unlink()
    assert lab.start("init", *TOUCH, path=folder).wait() != 0, "IPv6 exists and cannot be locked"
    assert not RAN.exists()


def init_runs_again_after_a_failure():
    lab = Lab(default_route="mtu 1420")
    gateway = lab.add_gateway("gateway", GATEWAY)
    lab.name_gateway("10.244.0.99")
    assert lab.start("init", CLIENT_INIT).wait() != 0, "there is no such gateway"
    assert "default" not in lab.pod.run("ip", "route"), "the client deletes the default route first"
    lab.name_gateway(GATEWAY)
    lab.init()
    assert lab.ask("udp", INTERNET) == "vpn"
    assert " mtu 1370 " in lab.pod.run("ip", "link", "show", "vxlan0"), "the first run's way out is forgotten"
    once = rules(lab)
    lab.init()
    assert lab.ask("udp", INTERNET) == "vpn"
    assert rules(lab) == once, f"{once}\n---\n{rules(lab)}"

    # No open moment: floods in both directions while the lock is made again under a tunnel that is up.
    lab.default_routes(lab.pod)
    lab.wire.clear()
    attack = Attack(lab, lab.add_pod("attacker", ATTACKER))
    with attack.flood(lab.mac(gateway, "vxlan0")), \
            Flood(lab.pod, (INTERNET, 53), [b"out"], pause=0.0005), \
            Flood(lab.pod, (INTERNET6, 53), [b"out"], pause=0.0005):
        for _ in range(3):
            lab.init(*TOUCH)
    assert " -s " not in lab.pod.run("iptables", "-w", "5", "-S", "podveil-peer"), "the last run's peer is trusted"
    assert lab.left() == set(), lab.left()
    assert attack.believed() == 0, attack.believed()


def rules(lab):
    return "".join(lab.pod.run(tables, "-w", "5", "-t", table, "-S")
                   for tables in ("iptables", "ip6tables") for table in ("filter", "mangle"))


def term_ends_both():
    lab = Lab()
    for script, code in (("sidecar", 0), ("init", 143)):
        took = []
        while not took or (min(took) >= ENDS_SECONDS and len(took) < TRIES):
            RAN.unlink(missing_ok=True)
            container = lab.start(script, "/bin/bash", "-c", f"touch {RAN}; sleep 1000")
            eventually(RAN.exists, f"{script}'s command runs")
            begin = time.monotonic()
            container.terminate()
            assert container.wait() == code, container.log()
            took.append(time.monotonic() - begin)
        assert min(took) < ENDS_SECONDS, f"{script}: {took}"


def term_ends_the_sidecar_between_two_runs():
    lab = Lab()
    container = lab.start("sidecar", "/bin/touch", str(RAN))
    eventually(RAN.exists, "the command runs")
    container.terminate()
    assert container.wait() == 0, container.log()


def a_dead_client_starts_again():
    lab = Lab()
    starts = WORK / "starts"
    container = lab.start("sidecar", "/bin/bash", "-c", f'date +%s.%N >>{starts}; exit "$1"', "bash", "3")

    def times():
        return [float(line) for line in starts.read_text(encoding="ascii").split()] if starts.exists() else []
    eventually(lambda: len(times()) >= 4, "a fourth start")
    gaps = [after - before for before, after in zip(times(), times()[1:])]
    assert 0.9 < min(gaps) < 2, f"not about a second between the starts: {gaps}"
    assert container.running(), container.log()


CASES = {case.__name__: case for case in (
    settings_are_written_as_given, init_ends_as_its_command, every_failing_call_of_iptables_ends_init,
    every_failing_call_of_ip6tables_ends_init, a_first_run_needs_the_peer_chain,
    a_peer_that_cannot_be_set_ends_the_client, without_ipv6_in_the_kernel_there_is_nothing_to_lock,
    init_runs_again_after_a_failure, term_ends_both, term_ends_the_sidecar_between_two_runs,
    a_dead_client_starts_again)}
