"""What a page of docs/ says of the machine and the libraries that it was taken on."""
import os
import pathlib
import platform
import re
import subprocess


def version(*command):
    """The number in what a program says of itself."""
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+(?:\.\d+)+", text)
    return found[0] if found else text.strip()


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def distribution():
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip('"')
    return "Linux"


def library(name):
    """By its name in pkg-config."""
    return version("pkg-config", "--modversion", name)


def describe():
    return (f"{os.cpu_count()} cores ({processor()}), {distribution()}, Linux {platform.release()}, "
            f"gcc {version('gcc', '-dumpfullversion')}, glibc {platform.libc_ver()[1]}, "
            f"libmicrohttpd {library('libmicrohttpd')}, GnuTLS {library('gnutls')}, "
            f"OpenSSL {library('libssl')}, cJSON {library('libcjson')}, libyaml {library('yaml-0.1')}")
