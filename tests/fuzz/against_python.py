#!/usr/bin/env python3
"""What Python's json refuses, podveil refuses.

usage: against_python.py JUDGE [--changed N] FOLDER...

JUDGE is the program fuzz_judge_json. Each file of the folders, and N broken forms
of each (one byte is another, is gone, or stands twice; from a fixed seed), is read
by both. podveil may refuse more (limits, doubled keys inside of its depth); where
it reads what Python does not, that is printed. Exit: 0 never, 1 somewhere.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

TELLING = b'{}[],:"\\/0123456789-+.eEtrufalsn \t\n\r\x00\x1f\x7f\x80\xc0\xed\xf4\xff'


def fail(_):
    raise ValueError("no JSON")


def no_doubles(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a doubled key")
    return dict(pairs)


def python_reads(data):
    """Strictly: UTF-8, no NaN, no byte order mark, no key twice, no lone surrogate."""
    try:
        value = json.loads(data.decode("utf-8", "strict"), parse_constant=fail,
                           object_pairs_hook=no_doubles)
        json.dumps(value, ensure_ascii=False).encode("utf-8", "strict")
    except RecursionError:
        return True  # no word on what it is
    except ValueError:
        return False
    return True


def broken(data, rng):
    at = rng.randrange(len(data))
    byte = bytes([rng.choice(TELLING)])
    return rng.choice([data[:at] + byte + data[at + 1:], data[:at] + data[at + 1:],
                       data[:at] + byte + data[at:], data[:at] + data[at:at + 9] + data[at:],
                       data[:at], data + byte])


def compare(judge, paths):
    answer = subprocess.run([judge], input="".join(f"{path}\n" for path in paths), text=True,
                            stdout=subprocess.PIPE, check=True)
    counts = {"both read": 0, "both refuse": 0, "podveil alone refuses": 0}
    wrong = []
    for path, line in zip(paths, answer.stdout.split(), strict=True):
        data = pathlib.Path(path).read_bytes()
        python, podveil = python_reads(data), line == "1"
        if podveil and not python:
            wrong.append(data)
        elif podveil:
            counts["both read"] += 1
        else:
            counts["podveil alone refuses" if python else "both refuse"] += 1
    return counts, wrong


def main():
    words = sys.argv[1:]
    if len(words) < 2 or words[0].startswith("-"):
        sys.exit(__doc__)
    judge, changed = words.pop(0), 0
    if words[0] == "--changed":
        changed = int(words[1])
        words = words[2:]
    rng = random.Random(20261124)
    paths = sorted(str(path) for word in words for path in pathlib.Path(word).glob("*"))
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(list(paths)):
            data = pathlib.Path(path).read_bytes()
            for form in range(changed if data else 0):
                data = broken(data, rng) or data if form % 3 else broken(
                    pathlib.Path(path).read_bytes(), rng)
                if not data:
                    break
                fresh = pathlib.Path(folder) / f"{number}-{form}"
                fresh.write_bytes(data)
                paths.append(str(fresh))
        counts, wrong = compare(judge, paths)
    for data in wrong:
        print("podveil reads:", data[:2000])
    print(f"{len(paths)} texts:", ", ".join(f"{key} {value}" for key, value in counts.items()))
    sys.exit(1 if wrong or not paths else 0)


if __name__ == "__main__":
    main()
