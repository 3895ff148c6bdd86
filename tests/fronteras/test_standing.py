from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fronteras.attempts import Attempt, Receipt
from fronteras.cohort import Cohort, LabSettings
from fronteras.standing import attempt_row, lab_row
from tests.fronteras.harbour import LAB

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
QUESTIONS = [
    {"id": "berth", "points": 3.0, "max_points": 3.0, "feedback": "Right.", "see": "s",
     "manual": False},
    {"id": "reasons", "points": None, "max_points": 4.0, "feedback": "Awaits.", "see": "",
     "manual": True},
]  # fmt: skip
RESULT = {"points": 3.0, "max_points": 7.0, "needs_grading": True, "questions": QUESTIONS}
RELEASED = {
    "attempt": 1, "points": 5.0, "max_points": 7.0, "questions": {"berth": 3.0, "reasons": 2.0},
    "comments": {"reasons": "Name the log.", "berth-answer": "Well read."},
}  # fmt: skip


def _attempt(number: int, result: dict[str, Any] | None = RESULT) -> Attempt:
    receipt = Receipt(LAB, "ana", number, "2026-03-02T13:00:00.000Z", "0" * 64)
    return Attempt(Path("unread"), receipt, result)


def _due(cohort: Cohort, due: datetime | None) -> Cohort:
    return replace(cohort, labs=(LabSettings(LAB, None, due),))


def test_waiting_scored_and_failed(harbour_cohort: Cohort) -> None:
    assert attempt_row(harbour_cohort, _attempt(1, None), None, NOW)["status"] == "waiting"
    failed = attempt_row(harbour_cohort, _attempt(1, {"error": "No."}), None, NOW)
    assert (failed["status"], failed["error"]) == ("failed", "No.")
    scored = attempt_row(harbour_cohort, _attempt(1), None, NOW)
    assert (scored["status"], scored["points"], scored["max_points"]) == ("scored", 3, 7)
    assert scored["needs_grading"] is True


def test_later_attempts_show_nothing_until_the_lab_is_due(harbour_cohort: Cohort) -> None:
    cohort = _due(harbour_cohort, NOW)
    limit = cohort.scoring.feedback_attempts
    assert attempt_row(cohort, _attempt(limit), None, NOW)["status"] == "scored"
    held = attempt_row(cohort, _attempt(limit + 1), None, NOW)
    assert (held["status"], held["points"], held["questions"]) == ("held", None, [])
    after = NOW + timedelta(seconds=1)
    assert attempt_row(cohort, _attempt(limit + 1), None, after)["points"] == 3
    extended = replace(cohort, extensions={("ana", LAB): NOW + timedelta(hours=1)})
    assert attempt_row(extended, _attempt(limit + 1), None, after)["status"] == "held"


def test_without_a_due_time_they_wait_for_the_cohorts_end(harbour_cohort: Cohort) -> None:
    cohort = _due(harbour_cohort, None)
    late = _attempt(cohort.scoring.feedback_attempts + 1)
    last_day = datetime.combine(cohort.ends, datetime.min.time(), UTC) + timedelta(hours=23)
    assert attempt_row(cohort, late, None, last_day)["status"] == "held"
    assert attempt_row(cohort, late, None, last_day + timedelta(hours=2))["status"] == "scored"


def test_an_instructors_points_and_comments_show_once_released(harbour_cohort: Cohort) -> None:
    row = attempt_row(harbour_cohort, _attempt(1), RELEASED, NOW)
    assert (row["points"], row["needs_grading"]) == (5, False)
    assert [each["feedback"] for each in row["questions"]] == ["Right. Well read.", "Name the log."]


def test_points_of_an_instructor_do_not_show_before(harbour_cohort: Cohort) -> None:
    graded = [QUESTIONS[0], {**QUESTIONS[1], "points": 2.0}]
    kept = _attempt(2, {**RESULT, "questions": graded})
    assert attempt_row(harbour_cohort, kept, None, NOW)["questions"][1]["points"] is None
    assert attempt_row(harbour_cohort, kept, RELEASED, NOW)["points"] == 5
    empty = [QUESTIONS[0], {**QUESTIONS[1], "points": 0}]
    row = attempt_row(harbour_cohort, _attempt(2, {**RESULT, "questions": empty}), None, NOW)
    assert row["questions"][1]["points"] == 0


def test_the_list_of_labs_tells_the_last_attempt(harbour_cohort: Cohort) -> None:
    cohort = _due(harbour_cohort, NOW + timedelta(days=1))
    cohort = replace(cohort, extensions={("ana", LAB): NOW + timedelta(days=2)})
    many = [_attempt(number) for number in range(1, 8)]
    row = lab_row(cohort, cohort.labs[0], "ana", many, None, NOW, 7)
    assert (row["attempts"], row["status"], row["held"], row["points"]) == (7, "scored", True, None)
    assert row["due"] == "2026-03-04T14:00:00.000Z"
    assert row["open"] is True
    later = NOW + timedelta(days=1, seconds=1)
    assert lab_row(cohort, cohort.labs[0], "bruno", [], None, later, 7)["open"] is False
    assert lab_row(cohort, cohort.labs[0], "ana", [], None, later, 7)["open"] is True
