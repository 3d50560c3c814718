# SPDX-License-Identifier: Apache-2.0
"""Namespaces for one test: nothing that it does is seen outside, and all of it ends with it."""

import os
import pathlib
import shutil
import subprocess
import sys

INSIDE = "--inside"
CAP_SYS_ADMIN = 21
STAGE = pathlib.Path("/sys")
OWN = ("config", "run", "sys")


def enter(case):
    """Becomes this program again as PID 1 of its own mount, network and PID namespace."""
    unshare = shutil.which("unshare")
    if not unshare:
        sys.exit("no unshare (package util-linux)")
    command = [unshare, "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if not _is_admin():
        command += ["--user", "--map-root-user"]
    os.execv(unshare, command + [sys.executable, sys.argv[0], INSIDE, case])


def _is_admin():
    """Root, and not one that a container has left without CAP_SYS_ADMIN."""
    status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> CAP_SYS_ADMIN & 1)


def furnish():
    """A root of our own, which is the machine's but for /config, /run and /sys: empty and in memory.

    It is staged over /sys, the one folder that every machine has and no test needs.
    """
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(STAGE))
    for entry in pathlib.Path("/").iterdir():
        target = STAGE / entry.name
        if entry.is_symlink():
            target.symlink_to(os.readlink(entry))
        elif entry.is_dir() and entry.name not in OWN:
            target.mkdir()
            _run("mount", "--rbind", str(entry), str(target))
    for name in OWN:
        (STAGE / name).mkdir()
    here = os.getcwd()
    os.chroot(STAGE)
    os.chdir(here if os.path.isdir(here) else "/")
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/bin:/bin"


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
