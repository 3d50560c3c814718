"""What `tools/test --full` (part figures) holds a review to.

Medians of a set, as `tools/bench instructions` prints them: (instructions,
allocations). Both counts repeat, so a change that passes a limit made podveil
dearer. The instructions have a tenth to spare, for another processor or C
library; lower both after work that saves.
"""

LIMITS = {
    "mutate-8k": (331_000, 27),
    "mutate-64k": (1_580_000, 43),
    "validate-8k": (640_000, 12),
    "validate-64k": (1_840_000, 14),
    "unlabelled-8k": (167_000, 9),
    "policy": (132_000, 16),
    "policy-2m": (233_000_000, 420),
    "update-8k": (304_000, 9),
}


def broken(counts):
    """A line for each limit that is passed."""
    lines = []
    for got in counts:
        for what, spread, limit in zip(("instructions", "allocations"),
                                       (got.instructions, got.allocations), LIMITS[got.kind.name]):
            if spread.median > limit:
                lines.append(f"{got.kind.name}: {spread.median:,.0f} {what}, the limit is "
                             f"{limit:,} (tests/bench/limits.py)")
    return lines
