"""The examiner: scores the answers that a run published, in a process no participant reaches."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from grading.cases import lab, lab_ids
from grading.evidence import own_case
from grading.execute import NOT_RUN
from grading.model import Mark, Question
from labs.answers import ANSWER_MIME
from labs.plain import Json, NotPlain, canonical, plain

RUBRIC_TAG = "rubric"
"""Marks the cell that shows graders a rubric."""
SHOWN_ANSWER = 600
"""How much of an answer is shown beside its feedback, in characters."""

NO_ANSWER = "No answer arrived from this cell. Run it in your notebook: it says what is missing."
STOPPED = "This cell stopped with an error ({error}), so no answer arrived."
DOUBLED = "This cell published {count} answers. Leave the cell as it was: it takes one."
ANOTHER = "This cell published the answer to another question."


class Examiner(NbGraderPreprocessor):
    """nbgrader's preprocessor after execution: answers in, points and feedback out.

    A check cell leaves with the outputs that nbgrader's gradebook reads (the feedback, then the
    number as the cell's result) and with ``metadata.fronteras``, which the service reads. Cells
    that are no question of a case, such as classic tests, stay as they ran.
    """

    secret_file = Unicode(help="The cohort's secret, from which the facts are made.").tag(
        config=True
    )

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Score all questions of a notebook and put the rubrics beside the written answers."""
        names = resources["nbgrader"]
        if names["assignment"] not in lab_ids():
            return nb, resources
        found = lab(names["assignment"])
        facts = own_case(Path(self.secret_file), names["student"], found.id).facts
        cells = []
        for cell in nb.cells:
            cells.append(cell)
            nbgrader = cell.metadata.get("nbgrader", {})
            grade_id = nbgrader.get("grade_id")
            if not nbgrader.get("grade"):
                continue
            if cell.cell_type == "code" and grade_id in found.questions:
                _score(cell, found.questions[grade_id], facts)
            elif grade_id in found.rubrics:
                cells.append(_rubric(found.rubrics[grade_id]))
        nb.cells = cells
        return nb, resources


def answer_of(outputs: list[Mapping[str, Any]], question: str) -> Json:
    """Return the one answer that a check cell's outputs hold.

    Args:
        outputs: of the cell, as the kernel sent them: nothing in them is trusted.
        question: the question's id.

    Raises:
        NotPlain: if there is none, or several, or another question's; the message says it.
    """
    published = [
        output["data"][ANSWER_MIME]
        for output in outputs
        if output.get("output_type") in ("display_data", "execute_result")
        and ANSWER_MIME in output.get("data", {})
    ]
    if not published:
        errors = [output.get("ename") for output in outputs if output.get("output_type") == "error"]
        if errors:
            name = str(errors[-1])
            raise NotPlain(
                STOPPED.format(error=name if re.fullmatch(r"\w{1,60}", name) else "unnamed")
            )
        raise NotPlain(NO_ANSWER)
    if len(published) > 1:
        raise NotPlain(DOUBLED.format(count=len(published)))
    bundle = json.loads(json.dumps(published[0]))  # notebook nodes to exact dicts and lists
    if not isinstance(bundle, dict) or bundle.get("question") != question:
        raise NotPlain(ANOTHER)
    answer = plain(bundle.get("answer"))
    canonical(answer)
    return answer


def _score(cell: NotebookNode, question: Question[Any], facts: object) -> None:
    points = float(cell.metadata.nbgrader["points"])
    if points != question.points:
        raise ValueError(
            f"question {question.id}: the released notebook gives {points} points, "
            f"the lab {question.points}. Release the lab again: fronteras release"
        )
    answer: Json = None
    not_run = cell.metadata.get("fronteras", {}).get(NOT_RUN)
    if not_run:
        mark = Mark(0, "{why}", {"why": not_run})
    else:
        try:
            answer = answer_of(cell.outputs, question.id)
            mark = question.mark(answer, facts)
        except NotPlain as trouble:
            mark = Mark(0, "{trouble}", {"trouble": str(trouble)})
    cell.metadata["fronteras"] = NotebookNode(
        points=float(mark.points), max_points=points, feedback=mark.feedback, see=question.see
    )
    cell.outputs = [
        new_output("display_data", data=_shown(question, mark, answer)),
        new_output(
            "execute_result",
            data={"text/plain": repr(float(mark.points))},
            execution_count=cell.get("execution_count"),
        ),
    ]


def _shown(question: Question[Any], mark: Mark, answer: Json) -> dict[str, str]:
    score = f"{mark.points:g} of {question.points:g} points."
    text = canonical(answer)
    if len(text) > SHOWN_ANSWER:
        text = f"{text[:SHOWN_ANSWER]}…"
    html = (
        f"<p><strong>{score}</strong> {escape(mark.feedback)} "
        f'<a href="/{escape(question.see)}">Where the course explains it</a></p>'
        f"<p>Answer: <code>{escape(text)}</code></p>"
    )
    return {"text/plain": f"{score} {mark.feedback}\nAnswer: {text}", "text/html": html}


def _rubric(text: str) -> NotebookNode:
    cell = new_markdown_cell(f"**Rubric, for graders**\n\n{text}")
    cell.metadata = NotebookNode(tags=[RUBRIC_TAG], deletable=False, editable=False)
    return cell
