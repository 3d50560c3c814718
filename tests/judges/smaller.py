"""Makes a pair on which podveil and a judge differ as small as it can be, and writes it as YAML."""
import copy
import json
import tempfile

from judges import configs, pairs, runner


def places(value, path=()):
    """Every member and item below, the largest first."""
    inner = ()
    if isinstance(value, (dict, list)):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        yield path + (key,)
        yield from places(item, path + (key,))


def without(value, path):
    made = copy.deepcopy(value)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return made


def still_wrong(programs, config, made):
    """The words of the disagreement; None where there is none, or nobody can read it any more."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            setting = runner.Setting(programs, config, folder)
            found = setting.disagreements([setting.pair(made)], pairs.Tally())
    except (configs.Refused, RuntimeError, KeyError, ValueError, TypeError, AttributeError):
        return None
    return found[0][1] if found else None


def candidates(config, made):
    policies, *pod = made
    for path in sorted(places(policies), key=len):
        yield config, (without(policies, path), *pod)
    for path in sorted(places(config), key=len):
        yield without(config, path), made


KINDS = ("podveil finds", "podveil says", "podveil validate", "the witness", "the first leak",
         "the decision", "cyclonus lets", "together", "the pod")


def kind_of(words):
    """Of two disagreements of one kind the smaller one tells as much."""
    return next((kind for kind in KINDS if kind in words), "")


def smallest(programs, config, made, words):
    """(config, pair, words) from which nothing can be taken away."""
    again = True
    while again:
        again = False
        for smaller_config, smaller in candidates(config, made):
            found = still_wrong(programs, smaller_config, smaller)
            if found is not None and kind_of(found) == kind_of(words):
                config, made, words, again = smaller_config, smaller, found, True
                break
    return config, made, words


def scalar(value):
    return json.dumps(value, ensure_ascii=False)


def lines(value):
    """YAML of plain data, in blocks."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            found = list(lines(item))
            plain = not isinstance(item, (dict, list)) or not item
            yield f"{scalar(key) if ':' in key else key}:{' ' + found[0] if plain else ''}"
            if not plain:
                yield from ("  " + line for line in found)
    elif isinstance(value, list) and value:
        for item in value:
            found = list(lines(item))
            yield "- " + found[0]
            yield from ("  " + line for line in found[1:])
    else:
        yield scalar(value)


def as_yaml(value):
    return "\n".join(lines(value)) + "\n"
