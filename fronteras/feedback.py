"""Releasing feedback: the instructor's points and comments reach the participant.

``released_feedback/<lab>.json`` says who has it, since when, with which points; the page itself
lies beside the participant's attempts, so that it goes when they go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from fronteras import atomic
from fronteras.attempts import Attempts, iso
from fronteras.cohort import Cohort, CohortError
from fronteras.nbgrader_config import config

PAGE = "feedback.html"


def release_feedback(cohort: Cohort, lab: str, users: Iterable[str] | None = None) -> list[str]:
    """Make the feedback pages of a lab and let participants see them.

    Args:
        cohort: whose directory holds the autograded submissions.
        lab: the lab's id.
        users: whose feedback; everybody's who has a scored submission where it is ``None``.

    Returns:
        The user names that now have their feedback.

    Raises:
        CohortError: if the cohort has no such lab, or a page cannot be made; the others' pages
            are released nevertheless.
    """
    cohort.lab(lab)
    scored = (path.parent.name for path in (cohort.directory / "autograded").glob(f"*/{lab}"))
    chosen = sorted(scored if users is None else users)
    failures = {}
    for user in chosen:
        try:
            generate(cohort, lab, user)
        except CohortError as error:
            failures[user] = str(error)
    publish(cohort, lab, [user for user in chosen if user not in failures])
    if failures:
        raise CohortError("; ".join([*failures.values(), "everybody else has their feedback"]))
    return chosen


def generate(cohort: Cohort, lab: str, user: str) -> None:
    """Make one feedback page with nbgrader, from the gradebook as it is now.

    Raises:
        CohortError: if there is no scored submission.
    """
    made = config(cohort)
    course = CourseDirectory(config=made, assignment_id=lab, student_id=user)
    try:
        GenerateFeedback(coursedir=course, config=made, force=True).start()
    except NbGraderException as error:
        raise CohortError(f"no feedback can be made for {user} in {lab}: {error}") from error


def publish(cohort: Cohort, lab: str, users: Iterable[str]) -> None:
    """Let participants see the feedback pages that have been made.

    Raises:
        CohortError: if somebody's page has not been made.
    """
    record = _record(cohort, lab)
    known = released(cohort, lab)
    now = iso(datetime.now(UTC))
    for user in users:
        page = cohort.directory / "feedback" / user / lab / f"{lab}.html"
        if not page.exists():
            raise CohortError(f"{page} is missing. Generate the feedback first")
        folder = cohort.attempts / lab / user
        folder.mkdir(parents=True, exist_ok=True)
        atomic.write(folder / PAGE, page.read_bytes())
        known[user] = {"released": now, **_grades(cohort, lab, user)}
    record.parent.mkdir(exist_ok=True)
    atomic.write(record, json.dumps({"users": known}, indent=1).encode())


def released(cohort: Cohort, lab: str) -> dict[str, Any]:
    """Return what has been released in a lab, by user name."""
    try:
        users: dict[str, Any] = json.loads(_record(cohort, lab).read_bytes())["users"]
    except FileNotFoundError:
        return {}
    return users


def page(cohort: Cohort, lab: str, user: str) -> bytes | None:
    """Return a participant's released feedback page, or ``None``."""
    if user not in released(cohort, lab):
        return None
    return (cohort.attempts / lab / user / PAGE).read_bytes()


def _record(cohort: Cohort, lab: str) -> Path:
    return cohort.directory / "released_feedback" / f"{lab}.json"


def _grades(cohort: Cohort, lab: str, user: str) -> Mapping[str, Any]:
    """Return the gradebook's points, and the attempt that they are for."""
    attempts = Attempts(cohort.attempts).of(lab, user)
    scored = [each for each in attempts if each.result and "error" not in each.result]
    number = scored[-1].receipt.attempt if scored else 0
    with Gradebook(cohort.gradebook_url, cohort.id) as gradebook:
        try:
            submission = gradebook.find_submission(lab, user)
        except MissingEntry as error:
            raise CohortError(f"the gradebook holds no submission of {user} in {lab}") from error
        notebook = submission.notebooks[0]
        points = {
            grade.name: None if grade.needs_manual_grade else grade.score
            for grade in notebook.grades
        }
        comments = {each.name: each.comment for each in notebook.comments if each.comment}
        return {
            "attempt": number,
            "points": submission.score,
            "max_points": submission.max_score,
            "questions": points,
            "comments": comments,
        }
