"""Many pairs, in batches that a seed and a number make again."""
import json
import multiprocessing
import pathlib
import random
import subprocess
import tempfile

from judges import configs, cyclonus, pairs, policies

BATCH = 50  # pairs of one configuration


class Programs:
    """What is asked, of a build folder."""

    def __init__(self, build, cyclonus_program=None):
        self.cyclonus = cyclonus_program
        self.podveil = str(pathlib.Path(build) / "podveil")
        self.decide = str(pathlib.Path(build) / "tests/judges/judges_decide")

    def missing(self):
        return [path for path in (self.podveil, self.decide) if not pathlib.Path(path).is_file()]


def answers(programs, path, questions):
    """What podveil says to each line."""
    text = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run([programs.decide, path], input=text, capture_output=True, text=True,
                          check=False)
    found = done.stdout.splitlines()
    if done.returncode != 0 or len(found) != len(questions):
        raise RuntimeError(f"judges_decide ends with {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in found]


class Setting:
    """A configuration on disk, and what its gateways' pods may reach."""

    def __init__(self, programs, config, folder):
        self.programs, self.config = programs, config
        self.path = str(pathlib.Path(folder) / "config.yaml")
        pathlib.Path(self.path).write_text(json.dumps(config), encoding="utf-8")
        everybody = pathlib.Path(folder) / "everybody.yaml"
        everybody.write_text(json.dumps(configs.for_everybody(config)), encoding="utf-8")
        self.companions = configs.companions(programs.podveil, str(everybody), config)

    def pair(self, made):
        return pairs.Pair(made, self.config, self.companions)

    def disagreements(self, asked, tally):
        """The pairs on which podveil and the judges differ: [(pair, words)]. Cyclonus is asked
        about those on which the slow judge agrees."""
        said = answers(self.programs, self.path, [pair.question() for pair in asked])
        found, agreed = [], []
        for pair, answer in zip(asked, said):
            words = pairs.disagreement(pair, answer, tally)
            if words is not None:
                found.append((pair, words))
            elif self.programs.cyclonus is not None:
                agreed.append((pair, pair.judges[pair.gateway], pair.said_of_own(answer)))
        if agreed:
            found += cyclonus.disagreements(self.programs.cyclonus, agreed, tally)
        return found


class Batch:
    """What one batch found: pairs are plain data here, as they come out of another process."""

    def __init__(self, number, count, tally, wrong):
        self.number, self.count, self.tally, self.wrong = number, count, tally, wrong


def run_batch(job):
    programs, seed, number, count = job
    rng = random.Random(f"{seed}/{number}")
    tally = pairs.Tally()
    config = configs.make(rng)
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(programs, config, folder)
        asked = [setting.pair(policies.pair(rng, config, setting.companions))
                 for _ in range(count)]
        found = setting.disagreements(asked, tally)
    return Batch(number, count, tally, [(config, pair.made, words) for pair, words in found])


def run(programs, seed, total, workers):
    """The batches, in their order."""
    jobs = [(programs, seed, number, min(BATCH, total - number * BATCH))
            for number in range((total + BATCH - 1) // BATCH)]
    with multiprocessing.Pool(workers) as pool:
        yield from pool.imap(run_batch, jobs)
