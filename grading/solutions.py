"""What a released notebook leaves out, and what it keeps."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearSolutions

from grading.cases import lab_ids


class ClearMarkedSolutions(ClearSolutions):
    """nbgrader's ``ClearSolutions``, which keeps the first text of a lab's answer cells.

    nbgrader puts a stub that raises in place of an answer cell without markers. The labs have no
    solutions in their notebooks: such a cell is what the participant starts from, for instance
    ``start_cluster = None``. Assignments that are no lab of ours are cleared as ever.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Clear one cell, unless it is a lab's and marks no solution."""
        ours = resources["nbgrader"]["assignment"] in lab_ids()
        if ours and self.begin_solution_delimeter not in cell.source:
            return cell, resources
        cleared: tuple[NotebookNode, dict[str, Any]] = super().preprocess_cell(
            cell, resources, cell_index
        )
        return cleared


GENERATE = [
    ClearMarkedSolutions if each is ClearSolutions else each
    for each in GenerateAssignment().preprocessors
]
"""``GenerateAssignment.preprocessors`` with our way of clearing."""
