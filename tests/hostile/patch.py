"""RFC 6902 as the API server applies it: what add, move, replace, remove and test do here."""
import copy


class PatchError(Exception):
    pass


def parse(pointer):
    if pointer and not pointer.startswith("/"):
        raise PatchError(f"{pointer!r} is no pointer")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def index_of(items, token, adding):
    if token == "-" and adding:
        return len(items)
    if not token.isascii() or not token.isdigit() or (len(token) > 1 and token[0] == "0"):
        raise PatchError(f"{token!r} is no index")
    index = int(token)
    if index > len(items) or (index == len(items) and not adding):
        raise PatchError(f"index {index} of {len(items)}")
    return index


def parent_of(document, steps):
    at = document
    for token in steps[:-1]:
        if isinstance(at, list):
            at = at[index_of(at, token, False)]
        elif isinstance(at, dict) and token in at:
            at = at[token]
        else:
            raise PatchError(f"nothing at {token!r}")
    if not isinstance(at, (dict, list)):
        raise PatchError("the parent is no container")
    return at


def add(document, pointer, value):
    steps = parse(pointer)
    if not steps:
        return value
    parent, last = parent_of(document, steps), steps[-1]
    if isinstance(parent, list):
        parent.insert(index_of(parent, last, True), value)
    else:
        parent[last] = value
    return document


def take(document, pointer):
    steps = parse(pointer)
    parent, last = parent_of(document, steps), steps[-1]
    if isinstance(parent, list):
        return parent.pop(index_of(parent, last, False))
    if last not in parent:
        raise PatchError(f"nothing at {pointer}")
    return parent.pop(last)


def apply(document, operations):
    """The patched copy. podveil adds and moves, so anything else is an error here."""
    document = copy.deepcopy(document)
    for operation in operations:
        if operation["op"] == "add":
            document = add(document, operation["path"], copy.deepcopy(operation["value"]))
        elif operation["op"] == "move":
            document = add(document, operation["path"], take(document, operation["from"]))
        else:
            raise PatchError(f"podveil does not {operation['op']}")
    return document
