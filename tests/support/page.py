"""A page of docs/ of which two programs write a part each."""

# What follows it, to the page's end, is tests/e2e/figures'; what stands before is tools/bench's.
CLUSTER = "## In a real cluster"


def part(path):
    """The last part, with its heading; nothing where there is none."""
    _, heading, text = path.read_text().partition(f"\n{CLUSTER}\n")
    return heading.strip("\n") + "\n" + text if heading else ""


def write(path, first=None, last=None):
    """One of the two, as lines; the other stays as it is."""
    if first is None:
        first = path.read_text().partition(f"\n{CLUSTER}\n")[0].splitlines()
    kept = part(path) if last is None else "\n".join([CLUSTER, *last]) + "\n"
    made = path.with_suffix(".new")
    made.write_text("\n".join(first).rstrip() + "\n" + (f"\n{kept}" if kept else ""))
    made.replace(path)
