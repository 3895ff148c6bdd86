"""The cohort's results, read from nbgrader's gradebook: one row for each person and lab."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from fronteras.attempts import Attempts
from fronteras.cohort import Cohort, Person
from fronteras.settings import CohortError


@dataclass(frozen=True)
class Row:
    """One person's result in one lab; the fields are the columns of the export.

    Attributes:
        username: of the roster.
        name: of the roster.
        state: of the roster.
        lab: the lab's id.
        points: as the gradebook has them; empty where nothing was submitted.
        max: the most points the lab gives; empty where the lab was never released.
        late: whether the last submission came after the person's due time.
        needs_grading: whether a prose answer waits for an instructor.
        last_submission: UTC; empty where there is none.
    """

    username: str
    name: str
    state: str
    lab: str
    points: float | None
    max: float | None
    late: bool
    needs_grading: bool
    last_submission: datetime | None


COLUMNS = tuple(field.name for field in fields(Row))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Begin what a spreadsheet would run; an apostrophe before it makes it text."""


def rows(cohort: Cohort) -> list[Row]:
    """Return the results of all participants in all labs of the cohort, in their order.

    Raises:
        CohortError: if there is no gradebook yet.
    """
    attempts = Attempts(cohort.attempts)
    with gradebook(cohort) as book:
        return [
            _row(cohort, book, attempts, person, lab.id)
            for person in cohort.participants()
            for lab in cohort.labs
        ]


@contextmanager
def gradebook(cohort: Cohort) -> Iterator[Any]:
    """Open the cohort's gradebook and close it again.

    Raises:
        CohortError: if there is none yet.
    """
    path = cohort.directory / "gradebook.db"
    if not path.exists():
        raise CohortError(f"{path} does not exist yet. Release the labs first: fronteras release")
    with Gradebook(cohort.gradebook_url, cohort.id) as book:
        yield book


def _row(cohort: Cohort, book: Any, attempts: Attempts, person: Person, lab_id: str) -> Row:
    try:
        most = book.find_assignment(lab_id).max_score
    except MissingEntry:
        most = None
    points, waits = None, False
    times = [each.receipt.received for each in attempts.of(lab_id, person.username)]
    try:
        submission = book.find_submission(lab_id, person.username)
    except MissingEntry:
        pass  # not submitted, or not scored yet
    else:
        points, waits = submission.score, bool(submission.needs_manual_grade)
        if submission.timestamp is not None:  # nbgrader stores naive UTC
            times.append(submission.timestamp.replace(tzinfo=UTC))
    last = max(times, default=None)
    due = cohort.due(lab_id, person.username)
    late = last is not None and due is not None and last > due
    return Row(person.username, person.name, person.state, lab_id, points, most, late, waits, last)


def as_csv(results: list[Row]) -> str:
    """Return the results as CSV with a first line of names; yes and no, times like RFC 3339."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in astuple(row)] for row in results)
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
