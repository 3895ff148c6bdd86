"""Who may submit what and when: each refusal is a sentence for the participant."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fronteras.attempts import Attempt, Receipt, Refusal
from fronteras.cohort import Cohort, CohortError, LabSettings, Person

MAX_CELLS = 2_000
"""The most cells that a submission may have; the labs have some fifty."""


def person(cohort: Cohort, username: str) -> Person:
    """Return the caller from the roster.

    Raises:
        Refusal: if the hub knows them and the roster does not.
    """
    found = cohort.person(username)
    if found is None:
        raise Refusal(403, f"{username} is not on this cohort's roster. Ask your instructor.")
    return found


def lab(cohort: Cohort, lab_id: str, username: str, now: datetime) -> LabSettings:
    """Return a lab that this person may see now; instructors see all at any time.

    Raises:
        Refusal: if the cohort has no such lab, or it is not open yet.
    """
    try:
        settings = cohort.lab(lab_id)
    except CohortError as error:
        raise Refusal(404, f"This course has no lab {lab_id!r}.") from error
    if settings.opens and now < settings.opens and not cohort.is_instructor(username):
        raise Refusal(403, f"This lab opens on {spoken(settings.opens)}.")
    return settings


def repeated(attempts: Sequence[Attempt], body: bytes) -> Receipt | None:
    """Return the last attempt's receipt where the same bytes are sent again.

    So a double click, or a second try after the connection broke before the receipt came, makes
    no second attempt. Where scoring failed, sending the same again asks for another try.
    """
    if not attempts:
        return None
    last = attempts[-1]
    failed = last.result is not None and "error" in last.result
    same = last.receipt.sha256 == hashlib.sha256(body).hexdigest()
    return last.receipt if same and not failed else None


def admit(
    cohort: Cohort, lab_id: str, username: str, attempts: Sequence[Attempt], now: datetime
) -> None:
    """Let a submission in by time and number.

    Raises:
        Refusal: if it is late, too soon after the last one, or one too many.
    """
    due, rules = cohort.due(lab_id, username), cohort.scoring
    if due is not None and now > due:
        raise Refusal(
            403,
            f"This lab was due on {spoken(due)}: nothing was handed in now. "
            "Your earlier attempts count. An instructor can extend the time for you.",
        )
    if len(attempts) >= rules.max_attempts:
        raise Refusal(429, f"You have used all {rules.max_attempts} attempts at this lab.")
    if attempts:
        free = attempts[-1].receipt.received + timedelta(seconds=rules.cooldown_seconds)
        if now < free:
            wait = int((free - now).total_seconds()) + 1
            raise Refusal(429, f"You have just submitted. Try again in {wait} seconds.")


def size(cohort: Cohort, length: int) -> None:
    """Let a notebook in by its size.

    Raises:
        Refusal: if it is too large.
    """
    limit = cohort.scoring.max_notebook_kb
    if length > limit * 1024:
        raise Refusal(
            413,
            f"The notebook is too large: {length // 1024} kB; the limit is {limit} kB. "
            "Clear its outputs (Edit menu), save, and submit again.",
        )


def notebook(body: bytes) -> Mapping[str, Any]:
    """Read a submitted notebook, of nbformat 4.

    Only what scoring reads is checked: outputs and metadata are thrown away there.

    Raises:
        Refusal: if it is not a notebook.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "That is not a notebook: it is not JSON.") from error
    trouble = _trouble(found)
    if trouble:
        raise Refusal(400, f"That is not a notebook: {trouble}.")
    notebook: Mapping[str, Any] = found
    return notebook


def spoken(moment: datetime) -> str:
    """Return a time for a sentence, in UTC: the page beside it shows the reader's own zone."""
    return moment.strftime("%d %B %Y, %H:%M UTC").lstrip("0")


def _trouble(found: object) -> str | None:
    if not isinstance(found, dict) or found.get("nbformat") != 4:
        return "it does not say nbformat 4"
    cells = found.get("cells")
    if not isinstance(cells, list):
        return "it has no list of cells"
    if len(cells) > MAX_CELLS:
        return f"it has {len(cells)} cells; the limit is {MAX_CELLS}"
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
            return f"cell {number} is not a code, markdown or raw cell"
        source = cell.get("source")
        lines = source if isinstance(source, list) else [source]
        if not all(isinstance(line, str) for line in lines):
            return f"the source of cell {number} is not text"
        if not isinstance(cell.get("metadata", {}), dict):
            return f"the metadata of cell {number} is not a mapping"
    return None
