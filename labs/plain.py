"""Answers as plain data: one rule for turning any Python value into JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_BYTES = 64 * 1024
"""The most an answer may take as canonical JSON, in bytes of UTF-8."""
MAX_DEPTH = 8
"""How deep lists and mappings may nest."""
MAX_ITEMS = 2_000
"""How many values an answer may hold in all."""
MAX_INTEGER = 2**63 - 1
"""The largest integer, so that no answer becomes a number that takes seconds to print."""


class NotPlain(ValueError):
    """A value that cannot be an answer; the message says why, worded for a participant."""


def plain(value: object) -> Json:
    """Turn a value into JSON types by stated rules, or say why it cannot be an answer.

    ``None``, booleans, integers, finite floats and text stay as they are. Bytes become lower-case
    hexadecimal digits. An aware ``datetime`` becomes UTC, ``2026-03-02T14:05:09Z``; a naive one is
    refused, since its zone is a guess. A ``date`` becomes ``2026-03-02``. Tuples become lists; sets
    become lists sorted by their canonical form. Keys of a mapping must be text or integers.

    Only exact types count: an object of a subclass could lie about itself.

    Args:
        value: anything a participant's cell made.

    Returns:
        A fresh value of JSON types.

    Raises:
        NotPlain: if the value is of another type, too deep, too large, or not a number.
    """
    return _Reader().read(value, 0)


def canonical(value: Json) -> str:
    """Return the one JSON text of a plain value: sorted keys, no spaces, no NaN, at most 64 KiB.

    Raises:
        NotPlain: if the text would be longer than ``MAX_BYTES``.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise NotPlain(f"The answer is too long: more than {MAX_BYTES // 1024} KiB.")
    return text


class _Reader:
    """One reading of one value; counts what it has seen so that nothing grows without end."""

    def __init__(self) -> None:
        self.items = 0

    def read(self, value: object, depth: int) -> Json:
        self.items += 1
        if self.items > MAX_ITEMS:
            raise NotPlain(f"The answer holds more than {MAX_ITEMS} values.")
        if depth > MAX_DEPTH:
            raise NotPlain(f"The answer nests more than {MAX_DEPTH} levels deep.")
        kind = type(value)
        if value is None or kind is bool:
            return value  # type: ignore[return-value]
        if kind in (int, float):
            return _number(value)  # type: ignore[arg-type]
        if kind in (str, bytes, bytearray, datetime, date):
            return _text(value)
        if kind in (list, tuple):
            return [self.read(item, depth + 1) for item in value]  # type: ignore[attr-defined]
        if kind in (set, frozenset):
            items = [self.read(item, depth + 1) for item in value]  # type: ignore[attr-defined]
            return sorted(items, key=canonical)
        if kind is dict:
            return self._mapping(value, depth)  # type: ignore[arg-type]
        raise NotPlain(
            f"An answer is made of text, numbers, dates and lists; this is of type {kind.__name__}."
        )

    def _mapping(self, value: Mapping[object, object], depth: int) -> dict[str, Json]:
        result: dict[str, Json] = {}
        for key, item in value.items():
            if type(key) not in (str, int):
                raise NotPlain(
                    f"The names in an answer are text or integers, not {type(key).__name__}."
                )
            name = str(self.read(key, depth + 1))
            if name in result:
                raise NotPlain(f"The answer holds {name!r} twice.")
            result[name] = self.read(item, depth + 1)
        return result


def _number(value: float) -> int | float:
    if isinstance(value, float) and not math.isfinite(value):
        raise NotPlain("The answer is not a finite number.")
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise NotPlain("The answer is an integer of more than 63 bits.")
    return value


def _text(value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise NotPlain("The time has no zone. Add one, for instance tzinfo=timezone.utc.")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    text = value.hex() if isinstance(value, (bytes, bytearray)) else str(value)
    if len(text) > MAX_BYTES:
        raise NotPlain(f"The answer is too long: more than {MAX_BYTES // 1024} KiB.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotPlain("The answer holds half a character (a lone surrogate).") from error
    return text
