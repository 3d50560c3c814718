"""Many pairs, in batches that a seed and a number make again."""
import contextlib
import json
import multiprocessing
import pathlib
import random
import subprocess
import tempfile

from judges import configs, cyclonus, pairs, policies

BATCH = 50  # pairs of one configuration
TRIES = 50


class Programs:
    """What is asked, of a build folder."""

    def __init__(self, build, cyclonus_program=None):
        self.cyclonus = cyclonus_program
        self.podveil = str(pathlib.Path(build) / "podveil")
        self.decide = str(pathlib.Path(build) / "tests/judges/judges_decide")

    def missing(self):
        return [path for path in (self.podveil, self.decide) if not pathlib.Path(path).is_file()]


def offline(programs, path, asked, said):
    """[(pair, words)] where `podveil validate` says otherwise of the policies; of those whose
    namespace has no pods, as an input of policies alone has none."""
    documents, wanted = [], []
    for pair, answer in zip(asked, said):
        if not pair.unknown:
            for policy, one in zip(pair.policies, answer["policies"]):
                name = f"n{len(documents)}"
                documents.append({**policy, "metadata": {**policy["metadata"], "name": name}})
                wanted.append((pair, one["reason"], one["field"]))
    if not documents:
        return []
    done = subprocess.run([programs.podveil, "validate", "--config", path, "-o", "json", "-f", "-"],
                          input="\n---\n".join(map(json.dumps, documents)), capture_output=True,
                          text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"podveil validate ends with {done.returncode}: {done.stderr}")
    found = [(one.get("reason", ""), one.get("field", "")) for one in json.loads(done.stdout)]
    return [(pair, f"podveil validate says {one[0] or 'OK'} at {one[1]}, not {reason} at {field}")
            for (pair, reason, field), one in zip(wanted, found) if one != (reason, field)]


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
        found, agreed = offline(self.programs, self.path, asked, said), []
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


def some_setting(programs, rng, folder, tally):
    """One with a configuration that podveil takes: now and then a CIDR stands there twice."""
    for _ in range(TRIES):
        with contextlib.suppress(configs.Refused):
            return Setting(programs, configs.make(rng), folder)
        tally.add("configurations refused")
    raise RuntimeError("podveil takes no configuration")


def run_batch(job):
    programs, seed, number, count = job
    rng = random.Random(f"{seed}/{number}")
    tally = pairs.Tally()
    with tempfile.TemporaryDirectory() as folder:
        setting = some_setting(programs, rng, folder, tally)
        config = setting.config
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
