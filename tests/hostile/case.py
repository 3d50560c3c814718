"""A row of the table: what is sent, and what has to come of it."""
import dataclasses
import json
import pathlib
import re
import sys
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "http"))

import harness  # noqa: E402

MIB = 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Want:
    """What the specification says must be answered. A code of None: no answer, the end."""
    codes: tuple = (200,)
    allowed: typing.Optional[bool] = None
    status: typing.Optional[int] = None
    reason: typing.Optional[str] = None
    field: typing.Optional[str] = None      # of the first cause of a 422
    pod: typing.Optional[dict] = None       # what protected.final() is told beside the pod
    says: typing.Optional[str] = None       # a part of the message, of the text or of a warning
    again: bool = True                      # the patched pod is small enough to be sent as well


def denied(reason, field=None, says=None):
    status = 422 if reason in ("Malformed", "NonCanonicalCIDR") else 403
    return Want(allowed=False, status=status, reason=reason, field=field, says=says)


def bad_envelope(says=None):
    """A review whose uid can be echoed and nothing else be believed."""
    return Want(allowed=False, status=400, reason="Malformed", says=says)


def protected(again=True, says=None, **pod):
    """Allowed as a privacy pod; the patched pod is what protected.py makes of the pod."""
    return Want(allowed=True, reason="Protected", pod=pod, again=again, says=says)


def untouched(says=None):
    """Allowed with no patch: not podveil's business."""
    return Want(allowed=True, reason="NotPrivate", says=says)


def judged(says=None):
    """Allowed by /validate as a privacy pod."""
    return Want(allowed=True, reason="Protected", says=says)


def refused(*codes, says=None):
    """Answered by HTTP alone."""
    return Want(codes=codes, says=says)


def ended(*codes):
    """The connection is ended; where `codes` are given, after such an answer."""
    return Want(codes=(None, *codes))


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    want: Want
    body: typing.Any = b""          # bytes, or a function that makes them
    path: str = "/mutate?timeout=10s"
    raw: typing.Any = None          # the request's bytes, in place of path and body
    talk: typing.Any = None         # a function of the server that gives the Reply or None
    slow: bool = False              # it waits for the server's clock: run beside the others


class Raw:
    """JSON that Python would not write."""

    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        return isinstance(other, Raw) and self.text == other.text

    def __hash__(self):
        return hash(self.text)

    def __repr__(self):
        return self.text


ABSENT = object()


def dumps(value):
    """JSON, with each Raw as it stands."""
    raws = []

    def mark(item):
        if isinstance(item, Raw):
            raws.append(item.text)
            return f"@raw{len(raws) - 1}@"
        raise TypeError(type(item))

    text = json.dumps(value, default=mark, ensure_ascii=False)
    for number, raw in enumerate(raws):
        text = text.replace(f'"@raw{number}@"', raw)
    return text.encode("utf-8", "surrogatepass")


TOKEN = re.compile(r"\[(\d+)\]|\[([^\]]+)\]|\.?([^.\[]+)")


def tokens(path):
    """spec.containers[0].name, metadata.labels[a.b/c]: as podveil writes a field."""
    return [int(index) if index else key or name for index, key, name in TOKEN.findall(path)]


def put(root, path, value):
    """Set what stands there, or take it away; what is missing above is made."""
    steps = tokens(path)
    at = root
    for step, after in zip(steps, steps[1:]):
        if isinstance(step, int):
            while len(at) <= step:
                at.append({})
            at = at[step]
        else:
            if at.get(step) is None:
                at[step] = [] if isinstance(after, int) else {}
            at = at[step]
    last = steps[-1]
    if value is ABSENT:
        if isinstance(at, list) or last in at:
            del at[last]
    elif isinstance(at, list) and last >= len(at):
        at.append(value)
    else:
        at[last] = value
    return root
