"""Answers as plain data: what goes through, and what is refused with a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from labs.plain import MAX_BYTES, MAX_ITEMS, NotPlain, canonical, plain


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (-7, "-7"),
        (0.5, "0.5"),
        ("é", '"é"'),
        (b"\x00\xff", '"00ff"'),
        (bytearray(b"\x01"), '"01"'),
        ((1, "a"), '[1,"a"]'),
        ({3, 1, 2}, "[1,2,3]"),
        (frozenset({"b", "a"}), '["a","b"]'),
        ({"b": 1, "a": {2: []}}, '{"a":{"2":[]},"b":1}'),
        (date(2026, 3, 2), '"2026-03-02"'),
        (datetime(2026, 3, 2, 14, 5, 9, tzinfo=UTC), '"2026-03-02T14:05:09Z"'),
        (
            datetime(2026, 3, 2, 9, 5, 9, tzinfo=timezone(timedelta(hours=-5))),
            '"2026-03-02T14:05:09Z"',
        ),
    ],
)
def test_values_have_one_canonical_text(value: object, text: str) -> None:
    assert canonical(plain(value)) == text


class Liar(str):
    """Text that claims to equal anything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


def nested(depth: int) -> object:
    return [nested(depth - 1)] if depth else 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        (2**63, "63 bits"),
        (-(2**4000), "63 bits"),
        (datetime(2026, 3, 2, 14, 5), "zone"),
        (object(), "type object"),
        (Liar("x"), "type Liar"),
        ({"a": Liar("x")}, "type Liar"),
        ({Liar("x"): 1}, "not Liar"),
        ({1: "a", "1": "b"}, "twice"),
        ({(1, 2): 3}, "not tuple"),
        (nested(9), "levels deep"),
        (list(range(MAX_ITEMS)), "values"),
        ("x" * (MAX_BYTES + 1), "too long"),
        ("\ud800", "surrogate"),
        ((item for item in [1]), "type generator"),
    ],
)
def test_what_cannot_be_an_answer_is_refused_in_words(value: object, words: str) -> None:
    with pytest.raises(NotPlain, match=words):
        plain(value)


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(NotPlain, match="levels deep"):
        plain(endless)


def test_many_long_texts_together_are_too_long() -> None:
    with pytest.raises(NotPlain, match="too long"):
        canonical(plain(["x" * 40_000] * 2))
