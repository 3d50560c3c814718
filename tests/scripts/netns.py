# SPDX-License-Identifier: Apache-2.0
"""Network namespaces without names: each is a file descriptor, and gone with this process."""

import contextlib
import ctypes
import os
import socket
import subprocess

CLONE_NEWNET = 0x40000000
COMMAND_SECONDS = 20

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Namespace:
    """One network namespace. What is started or opened in `with namespace.entered()` belongs to it."""

    def __init__(self, fd):
        self.fd = fd
        self.path = f"/proc/{os.getpid()}/fd/{fd}"

    @classmethod
    def current(cls):
        return cls(os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC))

    @classmethod
    def create(cls):
        before = cls.current()
        _checked(_libc.unshare(CLONE_NEWNET))
        try:
            return cls.current()
        finally:
            _checked(_libc.setns(before.fd, CLONE_NEWNET))
            os.close(before.fd)

    @contextlib.contextmanager
    def entered(self):
        """This thread alone moves, and comes back."""
        before = Namespace.current()
        _checked(_libc.setns(self.fd, CLONE_NEWNET))
        try:
            yield
        finally:
            _checked(_libc.setns(before.fd, CLONE_NEWNET))
            os.close(before.fd)

    def socket(self, *arguments):
        with self.entered():
            return socket.socket(*arguments)

    def run(self, *command, check=True, **options):
        """The command's standard output."""
        with self.entered():
            done = subprocess.run(command, capture_output=True, text=True, check=False,
                                  timeout=COMMAND_SECONDS, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.returncode} {done.stderr.strip()}")
        return done.stdout

    def ip(self, lines):
        """Runs the lines by one `ip -batch`."""
        text = "".join(f"{line.strip()}\n" for line in lines.splitlines() if line.strip())
        self.run("ip", "-batch", "-", input=text)

    def sysctl(self, **values):
        """sysctl(ipv4__ip_forward=1) writes net/ipv4/ip_forward."""
        with self.entered():
            for name, value in values.items():
                path = "/proc/sys/net/" + name.replace("__", "/")
                with open(path, "w", encoding="ascii") as file:
                    file.write(str(value))
