from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fronteras import roster
from fronteras.roster import Person
from fronteras.settings import CohortError

HEADER = "username,name,state,role,team,language,email\n"
PEOPLE = (
    Person("ana", "Ana Belmonte", "Costa Lumbre", "prosecutor", "reef", "es", "ana@x.example"),
    Person("marie-eve.l", "Lacombe, Marie-Ève", "Île-du-Vent", "contact point", "", "fr", ""),
)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    roster.write(path, PEOPLE)
    assert roster.read(path) == PEOPLE
    assert path.read_text(encoding="utf-8").startswith(HEADER)


@pytest.mark.parametrize(
    "data",
    [
        b"username,name\nana,Ana\n",
        "\ufeffusername,name\r\nana,Ana\r\n\r\n".encode(),
        b"Name;Username\r\nAna;ana",
        b" username , name \n ana , Ana \n,\n",
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(data)
    assert roster.read(path) == (Person("ana", "Ana"),)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (",Ana,,,,,", "line 2: the user name is missing. Fill in"),
        ("ana,,,,,,", "line 2: ana has no name"),
        ("ana,Ana,,,,,\nbo,Bo,,,,,\nana,Ana,,,,,", "line 4: .*stands twice"),
        ("Ana,Ana,,,,,", 'has capital letters. Write "ana"'),
        ("grader-demo,Ana,,,,,", "grader- is kept"),
        ("../ana,Ana,,,,,", "cannot be a user name.*for instance to ana.rey"),
        ("1ana,Ana,,,,,", "cannot be a user name"),
        ("ana.,Ana,,,,,", "cannot be a user name"),
        (f"a{'n' * 32},Ana,,,,,", "cannot be a user name"),
        ("aná,Ana,,,,,", "cannot be a user name"),
        ("ana,Ana,,,,english,", "write two letters"),
        ("ana,Ana,,,,,ana at home", "write an address like ana@example.org"),
        ("ana,=HYPERLINK(1),,,,,", 'begins with "="'),
        (f"ana,{'A' * 121},,,,,", "more than 120 characters"),
        ('ana,"A\nB",,,,,', "a line break"),
        ("ana,Belmonte, Ana,,,,,", "line 2: 8 fields where the first line names 7.*double quotes"),
        ('ana,"Ana,,,,,', "line 2: .*Close the double quotes"),
    ],
)
def test_wrong_rows_are_named_with_their_mend(tmp_path: Path, rows: str, said: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(HEADER + rows + "\n", encoding="utf-8")
    with pytest.raises(CohortError, match=rf"roster\.csv, .*{said}"):
        roster.read(path)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "line 1: the columns should be username,name.*this file has none"),
        (b"user,name\nana,Ana\n", "this file has user,name. Mend the first line"),
        (b"username,name,name\nana,Ana,Ana\n", "this file has username,name,name"),
        ("username,name\nana,Iñés\n".encode("latin-1"), "CSV UTF-8"),
        (b"username,name\nana,A\x00\n", "line"),
    ],
)
def test_wrong_files_are_named_with_their_mend(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(data)
    with pytest.raises(CohortError, match=said):
        roster.read(path)


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match=r"is missing\. Its first line is: username,name"):
        roster.read(tmp_path / "none.csv")
    with pytest.raises(CohortError, match="is a folder"):
        roster.read(tmp_path)


def test_extensions_are_kept_in_utc(tmp_path: Path) -> None:
    path = tmp_path / "extensions.csv"
    assert roster.read_extensions(path) == {}
    due = roster.moment("2026-12-01T18:00:00-05:00")
    assert due == datetime(2026, 12, 1, 23, tzinfo=UTC)
    roster.write_extensions(path, {("ana", "s1-2-offences"): due})
    assert path.read_text() == "username,lab,due\nana,s1-2-offences,2026-12-01T23:00:00+00:00\n"
    assert roster.read_extensions(path) == {("ana", "s1-2-offences"): due}


def test_an_extension_stands_once(tmp_path: Path) -> None:
    path = tmp_path / "extensions.csv"
    row = "ana,s1-2-offences,2026-12-01T23:00:00Z\n"
    path.write_text("username,lab,due\n" + row + row)
    with pytest.raises(CohortError, match="line 3: ana has two extensions"):
        roster.read_extensions(path)
