"""A released lab keeps what a participant starts from; a classic assignment loses its solutions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.preprocessors import ClearSolutions

from fronteras.release import released_notebooks
from grading.cases import lab_ids
from grading.solutions import ClearMarkedSolutions


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return released_notebooks(tmp_path_factory.mktemp("released"))


def answer_cells(path: Path) -> dict[str, str]:
    cells = nbformat.read(path, as_version=nbformat.NO_CONVERT).cells
    named = ((cell.metadata.get("nbgrader", {}), cell.source) for cell in cells)
    return {meta["grade_id"]: source for meta, source in named if meta.get("solution")}


@pytest.mark.parametrize("lab_id", lab_ids())
def test_a_released_lab_keeps_the_first_text_of_its_answers(
    lab_id: str, released: dict[str, Path]
) -> None:
    source = Path("exercises", lab_id, f"{lab_id}.ipynb")
    assert answer_cells(released[lab_id]) == answer_cells(source)
    assert "NotImplementedError" not in released[lab_id].read_text()


def cleared(source: str, assignment: str) -> str:
    meta: dict[str, Any] = {"grade_id": "a", "solution": True, "grade": False, "locked": False}
    cell = new_code_cell(source, metadata={"nbgrader": {**meta, "schema_version": 3}})
    resources = {"nbgrader": {"assignment": assignment}, "language": "python"}
    return str(ClearMarkedSolutions().preprocess_cell(cell, resources, 0)[0].source)


def test_marked_solutions_are_cleared_everywhere_and_unmarked_ones_of_classic_assignments() -> None:
    stub = ClearSolutions().code_stub["python"]
    marked = "x = 1\n### BEGIN SOLUTION\nx = 2\n### END SOLUTION"
    assert cleared(marked, lab_ids()[0]) == f"x = 1\n{stub}"
    assert cleared("x = 2", "an-instructors-own") == stub
