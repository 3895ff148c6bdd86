"""Scoring one stored submission: nbgrader's Autograde, in this process, with our classes.

Runs in a worker process: nbgrader changes the current folder, and a worker may be killed.
"""

from __future__ import annotations

import fcntl
import json
import logging
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution
from sqlalchemy.exc import OperationalError

from fronteras import atomic
from fronteras.attempts import Attempt, Attempts, iso
from fronteras.cohort import Cohort, CohortError, load
from fronteras.nbgrader_config import CELL_TIMEOUTS, config
from grading.execute import NoKernel
from grading.restore import restored

LOCK = "scoring.lock"
SPARE_SECONDS = 120
"""What a submission may take beside running its cells, before its worker is killed."""
TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"
FAILED = (
    "This notebook could not be scored. It is stored, and your instructors can see that it "
    "failed; you can also submit again."
)
AWAITS = "An instructor grades this answer."
EMPTY = "There is no answer yet."

log = logging.getLogger(__name__)


class PlatformFault(Exception):
    """The machine failed, not the submission: it stays pending and is tried again."""


def score(directory: Path, folder: Path) -> None:
    """Score a stored attempt and record its result; does nothing where it has one.

    Args:
        directory: the cohort's.
        folder: the attempt's.

    Raises:
        PlatformFault: if the machine failed; the attempt is then still pending.
    """
    try:
        cohort = load(directory)
        with _alone(cohort):
            store = Attempts(cohort.attempts)
            attempt = store.read(folder)
            if attempt.result is None:
                store.finish(attempt, _result(cohort, attempt))
    except (CohortError, OSError, OperationalError) as error:
        raise PlatformFault(str(error)) from error


@contextmanager
def _alone(cohort: Cohort) -> Iterator[None]:
    """Be the only one that scores: a worker of a killed service may still be at it.

    The kernel of the operating system ends what takes far too long, whatever it is stuck in.
    """
    signal.alarm(CELL_TIMEOUTS * cohort.scoring.cell_timeout_seconds + SPARE_SECONDS)
    cohort.hub.mkdir(exist_ok=True)
    with (cohort.hub / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            signal.alarm(0)


def _result(cohort: Cohort, attempt: Attempt) -> dict[str, Any]:
    try:
        _autograde(cohort, attempt)
    except NbGraderException:
        log.exception("%s cannot be scored", attempt.folder)
        return {"scored": iso(datetime.now(UTC)), "error": FAILED}
    return {"scored": iso(datetime.now(UTC)), **_points(cohort, attempt)}


class _Autograde(Autograde):
    """Remembers why a submission failed: nbgrader logs it and forgets it."""

    cause: Exception | None = None

    def convert_single_notebook(self, notebook_filename: str) -> None:
        try:
            super().convert_single_notebook(notebook_filename)
        except Exception as error:
            self.cause = error
            raise


def collect(cohort: Cohort, attempt: Attempt) -> None:
    """Put an attempt into nbgrader's ``submitted`` folder, in the released notebook's shape.

    Raises:
        PlatformFault: if the lab has not been released.
    """
    receipt = attempt.receipt
    released = cohort.release / receipt.lab / f"{receipt.lab}.ipynb"
    if not released.exists():
        raise PlatformFault(f"{released} is missing. Release the labs: fronteras release")
    notebook = restored(
        nbformat.read(released, as_version=nbformat.NO_CONVERT), json.loads(attempt.notebook())
    )
    submitted = cohort.directory / "submitted" / receipt.participant / receipt.lab
    submitted.mkdir(parents=True, exist_ok=True)
    text = nbformat.writes(notebook)
    atomic.write(submitted / f"{receipt.lab}.ipynb", text.encode("utf-8", "replace"))
    atomic.write(submitted / "timestamp.txt", receipt.received.strftime(TIME_FORMAT).encode())


def _autograde(cohort: Cohort, attempt: Attempt) -> None:
    """Hand an attempt to nbgrader as if it had been collected, and autograde it.

    Raises:
        NbGraderException: if the submission, or the lab, is at fault.
        PlatformFault: if the machine is.
    """
    collect(cohort, attempt)
    receipt = attempt.receipt
    _extend(cohort, receipt.lab, receipt.participant)
    made = config(cohort)
    course = CourseDirectory(config=made, assignment_id=receipt.lab, student_id=receipt.participant)
    app = _Autograde(coursedir=course, config=made, force=True)
    try:
        app.start()
    except NbGraderException as error:
        cause = app.cause
        if isinstance(cause, (OSError, NoKernel, OperationalError)):
            raise PlatformFault(f"{type(cause).__name__}: {cause}") from error
        raise


def _points(cohort: Cohort, attempt: Attempt) -> dict[str, Any]:
    """Read an autograded notebook and its grades: what the participant is shown."""
    receipt = attempt.receipt
    _extend(cohort, receipt.lab, receipt.participant)
    folder = cohort.directory / "autograded" / receipt.participant / receipt.lab
    notebook = nbformat.read(folder / f"{receipt.lab}.ipynb", as_version=nbformat.NO_CONVERT)
    with Gradebook(cohort.gradebook_url, cohort.id) as gradebook:
        where = (receipt.lab, receipt.lab, receipt.participant)
        questions = [
            _question(cell, gradebook.find_grade(cell.metadata.nbgrader["grade_id"], *where))
            for cell in notebook.cells
            if is_grade(cell)
        ]
        return {
            "points": sum(each["points"] or 0 for each in questions),
            "max_points": sum(each["max_points"] for each in questions),
            "needs_grading": any(each["points"] is None for each in questions),
            "questions": questions,
        }


def _extend(cohort: Cohort, lab: str, participant: str) -> None:
    """Give nbgrader the person's own due time, so that formgrader does not call it late.

    Before autograding too: nbgrader cannot add an extension to a due time that is gone.
    """
    due, own = cohort.lab(lab).due, cohort.due(lab, participant)
    with Gradebook(cohort.gradebook_url, cohort.id) as gradebook:
        try:
            submission = gradebook.find_submission(lab, participant)
        except MissingEntry:
            return  # the first one
        submission.extension = own - due if due and own and own > due else None
        gradebook.db.commit()


def _question(cell: Mapping[str, Any], grade: Any) -> dict[str, Any]:
    said = cell["metadata"].get("fronteras", {})
    manual = is_solution(cell)
    feedback = said.get("feedback", "")
    if manual:
        feedback = AWAITS if grade.needs_manual_grade else ""
        feedback = EMPTY if grade.auto_score == 0 and grade.manual_score is None else feedback
    waiting = manual and grade.needs_manual_grade
    return {
        "id": cell["metadata"]["nbgrader"]["grade_id"],
        "points": None if waiting else grade.score,
        "max_points": grade.max_score,
        "feedback": feedback,
        "see": said.get("see", ""),
        "manual": manual,
    }
