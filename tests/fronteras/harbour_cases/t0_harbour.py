"""A lab for tests: small, quick, with every kind of cell."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from grading.model import Case, Mark, Samples, question


@dataclass(frozen=True)
class Facts:
    berth: int
    ship: str


def build(seed: int) -> Case[Facts]:
    chance = random.Random(seed)
    facts = Facts(chance.randrange(10_000, 99_999), f"ship-{chance.randrange(10_000)}")
    return Case({"evidence/log.txt": f"{facts.ship} at berth {facts.berth}\n".encode()}, facts)


@question(points=3, form={"type": "integer"}, see="series-0/harbour/#berth")
def berth(answer: int, facts: Facts) -> Mark:
    if answer == facts.berth:
        return Mark(3, "That is the berth.")
    near = abs(answer - facts.berth) <= 1
    return Mark(1.5 if near else 0, "Read the log again: which berth does it name?")


@question(points=2, form={"type": "string"}, see="series-0/harbour/#ship")
def ship(answer: str, facts: Facts) -> Mark:
    return Mark(2 if answer == facts.ship else 0, "Which ship does the log name?")


def samples(facts: Facts) -> dict[str, Samples]:
    return {"berth": Samples(facts.berth, [], []), "ship": Samples(facts.ship, [], [])}


RUBRICS: dict[str, Any] = {"reasons": "Names the log. **SECRET-RUBRIC**"}
