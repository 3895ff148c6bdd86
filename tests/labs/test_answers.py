"""``check`` in a real IPython: publishes plain data and says whether its form is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from labs import check
from labs.answers import ANSWER_MIME, LAB_FILE

FORMS = {"sha": {"type": "string", "format": "sha-256"}, "days": {"type": "integer"}}


@pytest.fixture(autouse=True)
def lab_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    InteractiveShell.instance()
    (tmp_path / LAB_FILE).write_text(json.dumps({"lab": "demo", "forms": FORMS}))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def output(question: str, answer: object) -> dict[str, Any]:
    with capture_output() as captured:
        check(question, answer)
    assert len(captured.outputs) == 1
    data: dict[str, Any] = captured.outputs[0].data
    return data


def test_an_answer_of_the_right_form_is_published() -> None:
    data = output("days", 60)
    assert data[ANSWER_MIME] == {"question": "days", "answer": 60}
    assert "form is right" in data["text/plain"]


def test_an_answer_of_the_wrong_form_is_published_with_the_sentence() -> None:
    data = output("sha", "abc")
    assert data[ANSWER_MIME] == {"question": "sha", "answer": "abc"}
    assert "That is not a SHA-256 value: 64 hexadecimal digits." in data["text/plain"]


def test_what_cannot_be_an_answer_is_not_published() -> None:
    data = output("days", object())
    assert ANSWER_MIME not in data
    assert "type object" in data["text/plain"]


def test_an_answers_text_cannot_write_into_the_page() -> None:
    data = output("sha", "<script>alert(1)</script>")
    assert "<script>" not in data["text/html"]


def test_a_missing_lab_file_names_the_mend(lab_folder: Path) -> None:
    (lab_folder / LAB_FILE).unlink()
    with pytest.raises(FileNotFoundError, match="Open the lab from the course site again"):
        check("days", 60)


def test_an_unknown_question_names_those_there_are() -> None:
    with pytest.raises(KeyError, match="sha, days"):
        check("weeks", 1)
