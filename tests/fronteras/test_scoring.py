"""Scoring through the real gradebook and a real kernel in its sandbox."""

import copy
import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbgrader.api import Gradebook

from fronteras import release, scoring
from fronteras.attempts import Attempts
from fronteras.cohort import Cohort, load
from fronteras.scoring import PlatformFault
from grading import execute
from tests.fronteras.harbour import LAB, answered, body, cell, facts, released

Notebook = dict[str, Any]


def submit(cohort: Cohort, notebook: Notebook, user: str = "ana") -> dict[str, Any]:
    """Store a notebook, score it, and return the result."""
    store = Attempts(cohort.attempts)
    receipt = store.store(LAB, user, body(notebook), datetime.now(UTC))
    scoring.score(cohort.directory, cohort.attempts / LAB / user / f"{receipt.attempt:04}")
    result = store.of(LAB, user)[-1].result
    assert result is not None
    return dict(result)


def right(cohort: Cohort, user: str = "ana", prose: str | None = None) -> Notebook:
    true = facts(cohort, user)
    return answered(released(cohort), prose=prose, berth=true.berth, ship=true.ship)


def points(result: dict[str, Any]) -> dict[str, float | None]:
    return {each["id"]: each["points"] for each in result["questions"]}


def said(result: dict[str, Any], question: str) -> str:
    return str(next(each["feedback"] for each in result["questions"] if each["id"] == question))


def grades(cohort: Cohort, user: str = "ana") -> dict[str, Any]:
    with Gradebook(cohort.gradebook_url, cohort.id) as book:
        notebook = book.find_submission_notebook(LAB, LAB, user)
        return {
            each.name: (each.auto_score, each.manual_score, each.needs_manual_grade)
            for each in notebook.grades
        }


def before_checks(notebook: Notebook, source: str) -> Notebook:
    """Put a cell of code before all others but the title."""
    work = copy.deepcopy(notebook)
    extra = {"cell_type": "code", "id": "extra", "metadata": {}, "outputs": []}
    work["cells"].insert(2, extra | {"execution_count": None, "source": source})
    return work


def test_right_near_wrong_and_missing_answers(harbour_cohort: Cohort) -> None:
    true = facts(harbour_cohort, "ana")
    result = submit(harbour_cohort, right(harbour_cohort, prose="It is in the log."))
    assert points(result) == {"berth": 3, "ship": 2, "reasons": None}
    assert (result["points"], result["max_points"], result["needs_grading"]) == (5, 9, True)
    assert result["questions"][0]["see"] == "series-0/harbour/#berth"
    assert grades(harbour_cohort)["berth"] == (3, None, False)

    work = answered(released(harbour_cohort), berth=true.berth + 1, ship="no ship")
    result = submit(harbour_cohort, work)
    assert points(result) == {"berth": 1.5, "ship": 0, "reasons": 0}
    assert said(result, "ship") == "Which ship does the log name?"
    assert (result["points"], result["needs_grading"]) == (1.5, False)
    with Gradebook(harbour_cohort.gradebook_url, harbour_cohort.id) as book:
        assert book.find_submission(LAB, "ana").score == 1.5

    result = submit(harbour_cohort, answered(released(harbour_cohort), ship="x"))
    assert "no answer" in said(result, "berth")


def test_each_person_is_scored_by_their_own_evidence(harbour_cohort: Cohort) -> None:
    assert points(submit(harbour_cohort, right(harbour_cohort, "bruno"), "ana"))["ship"] == 0


def test_a_result_is_written_once(harbour_cohort: Cohort) -> None:
    first = submit(harbour_cohort, right(harbour_cohort))
    folder = harbour_cohort.attempts / LAB / "ana" / "0001"
    scoring.score(harbour_cohort.directory, folder)
    assert json.loads((folder / "result.json").read_text()) == first
    with Gradebook(harbour_cohort.gradebook_url, harbour_cohort.id) as book:
        assert len(book.find_assignment(LAB).submissions) == 1


def test_the_receipts_time_and_name_count_and_not_the_notebooks(harbour_cohort: Cohort) -> None:
    work = right(harbour_cohort)
    forged = {"student": "bruno", "timestamp": "1999-01-01", "nbgrader": {"student_id": "bruno"}}
    work["metadata"] = work["metadata"] | forged
    submit(harbour_cohort, work)
    receipt = Attempts(harbour_cohort.attempts).of(LAB, "ana")[0].receipt
    with Gradebook(harbour_cohort.gradebook_url, harbour_cohort.id) as book:
        (only,) = book.find_assignment(LAB).submissions
        assert only.student.id == "ana"
        assert only.timestamp.replace(tzinfo=UTC) == receipt.received


def test_an_extension_reaches_the_gradebook(harbour_cohort: Cohort) -> None:
    later = f"ana,{LAB},2100-01-03T00:00:00Z\n"
    with (harbour_cohort.directory / "extensions.csv").open("a") as file:
        file.write(later)
    submit(load(harbour_cohort.directory), right(harbour_cohort))
    with Gradebook(harbour_cohort.gradebook_url, harbour_cohort.id) as book:
        assert book.find_submission(LAB, "ana").extension == timedelta(days=2)


def test_a_lab_whose_due_time_is_taken_away_is_scored_again(harbour_cohort: Cohort) -> None:
    with (harbour_cohort.directory / "extensions.csv").open("a") as file:
        file.write(f"ana,{LAB},2100-01-03T00:00:00Z\n")
    submit(load(harbour_cohort.directory), right(harbour_cohort))
    path = harbour_cohort.directory / "cohort.toml"
    path.write_text(re.sub(r"^due = .*$", "", path.read_text(), flags=re.MULTILINE))
    cohort = load(harbour_cohort.directory)
    release.release(cohort)
    for _ in range(2):
        assert submit(cohort, right(cohort))["points"] == 5


EXPLOITS: dict[str, Callable[[Notebook], Notebook]] = {
    "prints to stderr": lambda work: before_checks(work, "import sys; print(1, file=sys.stderr)"),
    "display hook": lambda work: before_checks(work, "import sys; sys.displayhook(9)"),
    "patched session": lambda work: before_checks(
        work, "get_ipython().kernel.session.send = lambda *a, **k: None"
    ),
    "no check": lambda work: before_checks(work, "def check(*answer): return 3.0").copy(),
    "swallowed errors": lambda work: before_checks(
        work, "get_ipython().showtraceback = lambda *a, **k: None"
    ),
}


@pytest.mark.parametrize("name", list(EXPLOITS))
def test_no_trick_in_the_kernel_earns_a_point(harbour_cohort: Cohort, name: str) -> None:
    wrong = answered(released(harbour_cohort), berth=0, ship="no ship")
    assert submit(harbour_cohort, EXPLOITS[name](wrong))["points"] == 0


def test_metadata_earns_no_point_and_costs_none(harbour_cohort: Cohort) -> None:
    work = right(harbour_cohort)
    work["metadata"]["kernelspec"] = {"name": "no-such-kernel", "display_name": "x"}
    for each in work["cells"]:
        each["metadata"]["tags"] = ["skip-execution", "raises-exception"]
    assert submit(harbour_cohort, work)["points"] == 5
    wrong = answered(released(harbour_cohort), berth=0, ship="no ship")
    for each in wrong["cells"]:
        each["metadata"].get("nbgrader", {}).update(points=100, grade=False, solution=True)
        each["metadata"]["fronteras"] = {"points": 3, "max_points": 3, "feedback": "!", "see": ""}
        each["metadata"]["tags"] = ["skip-execution"]
    assert submit(harbour_cohort, wrong)["points"] == 0


def test_deleted_and_copied_cells_get_a_sane_score(harbour_cohort: Cohort) -> None:
    work = right(harbour_cohort, prose="Some reasons.")
    work["cells"].remove(cell(work, "berth"))
    work["cells"].append(copy.deepcopy(cell(work, "ship")))
    work["cells"].append(copy.deepcopy(cell(work, "ship-answer")))
    work["cells"].append(copy.deepcopy(cell(work, "reasons")))
    assert points(submit(harbour_cohort, work)) == {"berth": 3, "ship": 2, "reasons": None}
    result = submit(harbour_cohort, released(harbour_cohort) | {"cells": []})
    assert points(result) == {"berth": 0, "ship": 0, "reasons": 0}
    assert said(result, "berth") == (
        "This cell stopped with an error (NameError), so no answer arrived."
    )


def test_a_published_answer_is_read_again_and_one_is_enough(harbour_cohort: Cohort) -> None:
    true = facts(harbour_cohort, "ana")
    twice = "from labs import check as real\ndef check(*a): real(*a); real(*a)"
    work = right(harbour_cohort)
    assert "".join(work["cells"][1]["source"]) == "from labs import check"
    work["cells"][1]["source"] = twice
    assert "published 2 answers" in said(submit(harbour_cohort, work), "berth")
    work["cells"][1]["source"] = (
        "from IPython.display import display\n"
        "mime = 'application/vnd.fronteras.answer+json'\n"
        "def check(name, value):\n"
        "    display({mime: {'question': 'ship', 'answer': value}}, raw=True)"
    )
    result = submit(harbour_cohort, work)
    assert points(result) == {"berth": 0, "ship": 2, "reasons": 0}
    assert "another question" in said(result, "berth")
    assert str(true.berth) not in json.dumps(result)


def test_a_notebook_that_ends_its_kernel_keeps_what_it_answered(harbour_cohort: Cohort) -> None:
    work = right(harbour_cohort)
    cell(work, "ship-answer")["source"] = "import os; os._exit(0)"
    result = submit(harbour_cohort, work)
    assert points(result) == {"berth": 3, "ship": 0, "reasons": 0}
    assert "ended the kernel" in said(result, "ship")


def _fronteras_processes() -> list[str]:
    """Return the command lines of kernels that are still there."""
    found = []
    for process in psutil.Process().children(recursive=True):
        line = " ".join(process.cmdline())
        if "ipykernel" in line and process.status() != psutil.STATUS_ZOMBIE:
            found.append(line)
    return found


@pytest.mark.parametrize(
    "loop",
    [
        "while True: pass",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "import time, signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(9999)",
        "while True: print('x' * 10_000)",
    ],
)
def test_endless_loops_end_and_leave_nothing(harbour_cohort: Cohort, loop: str) -> None:
    path = harbour_cohort.directory / "cohort.toml"
    path.write_text(
        path.read_text().replace("cell_timeout_seconds = 10", "cell_timeout_seconds = 2")
    )
    work = right(harbour_cohort)
    cell(work, "ship-answer")["source"] = loop
    result = submit(harbour_cohort, work)
    assert points(result)["berth"] == 3
    assert points(result)["ship"] == 0
    assert _fronteras_processes() == []
    autograded = harbour_cohort.directory / "autograded" / "ana" / LAB / f"{LAB}.ipynb"
    assert autograded.stat().st_size < 4 * execute.MAX_CELL_OUTPUT


def test_the_kernel_sees_its_own_evidence_and_nothing_of_the_course(
    harbour_cohort: Cohort,
) -> None:
    probe = f"""
import os, socket, json
found = {{}}
for path in [{str(harbour_cohort.directory)!r}, {str(Path(execute.__file__).parents[1])!r}
             + "/grading", {str(Path(execute.__file__).parents[1])!r} + "/exercises",
             "/etc/shadow", {str(Path.home())!r} + "/.ssh"]:
    found[path] = os.path.exists(path) and os.access(path, os.R_OK)
files = sorted(os.path.join(top, name) for top, _, names in os.walk(".") for name in names)
try:
    socket.create_connection(("127.0.0.1", 22), timeout=1); found["network"] = True
except OSError:
    found["network"] = False
environment = [name for name in os.environ if "TOKEN" in name or "FRONTERAS" in name]
root = os.getuid() == 0 and open("/proc/self/uid_map").read().split()[1] == "0"
print(json.dumps([found, files, environment, root]))
"""
    os.environ["FRONTERAS_PROBE_TOKEN"] = "secret"
    submit(harbour_cohort, before_checks(right(harbour_cohort), probe))
    del os.environ["FRONTERAS_PROBE_TOKEN"]
    path = harbour_cohort.directory / "autograded" / "ana" / LAB / f"{LAB}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    found, files, environment, root = json.loads(notebook.cells[2].outputs[0].text)
    assert not any(found.values()), found
    assert files == ["./evidence/log.txt", "./lab.json"]
    assert environment == []
    assert not root


def test_what_a_kernel_says_of_itself_is_not_stored(harbour_cohort: Cohort) -> None:
    lies = (
        "kernel = get_ipython().kernel\n"
        "real = kernel.session.send\n"
        "def send(stream, kind, content=None, *a, **k):\n"
        "    if isinstance(content, dict) and 'execution_count' in content:\n"
        "        content['execution_count'] = '<img src=x onerror=alert(1)>'\n"
        "    return real(stream, kind, content, *a, **k)\n"
        "kernel.session.send = send"
    )
    work = before_checks(right(harbour_cohort), lies)
    submit(harbour_cohort, work)
    path = harbour_cohort.directory / "autograded" / "ana" / LAB / f"{LAB}.ipynb"
    later = nbformat.read(path, as_version=4).cells[3:]
    assert "onerror" not in json.dumps(later)
    assert len(later) == 6


def _grade_prose(cohort: Cohort, score: float) -> None:
    with Gradebook(cohort.gradebook_url, cohort.id) as book:
        grade = book.find_grade("reasons", LAB, LAB, "ana")
        grade.manual_score, grade.needs_manual_grade = score, False
        book.db.commit()


def test_written_answers_keep_their_points_as_long_as_they_stay_the_same(
    harbour_cohort: Cohort,
) -> None:
    submit(harbour_cohort, right(harbour_cohort, prose="The log says so."))
    assert grades(harbour_cohort)["reasons"] == (None, None, True)
    _grade_prose(harbour_cohort, 3)
    other = answered(right(harbour_cohort, prose="The log says so."), ship="another")
    result = submit(harbour_cohort, other)
    assert grades(harbour_cohort)["reasons"] == (None, 3, False)
    assert (result["points"], result["needs_grading"]) == (6, False)

    submit(harbour_cohort, right(harbour_cohort, prose="The log says something else."))
    assert grades(harbour_cohort)["reasons"] == (None, None, True)
    _grade_prose(harbour_cohort, 4)
    result = submit(harbour_cohort, right(harbour_cohort, prose="  \n"))
    assert grades(harbour_cohort)["reasons"] == (0, None, False)
    assert (said(result, "reasons"), result["points"]) == ("There is no answer yet.", 5)
    _grade_prose(harbour_cohort, 4)
    submit(harbour_cohort, right(harbour_cohort))
    assert grades(harbour_cohort)["reasons"] == (0, None, False)


def test_the_rubric_is_for_graders_and_comes_after_the_answer(harbour_cohort: Cohort) -> None:
    submit(harbour_cohort, right(harbour_cohort, prose="The log."))
    path = harbour_cohort.directory / "autograded" / "ana" / LAB / f"{LAB}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    assert cells[-2].metadata.nbgrader.grade_id == "reasons"
    assert "SECRET-RUBRIC" in cells[-1].source
    assert cells[-1].metadata.tags == ["rubric"]
    assert "SECRET-RUBRIC" not in json.dumps(released(harbour_cohort))


def test_a_fault_of_the_machine_leaves_the_attempt_pending(
    harbour_cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Attempts(harbour_cohort.attempts)
    store.store(LAB, "ana", body(right(harbour_cohort)), datetime.now(UTC))
    (attempt,) = store.pending()
    (harbour_cohort.release / LAB).rename(harbour_cohort.release / "away")
    with pytest.raises(PlatformFault, match="fronteras release"):
        scoring.score(harbour_cohort.directory, attempt.folder)
    (harbour_cohort.release / "away").rename(harbour_cohort.release / LAB)
    monkeypatch.setattr(execute, "PROVISIONER", "no-such-sandbox")
    with pytest.raises(PlatformFault, match="no-such-sandbox"):
        scoring.score(harbour_cohort.directory, attempt.folder)
    assert len(store.pending()) == 1
    monkeypatch.undo()
    scoring.score(harbour_cohort.directory, attempt.folder)
    assert store.pending() == []


def test_a_fault_of_the_lab_is_a_failed_attempt_with_a_sentence(
    harbour_cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(harbour_cohort, right(harbour_cohort))
    shutil.copy(
        harbour_cohort.release / LAB / f"{LAB}.ipynb", harbour_cohort.release / LAB / "kept"
    )
    work = released(harbour_cohort)
    cell(work, "berth")["metadata"]["nbgrader"]["points"] = 99
    (harbour_cohort.release / LAB / f"{LAB}.ipynb").write_bytes(body(work))
    with Gradebook(harbour_cohort.gradebook_url, harbour_cohort.id) as book:
        book.find_graded_cell("berth", LAB, LAB).max_score = 99
        book.db.commit()
    result = submit(harbour_cohort, right(harbour_cohort))
    assert "could not be scored" in result["error"]
