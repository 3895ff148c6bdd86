"""Build and score one lab where only Pyodide's modules exist; print a digest of all that came out.

Run as ``python -m tests.grading.cases.in_a_browser <lab> <seed>...`` from the repository's root.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder

OURS = {"labs", "grading", "tests"}
BUNDLED = {"fastjsonschema", "dissect", "dpkt"}
MISSING = {  # of the standard library, in Pyodide
    *("curses", "dbm", "ensurepip", "fcntl", "idlelib", "lib2to3", "multiprocessing"),
    *("readline", "resource", "syslog", "termios", "tkinter", "turtle", "venv"),
}
ALLOWED = (set(sys.stdlib_module_names) - MISSING) | OURS | BUNDLED


class OnlyPyodides(MetaPathFinder):
    """Refuses every module that the offline edition does not carry."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name.partition(".")[0] not in ALLOWED:
            raise ModuleNotFoundError(f"{name} is not there in the offline edition", name=name)


def digest(lab_id: str, seeds: Sequence[int]) -> str:
    from grading.cases import lab
    from labs.plain import plain

    found, seen = lab(lab_id), hashlib.sha256()
    for seed in seeds:
        case = found.build(seed)
        for name, content in sorted(found.files(case).items()):
            seen.update(f"{name} {len(content)}\n".encode() + content)
        for key, samples in found.samples(case.facts).items():
            answers = [samples.model, *samples.right, *samples.wrong]
            marks = [found.questions[key].mark(plain(answer), case.facts) for answer in answers]
            shown = [[mark.points, mark.feedback] for mark in marks]
            told = json.dumps([plain(answers), shown], sort_keys=True)
            seen.update(f"{key} {told}\n".encode())
    return seen.hexdigest()


if __name__ == "__main__":
    sys.meta_path.insert(0, OnlyPyodides())
    print(digest(sys.argv[1], [int(seed) for seed in sys.argv[2:]]))
