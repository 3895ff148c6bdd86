"""The people of a cohort and their extensions: two CSV files, edited by hand or by commands."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from fronteras import atomic
from fronteras.settings import CohortError

ROSTER_FILE = "roster.csv"
EXTENSIONS_FILE = "extensions.csv"
USERNAME = re.compile(r"[a-z]([a-z0-9._-]{0,30}[a-z0-9])?")
MAX_FIELD = 120
"""The longest field of a roster, in characters."""


@dataclass(frozen=True)
class Person:
    """Somebody of the cohort, participant or instructor.

    Attributes:
        username: what the person signs in with.
        name: as it stands in lists, for instance ``Renata Couto``.
        state: the State that sends the person.
        role: what the person does at home: judge, prosecutor, police, examiner, contact point.
        team: the group the person works in.
        language: preferred, as an ISO 639-1 code.
        email: may be empty.
    """

    username: str
    name: str
    state: str = ""
    role: str = ""
    team: str = ""
    language: str = ""
    email: str = ""


COLUMNS = tuple(field.name for field in fields(Person))
EXTENSION_COLUMNS = ("username", "lab", "due")


def read(path: Path) -> tuple[Person, ...]:
    """Read a roster; the columns may stand in any order and all but two may be missing.

    Args:
        path: CSV in UTF-8, with commas or, as spreadsheets write it where the comma is the decimal
            sign, with semicolons.

    Raises:
        CohortError: if it cannot be read or a row is not right.
    """
    people: dict[str, Person] = {}
    for line, row in _rows(path, required=("username", "name"), allowed=COLUMNS):
        person = Person(**row)
        trouble = problem(person)
        if trouble is None and person.username in people:
            trouble = (
                f'the user name "{person.username}" stands twice. Change or delete one of them'
            )
        if trouble is not None:
            raise CohortError(f"{path}, line {line}: {trouble}")
        people[person.username] = person
    return tuple(people.values())


def problem(person: Person) -> str | None:
    """Say what is wrong with a person's fields and how to mend it, or ``None``."""
    username = person.username
    if not username:
        return "the user name is missing. Fill in the column username"
    if username != username.lower() and USERNAME.fullmatch(username.lower()):
        return f'the user name "{username}" has capital letters. Write "{username.lower()}"'
    if not USERNAME.fullmatch(username):
        return (
            f'"{username}" cannot be a user name: 1 to 32 of a-z, 0-9, dot, hyphen and underscore; '
            "the first is a letter, the last a letter or digit. Change it, for instance to ana.rey"
        )
    if username.startswith("grader-"):
        return f'"{username}" cannot be a user name: grader- is kept for the platform. Change it'
    if not person.name:
        return f"{username} has no name. Fill in the column name"
    for column, value in zip(COLUMNS, astuple(person), strict=True):
        if len(value) > MAX_FIELD or not value.isprintable():
            return f"{column} has more than {MAX_FIELD} characters or a line break. Shorten it"
        if value.startswith(("=", "+", "-", "@")):
            return f'{column} begins with "{value[0]}", a formula in a spreadsheet. Take that off'
    if person.language and not re.fullmatch("[a-z]{2}", person.language):
        return f'language is "{person.language}"; write two letters: en, es, fr or pt'
    if person.email and not re.fullmatch(r"[^@\s]+@[^@\s]+", person.email):
        return (
            f'email is "{person.email}"; write an address like {username}@example.org, or nothing'
        )
    return None


def write(path: Path, people: Iterable[Person]) -> None:
    """Replace a roster by these people, in this order."""
    _write(path, COLUMNS, (astuple(person) for person in people))


def read_extensions(path: Path) -> dict[tuple[str, str], datetime]:
    """Read the extended due times by user name and lab, in UTC; none where the file is missing.

    Raises:
        CohortError: if it cannot be read or a row is not right.
    """
    if not path.exists():
        return {}
    found: dict[tuple[str, str], datetime] = {}
    for line, row in _rows(path, required=EXTENSION_COLUMNS, allowed=EXTENSION_COLUMNS):
        key = row["username"], row["lab"]
        if key in found:
            raise CohortError(
                f"{path}, line {line}: {key[0]} has two extensions for {key[1]}. Delete one of them"
            )
        try:
            found[key] = moment(row["due"])
        except ValueError as error:
            raise CohortError(f"{path}, line {line}: due {error}") from error
    return found


def write_extensions(path: Path, extensions: Mapping[tuple[str, str], datetime]) -> None:
    """Replace the extensions by these."""
    rows = ((*key, due.astimezone(UTC).isoformat()) for key, due in sorted(extensions.items()))
    _write(path, EXTENSION_COLUMNS, rows)


def moment(text: str) -> datetime:
    """Read a time with its zone (RFC 3339) and return it in UTC.

    Raises:
        ValueError: if it is no time or has no zone; the message completes "due ...".
    """
    example = "Write for instance 2026-11-21T18:00:00-05:00"
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f'is "{text}", which is not a time. {example}') from error
    if value.tzinfo is None:
        raise ValueError(f'is "{text}", which has no time zone. {example}')
    return value.astimezone(UTC)


def _rows(
    path: Path, required: tuple[str, ...], allowed: tuple[str, ...]
) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a CSV file by column, with their line numbers; empty rows are left out."""
    text = _text(path)
    header = text.split("\n", 1)[0]
    separator = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    found: list[tuple[int, dict[str, str]]] = []
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        _check_columns(path, columns, required, allowed)
        for cells in reader:
            values = [cell.strip() for cell in cells]
            if not any(values):
                continue
            if len(values) != len(columns):
                raise CohortError(
                    f"{path}, line {reader.line_num}: {len(values)} fields where the first line "
                    f"names {len(columns)}. A field that holds a comma stands in double quotes"
                )
            found.append((reader.line_num, dict(zip(columns, values, strict=True))))
    except csv.Error as error:
        raise CohortError(
            f"{path}, line {reader.line_num}: {error}. Close the double quotes"
        ) from error
    return found


def _check_columns(
    path: Path, columns: list[str], required: tuple[str, ...], allowed: tuple[str, ...]
) -> None:
    missing = [name for name in required if name not in columns]
    unknown = [name for name in columns if name not in allowed]
    if missing or unknown or len(set(columns)) != len(columns):
        raise CohortError(
            f"{path}, line 1: the columns should be {','.join(allowed)}; "
            f"this file has {','.join(columns) or 'none'}. Mend the first line"
        )


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError as error:
        raise CohortError(f"{path} is missing. Its first line is: {','.join(COLUMNS)}") from error
    except IsADirectoryError as error:
        raise CohortError(f"{path} is a folder; it should be a CSV file") from error
    except UnicodeDecodeError as error:
        raise CohortError(
            f"{path} is not UTF-8 text. Save it from the spreadsheet as CSV UTF-8."
        ) from error


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    atomic.write(path, text.getvalue().encode())
