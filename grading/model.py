"""The vocabulary of scoring: a case, its questions, a mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from labs.forms import Schema, problem
from labs.plain import Json

F = TypeVar("F")


@dataclass(frozen=True)
class Mark:
    """What an answer earns.

    Attributes:
        points: from 0 to the question's points.
        message: one sentence of feedback in English, the id of its translations. It names what is
            wrong and never the answer. ``{name}`` stands for a value.
        values: what stands for the names in the message.
    """

    points: float
    message: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def feedback(self) -> str:
        """The message with its values filled in."""
        return self.message.format_map(self.values)


@dataclass(frozen=True)
class Case(Generic[F]):
    """One participant's evidence and what is true about it.

    Attributes:
        files: the evidence, path relative to the notebook's folder (``evidence/usb.img``) to bytes.
        facts: what the questions need to know; never leaves the scoring side.
    """

    files: Mapping[str, bytes]
    facts: F


@dataclass(frozen=True)
class Question(Generic[F]):
    """A question of a lab.

    Attributes:
        id: the question's name: the variable in the notebook, and its check cell's ``grade_id``.
        points: the most it earns.
        form: JSON Schema of the answer, shipped to participants in ``lab.json``.
        see: where the course explains it, a path of the site with an anchor.
        rule: scores an answer of the right form.
    """

    id: str
    points: float
    form: Schema
    see: str
    rule: Callable[[Any, F], Mark]

    def mark(self, answer: Json, facts: F) -> Mark:
        """Score a plain answer: its form first, then the question's own rule.

        Raises:
            ValueError: if the rule gives points outside 0 to ``points``: a fault of the lab.
        """
        trouble = problem(self.form, answer)
        if trouble is not None:
            return Mark(0, "{trouble}", {"trouble": trouble})
        mark = self.rule(answer, facts)
        if not 0 <= mark.points <= self.points:
            raise ValueError(f"question {self.id}: {mark.points} of {self.points} points")
        return mark


def question(
    *, points: float, form: Schema, see: str
) -> Callable[[Callable[[Any, F], Mark]], Question[F]]:
    """Make a pure function ``(answer, facts) -> Mark`` a question named after the function."""

    def make(rule: Callable[[Any, F], Mark]) -> Question[F]:
        return Question(rule.__name__, points, form, see, rule)

    return make


@dataclass(frozen=True)
class Samples:
    """Answers that show a question sound, for one participant's facts.

    Attributes:
        model: the model answer; earns all points.
        right: at least three other forms of it that earn all points.
        wrong: at least five plausible mistakes; each earns at most half, the classic one first.
    """

    model: Any
    right: Sequence[Any]
    wrong: Sequence[Any]
