"""``check``: the participant's answer leaves the notebook as data, its form said at once."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from labs.forms import problem
from labs.plain import Json, NotPlain, canonical, plain

ANSWER_MIME = "application/vnd.fronteras.answer+json"
"""The MIME type under which a check cell publishes its answer."""
LAB_FILE = "lab.json"
"""The file beside the notebook that holds the lab's id and the forms of its answers."""


def check(question: str, answer: object) -> None:
    """Publish an answer for scoring and say at once whether its form is right.

    Nothing is scored here: the points come after *Submit*, from the scoring service.

    Args:
        question: the question's id, as the notebook gives it.
        answer: a value of the participant's; see ``labs.plain.plain`` for what it may be.
    """
    try:
        value = plain(answer)
        text = canonical(value)
        trouble = problem(_form(question), value)
    except NotPlain as error:
        _say(question, str(error), None)
        return
    _say(question, trouble, {"question": question, "answer": json.loads(text)})


def _form(question: str) -> dict[str, Any]:
    """Return the schema of one question from the lab's file in the current folder."""
    path = Path(LAB_FILE)
    try:
        forms = json.loads(path.read_text(encoding="utf-8"))["forms"]
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{LAB_FILE} is missing beside this notebook. Open the lab from the course site again: "
            "it puts the lab's files back and keeps your work."
        ) from error
    if question not in forms:
        raise KeyError(f"This lab has no question {question!r}; it has: {', '.join(forms)}")
    form: dict[str, Any] = forms[question]
    return form


def _say(question: str, trouble: str | None, published: dict[str, Json] | None) -> None:
    from IPython.display import display  # only a notebook has it; questions do without

    if trouble is None:
        sign, colour, text = "✓", "#0b6e4f", "The form is right. Press Submit for points."
    else:
        sign, colour, text = "!", "#9a3412", trouble
    bundle: dict[str, object] = {
        "text/plain": f"{sign} {question}: {text}",
        "text/html": (
            f'<div style="border-left:4px solid {colour};padding:.2em .8em">'
            f"<b>{sign} {escape(question)}</b> {escape(text)}</div>"
        ),
    }
    if published is not None:
        bundle[ANSWER_MIME] = published
    display(bundle, raw=True)
