"""Where somebody stands: what the labs page and the notebook's panel are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from fronteras.attempts import Attempt, iso
from fronteras.cohort import Cohort, LabSettings


def lab_row(
    cohort: Cohort,
    lab: LabSettings,
    username: str,
    attempts: Sequence[Attempt],
    released: Mapping[str, Any] | None,
    now: datetime,
    max_points: float,
) -> dict[str, Any]:
    """Return one lab for the list of labs, for one person.

    Args:
        cohort: the settings.
        lab: the lab's.
        username: the person's.
        attempts: theirs, oldest first.
        released: their released feedback, as ``fronteras.feedback.released`` has it.
        now: the service's clock.
        max_points: the most points that the lab gives.
    """
    due = cohort.due(lab.id, username)
    opened = lab.opens is None or now >= lab.opens
    last = attempt_row(cohort, attempts[-1], released, now) if attempts else None
    held = last is not None and last["status"] == "held"
    return {
        "id": lab.id,
        "opens": iso(lab.opens) if lab.opens else None,
        "due": iso(due) if due else None,
        "open": opened and (due is None or now <= due),
        "attempts": len(attempts),
        "status": ("scored" if held else last["status"]) if last else "none",
        "held": held,
        "points": last["points"] if last else None,
        "max_points": max_points,
        "needs_grading": bool(last and last["needs_grading"]),
        "feedback_released": released is not None,
        "last_submitted": last["time"] if last else None,
    }


def attempt_row(
    cohort: Cohort, attempt: Attempt, released: Mapping[str, Any] | None, now: datetime
) -> dict[str, Any]:
    """Return one attempt, as much of it as its participant may see now."""
    receipt, result = attempt.receipt, attempt.result
    due = cohort.due(receipt.lab, receipt.participant)
    row: dict[str, Any] = {
        "attempt": receipt.attempt,
        "time": receipt.time,
        "sha256": receipt.sha256,
        "status": "waiting",
        "points": None,
        "max_points": None,
        "late": due is not None and receipt.received > due,
        "needs_grading": False,
        "questions": [],
    }
    if result is None:
        return row
    if "error" in result:
        return row | {"status": "failed", "error": result["error"]}
    if _held(cohort, attempt, due, now):
        return row | {"status": "held", "max_points": result["max_points"]}
    questions = [_question(each, attempt, released) for each in result["questions"]]
    return row | {
        "status": "scored",
        "points": sum(each["points"] or 0 for each in questions),
        "max_points": result["max_points"],
        "needs_grading": any(each["points"] is None for each in questions),
        "questions": questions,
    }


def _held(cohort: Cohort, attempt: Attempt, due: datetime | None, now: datetime) -> bool:
    """Say whether a result waits for the due time: feedback must not become an oracle.

    Without a due time it waits for the end of the cohort.
    """
    if attempt.receipt.attempt <= cohort.scoring.feedback_attempts:
        return False
    ends = datetime.combine(cohort.ends + timedelta(days=1), time(), UTC)
    return now <= (due or ends)


def _question(
    question: Mapping[str, Any], attempt: Attempt, released: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return a question with what an instructor gave, once that is released and no sooner."""
    shown = dict(question)
    if released is not None and attempt.receipt.attempt == released["attempt"]:
        key, comments = question["id"], released["comments"]
        shown["points"] = released["questions"].get(key, question["points"])
        comment = comments.get(key) or comments.get(f"{key}-answer") or ""
        said = "" if question["manual"] else question["feedback"]
        shown["feedback"] = f"{said} {comment}".strip()
    elif released is None and question["manual"] and question["points"]:
        shown["points"] = None
    return shown
