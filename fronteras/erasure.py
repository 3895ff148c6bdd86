"""Deleting all that the platform holds about one person."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from nbgrader.api import MissingEntry

from fronteras import atomic, people, running
from fronteras.cohort import Cohort, load
from fronteras.grades import gradebook


def erase(directory: Path, username: str) -> list[str]:
    """Delete a person's home, submissions, results, sign-in and row of the roster.

    Every step may be repeated: after an interruption, run it again. The roster's row goes last.

    Args:
        directory: the cohort's; its server must be stopped, since it would write some of it back.
        username: of somebody in the roster who is no instructor.

    Returns:
        What was deleted, for people.

    Raises:
        CohortError: if there is no such person, it is an instructor, or the server runs.
    """
    with running.stopped(directory):
        cohort = load(directory)
        person = people.removable(cohort, username)
        done = [f"{path}" for path in _folders(cohort, username) if _delete(path)]
        done += [f"gradebook: {count} submissions" for count in _gradebook_rows(cohort, username)]
        done += [f"released feedback of {lab}" for lab in _released_feedback(cohort, username)]
        done += ["the hub's user and tokens"] if _hub_user(cohort, username) else []
        people.remove(directory, username)
        return [*done, f"{person.name} in the roster, with password and extensions"]


def _folders(cohort: Cohort, username: str) -> list[Path]:
    top = cohort.directory
    folders = [cohort.homes / username]
    folders += [top / step / username for step in ("submitted", "autograded", "feedback")]
    folders += [path / username for path in sorted(cohort.attempts.glob("*"))]
    return folders


def _delete(path: Path) -> bool:
    if path.is_symlink() or not path.is_dir():
        return False
    shutil.rmtree(path)
    return True


def _gradebook_rows(cohort: Cohort, username: str) -> list[int]:
    if not (cohort.directory / "gradebook.db").exists():
        return []
    with gradebook(cohort) as book:
        try:
            count = len(book.find_student(username).submissions)
        except MissingEntry:
            return []
        book.remove_student(username)
        return [count]


def _released_feedback(cohort: Cohort, username: str) -> list[str]:
    found = []
    for path in sorted((cohort.directory / "released_feedback").glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["users"].pop(username, None) is not None:
            atomic.write(path, json.dumps(record, indent=1).encode())
            found.append(path.stem)
    return found


def _hub_user(cohort: Cohort, username: str) -> bool:
    path = cohort.hub / "jupyterhub.sqlite"
    if not path.exists():
        return False
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA foreign_keys = ON")  # tokens and servers go with their user
        return bool(database.execute("DELETE FROM users WHERE name = ?", (username,)).rowcount)
