import json
from datetime import UTC, datetime

import pytest
from nbgrader.api import Gradebook

from fronteras import feedback, scoring
from fronteras.attempts import Attempts
from fronteras.cohort import Cohort, CohortError, load
from fronteras.page_style import TABLES
from fronteras.standing import attempt_row
from tests.fronteras.harbour import LAB, answered, body, facts, released


@pytest.fixture
def graded(harbour_cohort: Cohort) -> Cohort:
    """Ana has submitted; an instructor gave her prose 2 points and a comment."""
    true = facts(harbour_cohort, "ana")
    work = answered(released(harbour_cohort), prose="The log.", berth=true.berth)
    store = Attempts(harbour_cohort.attempts)
    store.store(LAB, "ana", body(work), datetime.now(UTC))
    scoring.score(harbour_cohort.directory, store.pending()[0].folder)
    with Gradebook(harbour_cohort.gradebook_url, harbour_cohort.id) as book:
        grade = book.find_grade("reasons", LAB, LAB, "ana")
        grade.manual_score, grade.needs_manual_grade = 2, False
        book.find_comment("reasons", LAB, LAB, "ana").manual_comment = "Which line of it?"
        book.db.commit()
    return harbour_cohort


def test_released_feedback_holds_points_comment_and_rubric(graded: Cohort) -> None:
    assert feedback.page(graded, LAB, "ana") is None
    assert feedback.release_feedback(graded, LAB) == ["ana"]
    page = (feedback.page(graded, LAB, "ana") or b"").decode()
    for words in ("The log.", "Which line of it?", "SECRET-RUBRIC", "That is the berth."):
        assert words in page
    assert TABLES in page
    assert feedback.page(graded, LAB, "bruno") is None
    told = feedback.released(graded, LAB)["ana"]
    assert (told["points"], told["max_points"], told["attempt"]) == (5, 9, 1)
    (attempt,) = Attempts(graded.attempts).of(LAB, "ana")
    row = attempt_row(graded, attempt, told, datetime.now(UTC))
    assert (row["points"], row["needs_grading"]) == (5, False)
    assert row["questions"][2]["feedback"] == "Which line of it?"


def test_the_rubric_is_left_out_where_the_cohort_says_so(graded: Cohort) -> None:
    path = graded.directory / "cohort.toml"
    path.write_text(path.read_text().replace("show_rubric = true", "show_rubric = false"))
    feedback.release_feedback(load(graded.directory), LAB)
    assert b"SECRET-RUBRIC" not in (feedback.page(graded, LAB, "ana") or b"")


def test_no_answer_of_the_facts_is_in_feedback(graded: Cohort) -> None:
    feedback.release_feedback(graded, LAB)
    page = (feedback.page(graded, LAB, "ana") or b"").decode()
    assert facts(graded, "ana").ship not in page
    assert facts(graded, "ana").ship not in json.dumps(feedback.released(graded, LAB))


def test_what_cannot_be_released_is_said(graded: Cohort) -> None:
    with pytest.raises(CohortError, match='no lab "t9-nowhere"'):
        feedback.release_feedback(graded, "t9-nowhere")
    with pytest.raises(CohortError, match="bruno"):
        feedback.release_feedback(graded, LAB, ["bruno"])
