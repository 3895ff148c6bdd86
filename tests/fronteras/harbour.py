"""The lab of these tests and ways to work in it; it is known only where it is registered."""

from __future__ import annotations

import copy
import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import grading.cases
from fronteras import creation, release
from fronteras.cohort import Cohort, load
from fronteras.creation import Plan, create
from fronteras.demo import PEOPLE
from grading.evidence import own_case

LAB = "t0-harbour"
CASES = str(Path(__file__).parent / "harbour_cases")
PROSE = "Write your answer here."
MAX_POINTS = 9.0


def _cell(kind: str, source: str, name: str = "", **nbgrader: Any) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": kind, "id": f"id-{name or zlib.crc32(source.encode())}", "metadata": {},
        "source": source,
    }  # fmt: skip
    if name:
        cell["metadata"]["nbgrader"] = {
            "grade": False, "solution": False, "locked": False, "task": False,
            "schema_version": 3, "grade_id": name, **nbgrader,
        }  # fmt: skip
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    return cell


def source_notebook() -> dict[str, Any]:
    cells = [
        _cell("markdown", "# The harbour"),
        _cell("code", "from labs import check", "imports"),
        _cell("code", "berth = None  # its number", "berth-answer", solution=True),
        _cell("code", 'check("berth", berth)', "berth", grade=True, locked=True, points=3),
        _cell("code", "ship = None  # its name", "ship-answer", solution=True),
        _cell("code", 'check("ship", ship)', "ship", grade=True, locked=True, points=2),
        _cell("markdown", PROSE, "reasons", grade=True, solution=True, points=4),
    ]
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}


def register() -> None:
    """Make the lab known in this process, for as long as it runs."""
    grading.cases.__path__.append(CASES)
    release.EXERCISES = creation.EXERCISES = _exercises()


@contextmanager
def registered() -> Iterator[None]:
    """Make the lab known for a block; other tests walk over all labs."""
    before = creation.EXERCISES
    register()
    try:
        yield
    finally:
        grading.cases.__path__.remove(CASES)
        release.EXERCISES = creation.EXERCISES = before


def _exercises() -> Path:
    """Return a folder with the lab's exercise, the same one for all processes of a user."""
    exercises = Path(tempfile.gettempdir(), f"fronteras-test-exercises-{os.getuid()}")
    (exercises / LAB).mkdir(parents=True, exist_ok=True)
    path = exercises / LAB / f"{LAB}.ipynb"
    text = json.dumps(source_notebook())
    if not path.exists() or path.read_text() != text:
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_text(text)
        beside.replace(path)
    return exercises


def make_cohort(directory: Path, due: str | None = None, **scoring: Any) -> Cohort:
    """Make a cohort with this lab alone, released; ana, bruno and more take part, ines teaches."""
    settings = {"cooldown_seconds": 0, "cell_timeout_seconds": 10, **scoring}
    today = date.today()
    plan = Plan(
        "test", "A workshop", today, today + timedelta(days=9), ["ines"], PEOPLE,
        [(LAB, datetime.fromisoformat(due) if due else None)],
    )  # fmt: skip
    create(directory, plan, {})
    path = directory / "cohort.toml"
    kept = [line for line in path.read_text().splitlines() if not line.startswith(tuple(settings))]
    values = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    path.write_text("\n".join([*kept, *values, ""]))
    cohort = load(directory)
    release.release(cohort)
    return cohort


def released(cohort: Cohort) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads((cohort.release / LAB / f"{LAB}.ipynb").read_bytes())
    return notebook


def facts(cohort: Cohort, user: str) -> Any:
    return own_case(cohort.private / "secret", user, LAB).facts


def answered(
    notebook: Mapping[str, Any], prose: str | None = None, **answers: object
) -> dict[str, Any]:
    """Write answers into a copy of a notebook."""
    work = copy.deepcopy(dict(notebook))
    for cell in work["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        question = name.removesuffix("-answer")
        if name.endswith("-answer") and question in answers:
            cell["source"] = f"{question} = {answers[question]!r}"
        if name == "reasons" and prose is not None:
            cell["source"] = prose
    return work


def body(notebook: Mapping[str, Any]) -> bytes:
    return json.dumps(notebook).encode()


def cell(notebook: Mapping[str, Any], name: str) -> dict[str, Any]:
    for each in notebook["cells"]:
        if each["metadata"].get("nbgrader", {}).get("grade_id") == name:
            found: dict[str, Any] = each
            return found
    raise KeyError(name)
