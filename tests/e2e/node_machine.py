# SPDX-License-Identifier: Apache-2.0
"""A place on this machine for whole nodes, of which nothing stays: processes, mounts, networks and control groups.

A program starts itself again with inside() as PID 1 of namespaces of its own. With it end all containers and mounts,
whatever ended it; what the kernel does not end by itself, the outer program puts back and removes.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from controlplane import BUILD, ClusterError

CGROUPS = pathlib.Path("/sys/fs/cgroup")
PREFIX = "podveil-e2e-"
INTERNET = "internet"
HOME, OUTSIDE, PLACE = "10.99.0.254", "8.8.8.8", "10.99.0."
SECONDS_TO_END = 60
# The kubelet sets these, and they are the whole machine's.
SETTINGS = [pathlib.Path("/proc/sys") / name for name in (
    "vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes")]


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ClusterError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def inside(command):
    """Runs the command, with the folder and the control group that it may use as last words, and gives its code."""
    needs()
    name = f"{PREFIX}{os.getpid()}"
    folder = BUILD / name
    settings = {path: path.read_text() for path in SETTINGS}
    forget_others()
    folder.mkdir(parents=True)
    for place in hierarchies():
        (place / name).mkdir()
    process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", "unshare", "--mount", "--net", "--pid", "--ipc",
                                "--fork", "--kill-child", "--mount-proc", *map(str, command), folder, name])
    signal.signal(signal.SIGTERM, lambda number, _: end(process, number))
    try:
        return wait(process)
    finally:
        process.kill()
        process.wait()
        for path, value in settings.items():
            path.write_text(value)
        remove_groups(name)
        shutil.rmtree(folder)


def needs():
    """Says what of the machine is in the way, before anything is made."""
    if os.geteuid() != 0:
        raise ClusterError("a node needs root")
    for tool in ("unshare", "setpriv", "nsenter", "ip", "iptables", "nft", "busybox", "gcc", "bash", "ping"):
        if shutil.which(tool) is None:
            raise ClusterError(f"{tool} is not installed: run tools/setup e2e")
    if "\toverlay\n" not in pathlib.Path("/proc/filesystems").read_text():
        raise ClusterError("this kernel has no overlayfs, which images are unpacked with")
    if not (CGROUPS / "memory").is_dir() and not (CGROUPS / "cgroup.controllers").exists():
        raise ClusterError(f"no control groups are mounted at {CGROUPS}, which containers are limited by")
    if not pathlib.Path("/dev/kmsg").exists():
        raise ClusterError("there is no /dev/kmsg, which the kubelet reads")


def wait(process):
    """Ctrl-C goes to both programs; the inner one ends its cluster first."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            pass
        return 128 + signal.SIGINT


def end(process, number):
    """unshare heeds no TERM; what it runs does."""
    for pid in pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        os.kill(int(pid), number)


def hierarchies():
    """Where control groups are made: once in version 2, once a controller in version 1."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [place for place in CGROUPS.iterdir() if (place / "cgroup.procs").exists()]


def remove_groups(name):
    deadline = time.monotonic() + SECONDS_TO_END
    for place in hierarchies():
        # The innermost first; a group whose last process has just ended is busy for a moment.
        groups = sorted((place / name).rglob("*/"), reverse=True) + [place / name]
        for group in filter(pathlib.Path.is_dir, groups):
            while True:
                try:
                    group.rmdir()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.1)


def forget_others():
    """What runs left that were killed outright."""
    for path in [*CGROUPS.glob(f"*/{PREFIX}*"), *CGROUPS.glob(f"{PREFIX}*"), *BUILD.glob(f"{PREFIX}*")]:
        if not pathlib.Path(f"/proc/{path.name.removeprefix(PREFIX)}").exists():
            remove_groups(path.name)
            shutil.rmtree(BUILD / path.name, ignore_errors=True)


def furnish(folder, count):
    """Inside: the folders that runtimes write to, a network with `count` nodes, and an internet beyond it."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    packages = pathlib.Path("/var/lib/dpkg")  # the list of what is installed, for scripts that ask
    (folder / "dpkg").mkdir()
    run("mount", "--bind", packages, folder / "dpkg")
    for place in ("/run", "/var/lib", "/var/log"):
        run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", place)
    packages.mkdir()
    run("mount", "--bind", "-o", "ro", folder / "dpkg", packages)
    run("ip", "link", "set", "lo", "up")
    run("ip", "netns", "add", INTERNET)
    run("ip", "link", "add", "uplink", "type", "veth", "peer", "name", "home", "netns", INTERNET)
    for number in range(1, count + 1):
        run("ip", "address", "add", f"{PLACE}{number}/24", "dev", "uplink")
    run("ip", "link", "set", "uplink", "up")
    for command in ("link set lo up", "link set home up", f"address add {HOME}/24 dev home",
                    f"address add {OUTSIDE}/32 dev lo", f"route add 10.1.0.0/16 via {PLACE}1"):
        run("ip", "-n", INTERNET, *command.split())
    run("ip", "route", "add", "default", "via", HOME)
    pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    (folder / "resolv.conf").write_text(f"nameserver {HOME}\n")

