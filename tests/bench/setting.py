"""Where the bench stands: the tree, its builds, a directory that goes with it."""
import contextlib
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CONFIG = ROOT / "tests" / "fixtures" / "config" / "example.yaml"
BUILD = ROOT / "build" / "bench"


def program(name):
    """podveil, or one of this folder's."""
    return BUILD / name if name == "podveil" else BUILD / "tests" / "bench" / name


class Failed(Exception):
    """A program of ours did not do what it should; the text is for people."""


class InTheWay(Exception):
    """The machine lacks something."""


def run(*command, what, **options):
    """The output of a program that must succeed."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        raise Failed(f"{what} failed:\n{done.stdout.strip()}")
    return done.stdout


def build(*targets):
    """The preset "bench", quietly."""
    where = ["-B", BUILD]
    run("cmake", "--preset", "bench", *where, what="cmake", cwd=ROOT)
    # Ninja ends its compilers when it is told to; a killed CMake would not tell it.
    run("setpriv", "--pdeathsig", "TERM", "ninja", "-C", BUILD, "-j", str(os.cpu_count()), *targets,
        what="the build", cwd=ROOT)


def need(command, package):
    if shutil.which(command) is None:
        raise InTheWay(f"{command} is not installed ({package})")


@contextlib.contextmanager
def workplace():
    """A directory that is gone afterwards, whatever ends the bench."""
    def leave(number, _):
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    path = pathlib.Path(tempfile.mkdtemp(prefix="podveil-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Spread:
    """Several figures of the same thing."""

    def __init__(self, figures):
        self.figures = list(figures)
        self.median = statistics.median(self.figures)
        self.least = min(self.figures)
        self.most = max(self.figures)

    def in_units(self, unit):
        return Spread(figure / unit for figure in self.figures)

    def text(self, form):
        return f"{self.median:{form}} ({self.least:{form}} to {self.most:{form}})"
