"""The demo cohort: thirteen people of four fictional States, each with a password of their own."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta, timezone
from pathlib import Path

from fronteras import atomic, passwords
from fronteras.cohort import Cohort
from fronteras.creation import Plan, create
from fronteras.places import EXERCISES
from fronteras.roster import Person
from grading.cases import lab_ids

SIGN_INS = Path("private") / "demo-sign-ins.csv"
"""Where the demo's passwords stand in the clear; only a demo cohort has this file."""

INSTRUCTOR = Person(
    "ines", "Inés Valdivia", "Costa Lumbre", "trainer", "", "es", "ines@lumbre.example"
)
PEOPLE = (
    INSTRUCTOR,
    Person("ana", "Ana Belmonte", "Costa Lumbre", "prosecutor", "estuary", "es", ""),
    Person("bruno", "Bruno Tavares", "Porto Sereno", "police", "estuary", "pt", ""),
    Person("claire", "Claire Delorme", "Île-du-Vent", "contact point", "estuary", "fr", ""),
    Person("david", "David Okafor", "Coral Keys", "judge", "estuary", "en", ""),
    Person("elena", "Elena Quiroga", "Costa Lumbre", "examiner", "reef", "es", ""),
    Person("fabio", "Fábio Nunes", "Porto Sereno", "prosecutor", "reef", "pt", ""),
    Person("gabriel", "Gabriel Lamartine", "Île-du-Vent", "police", "reef", "fr", ""),
    Person("hannah", "Hannah Pryce", "Coral Keys", "examiner", "reef", "en", ""),
    Person("iris", "Íris Figueira", "Porto Sereno", "judge", "lighthouse", "pt", ""),
    Person("julien", "Julien Moreau", "Île-du-Vent", "judge", "lighthouse", "fr", ""),
    Person("karen", "Karen Whitlock", "Coral Keys", "police", "lighthouse", "en", ""),
    Person("lucas", "Lucas Arriaga", "Costa Lumbre", "contact point", "lighthouse", "es", ""),
)


def create_demo(directory: Path, now: datetime) -> Cohort:
    """Make a demo cohort with new passwords; its labs are due a week to a month ahead.

    Args:
        directory: must not exist, or be empty.
        now: the present, aware.
    """
    chosen = {person.username: passwords.readable() for person in PEOPLE}
    with ThreadPoolExecutor() as pool:  # scrypt leaves the interpreter free
        stored = dict(zip(chosen, pool.map(passwords.hash_password, chosen.values()), strict=True))
    cohort = create(directory, _plan(now), stored)
    _write(cohort.directory, chosen)
    return cohort


def _write(directory: Path, chosen: dict[str, str]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("username", "password"), *chosen.items()])
    atomic.write(directory / SIGN_INS, text.getvalue().encode(), 0o600)


def _plan(now: datetime) -> Plan:
    today = now.date()
    labs = [lab_id for lab_id in lab_ids() if (EXERCISES / lab_id).exists()]
    evening = time(18, tzinfo=timezone(timedelta(hours=-5)))
    step = 23 / max(len(labs) - 1, 1)
    due = [datetime.combine(today + timedelta(7 + step * n), evening) for n in range(len(labs))]
    return Plan(
        "demo",
        "Operation Marejada, demo workshop",
        today,
        today + timedelta(days=30),
        [INSTRUCTOR.username],
        PEOPLE,
        list(zip(labs, due, strict=True)),
    )


def sign_ins(directory: Path) -> dict[str, str]:
    """Return a demo cohort's passwords by user name; none where it is no demo cohort."""
    path = directory / SIGN_INS
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["username"]: row["password"] for row in csv.DictReader(file)}


def forget(directory: Path, username: str) -> None:
    """Take somebody's password out of a demo cohort's list, once it no longer holds."""
    known = sign_ins(directory)
    if known.pop(username, None) is not None:
        _write(directory, known)
