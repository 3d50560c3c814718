"""The themes of the table, in its order."""
from hostile import (envelope, framing, inherited, json_text, names, objects, patience, pod, settings,
                     tls, wrong_types)

THEMES = [json_text, envelope, framing, patience, tls, wrong_types, pod, names, inherited, settings,
          objects]


def cases():
    found = [case for theme in THEMES for case in theme.cases()]
    names = [case.name for case in found]
    doubled = {name for name in names if names.count(name) > 1}
    assert not doubled, f"two rows of one name: {doubled}"
    return found


def by_theme(rows):
    """(the first line of a theme's words, its rows), in the table's order."""
    left = {row.case.name: row for row in rows}
    return [(theme.__doc__.splitlines()[0],
             [left[case.name] for case in theme.cases() if case.name in left]) for theme in THEMES]
