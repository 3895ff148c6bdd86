"""The case file of the lab s1-2-offences: drawn from the bank by a seed, written as evidence."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from grading.offences import Bank, Key, Pattern, Tags, bank

GROUPS: Mapping[str, tuple[str, ...]] = {
    "A": ("access", "access_open", "interception", "interception", "data", "system"),
    "B": ("tool", "password", "lawful", "lawful", "access_open", "combination"),
    "C": ("forgery", "fraud", "forgery_fraud", "content", "copyright", "lookalike"),
    "D": (
        *("attempt", "aiding", "attempt_free"),
        *("company_lead", "company_staff", "own_account"),
    ),
}
"""The strata of each group, one pattern for each name: so every case is as hard as any other."""
COUNTS = (("combination", "forgery_fraud"), ("interception",), ("attempt",), ("tool", "password"))
"""The strata of the counts of the draft charge sheet that hold a defect."""
SOUND = ("system", "fraud", "data")
"""The strata of the one count that is right as drafted."""
ROMAN = ("I", "II", "III", "IV", "V")
STATES = ("Coral Keys", "Costa Lumbre", "Porto Sereno", "Île-du-Vent")
FIRST = (
    *("Ada", "Amaro", "Benoît", "Bruna", "Celso", "Clémence", "Dario", "Delphine", "Elmer"),
    *("Estela", "Fabrice", "Flora", "Gil", "Greta", "Hugo", "Inès", "Irene", "Jonas", "Julieta"),
    *("Kendra", "Leandro", "Lucette", "Marlon", "Nadia", "Odile", "Otis", "Paloma", "Quim"),
    *("Rosa", "Sabine", "Tadeu", "Thelma", "Urbano", "Vera", "Wendel", "Yara", "Zoé"),
)
LAST = (
    *("Abrantes", "Alcázar", "Baptiste", "Bellweather", "Boavista", "Cadogan", "Calheiros"),
    *("Carmona", "Dauphin", "Delacour", "Espinel", "Fairchild", "Falcão", "Figueral", "Garrido"),
    *("Gascoyne", "Hawksley", "Iturbe", "Jolivet", "Kingsway", "Labarre", "Lindoso", "Maravall"),
    *("Mérieux", "Monteverde", "Nightingale", "Noronha", "Oldacre", "Olivares", "Pemberton"),
    *("Peyrac", "Quintela", "Ravenel", "Redruth", "Sablon", "Salvaterra", "Serrat", "Tavira"),
    *("Thibaud", "Underhill", "Valcárcel", "Vasseur", "Villaverde", "Whitlock", "Ximenes"),
)
COMPANIES = (
    *("Barlovento Freight", "Cayo Norte Trading", "Duna Supply", "Farol Haulage", "Maré Alta"),
    *("Palmier Transit", "Pelícano Carriers", "Quai Sud", "Sandbar Logistics", "Sotavento Cargo"),
)
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
FIRST_DAY, DAYS = date(2026, 1, 12), 280
FRAME = (
    (
        2,
        "A mail from billing@harbour-invoices.example leads a clerk of the Port Authority of Porto "
        "Sereno (apps.example) to a page that is not the Authority's, and the clerk types a "
        "password there. The mail and the page are the subject of other proceedings: tag nothing "
        "for them.",
    ),
    (
        9,
        "In the morning a demand for money reaches the Authority. Nothing is paid. The demand too "
        "is the subject of other proceedings: tag nothing for it.",
    ),
    (12, "In a flat in Costa Lumbre where Ivo Marran lives a USB stick is seized."),
)
RULES = (
    "Apply the Convention itself, articles 2 to 12: what it obliges Parties to make an offence. "
    "National law may go further. No declaration or reservation has been made, unless a question "
    "says so.",
    "Everything that the facts say is proved, and nothing else is. People act on purpose unless "
    "the facts say otherwise. They have a right to do something only where the facts give it.",
    "Tag only what the person in bold type did.",
    "Where somebody only attempted or only aided an offence, tag the offence and 11, if article 11 "
    "covers it. Where a company answers as well, tag the offence and 12. Where no article applies, "
    "tag 0.",
    "Where altering data is only the way to a forgery or a fraud, leave 4 out. Where somebody gets "
    "a tool or a password and then uses it, leave 6 out.",
)
"""What keeps the keys beyond dispute; the same on the lesson page and in the case file."""


@dataclass(frozen=True)
class Shown:
    """A pattern as one participant sees it."""

    number: int
    pattern: Pattern
    place: str
    date: str
    text: str


@dataclass(frozen=True)
class Actor:
    """Somebody in the report, with the letter that stands for them."""

    letter: str
    name: str
    description: str
    key: Key


@dataclass(frozen=True)
class Count:
    """A count of the draft charge sheet."""

    label: str
    text: str
    draft: Tags
    key: Key


@dataclass(frozen=True)
class Drawn:
    """A whole case file.

    Attributes:
        groups: six patterns for each letter from A to D, numbered from 1 to 24.
        actors: six people of Operation Marejada.
        report: day and text, in the order of time.
        counts: five counts; four hold a defect.
    """

    groups: Mapping[str, tuple[Shown, ...]]
    actors: tuple[Actor, ...]
    report: tuple[tuple[str, str], ...]
    counts: tuple[Count, ...]

    @property
    def patterns(self) -> tuple[Shown, ...]:
        """All patterns in the order of their numbers."""
        return tuple(shown for group in self.groups.values() for shown in group)


def draw(seed: int) -> Drawn:
    """Draw a participant's case file; the same seed draws the same."""
    rng = random.Random(seed)  # noqa: S311 - it must be reproducible, not secret
    return _Dealer(rng, bank()).deal()


class _Dealer:
    """Deals one case file; no pattern and no name comes twice."""

    def __init__(self, rng: random.Random, all_patterns: Bank) -> None:
        self.rng = rng
        self.roles = all_patterns.roles
        names = {pattern.stratum for pattern in all_patterns.patterns}
        self.left = {name: all_patterns.stratum(name) for name in sorted(names)}
        self.first, self.last = self._shuffled(FIRST), self._shuffled(LAST)
        self.companies = self._shuffled(COMPANIES)

    def deal(self) -> Drawn:
        groups = self._groups()
        actors, report = self._marejada()
        return Drawn(groups, actors, report, self._counts())

    def _shuffled(self, values: Sequence[Any]) -> list[Any]:
        return self.rng.sample(values, len(values))

    def _take(self, stratum: str) -> Pattern:
        left = self.left[stratum]
        return left.pop(self.rng.randrange(len(left)))

    def _told(self, pattern: Pattern) -> tuple[str, str, str]:
        first, last = self.first.pop(), self.last.pop()
        company = self.companies.pop() if "{c}" in pattern.text else ""
        text = pattern.text.format(p=f"**{first} {last}**", s=last, c=company)
        place = pattern.state or self.rng.choice(STATES)
        return place, _day(FIRST_DAY + timedelta(self.rng.randrange(DAYS))), text

    def _groups(self) -> dict[str, tuple[Shown, ...]]:
        groups, number = {}, 0
        for letter, strata in GROUPS.items():
            shown = []
            for pattern in self._shuffled([self._take(stratum) for stratum in strata]):
                number += 1
                shown.append(Shown(number, pattern, *self._told(pattern)))
            groups[letter] = tuple(shown)
        return groups

    def _marejada(self) -> tuple[tuple[Actor, ...], tuple[tuple[str, str], ...]]:
        actors, acts = [], [*FRAME]
        for letter, role in zip("ABCDEF", self._shuffled(self.roles), strict=True):
            key, done = self.rng.choice(role.variants)
            name = role.name or f"{self.first.pop()} {self.last.pop()}"
            surname = name.split()[-1]
            company = self.companies.pop() if "{c}" in role.description else ""
            actors.append(Actor(letter, name, role.description.format(c=company), key))
            acts += [
                (act.day, act.text.format(n=f"**{name}**", s=surname, c=company)) for act in done
            ]
        acts.sort(key=lambda act: act[0])
        return tuple(actors), tuple((f"{day} March", text) for day, text in acts)

    def _counts(self) -> tuple[Count, ...]:
        drawn = [(self._take(self.rng.choice(strata)), True) for strata in COUNTS]
        drawn.append((self._take(self.rng.choice(SOUND)), False))
        counts = []
        for label, (pattern, defect) in zip(ROMAN, self._shuffled(drawn), strict=True):
            place, day, text = self._told(pattern)
            draft = self._defective(pattern) if defect else pattern.key.articles
            counts.append(Count(label, f"{place}, {day}. {text}", draft, pattern.key))
        return tuple(counts)

    def _defective(self, pattern: Pattern) -> Tags:
        key = pattern.key
        if pattern.stratum == "interception":
            return key.classic  # one article in place of another
        if pattern.stratum in ("tool", "password"):
            return tuple(sorted({*key.articles, *key.classic}))  # one too many
        lost = 11 if pattern.stratum == "attempt" else self.rng.choice(key.articles)
        return tuple(article for article in key.articles if article != lost)


def files(drawn: Drawn) -> dict[str, bytes]:
    """Return the evidence: the case file as JSON for the notebook and as Markdown to read."""
    return {
        "evidence/case-file.json": json.dumps(
            _content(drawn), ensure_ascii=False, indent=1
        ).encode(),
        "evidence/case-file.md": _markdown(drawn).encode(),
    }


def _content(drawn: Drawn) -> dict[str, Any]:
    return {
        "rules": RULES,
        "groups": {
            letter: [
                {"number": one.number, "place": one.place, "date": one.date, "text": one.text}
                for one in group
            ]
            for letter, group in drawn.groups.items()
        },
        "report": drawn.report,
        "actors": [[one.letter, one.name, one.description] for one in drawn.actors],
        "charges": [
            {"count": one.label, "text": one.text, "articles": one.draft} for one in drawn.counts
        ],
    }


def _markdown(drawn: Drawn) -> str:
    lines = ["# Case file", "", "Everything in this file is fictional.", "", "## Rules", ""]
    lines += [f"{number}. {rule}" for number, rule in enumerate(RULES, 1)]
    for letter, group in drawn.groups.items():
        lines += ["", f"## Group {letter}", ""]
        lines += [f"{one.number}. {one.place}, {one.date}. {one.text}" for one in group]
    lines += ["", "## Operation Marejada: the report (2026)", ""]
    lines += [f"- {day}: {text}" for day, text in drawn.report]
    lines += ["", "The people in it", ""]
    lines += [f"- {one.letter}: **{one.name}**, {one.description}" for one in drawn.actors]
    lines += ["", "## Draft charge sheet", ""]
    for one in drawn.counts:
        articles = ", ".join(map(str, one.draft))
        lines.append(f"- Count {one.label} (articles in the draft: {articles}). {one.text}")
    return "\n".join(lines) + "\n"


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
