from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jupyterhub import orm
from nbgrader.api import Gradebook

from fronteras import demo, passwords, running
from fronteras.attempts import Attempts
from fronteras.cli import main
from fronteras.cohort import load

LAB = "s1-2-offences"
SETTINGS = """
id = "demo"
title = "Demo"
language = "en"
starts = 2026-11-21
ends = 2026-12-21
instructors = ["ines"]
[[labs]]
id = "s1-2-offences"
due = 2026-12-01T18:00:00-05:00
[[labs]]
id = "s2-3-deleted-files"
"""
Run = Callable[..., Result]

# nbgrader 0.9 builds its rows in an order that SQLAlchemy 2 remarks upon; they are stored


@pytest.fixture
def directory(cohort_directory: Path) -> Path:
    (cohort_directory / "cohort.toml").write_text(SETTINGS, encoding="utf-8")
    return cohort_directory


@pytest.fixture
def fronteras(directory: Path) -> Run:
    """The command on that cohort."""

    def run(*arguments: str, **options: object) -> Result:
        return CliRunner().invoke(main, ["--cohort", str(directory), *arguments], **options)  # type: ignore[arg-type]

    return run


def files(directory: Path) -> dict[str, bytes]:
    found = (path for path in directory.rglob("*") if path.is_file())
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in found
        if path.suffix != ".lock"
    }


def refused(result: Result, *said: str, code: int = 1) -> None:
    assert result.exit_code == code, result.output
    assert result.stderr.count("Error: ") == 1
    assert "Traceback" not in result.output
    for words in said:
        assert words in result.stderr


def test_a_new_cohort_can_be_signed_in_to(tmp_path: Path) -> None:
    made = CliRunner().invoke(
        main,
        ["init", str(tmp_path / "Marejada 2026"), "--instructor", "rosa", "--name", "Rosa Díaz"],
    )
    assert made.exit_code == 0, made.output
    cohort = load(tmp_path / "Marejada 2026")
    assert cohort.id == "marejada-2026"
    assert cohort.is_instructor("rosa")
    password = made.stdout.partition("password: ")[2].split()[0]
    assert passwords.verify(password, passwords.load(cohort.passwords)["rosa"])
    again = CliRunner().invoke(main, ["init", str(tmp_path / "Marejada 2026")])
    refused(again, "is not empty", "new directory")
    wrong = CliRunner().invoke(main, ["init", str(tmp_path / "x"), "--instructor", "grader-x"])
    refused(wrong, "kept for the platform")


def test_people_come_and_go(directory: Path, fronteras: Run) -> None:
    added = fronteras("person", "add", "grace", "--name", "Grace Ashdown", "--role", "judge")
    password = added.stdout.strip().rpartition("password: ")[2]
    cohort = load(directory)
    assert passwords.verify(password, passwords.load(cohort.passwords)["grace"])
    assert password not in "".join(
        path.read_text() for path in cohort.private.iterdir() if path.suffix
    )
    listed = fronteras("person", "list").stdout
    assert "Grace Ashdown" in listed
    assert "instructor" in listed

    refused(fronteras("person", "add", "grace", "--name", "Grace"), "in the roster already")
    refused(fronteras("person", "add", "Grace", "--name", "Grace"), 'Write "grace"')
    refused(fronteras("person", "add", "x"), "--name", code=2)

    assert fronteras("extend", "grace", LAB, "2026-12-24T18:00:00Z").exit_code == 0
    assert fronteras("person", "remove", "grace").exit_code == 0
    cohort = load(directory)
    assert cohort.person("grace") is None
    assert "grace" not in passwords.load(cohort.passwords)
    assert not cohort.extensions
    refused(fronteras("person", "remove", "grace"), "nobody has the user name", "person list")
    refused(fronteras("person", "remove", "ines"), "is an instructor", "cohort.toml")


def test_a_reset_password_replaces_the_old_one(directory: Path, fronteras: Run) -> None:
    old = demo.sign_ins(directory)["ana"]
    new = fronteras("password", "reset", "ana").stdout.split()[-1]
    stored = passwords.load(load(directory).passwords)["ana"]
    assert passwords.verify(new, stored)
    assert not passwords.verify(old, stored)
    assert "ana" not in demo.sign_ins(directory)
    refused(fronteras("password", "reset", "nobody"), "nobody has the user name")


def test_a_roster_is_imported_whole_or_not_at_all(
    directory: Path, fronteras: Run, tmp_path: Path
) -> None:
    sheet = tmp_path / "people.csv"
    before = files(directory)
    sheet.write_text("username,name,state\ngrace,Grace,Coral Keys\n,Nobody,\n")
    refused(fronteras("roster", "import", str(sheet)), "people.csv, line 3", "Fill in")
    assert files(directory) == before

    sheet.write_text('username,name,state\ngrace,"Ashdown, Grace",Coral Keys\nana,Ana B.,X\n')
    done = fronteras("roster", "import", str(sheet), "-o", str(tmp_path / "new.csv"))
    assert done.exit_code == 0, done.output
    assert "2 people read, 1 of them new" in done.stderr
    with (tmp_path / "new.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["username"], row["name"]) == ("grace", "Ashdown, Grace")
    cohort = load(directory)
    stored = passwords.load(cohort.passwords)
    assert passwords.verify(row["password"], stored["grace"])
    assert passwords.verify(demo.sign_ins(directory)["ana"], stored["ana"])
    ana = cohort.person("ana")
    assert ana is not None
    assert ana.name == "Ana B."
    assert cohort.person("bruno") is not None
    refused(fronteras("roster", "import", str(sheet), "-o", "/nowhere/new.csv"), "/nowhere")


def test_an_extension_is_for_one_person(directory: Path, fronteras: Run) -> None:
    comment = (directory / "cohort.toml").read_bytes()
    done = fronteras("extend", "ana", LAB, "2026-12-02T18:00:00-05:00")
    assert "until 2026-12-02 23:00 UTC" in done.stdout
    cohort = load(directory)
    assert cohort.due(LAB, "ana") == datetime(2026, 12, 2, 23, tzinfo=UTC)
    assert cohort.due(LAB, "bruno") == datetime(2026, 12, 1, 23, tzinfo=UTC)
    assert (directory / "cohort.toml").read_bytes() == comment

    refused(fronteras("extend", "ana", LAB, "2026-12-02T18:00"), "no time zone", code=2)
    refused(fronteras("extend", "ana", LAB, "Friday"), "not a time", code=2)
    refused(fronteras("extend", "ana", LAB, "2026-11-30T18:00Z"), "an extension is later")
    refused(fronteras("extend", "nobody", LAB, "2026-12-02T18:00Z"), "nobody has the user name")
    refused(fronteras("extend", "ana", "s9-9-x", "2026-12-02T18:00Z"), "its labs are", LAB)
    refused(fronteras("extend", "ana", "s2-3-deleted-files", "2026-12-02T18:00Z"), "no due time")


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["person", "list"],
        ["password", "reset", "ana"],
        ["grades", "export"],
        ["doctor"],
        ["serve"],
        ["release"],
    ],
)
def test_broken_settings_are_said_and_nothing_is_lost(
    directory: Path, fronteras: Run, command: list[str]
) -> None:
    (directory / "cohort.toml").write_text("id = demo", encoding="utf-8")
    before = files(directory)
    refused(fronteras(*command), "cohort.toml is not valid TOML", "line 1")
    assert files(directory) == before


def test_an_unknown_lab_is_said(fronteras: Run) -> None:
    refused(fronteras("release", "s9-9-x"), 'no lab "s9-9-x"', "its labs are")
    refused(fronteras("feedback", "release", "s9-9-x"), 'no lab "s9-9-x"')


def test_there_is_no_cohort(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--cohort", str(tmp_path / "none"), "status"])
    refused(result, "is missing", "fronteras init")


def submit(directory: Path, username: str, when: datetime, points: float, *, prose: bool) -> None:
    """Leave what a scored submission leaves: an attempt and its rows in the gradebook."""
    cohort = load(directory)
    Attempts(cohort.attempts).store(LAB, username, b"{}", when)
    with Gradebook(cohort.gradebook_url, cohort.id) as book:
        book.update_or_create_assignment(LAB)
        book.update_or_create_notebook(LAB, LAB)
        for name, kind in (("q", "code"), ("reasons", "markdown")):
            book.update_or_create_grade_cell(name, LAB, LAB, max_score=5, cell_type=kind)
        book.update_or_create_student(username)
        book.update_or_create_submission(LAB, username, timestamp=when.replace(tzinfo=None))
        for name, score, manual in (("q", points, False), ("reasons", None, prose)):
            grade = book.find_grade(name, LAB, LAB, username)
            grade.auto_score, grade.needs_manual_grade = score, manual
        book.db.commit()


def test_grades_are_exported_for_every_person_and_lab(
    directory: Path, fronteras: Run, tmp_path: Path
) -> None:
    refused(fronteras("grades", "export"), "Release the labs first")
    submit(directory, "ana", datetime(2026, 11, 25, 12, tzinfo=UTC), 3.5, prose=True)
    submit(directory, "bruno", datetime(2026, 12, 2, 12, tzinfo=UTC), 5, prose=False)
    rows = list(csv.DictReader(io.StringIO(fronteras("grades", "export").stdout)))
    cohort = load(directory)
    assert len(rows) == len(cohort.participants()) * 2
    assert rows[0] == {
        "username": "ana",
        "name": "Ana Belmonte",
        "state": "Costa Lumbre",
        "lab": LAB,
        "points": "3.5",
        "max": "10",
        "late": "no",
        "needs_grading": "yes",
        "last_submission": "2026-11-25T12:00:00Z",
    }
    by_person = {row["username"]: row for row in rows if row["lab"] == LAB}
    assert (by_person["bruno"]["points"], by_person["bruno"]["late"]) == ("5", "yes")
    assert by_person["bruno"]["needs_grading"] == "no"
    assert (by_person["claire"]["points"], by_person["claire"]["last_submission"]) == ("", "")

    assert fronteras("extend", "bruno", LAB, "2026-12-05T18:00Z").exit_code == 0
    target = tmp_path / "grades.csv"
    assert fronteras("grades", "export", "-o", str(target)).exit_code == 0
    assert "bruno,Bruno Tavares,Porto Sereno,s1-2-offences,5,10,no,no" in target.read_text()


def test_the_status_counts_people_and_attempts(directory: Path, fronteras: Run) -> None:
    submit(directory, "ana", datetime(2026, 11, 25, 12, tzinfo=UTC), 3.5, prose=True)
    submit(directory, "ana", datetime(2026, 11, 26, 12, tzinfo=UTC), 4, prose=True)
    said = fronteras("status").stdout
    assert "12 participants" in said
    assert "Not served now" in said
    [line] = [line for line in said.splitlines() if LAB in line]
    assert [cell.strip() for cell in line.split("│")[2:-1]] == ["-", "2026-12-01 23:00", "1", "2"]
    with running.only_one(directory, "http://127.0.0.1:8123/"):
        assert "Served at http://127.0.0.1:8123/" in fronteras("status").stdout


def test_deleting_a_person_leaves_no_trace(directory: Path, fronteras: Run) -> None:
    for username in ("ana", "bruno"):
        submit(directory, username, datetime(2026, 11, 25, 12, tzinfo=UTC), 3, prose=True)
        for step in ("homes", "submitted", "autograded", "feedback"):
            (directory / step / username / LAB).mkdir(parents=True)
            (directory / step / username / LAB / "x.ipynb").write_text(f"work of {username}")
    (directory / "released_feedback").mkdir()
    released = {"users": {"ana": {"points": 3}, "bruno": {"points": 3}}}
    (directory / "released_feedback" / f"{LAB}.json").write_text(json.dumps(released))
    fronteras("extend", "ana", LAB, "2026-12-05T18:00Z")
    hub_database(directory, "ana", "bruno")

    asked = fronteras("delete-person", "ana", input="n\n")
    assert asked.exit_code == 1
    assert "for good?" in asked.stdout
    assert load(directory).person("ana") is not None
    with running.only_one(directory, "http://127.0.0.1:8123/"):
        refused(fronteras("delete-person", "ana", "--yes"), "is running at", "Stop it first")

    done = fronteras("delete-person", "ana", "--yes")
    assert done.exit_code == 0, done.output
    assert traces(directory, "ana") == []
    assert sorted(traces(directory, "bruno")) == [
        f"attempts/{LAB}/bruno",
        "autograded/bruno",
        "feedback/bruno",
        "gradebook.db",
        "homes/bruno",
        "hub/jupyterhub.sqlite",
        "private/demo-sign-ins.csv",
        "private/passwords.json",
        f"released_feedback/{LAB}.json",
        "roster.csv",
        "submitted/bruno",
    ]
    refused(fronteras("delete-person", "ana", "--yes"), "nobody has the user name")
    refused(fronteras("delete-person", "ines", "--yes"), "is an instructor")


def hub_database(directory: Path, *usernames: str) -> None:
    """Make the hub's database with JupyterHub's own tables: users, each with a token."""
    session = orm.new_session_factory(f"sqlite:///{directory}/hub/jupyterhub.sqlite")()
    client = orm.OAuthClient(identifier="jupyterhub")
    session.add(client)
    for username in usernames:
        user = orm.User(name=username)
        session.add(user)
        session.commit()
        token = orm.APIToken(user=user, client_id="jupyterhub", note=f"token of {username}")
        session.add(token)
    session.commit()
    session.close()
    session.get_bind().dispose()


def traces(directory: Path, username: str) -> list[str]:
    """Return where a user name still stands: paths, texts, rows of databases."""
    found = []
    for path in directory.rglob("*"):
        name = str(path.relative_to(directory))
        if path.name == username:
            found.append(name)
        elif path.suffix in (".db", ".sqlite"):
            with closing(sqlite3.connect(path)) as database:
                if any(
                    f"'{username}'" in row or f"of {username}" in row for row in database.iterdump()
                ):
                    found.append(name)
        elif path.is_file() and path.suffix in (".csv", ".json"):
            found += [name] if f"{username}" in path.read_text() and name.count("/") < 2 else []
    return found


@pytest.fixture
def unprivileged() -> list[str]:
    """A prefix that runs a command in a user namespace with a mount table of its own."""
    return [shutil.which("unshare") or "unshare", "--user", "--map-root-user", "--mount"]


def test_a_full_disk_is_said_and_nothing_is_lost(
    directory: Path, unprivileged: list[str], tmp_path: Path
) -> None:
    """A tmpfs of 200 kB is filled to the last byte; then a password is reset."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        f"mount -t tmpfs -o size=200k none {disk} && cp -a {directory} {disk}/demo && "
        f"cp {disk}/demo/private/passwords.json {tmp_path}/before.json && "
        f"head -c 200000 /dev/zero > {disk}/filler 2>/dev/null; "
        f"{sys.executable} -m fronteras.cli --cohort {disk}/demo password reset ana; code=$?; "
        f"cmp {disk}/demo/private/passwords.json {tmp_path}/before.json || exit 99; "
        f"test $(ls -A {disk}/demo/private | wc -l) = 4 || exit 98; exit $code"
    )
    done = subprocess.run([*unprivileged, "sh", "-c", script], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "Error: " in done.stderr
    assert "No space left on device" in done.stderr
    assert "Make room on the disk" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_edits_at_once_lose_nothing(directory: Path) -> None:
    names = [f"new{number}" for number in range(6)]
    argv = [sys.executable, "-m", "fronteras.cli", "--cohort", str(directory), "person", "add"]
    started = [
        subprocess.Popen([*argv, name, "--name", name], stdout=subprocess.DEVNULL) for name in names
    ]
    assert [process.wait(60) for process in started] == [0] * len(names)
    cohort = load(directory)
    assert {person.username for person in cohort.roster} >= set(names)
    assert set(passwords.load(cohort.passwords)) >= set(names)


def test_the_cohort_comes_from_the_environment(directory: Path) -> None:
    environment = {**os.environ, "FRONTERAS_COHORT": str(directory)}
    result = CliRunner().invoke(main, ["status"], env=environment)
    assert result.exit_code == 0
    assert str(directory) in result.stdout


def test_every_command_explains_itself() -> None:
    def walk(group: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        for name, command in getattr(group, "commands", {}).items():
            yield (*path, name)
            yield from walk(command, (*path, name))

    paths = list(walk(main, ()))
    assert ("person", "add") in paths
    for path in paths:
        result = CliRunner().invoke(main, [*path, "--help"])
        assert result.exit_code == 0
        assert len(result.stdout.splitlines()) > 4, path


def test_the_lock_of_a_dead_server_holds_nobody_up(directory: Path) -> None:
    lock = directory / running.LOCK
    lock.write_text('{"process": 1, "address": "http://127.0.0.1:1/"}')
    assert running.server(directory) is None
    with running.only_one(directory, "x"):
        assert running.server(directory) == running.Server(os.getpid(), "x")
    with running.stopped(directory):
        assert running.server(directory) == running.Server(os.getpid(), "")


def test_an_unknown_lab_in_the_settings_is_said(directory: Path) -> None:
    path = directory / "cohort.toml"
    path.write_text(SETTINGS.replace("s2-3-deleted-files", "s2-3-deleted"), encoding="utf-8")
    argv = [sys.executable, "-m", "fronteras.cli", "--cohort", str(directory), "release"]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 1
    assert "cohort.toml: there is no exercise s2-3-deleted. The exercises are:" in done.stderr
    assert "Traceback" not in done.stderr
