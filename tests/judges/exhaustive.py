"""Runs the small worlds, line by line, through podveil."""
import multiprocessing
import pathlib
import tempfile

from judges import configs, families, runner, worlds

SMALL = 150  # the small run is one line in so many, but one of each family at least

STATE = {}  # what the processes inherit: the families, the programs, the configuration's path


class Line:
    """What came of a line: (policy, what was expected, what podveil said) of each that is wrong."""

    def __init__(self, family, count, wrong):
        self.family, self.count, self.wrong = family, count, wrong


def at(slots, number):
    """The policy's text at that place of a product."""
    pieces = []
    for slot in reversed(slots):
        number, index = divmod(number, len(slot))
        pieces.append(slot[index])
    return "".join(reversed(pieces))


def run_line(job):
    family, index = STATE["families"][job[0]], job[1]
    slots, expected = family.line(index)
    place = {"namespace": family.namespace, "slots": slots}
    said = runner.answers(STATE["programs"], STATE["path"], [place])[0]
    if len(said) != len(expected):
        raise RuntimeError(f"{family.name}: {len(said)} answers to {len(expected)} policies")
    wrong = []
    if said != expected:
        wrong = [(at(slots, i), want, got) for i, (want, got) in enumerate(zip(expected, said))
                 if want != got]
    return Line(family.name, len(expected), wrong)


def jobs(small):
    for number, family in enumerate(STATE["families"]):
        step = min(SMALL, family.lines) if small else 1
        yield from ((number, index) for index in range(0, family.lines, step))


def run(programs, workers, small):
    """How many lines there are, and then each."""
    with tempfile.TemporaryDirectory() as folder:
        setting = runner.Setting(programs, worlds.CONFIG, folder)
        places = [worlds.Place(name, setting.companions[name, "vpn"])
                  for name in worlds.NAMESPACES]
        STATE.update(families=families.every(places), programs=programs, path=setting.path)
        every = list(jobs(small))
        yield len(every)
        with multiprocessing.get_context("fork").Pool(workers) as pool:
            yield from pool.imap(run_line, every)
