"""Forms say in a sentence what an answer should look like."""

from __future__ import annotations

import pytest

from labs.forms import FORMATS, problem


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("sha-256", "A0" * 32, "a0" * 31),
        ("md5", "a0" * 16, "a0" * 32),
        ("hex", "00fF", "0"),
        ("date", "2026-03-02", "02/03/2026"),
        ("utc-time", "2026-03-02T14:05:09Z", "2026-03-02T14:05:09"),
        ("utc-time", "2026-03-02 09:05-05:00", "2026-03-02T25:05:09Z"),
        ("ipv4", "192.0.2.7", "192.0.2"),
        ("article", "29.2", "article 29"),
    ],
)
def test_a_format_takes_the_right_form_and_names_itself_otherwise(
    name: str, good: str, bad: str
) -> None:
    schema = {"type": "string", "format": name}
    assert problem(schema, good) is None
    assert problem(schema, bad) == f"That is not {FORMATS[name].description}."
    assert problem(schema, good + "\n") is not None


def test_the_description_of_the_part_that_fails_words_the_sentence() -> None:
    schema = {
        "type": "object",
        "properties": {
            "until": {"type": "string", "format": "date"},
            "articles": {"type": "array", "items": {"type": "integer", "description": "a number"}},
        },
        "required": ["until"],
        "description": "a mapping with until and articles",
    }
    assert problem(schema, {"until": "2026-03-02", "articles": [2]}) is None
    assert problem(schema, {"until": "soon"}) == ("That is not a date like 2026-03-02 (at until).")
    assert problem(schema, {"until": "2026-03-02", "articles": ["x"]}) == (
        "This answer should be a number (at articles.0)."
    )
    assert problem(schema, {"until": None}) == (
        "There is no answer yet (at until): it still holds None."
    )
    assert problem(schema, 3) == "This answer should be a mapping with until and articles."


def test_none_is_no_answer_yet() -> None:
    assert problem({"type": "integer"}, None) == (
        "There is no answer yet: the name still holds None."
    )
