"""A bank of fact patterns and the tags that the Budapest Convention asks for on them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from labs.plain import Json

BANK = "s1_2_offences.toml"
"""The bank's file, beside the lab's module."""
NONE = 0
"""The tag for "no article of the Convention"."""

Tags = tuple[int, ...]


@dataclass(frozen=True)
class Key:
    """What a correct tagging holds.

    Attributes:
        articles: required, sorted; ``(0,)`` where no article applies.
        may: neither required nor held against anybody.
        classic: the mistake that is made most, as a whole answer.
        hint: a sentence for whoever makes it; names no article.
    """

    articles: Tags
    may: Tags
    classic: Tags
    hint: str

    def fits(self, tags: Tags) -> bool:
        """Say whether these tags are right: all that is required, nothing that is too much."""
        given = set(tags)
        return set(self.articles) <= given <= {*self.articles, *self.may}


@dataclass(frozen=True)
class Pattern:
    """A fact pattern of the bank.

    Attributes:
        id: its name in the bank, shown to nobody.
        stratum: what it is about; one case takes the same number from each stratum as any other.
        text: the facts, with ``{p}``, ``{s}`` and ``{c}`` for names.
        key: how it is to be tagged.
        open: whether an access met no security measure.
        elements: where no article applies, the names of what is missing, the best one first.
        paragraph: of article 11 or 12, like ``11.2``, or empty.
        state: where it must play, or empty.
    """

    id: str
    stratum: str
    text: str
    key: Key
    open: bool
    elements: tuple[str, ...]
    paragraph: str
    state: str


@dataclass(frozen=True)
class Act:
    """Something an actor of Operation Marejada does on a day of March 2026."""

    day: int
    text: str


@dataclass(frozen=True)
class Role:
    """A part in Operation Marejada: who plays it, and the variants of what they do."""

    id: str
    name: str
    description: str
    variants: tuple[tuple[Key, tuple[Act, ...]], ...]


@dataclass(frozen=True)
class Bank:
    """All fact patterns and all roles."""

    patterns: tuple[Pattern, ...]
    roles: tuple[Role, ...]

    def stratum(self, name: str) -> list[Pattern]:
        """Return the patterns of a stratum, in the bank's order."""
        return [pattern for pattern in self.patterns if pattern.stratum == name]


def read(name: str) -> str:
    """Return the text of a data file that is packaged beside the labs' cases."""
    return (files("grading.cases") / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def bank() -> Bank:
    """Read the bank that is packaged beside the lab's case."""
    content = tomllib.loads(read(BANK))
    hints = content["hints"]
    return Bank(
        tuple(_pattern(row, hints) for row in content["pattern"]),
        tuple(_role(row, hints) for row in content["role"]),
    )


def _pattern(row: Mapping[str, Any], hints: Mapping[str, str]) -> Pattern:
    elements = (row.get("element"), row.get("element_may"))
    return Pattern(
        row["id"],
        row["stratum"],
        row["text"],
        _key(row, hints),
        row.get("open", False),
        tuple(element for element in elements if element),
        row.get("paragraph", ""),
        row.get("state", ""),
    )


def _role(row: Mapping[str, Any], hints: Mapping[str, str]) -> Role:
    variants = tuple(
        (_key(variant, hints), tuple(Act(act["day"], act["text"]) for act in variant["acts"]))
        for variant in row["variant"]
    )
    return Role(row["id"], row.get("name", ""), row["description"], variants)


def _key(row: Mapping[str, Any], hints: Mapping[str, str]) -> Key:
    articles, may = tuple(sorted(row["articles"])), tuple(row.get("may", ()))
    return Key(articles, may, tuple(sorted(row["confused"])), hints[row["hint"]])


ARTICLE: dict[str, Any] = {
    "description": "an article number from 2 to 12, or 0 for none",
    "anyOf": [
        {"type": "integer", "enum": [NONE, *range(2, 13)]},
        {"type": "string", "pattern": r"^\s*([Aa]rt(icle|\.)?\s*)?(0|[2-9]|1[0-2])\s*\Z"},
    ],
}
"""The form of one tag: ``2``, ``"2"`` or ``"art. 2"``."""
LIST: dict[str, Any] = {
    "description": "a list of article numbers, like [2, 4], or [0] for none",
    "anyOf": [ARTICLE, {"type": "array", "items": ARTICLE, "minItems": 1, "maxItems": 12}],
}
"""The form of the tags of one pattern: a list, or a number alone."""


def tags(answer: Json) -> Tags:
    """Return the article numbers of an answer of the form ``LIST``: sorted, each once."""
    given = answer if isinstance(answer, list) else [answer]
    return tuple(sorted({_number(item) for item in given}))


def _number(item: Json) -> int:
    return int(re.sub(r"\D", "", item) if isinstance(item, str) else item)  # type: ignore[arg-type]


def share(keys: Sequence[Key], given: Sequence[Tags]) -> tuple[int, str]:
    """Count what is right, and find the hint for the first that is not.

    Args:
        keys: the keys.
        given: the tags for each of them.

    Returns:
        How many fit, and the hint of the first that does not, or an empty text.
    """
    wrong = [key for key, answer in zip(keys, given, strict=True) if not key.fits(answer)]
    return len(keys) - len(wrong), wrong[0].hint if wrong else ""
