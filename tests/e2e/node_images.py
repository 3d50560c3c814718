# SPDX-License-Identifier: Apache-2.0
"""The images of the nodes' pods, packed of what this machine has: podveil's by tools/image, the others as archives
in the form that `docker save` writes.

`tools` plays the app and the gateway, `client` the VPN client that podveil puts into a pod; `kubectl` and `pause` are
what their names say. None comes from a registry.
"""

import importlib.machinery
import importlib.util
import io
import pathlib
import shutil
import subprocess
import tarfile

from controlplane import TOP

TOOLS, CLIENT, PAUSE = "localhost/e2e-tools:1", "localhost/e2e-client:1", "localhost/e2e-pause:1"
APPLETS = ("cat", "echo", "false", "grep", "id", "ls", "sed", "sh", "sleep", "timeout", "touch", "true")
SCRIPTS = TOP / "tests" / "scripts"
PAUSE_SOURCE = """\
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static void on_signal(int number) { if (number != SIGCHLD) exit(0); while (waitpid(-1, NULL, WNOHANG) > 0) { } }
int main(void)
{
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    signal(SIGCHLD, on_signal);
    for (;;) { pause(); }
}
"""
# Each pod has an address of its own inside of the tunnel: the last byte is that of its address outside.
CLIENT_SCRIPT = """\
#!/bin/bash
address=$(command ip -4 -o address show dev eth0)
address=${address#* inet }
address=${address%%%%/*}
export CLIENT_HOST=${address##*.}
exec /lab/%s
"""


def packer():
    """tools/image as a module: it knows the libraries of a program."""
    loader = importlib.machinery.SourceFileLoader("image", str(TOP / "tools" / "image"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("image", loader))
    loader.exec_module(module)
    return module


def programs(paths):
    """{path in the image: content} of programs and of the libraries that they are linked with."""
    image = packer()
    files = {}
    for target, source in paths.items():
        real = pathlib.Path(shutil.which(source) or source).resolve()
        files[target] = real.read_bytes()
        if b"/ld-linux" in files[target]:
            files |= {path.lstrip("/"): pathlib.Path(path).read_bytes() for path in image.libraries(real)}
    return files


def pack(target, name, files, links=None, config=None):
    """Writes the archive of an image of one layer."""
    image = packer()
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for path in image.folders_of([*files, *(links or {})]):
            entry = tarfile.TarInfo(path)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.mode, entry.size = 0o755, len(content)
            tar.addfile(entry, io.BytesIO(content))
        for path, to in (links or {}).items():
            entry = tarfile.TarInfo(path)
            entry.type, entry.linkname = tarfile.SYMTYPE, to
            tar.addfile(entry)
    layer = layer.getvalue()
    described = image.as_json({"architecture": image.ARCHITECTURES[image.platform.machine()], "os": "linux",
                               "config": config or {}, "rootfs": {"type": "layers", "diff_ids": [image.digest(layer)]}})
    manifest = image.as_json([{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}])
    target.write_bytes(image.tar_of({"manifest.json": (0o644, manifest), "config.json": (0o644, described),
                                     "layer.tar": (0o644, layer)}, 0))
    return target


def podveil(folder, program):
    """By tools/image, as users make it; the archive and what the tool printed."""
    target = folder / "podveil.tar"
    done = subprocess.run([TOP / "tools" / "image", "--program", program, "--output", target], text=True,
                          capture_output=True, check=True)
    return target, done.stdout


def pause(folder):
    program = folder / "pause"
    subprocess.run(["gcc", "-O2", "-static", "-xc", "-", "-o", program], input=PAUSE_SOURCE, text=True, check=True)
    return pack(folder / "pause.tar", PAUSE, {"pause": program.read_bytes()}, config={"Entrypoint": ["/pause"]})


def kubectl(folder, program, name):
    return pack(folder / "kubectl.tar", name, programs({"bin/kubectl": program}),
                config={"Entrypoint": ["/bin/kubectl"]})


def tools(folder, name=TOOLS):
    return pack(folder / "tools.tar", name, *parts(), config={"Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]})


def client(folder, gateways, name=CLIENT):
    """The same with the client's two commands; gateways: {name: address}, in place of the cluster's DNS."""
    files, links = parts()
    for script in ("client_init.sh", "client_sidecar.sh"):
        files[f"lab/{script}"] = (SCRIPTS / script).read_bytes()
        files[f"bin/{script}"] = (CLIENT_SCRIPT % script).encode()
    files["etc/gateways"] = "".join(f"{address} {gateway}\n" for gateway, address in gateways.items()).encode()
    return pack(folder / "client.tar", name, files, links,
                {"Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOSTS=/etc/gateways"]})


def parts():
    files = programs({"bin/bash": "bash", "usr/sbin/ip": "ip", "usr/sbin/bridge": "bridge", "usr/bin/ping": "ping",
                      "usr/sbin/iptables": "iptables", "usr/sbin/ip6tables": "ip6tables", "bin/busybox": "busybox"})
    plugins = next(pathlib.Path("/usr/lib").glob("*/xtables"))
    files |= {str(path).lstrip("/"): path.read_bytes() for path in plugins.glob("*.so")} | {"tmp/empty": b""}
    return files, {f"bin/{applet}": "busybox" for applet in APPLETS}


def container(name, script, **more):
    return {"name": name, "image": TOOLS, "command": ["/bin/bash", "-c", script], **more}


def pod(name, namespace, spec, **labels):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "spec": spec}
