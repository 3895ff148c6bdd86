"""Reading a settings file in TOML: typed fields, and errors that name file, line and mend."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class CohortError(Exception):
    """The cohort's settings are not right; the message names file, place and mend."""


class Table:
    """One table of a TOML file, read field by field; at the end nothing may be left over.

    Args:
        path: the file, for messages.
        values: the table.
        name: the table's name in the file: ``server``, ``labs``; empty for the top.
        index: which one of an array of tables, from 0.
    """

    def __init__(
        self, path: Path, values: Mapping[str, Any], name: str = "", index: int = 0
    ) -> None:
        self.path = path
        self.name = name
        self.index = index
        self._values = dict(values)

    @classmethod
    def read(cls, path: Path) -> Table:
        """Read a file's top table.

        Raises:
            CohortError: if the file is missing, not UTF-8 or not TOML.
        """
        try:
            return cls(path, tomllib.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise CohortError(
                f"{path} is missing. Make a cohort with: fronteras init {path.parent}"
            ) from error
        except IsADirectoryError as error:
            raise CohortError(f"{path} is a folder; it should be a file of settings") from error
        except UnicodeDecodeError as error:
            raise CohortError(f"{path} is not UTF-8 text. Save it as UTF-8.") from error
        except tomllib.TOMLDecodeError as error:
            raise CohortError(
                f"{path} is not valid TOML: {error}. Text stands in double quotes, times look like "
                "2026-11-21T18:00:00-05:00, true and false are in lower case."
            ) from error

    def wrong(self, key: str, trouble: str) -> CohortError:
        """Return an error about one field, for the caller to raise."""
        field = f"{self.name}.{key}" if self.name else key
        line = self._line(key)
        place = f"{self.path}, line {line}" if line else str(self.path)
        return CohortError(f"{place}: {field} {trouble}")

    def take(self, key: str, kind: type[T], example: str, default: T | None = None) -> T:
        """Take one field of an exact type out of the table.

        Args:
            key: the field.
            kind: the TOML type it must have; ``bool`` does not count as ``int``.
            example: a right line, for the message.
            default: what counts where the field is missing; without one it is required.

        Raises:
            CohortError: if it is missing or of another type.
        """
        if key not in self._values and default is not None:
            return default
        if key not in self._values:
            raise self.wrong(key, f"is missing. Add for instance: {key} = {example}")
        value = self._values.pop(key)
        if type(value) is not kind:
            raise self.wrong(key, f"is not right. Write for instance: {key} = {example}")
        return value

    def text(self, key: str, example: str, default: str | None = None) -> str:
        """Take a text that is not empty, unless the default is."""
        value = self.take(key, str, f'"{example}"', default)
        if not value.strip() and default != "":
            raise self.wrong(key, f'is empty. Write for instance: {key} = "{example}"')
        return value

    def number(self, key: str, default: int, least: int, most: int) -> int:
        """Take an integer between two bounds, both included."""
        value = self.take(key, int, str(default), default)
        if not least <= value <= most:
            raise self.wrong(key, f"is {value}; it must be from {least} to {most}")
        return value

    def matching(self, key: str, pattern: str, rule: str, example: str) -> str:
        """Take a text that a regular expression matches whole; ``rule`` says it in words."""
        value = self.text(key, example)
        if not re.fullmatch(pattern, value):
            raise self.wrong(key, f'is "{value}"; {rule}. Write for instance: {key} = "{example}"')
        return value

    def day(self, key: str) -> date:
        """Take a date without a time."""
        return self.take(key, date, "2026-11-21")

    def time(self, key: str) -> datetime | None:
        """Take a time with its zone, as UTC; ``None`` where the field is missing."""
        if key not in self._values:
            return None
        value = self.take(key, datetime, "2026-11-21T18:00:00-05:00")
        if value.tzinfo is None:
            raise self.wrong(
                key, f"has no time zone. Write for instance: {key} = {value.isoformat()}-05:00"
            )
        return value.astimezone(UTC)

    def texts(self, key: str, example: str) -> tuple[str, ...]:
        """Take a list of texts."""
        values = self.take(key, list, f'["{example}"]')
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(key, f'is a list of texts: {key} = ["{example}"]')
        return tuple(values)

    def table(self, key: str) -> Table:
        """Take a table; an empty one where it is missing."""
        values = self._values.pop(key, {})
        if not isinstance(values, dict):
            raise self.wrong(key, f"is a table. Write [{key}] on a line of its own")
        return Table(self.path, values, key)

    def tables(self, key: str) -> list[Table]:
        """Take an array of tables; an empty one where it is missing."""
        values = self._values.pop(key, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self.wrong(key, f"is a list of tables. Write [[{key}]] before each")
        return [Table(self.path, value, key, index) for index, value in enumerate(values)]

    def end(self, result: Callable[[], T]) -> T:
        """Return what was made of the table, once nothing is left in it.

        Raises:
            CohortError: if a field is left that nobody asked for: most often a typing mistake.
        """
        for key in self._values:
            raise self.wrong(key, "is not a setting that Fronteras knows. Mend or delete the line")
        return result()

    def _line(self, key: str) -> int | None:
        """Return the line where a field, or else its table, stands, counted from 1."""
        table, seen, header = "", -1, None
        for number, line in enumerate(self.path.read_text(encoding="utf-8").splitlines(), 1):
            opened = re.match(r"\s*\[\[?\s*([\w.-]+)\s*\]", line)
            if opened:
                table = opened[1]
                seen += table == self.name
            here = table == self.name and (not self.name or seen == self.index)
            if here and header is None:
                header = number
            if here and re.match(rf'\s*"?{re.escape(key)}"?\s*=', line):
                return number
        return header if self.name else None
