"""Stop one thread of a running process, as a debugger does, and let it go again.

A signal would stop all of them. So a server's worker can be made to hang without
a word about it in the server: what waits for it waits, and everybody else goes on.
Stop a thread that has nothing to do: a busy one may hold a lock that others need.
"""
import contextlib
import ctypes
import os
import pathlib
import time

PTRACE_DETACH = 17
PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
WALL = 0x40000000  # __WALL: wait for threads too

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.restype = ctypes.c_long
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(what, thread):
    if LIBC.ptrace(what, thread, None, None) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"ptrace: {os.strerror(code)}")


def resting(pid, name):
    """The thread of that name, if it is there and sleeps."""
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):
            state = task.joinpath("stat").read_text().rpartition(")")[2].split()[0]
            if task.joinpath("comm").read_text().strip() == name and state == "S":
                return int(task.name)
    return None


class HeldThread:
    """From the start on it is stopped. Use it in one thread only: that one is the tracer."""

    def __init__(self, pid, name, seconds=10):
        end = time.monotonic() + seconds
        self.thread = resting(pid, name)
        while self.thread is None:
            if time.monotonic() > end:
                raise AssertionError(f"no thread {name} that rests")
            time.sleep(0.01)
            self.thread = resting(pid, name)
        ptrace(PTRACE_SEIZE, self.thread)
        ptrace(PTRACE_INTERRUPT, self.thread)
        os.waitpid(self.thread, WALL)
        self.held = True

    def release(self):
        if self.held:
            self.held = False
            ptrace(PTRACE_DETACH, self.thread)

    def reap(self):
        """Did it end with its process? Until this was asked the process cannot be waited for."""
        if not self.held:
            return True
        try:
            ended = os.waitpid(self.thread, WALL | os.WNOHANG)[0] != 0
        except ChildProcessError:
            ended = True
        self.held = self.held and not ended
        return ended
