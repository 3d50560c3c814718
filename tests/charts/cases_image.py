# SPDX-License-Identifier: Apache-2.0
"""tools/image: the same bytes twice, a layout that importers read, a program that starts on an empty root."""

import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tarfile
import tempfile

import command
from command import ROOT
from server import serving

LIMIT = 15_000_000


def _make(*arguments):
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "image", "--program", command.program, *arguments],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _read(path):
    with tarfile.open(path) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}, tar.getmembers()


def _blob(files, descriptor):
    content = files["blobs/" + descriptor["digest"].replace(":", "/")]
    assert "sha256:" + hashlib.sha256(content).hexdigest() == descriptor["digest"]
    assert len(content) == descriptor["size"]
    return content


def _layer(files):
    manifest = json.loads(_blob(files, json.loads(files["index.json"])["manifests"][0]))
    config = json.loads(_blob(files, manifest["config"]))
    layer = gzip.decompress(_blob(files, manifest["layers"][0]))
    assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(layer).hexdigest()]
    return config, tarfile.open(fileobj=io.BytesIO(layer))


def _check_layout(files, said):
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    named = json.loads(files["index.json"])["manifests"][0]
    image, version, digest = re.match(r"((?:[\w./-]+):(\S+)) (sha256:\w+)\n", said).groups()
    assert named["digest"] == digest
    assert named["annotations"] == {"io.containerd.image.name": image, "org.opencontainers.image.ref.name": version}
    config, _ = _layer(files)
    assert config["os"] == "linux" and config["created"] == "1970-01-01T00:00:00Z"
    assert config["config"]["User"] == "65532:65532" and config["config"]["Entrypoint"] == ["/usr/bin/podveil"]
    old = json.loads(files["manifest.json"])[0]
    assert old["RepoTags"] == [image] and image == f"registry.example.org/podveil:{version}"
    assert all(name in files for name in [old["Config"], *old["Layers"]])


def _check_that_nothing_tells_who_packed_it(entries):
    assert [m.name for m in entries] == sorted(m.name for m in entries)
    for member in entries:
        assert (member.mtime, member.uid, member.gid, member.uname, member.gname) == (0, 0, 0, "", ""), member.name
        assert not member.mode & 0o6022, f"{member.name}: {member.mode:o}"


def _check_root(names):
    assert "usr/bin/podveil" in names and "etc/passwd" in names
    assert not [n for n in names if n.startswith(("bin/", "usr/bin/")) and n != "usr/bin/podveil"]
    assert len([n for n in names if "/ld-linux" in n]) == 1


def it_is_the_same_twice_small_and_what_importers_read():
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / name for name in ("a", "b")]
        said = [_make("--output", path, "--name", "registry.example.org/podveil") for path in paths]
        assert said[0].splitlines()[0] == said[1].splitlines()[0]
        assert paths[0].read_bytes() == paths[1].read_bytes()
        assert paths[0].stat().st_size < LIMIT
        files, members = _read(paths[0])
    _check_layout(files, said[0])
    _, layer = _layer(files)
    _check_that_nothing_tells_who_packed_it(members)
    _check_that_nothing_tells_who_packed_it(layer.getmembers())
    _check_root(layer.getnames())


def _into(root):
    """Root becomes the image's own user; others take a user namespace, which not every machine gives."""
    if os.geteuid() == 0:
        return ["chroot", "--userspec=65532:65532", root]
    return ["unshare", "--user", "--map-root-user", "--root", root]


def it_starts_on_an_empty_root():
    """As an ordinary user, in a root that holds the image alone: it reads a configuration and answers over TLS."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        root.chmod(0o755)
        _make("--root", root)
        (root / "podveil.yaml").write_bytes((ROOT / "docs" / "podveil.example.yaml").read_bytes())
        enter = [*_into(folder), "/usr/bin/podveil"]
        done = subprocess.run(
            [*enter, "config", "check", "/podveil.yaml"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 and "vpn" in done.stdout, done.stderr
        with serving(enter, "--config", "/podveil.yaml") as server:
            server.get("/healthz")
            # The certificate is its own; what is tried here is that TLS works with the libraries of the image.
            ssl.get_server_certificate(("127.0.0.1", int(server.https)), timeout=10)
