"""A question reads the form first, then scores; a lab's fault is an error, not a mark."""

from __future__ import annotations

import pytest

from grading.cases import UnknownLab, lab, lab_ids, seed
from grading.model import Mark, question


@question(points=2, form={"type": "integer"}, see="series-1/#days")
def days(answer: int, facts: int) -> Mark:
    return Mark(2 if answer == facts else 0, "Off by {by}.", {"by": abs(answer - facts)})


def test_a_question_is_named_after_its_function_and_scores() -> None:
    assert days.id == "days"
    assert days.mark(60, 60).points == 2
    assert days.mark(90, 60).feedback == "Off by 30."


@pytest.mark.parametrize("answer", [None, "60", [60]])
def test_a_wrong_form_earns_nothing_and_never_reaches_the_rule(answer: object) -> None:
    mark = days.mark(answer, 60)  # type: ignore[arg-type]
    assert mark.points == 0
    assert mark.feedback


def test_braces_in_an_answer_are_not_a_template() -> None:
    @question(points=1, form={"type": "string"}, see="x")
    def echo(answer: str, facts: None) -> Mark:
        return Mark(0, "You wrote {answer}.", {"answer": answer})

    assert echo.mark("{0.__class__}", None).feedback == "You wrote {0.__class__}."


def test_points_beyond_the_question_are_a_fault_of_the_lab() -> None:
    @question(points=1, form={"type": "integer"}, see="x")
    def generous(answer: int, facts: None) -> Mark:
        return Mark(2, "")

    with pytest.raises(ValueError, match="generous: 2 of 1"):
        generous.mark(1, None)


def test_an_unknown_lab_names_those_there_are() -> None:
    with pytest.raises(UnknownLab, match="there is no lab 's9-9-none'"):
        lab("s9-9-none")


def test_seeds_differ_by_secret_participant_and_lab_and_are_stable() -> None:
    first = seed(b"a" * 32, "ana", "s1")
    assert first == seed(b"a" * 32, "ana", "s1")
    assert 0 <= first < 2**64
    others = {
        seed(b"b" * 32, "ana", "s1"),
        seed(b"a" * 32, "bruno", "s1"),
        seed(b"a" * 32, "ana", "s2"),
    }
    assert len(others | {first}) == 4
    assert isinstance(lab_ids(), list)
