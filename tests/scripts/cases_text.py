# SPDX-License-Identifier: Apache-2.0
"""The scripts as text: what the kubelet and the pod's command make of them."""

import re

from lab import SCRIPTS

TEXTS = {name: (SCRIPTS / name).read_text(encoding="utf-8") for name in ("init.sh", "sidecar.sh")}
# A container's variables; a service's are of the same form.
NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
# Each pod carries both in its spec, and etcd keeps it.
LARGEST_BYTES = 3584


def kubelet_expand(text):
    """What the kubelet makes of a command: $$ is $, $(NAME) a value, all else stays."""
    out, at = [], 0
    while at < len(text):
        if text[at] != "$" or at + 1 == len(text):
            out.append(text[at])
            at += 1
        elif text[at + 1] == "$":
            out.append("$")
            at += 2
        elif text[at + 1] == "(" and ")" in text[at:]:
            name, end = text[at + 2:text.index(")", at)], text.index(")", at) + 1
            out.append(f"<{name}>" if NAME.fullmatch(name) else text[at:end])
            at = end
        else:
            out.append(text[at:at + 2])
            at += 2
    return "".join(out)


def kubelet_leaves_them_alone():
    assert kubelet_expand("a $$ $(gateway) $(x y) $((1)) $x $") == "a $ <gateway> $(x y) $((1)) $x $"
    for name, text in TEXTS.items():
        assert "$$" not in text, f"{name} holds a doubled dollar"
        assert kubelet_expand(text) == text, f"the kubelet changes {name}"
        assert re.fullmatch(r"[\n -~]*", text), f"{name} holds more than ASCII"


def both_fit_into_a_pod():
    for name, text in TEXTS.items():
        assert len(text) <= LARGEST_BYTES, f"{name}: {len(text)} bytes of {LARGEST_BYTES}"


def both_share_their_functions():
    part = re.compile(r"^# The client's bash scripts inherit.*?^export -f ip bridge$", re.M | re.S)
    init, sidecar = (part.search(text) for text in TEXTS.values())
    assert init and sidecar and init.group() == sidecar.group(), "the two scripts' functions differ"


CASES = {case.__name__: case for case in (
    kubelet_leaves_them_alone, both_fit_into_a_pod, both_share_their_functions)}
