"""From facts to offences: the lab of session 1.2.

Patterns of conduct, drawn from a bank by strata, are tagged with articles 2 to 12 of the Convention
on Cybercrime (ETS 185). Points come by groups and thresholds, and a hint only to those who are
nearly there: feedback that spoke of each pattern would be an oracle for guessers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grading.casefile import ROMAN, draw, files
from grading.model import Case, Mark, question
from grading.offence_samples import Facts, facts_of, samples
from grading.offences import ARTICLE, LIST, Key, read, share, tags
from labs.plain import Json

__all__ = ["RUBRICS", "build", "samples"]

PAGE = "series-1/s1-2-offences/#"
ELEMENTS = ("right", "intent", "public", "purpose", "scale", "computer", "attempt")
"""What may be missing where no article applies, as the notebook explains it."""
PARAGRAPHS = ("11.1", "11.2", "12.1", "12.2")


def build(seed: int) -> Case[Facts]:
    """Make a participant's case file."""
    drawn = draw(seed)
    return Case(files(drawn), facts_of(drawn))


def _tagging(names: Sequence[str]) -> dict[str, Any]:
    return {
        "description": f"tags for all of {', '.join(names)}, like {{{names[0]}: [2, 4]}}",
        "type": "object",
        "properties": dict.fromkeys(names, LIST),
        "required": list(names),
        "additionalProperties": False,
    }


def _numbers(first: int) -> list[str]:
    return [str(number) for number in range(first, first + 6)]


def _stepped(
    points: float, keys: Sequence[Key], answers: Sequence[Json], few: str, steps: Sequence[float]
) -> Mark:
    """Score keys together: all points for all, then a step less for each that is wrong."""
    right, hint = share(keys, [tags(answer) for answer in answers])
    slips = len(keys) - right
    if slips == 0:
        return Mark(points, "All of them are right.")
    if slips <= len(steps):
        return Mark(points * steps[slips - 1], f"Nearly: not every tag is right yet. {hint}")
    return Mark(0, few)


def _group(points: float, letter: str, answer: Mapping[str, Json], facts: Facts, few: str) -> Mark:
    shown = facts.drawn.groups[letter]
    keys = [one.pattern.key for one in shown]
    given = [answer[str(one.number)] for one in shown]
    few = f"Fewer than four of these six are right. {few}"
    return _stepped(points, keys, given, few, (0.5, 0.25))


@question(points=4, form=_tagging(_numbers(1)), see=f"{PAGE}systems-and-data")
def group_a(answer: dict[str, Json], facts: Facts) -> Mark:
    """Patterns 1 to 6: offences against systems and data."""
    few = (
        "Ask of each, in this order: did somebody get into a system, were data caught on their "
        "way, were data harmed, did a system stop doing its work?"
    )
    return _group(4, "A", answer, facts, few)


@question(points=6, form=_tagging(_numbers(7)), see=f"{PAGE}tools-and-rights")
def group_b(answer: dict[str, Json], facts: Facts) -> Mark:
    """Patterns 7 to 12: tools, passwords, several interests at once, conduct that is allowed."""
    few = (
        "Ask of each who was allowed to do what, and whether a tool or a password was only held "
        "and handed on, or also used."
    )
    return _group(6, "B", answer, facts, few)


@question(points=6, form=_tagging(_numbers(13)), see=f"{PAGE}forgery-and-fraud")
def group_c(answer: dict[str, Json], facts: Facts) -> Mark:
    """Patterns 13 to 18: computer-related offences, content, copyright."""
    few = (
        "Ask of each: should false data pass for genuine, did somebody lose property to another's "
        "gain, and does a computer play the part that the article wants?"
    )
    return _group(6, "C", answer, facts, few)


@question(points=6, form=_tagging(_numbers(19)), see=f"{PAGE}attempt-and-aiding")
def group_d(answer: dict[str, Json], facts: Facts) -> Mark:
    """Patterns 19 to 24: attempt, aiding, legal persons."""
    few = (
        "Name the offence first. Then ask: was it completed, whose offence is it, and was it done "
        "for a company?"
    )
    return _group(6, "D", answer, facts, few)


def _slips(points: float, slips: int, nearly: str, far: str) -> Mark:
    if slips == 0:
        return Mark(points, "That is complete and right.")
    if slips == 1:
        return Mark(points / 2, nearly)
    return Mark(0, far)


@question(
    points=4,
    form={
        "description": 'pattern numbers with one word each, like {3: "intent"}; the words are: '
        + ", ".join(ELEMENTS),
        "type": "object",
        "propertyNames": {"pattern": r"^([1-9]|1[0-9]|2[0-4])\Z"},
        "additionalProperties": {
            "enum": list(ELEMENTS),
            "description": f"one of these words: {', '.join(ELEMENTS)}",
        },
        "minProperties": 1,
    },
    see=f"{PAGE}no-offence",
)
def no_offence(answer: dict[str, str], facts: Facts) -> Mark:
    """Which patterns fulfil no article, and what is missing in each."""
    given = {int(number): word for number, word in answer.items()}
    slips = sum(
        1 for number in {*given, *facts.none} if given.get(number) not in facts.none.get(number, ())
    )
    return _slips(
        4,
        slips,
        "One slip: a pattern too many, one too few, or a word that does not name what is missing.",
        "More than one slip. Look for patterns to which no article applies, and for the one "
        "element of the nearest article that the facts do not give.",
    )


@question(
    points=4,
    form={
        "description": 'pattern numbers with a paragraph each, like {3: "11.1"}',
        "type": "object",
        "propertyNames": {"pattern": r"^([1-9]|1[0-9]|2[0-4])\Z"},
        "additionalProperties": {
            "enum": [*PARAGRAPHS, *map(float, PARAGRAPHS), "11(1)", "11(2)", "12(1)", "12(2)"],
            "description": 'one of "11.1", "11.2", "12.1", "12.2"',
        },
        "minProperties": 1,
    },
    see=f"{PAGE}attempt-and-aiding",
)
def ancillary(answer: dict[str, str | float], facts: Facts) -> Mark:
    """To which patterns a paragraph of article 11 or 12 applies."""
    given = {
        int(number): str(paragraph).replace("(", ".").rstrip(")")
        for number, paragraph in answer.items()
    }
    slips = sum(
        1
        for number in {*given, *facts.ancillary}
        if given.get(number) != facts.ancillary.get(number)
    )
    return _slips(
        4,
        slips,
        "One slip. Help or attempt, leader or unsupervised staff: one of these is taken for "
        "another, or one pattern is too many or too few.",
        "More than one slip. Find the patterns in which somebody only helps or only tries, and "
        "those in which a company was to benefit; then choose the paragraph.",
    )


@question(
    points=4,
    form={
        "description": "a list of pattern numbers, like [3, 17]",
        "type": "array",
        "items": {
            "description": "a pattern number from 1 to 24",
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 24},
                {"type": "string", "pattern": r"^([1-9]|1[0-9]|2[0-4])\Z"},
            ],
        },
        "minItems": 1,
        "maxItems": 24,
    },
    see=f"{PAGE}declarations",
)
def declaration(answer: list[int | str], facts: Facts) -> Mark:
    """Which tags fall away where a Party asks that security measures be infringed."""
    slips = len({int(number) for number in answer} ^ set(facts.lost))
    return _slips(
        4,
        slips,
        "One slip: a pattern too many or too few.",
        "More than one slip. First list the patterns in which somebody gets into a system without "
        "right; then look in each for a password, a code or a lock that was overcome.",
    )


@question(points=8, form=_tagging(list("ABCDEF")), see=f"{PAGE}several-people")
def actors(answer: dict[str, Json], facts: Facts) -> Mark:
    """Who in Operation Marejada fulfils which articles."""
    few = (
        "Fewer than four of the six people are right. Make a line for each person, write down only "
        "what that person did, and tag line by line."
    )
    people = facts.drawn.actors
    answers = [answer[one.letter] for one in people]
    return _stepped(8, [one.key for one in people], answers, few, (0.5, 0.25))


_ARTICLES = {
    "description": "a list of article numbers, like [2], or [] for nothing",
    "type": "array",
    "items": ARTICLE,
    "maxItems": 12,
}
_CORRECTION = {
    "description": 'what to add and what to strike, like {"add": [2], "strike": []}',
    "type": "object",
    "properties": {"add": _ARTICLES, "strike": _ARTICLES},
    "required": ["add", "strike"],
    "additionalProperties": False,
}


@question(
    points=6,
    form={
        "description": "for each count, I to V, what to add and what to strike",
        "type": "object",
        "properties": dict.fromkeys(ROMAN, _CORRECTION),
        "required": list(ROMAN),
        "additionalProperties": False,
    },
    see=f"{PAGE}several-people",
)
def charges(answer: dict[str, dict[str, list[Json]]], facts: Facts) -> Mark:
    """What is missing in a draft charge sheet, and what is too much."""
    corrected: list[Json] = []
    for one in facts.drawn.counts:
        add, strike = (set(tags(answer[one.label][part])) for part in ("add", "strike"))
        sensible = strike <= set(one.draft) and not add & set(one.draft)
        corrected.append([*((set(one.draft) - strike) | add)] if sensible else [])
    few = (
        "Fewer than four of the five counts are right. Tag each count yourself before you look at "
        "the draft; then compare. Strike only what stands in the draft, add only what does not."
    )
    return _stepped(6, [one.key for one in facts.drawn.counts], corrected, few, (0.5,))


RUBRICS = {"reasons": read("s1_2_offences.reasons.md")}
