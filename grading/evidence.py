"""A participant's own case: the same for delivery, execution and examination."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from grading.cases import lab, seed
from grading.model import Case


@lru_cache(maxsize=4)
def own_case(secret_file: Path, participant: str, lab_id: str) -> Case[Any]:
    """Build a participant's case of a lab.

    Args:
        secret_file: the cohort's secret.
        participant: the user name.
        lab_id: the lab's id.

    Raises:
        UnknownLab: if there is none.
        FileNotFoundError: if the secret is missing: it is nowhere else than in a backup.
    """
    return lab(lab_id).build(seed(secret_file.read_bytes(), participant, lab_id))
