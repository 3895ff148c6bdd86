from typing import Any

import pytest
from nbformat.v4 import new_output

from grading.examiner import answer_of
from labs.answers import ANSWER_MIME
from labs.plain import MAX_BYTES, NotPlain


def _published(answer: object, question: str = "berth", kind: str = "display_data") -> Any:
    return new_output(kind, data={ANSWER_MIME: {"question": question, "answer": answer}})


@pytest.mark.parametrize("answer", [7, "x", 0.5, True, None, [1, [2]], {"a": {"b": [None]}}])
def test_the_answer_is_what_the_cell_published(answer: object) -> None:
    stream = new_output("stream", name="stdout", text="noise")
    assert answer_of([stream, _published(answer)], "berth") == answer
    assert answer_of([_published(answer, kind="execute_result")], "berth") == answer


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        ([], "No answer arrived"),
        ([new_output("display_data", data={"text/plain": "7"})], "No answer arrived"),
        ([_published(1), _published(1)], "published 2 answers"),
        ([_published(1, "ship")], "another question"),
        ([new_output("display_data", data={ANSWER_MIME: [1]})], "another question"),
        ([new_output("display_data", data={ANSWER_MIME: "x"})], "another question"),
        ([_published("x" * (MAX_BYTES + 1))], "too long"),
        ([_published(["x" * 40_000, "y" * 40_000])], "too long"),
        ([_published([[[[[[[[[[1]]]]]]]]]])], "levels deep"),
        ([_published(list(range(5_000)))], "more than 2000 values"),
        ([_published(2**70)], "63 bits"),
        ([_published(float("nan"))], "finite"),
        ([_published("\ud800")], "lone surrogate"),
    ],
)
def test_what_is_not_one_plain_answer_is_refused(outputs: list[Any], words: str) -> None:
    with pytest.raises(NotPlain, match=words):
        answer_of(outputs, "berth")


@pytest.mark.parametrize(
    ("name", "shown"), [("NameError", "NameError"), ("<img src=x>", "unnamed"), ("", "unnamed")]
)
def test_an_error_is_named_only_by_a_plain_name(name: str, shown: str) -> None:
    error = new_output("error", ename=name, evalue="", traceback=[])
    with pytest.raises(NotPlain, match=rf"an error \({shown}\)"):
        answer_of([error], "berth")
