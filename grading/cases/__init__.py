"""The labs' cases, one module a lab, found by the lab's id.

A module holds ``build(seed) -> Case``, the questions in the order of the notebook,
``samples(facts) -> dict[question id, Samples]`` and ``RUBRICS``, by ``grade_id`` of a prose answer.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from grading.model import Case, Question, Samples
from labs.answers import LAB_FILE


class UnknownLab(KeyError):
    """There is no lab of that id."""

    def __str__(self) -> str:
        return f"there is no lab {self.args[0]!r}; there are: {', '.join(lab_ids())}"


@dataclass(frozen=True)
class Lab:
    """A lab's scoring side.

    Attributes:
        id: for instance ``s2-3-deleted-files``.
        build: makes a participant's case from a seed of 64 bits; pure and deterministic.
        questions: by id, in the order of the notebook.
        samples: right and wrong answers for given facts, by question id.
        rubrics: Markdown for the instructor, by ``grade_id`` of the prose answer's cell.
    """

    id: str
    build: Callable[[int], Case[Any]]
    questions: Mapping[str, Question[Any]]
    samples: Callable[[Any], Mapping[str, Samples]]
    rubrics: Mapping[str, str]

    def files(self, case: Case[Any]) -> dict[str, bytes]:
        """Return what lies beside the notebook: the evidence and the forms of the answers."""
        forms = {
            "lab": self.id,
            "forms": {key: dict(question.form) for key, question in self.questions.items()},
        }
        return {**case.files, LAB_FILE: json.dumps(forms, indent=1, sort_keys=True).encode()}


def lab_ids() -> list[str]:
    """Return the ids of all labs, sorted."""
    names = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name.replace("_", "-") for name in names)


@lru_cache
def lab(lab_id: str) -> Lab:
    """Return a lab by its id.

    Raises:
        UnknownLab: if there is none.
    """
    if lab_id not in lab_ids():
        raise UnknownLab(lab_id)
    module = import_module(f"{__name__}.{lab_id.replace('-', '_')}")
    found = [value for value in vars(module).values() if isinstance(value, Question)]
    return Lab(
        lab_id,
        module.build,
        {question.id: question for question in found},
        module.samples,
        module.RUBRICS,
    )


def seed(secret: bytes, participant: str, lab_id: str) -> int:
    """Return a participant's seed for a lab, 64 bits: an HMAC-SHA-256 of the cohort's secret."""
    message = json.dumps([participant, lab_id]).encode()
    return int.from_bytes(hmac.digest(secret, message, hashlib.sha256)[:8], "big")
