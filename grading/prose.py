"""Written answers keep their points only as long as they stay the same.

nbgrader keeps what an instructor gave, whatever is submitted later. Here each grade remembers a
digest of the text it was given for, in a table of our own in the gradebook.
"""

from __future__ import annotations

import hashlib
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum, is_grade, is_solution
from sqlalchemy import text

TABLE = "CREATE TABLE IF NOT EXISTS fronteras_prose (grade_id VARCHAR(32) PRIMARY KEY, digest TEXT)"


class ReopenProse(NbGraderPreprocessor):
    """nbgrader's preprocessor after ``SaveAutoGrades``.

    A written answer that changed goes back to *ungraded*, an unchanged one keeps its points and
    its state. An empty or untouched one has 0 points and needs no grader.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Compare all written answers with the texts that were graded."""
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            gradebook.db.execute(text(TABLE))
            for cell in nb.cells:
                if cell.cell_type == "markdown" and is_grade(cell) and is_solution(cell):
                    grade_id = cell.metadata.nbgrader["grade_id"]
                    where = (grade_id, names["notebook"], names["assignment"], names["student"])
                    grade, comment = gradebook.find_grade(*where), gradebook.find_comment(*where)
                    _settle(gradebook.db, cell, grade, comment)
            gradebook.db.commit()
        return nb, resources


def blank(cell: NotebookNode) -> bool:
    """Say whether a written answer is empty, or still the text that the lab put there."""
    untouched = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
    return untouched or not (cell.source.strip() or cell.get("attachments"))


def _settle(session: Any, cell: NotebookNode, grade: Any, comment: Any) -> None:
    answer = repr((cell.source, sorted(cell.get("attachments", {}).items())))
    digest = hashlib.sha256(answer.encode("utf-8", "surrogatepass")).hexdigest()
    known = session.execute(
        text("SELECT digest FROM fronteras_prose WHERE grade_id = :id"), {"id": grade.id}
    ).scalar()
    if known != digest:
        grade.manual_score = grade.extra_credit = None
        session.execute(text("DELETE FROM fronteras_prose WHERE grade_id = :id"), {"id": grade.id})
        session.execute(
            text("INSERT INTO fronteras_prose (grade_id, digest) VALUES (:id, :digest)"),
            {"id": grade.id, "digest": digest},
        )
    if blank(cell):
        grade.auto_score, comment.auto_comment = 0, "No response."
        grade.needs_manual_grade = False
    else:
        grade.auto_score = None
        grade.needs_manual_grade = grade.manual_score is None
