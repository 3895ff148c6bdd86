"""Edits of a cohort's people while a server may be running: each is checked, then written whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from fronteras import atomic, demo, passwords, roster
from fronteras.cohort import COHORT_FILE, Cohort, load
from fronteras.roster import EXTENSIONS_FILE, ROSTER_FILE, Person
from fronteras.settings import CohortError


def add(directory: Path, people: Sequence[Person]) -> dict[str, str]:
    """Add people to the roster, or replace the rows of those who are in it.

    Args:
        directory: the cohort's.
        people: each with a right user name and name.

    Returns:
        New passwords by user name, of those who had none; they are stored hashed only.

    Raises:
        CohortError: if a row is not right; nothing is changed then.
    """
    for person in people:
        trouble = roster.problem(person)
        if trouble is not None:
            raise CohortError(f"{trouble}.")
    with atomic.editing(directory / "private"):
        cohort = load(directory)
        rows = {person.username: person for person in cohort.roster}
        rows.update((person.username, person) for person in people)
        stored = passwords.load(cohort.passwords)
        made = {
            person.username: passwords.readable()
            for person in people
            if person.username not in stored
        }
        hashed = {username: passwords.hash_password(text) for username, text in made.items()}
        passwords.save(cohort.passwords, {**stored, **hashed})
        roster.write(cohort.directory / ROSTER_FILE, rows.values())
    return made


def remove(directory: Path, username: str) -> Person:
    """Take somebody off the roster, with password and extensions; their work stays.

    Raises:
        CohortError: if there is no such person, or it is an instructor.
    """
    with atomic.editing(directory / "private"):
        cohort = load(directory)
        person = removable(cohort, username)
        kept = {key: due for key, due in cohort.extensions.items() if key[0] != username}
        roster.write_extensions(cohort.directory / EXTENSIONS_FILE, kept)
        roster.write(
            cohort.directory / ROSTER_FILE,
            (row for row in cohort.roster if row.username != username),
        )
        stored = passwords.load(cohort.passwords)
        stored.pop(username, None)
        passwords.save(cohort.passwords, stored)
        demo.forget(cohort.directory, username)
    return person


def reset_password(directory: Path, username: str) -> str:
    """Give somebody a new password and return it; it is stored hashed only.

    Raises:
        CohortError: if there is no such person.
    """
    with atomic.editing(directory / "private"):
        cohort = load(directory)
        known(cohort, username)
        password = passwords.readable()
        stored = passwords.load(cohort.passwords)
        stored[username] = passwords.hash_password(password)
        passwords.save(cohort.passwords, stored)
        demo.forget(cohort.directory, username)
    return password


def extend(directory: Path, username: str, lab_id: str, due: datetime) -> None:
    """Give one person more time for one lab; an earlier extension of theirs is replaced.

    Args:
        directory: the cohort's.
        username: whose.
        lab_id: which lab.
        due: the new due time, aware.

    Raises:
        CohortError: if the person or lab is unknown, or the time would not be an extension.
    """
    with atomic.editing(directory / "private"):
        cohort = load(directory)
        known(cohort, username)
        regular = cohort.lab(lab_id).due
        if regular is None:
            raise CohortError(f"{lab_id} has no due time, so nobody needs an extension.")
        if due <= regular:
            raise CohortError(
                f"{lab_id} is due {regular:%Y-%m-%d %H:%M} UTC for all; an extension is later. "
                f"To move the lab for all, change its due time in {directory / COHORT_FILE}."
            )
        extensions = {**cohort.extensions, (username, lab_id): due}
        roster.write_extensions(cohort.directory / EXTENSIONS_FILE, extensions)


def known(cohort: Cohort, username: str) -> Person:
    """Return somebody of the roster.

    Raises:
        CohortError: if nobody has that user name.
    """
    person = cohort.person(username)
    if person is None:
        raise CohortError(
            f'nobody has the user name "{username}" in {cohort.directory / ROSTER_FILE}. '
            "See who has one: fronteras person list"
        )
    return person


def removable(cohort: Cohort, username: str) -> Person:
    """Return somebody of the roster who is no instructor.

    Raises:
        CohortError: if nobody has that user name, or an instructor has it.
    """
    if cohort.is_instructor(username):
        raise CohortError(
            f"{username} is an instructor: take the name out of instructors in "
            f"{cohort.directory / COHORT_FILE} first."
        )
    return known(cohort, username)
