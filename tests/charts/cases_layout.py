# SPDX-License-Identifier: Apache-2.0
"""The image's archive, read by a library that others' tools read images with."""

import json
import pathlib
import subprocess
import sys
import tempfile

import command
from command import BIN, ROOT


def the_archive_is_read_by_others():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "image.tar"
        made = subprocess.run(
            [sys.executable, ROOT / "tools" / "image", "--program", command.program, "--output", path],
            capture_output=True,
            text=True,
            timeout=50,
            check=True,
        )
        tag = made.stdout.split()[0].rsplit(":", 1)[1]
        read = subprocess.run([BIN / "layout", path, tag], capture_output=True, text=True, timeout=50, check=False)
        assert read.returncode == 0, read.stderr
        image = json.loads(read.stdout)
        assert image["config"]["User"] == "65532:65532" and image["os"] == "linux"
        spoilt = path.read_bytes().replace(b"65532:65532", b"00000:00000")
        path.write_bytes(spoilt)
        read = subprocess.run([BIN / "layout", path, tag], capture_output=True, text=True, timeout=50, check=False)
        assert read.returncode == 1 and "digest" in read.stderr, "a broken archive must not be read"
