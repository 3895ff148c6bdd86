"""The facts of a case file of the lab s1-2-offences, and right and wrong answers for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grading.casefile import Count, Drawn
from grading.model import Samples
from grading.offences import Key


@dataclass(frozen=True)
class Facts:
    """What is true about a case file.

    Attributes:
        drawn: the case file with its keys.
        none: where no article applies, number to the elements that are missing, best first.
        ancillary: number to the paragraph of article 11 or 12 that applies.
        lost: numbers whose tag 2 falls away under a declaration about security measures.
    """

    drawn: Drawn
    none: Mapping[int, tuple[str, ...]]
    ancillary: Mapping[int, str]
    lost: tuple[int, ...]


def facts_of(drawn: Drawn) -> Facts:
    """Collect what is true about a case file from the keys of its patterns."""
    shown = drawn.patterns
    return Facts(
        drawn,
        {one.number: one.pattern.elements for one in shown if one.pattern.elements},
        {one.number: one.pattern.paragraph for one in shown if one.pattern.paragraph},
        tuple(one.number for one in shown if one.pattern.open),
    )


def samples(facts: Facts) -> dict[str, Samples]:
    """Return right and wrong answers for a case file."""
    groups = {
        f"group_{letter.lower()}": _tag_samples(
            [one.number for one in shown], [one.pattern.key for one in shown]
        )
        for letter, shown in facts.drawn.groups.items()
    }
    people = facts.drawn.actors
    return {
        **groups,
        "no_offence": _none_samples(facts),
        "ancillary": _ancillary_samples(facts),
        "declaration": _declaration_samples(facts.lost),
        "actors": _tag_samples([one.letter for one in people], [one.key for one in people]),
        "charges": _charge_samples(facts),
    }


def _tag_samples(names: Sequence[int | str], keys: Sequence[Key]) -> Samples:
    def each(show: Callable[[Key], Any]) -> dict[int | str, Any]:
        return {name: show(key) for name, key in zip(names, keys, strict=True)}

    model = each(lambda key: list(key.articles))
    slip = dict(model)
    wrong = []
    for name, key in zip(names, keys, strict=True):
        slip = {**slip, name: list(key.classic)}
        wrong.append(slip)
    return Samples(
        model,
        [
            each(lambda key: [str(article) for article in reversed(key.articles)]),
            each(lambda key: {f"art. {article}" for article in key.articles}),
            each(lambda key: key.articles + key.articles),
            each(lambda key: key.articles[0] if len(key.articles) == 1 else list(key.articles)),
            {
                str(name): sorted({*key.articles, *key.may})
                for name, key in zip(names, keys, strict=True)
            },
        ],
        [
            *wrong,
            each(lambda key: [2]),
            each(lambda key: [0]),
            each(lambda key: list(range(2, 13))),
        ],
    )


def _none_samples(facts: Facts) -> Samples:
    model = {number: words[0] for number, words in facts.none.items()}
    first, *rest = model
    tagged = next(one.number for one in facts.drawn.patterns if one.number not in model)
    return Samples(
        model,
        [
            {str(number): word for number, word in model.items()},
            dict(reversed(model.items())),
            {number: words[-1] for number, words in facts.none.items()},
        ],
        [
            {number: model[number] for number in rest},
            {**model, tagged: "right"},
            dict.fromkeys(model, "right" if "attempt" in model.values() else "attempt"),
            {first: model[first]},
            dict.fromkeys(range(1, 25), "intent"),
            {**model, first: "scale" if model[first] != "scale" else "public"},
        ],
    )


def _ancillary_samples(facts: Facts) -> Samples:
    model = dict(facts.ancillary)
    first, *rest = model
    swapped = {"11.1": "11.2", "11.2": "11.1", "12.1": "12.2", "12.2": "12.1"}
    return Samples(
        model,
        [
            {number: float(paragraph) for number, paragraph in model.items()},
            {str(number): f"{each[:2]}({each[3]})" for number, each in model.items()},
            dict(reversed(model.items())),
        ],
        [
            {**model, first: swapped[model[first]]},
            {number: swapped[paragraph] for number, paragraph in model.items()},
            {number: model[number] for number in rest},
            dict.fromkeys(range(19, 25), "11.2"),
            {first: model[first]},
        ],
    )


def _declaration_samples(lost: Sequence[int]) -> Samples:
    others = [number for number in range(1, 25) if number not in lost]
    return Samples(
        list(lost),
        [set(lost), [str(number) for number in reversed(lost)], (*lost, *lost)],
        [
            [*lost, others[0]],
            lost[:1],
            [*lost, *others[:3]],
            list(range(1, 25)),
            others[:2],
        ],
    )


def _charge_samples(facts: Facts) -> Samples:
    def corrections(wanted: Callable[[Count], Sequence[int]]) -> dict[str, Any]:
        return {
            one.label: {
                "add": [article for article in wanted(one) if article not in one.draft],
                "strike": [article for article in one.draft if article not in wanted(one)],
            }
            for one in facts.drawn.counts
        }

    model = corrections(lambda one: one.key.articles)
    faulty = [one.label for one in facts.drawn.counts if one.draft != one.key.articles]
    nothing: dict[str, Any] = {"add": [], "strike": []}
    return Samples(
        model,
        [
            {label: {part: tuple(each[part]) for part in each} for label, each in model.items()},
            {
                label: {part: [str(n) for n in each[part]] for part in each}
                for label, each in model.items()
            },
            {label: {part: set(each[part]) for part in each} for label, each in model.items()},
        ],
        [
            {**model, faulty[0]: nothing},
            {**model, faulty[0]: nothing, faulty[1]: nothing},
            dict.fromkeys(model, nothing),
            {
                label: {"add": each["strike"], "strike": each["add"]}
                for label, each in model.items()
            },
            corrections(lambda one: one.key.classic),
            {label: {**each, "strike": []} for label, each in model.items()} | {faulty[3]: nothing},
        ],
    )
