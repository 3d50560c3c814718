# SPDX-License-Identifier: Apache-2.0
"""podveil serve: its command line. What it does is tests/http."""

import signal
import subprocess
import time

import command
from command import CONFIG, TESTS, folder, run

NONE = ["serve", "--config", CONFIG, "--cluster", "none"]
WRONG = [
    (["serve", "--config", CONFIG],
     "there is no service account here, so say where the API server is"),
    ([*NONE, "--kubeconfig", "x"], "--kubeconfig goes with --cluster kubeconfig"),
    (["serve", "--config", CONFIG, "--cluster", "in-cluster", "--policy-dir", "x"],
     "--policy-dir goes with --cluster none"),
    (["serve", "--config", CONFIG, "--cluster", "nowhere"], "in-cluster, kubeconfig, none"),
    ([*NONE, "--listen", "8443"], "--listen 8443 has no port: write HOST:PORT"),
    ([*NONE, "--listen", "127.0.0.1:65536"], "--listen 127.0.0.1:65536: "),
    ([*NONE, "--listen", "::1:8443"], "an IPv6 address stands in brackets: [::1]:8443"),
    ([*NONE, "--ops", "[127.0.0.1]:8080"], '--ops [127.0.0.1]:8080: "127.0.0.1" is no IPv6'),
    ([*NONE, "--drain", "5"], '--drain: "5" is not a duration'),
    ([*NONE, "--cert-source", "files"], "--cert-source files needs --cert-dir DIR"),
    ([*NONE, "--cert-dir", "x"], "--cert-dir goes with --cert-source files"),
    ([*NONE, "--cert-source", "files", "--cert-dir", "x", "--ca-out", "y"], "--ca-out and"),
    ([*NONE, "--dns-name", "*.example.org"], "--dns-name: "),
    ([*NONE, "--log", "xml"], "--log xml: there is only: json, text"),
    (["serve", "--config", "-", "--cluster", "none"], "serve follows a file on disk"),
]


def wrong_flags_are_2():
    for arguments, text in WRONG:
        assert run(*arguments, code=2, err=text).out == ""


def a_cluster_that_nobody_names_is_none():
    run("serve", "--config", CONFIG, "--cluster", "in-cluster", code=3,
        err="do not say where the API server is")
    run("serve", "--config", CONFIG, "--cluster", "kubeconfig", "--kubeconfig", "/nowhere",
        code=4, err="/nowhere: No such file or directory")


def a_wrong_configuration_is_3():
    with folder({"podveil.yaml": "kind: Other\n"}) as path:
        run("serve", "--config", f"{path}/podveil.yaml", "--cluster", "none", "--listen",
            "127.0.0.1:0", "--ops", "127.0.0.1:0", code=3, err="podveil.yaml:1:")


def an_address_that_is_not_ours_is_4():
    run(*NONE, "--listen", "192.0.2.1:0", "--ops", "127.0.0.1:0", code=4, err="192.0.2.1")


def it_serves_until_it_is_told_to_stop():
    with folder({}) as path, open(f"{path}/log", "w+", encoding="utf-8") as log:
        with subprocess.Popen([command.podveil, *NONE, "--listen", "127.0.0.1:0", "--ops",
                               "127.0.0.1:0", "--policy-dir", f"{path}/policies", "--ca-out",
                               f"{path}/ca.pem", "--drain", "0s"], cwd=TESTS, stdout=log,
                              stderr=log) as process:
            deadline = time.monotonic() + 20
            while '"listening"' not in (text := _read(path)):
                assert process.poll() is None and time.monotonic() < deadline, text
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 0, _read(path)
        with open(f"{path}/ca.pem", encoding="utf-8") as certificate:
            assert certificate.read().startswith("-----BEGIN CERTIFICATE-----")


def _read(path):
    with open(f"{path}/log", encoding="utf-8") as log:
        return log.read()
