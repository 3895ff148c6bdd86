"""Making a cohort's directory, whole or not at all."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from string import Template

from fronteras import passwords, roster
from fronteras.cohort import COHORT_FILE, SLUG, Cohort, load
from fronteras.places import EXERCISES
from fronteras.roster import EXTENSIONS_FILE, ROSTER_FILE, Person
from fronteras.settings import CohortError

SETTINGS = Template(
    """\
# The settings of this cohort. The running server reads them again when the file changes; what
# stands under [server] counts from the next start. Fronteras never writes this file.

id = $id  # a short name for addresses and files; do not change it later
title = $title
language = "en"
starts = $starts
ends = $ends

# User names; each has a row in roster.csv too.
instructors = $instructors

# Times carry their zone: -05:00, or Z for UTC. Without "opens" a lab is open at once; without
# "due" it never closes. One person's later time: fronteras extend USER LAB TIME
$labs
[server]
address = "127.0.0.1"  # "0.0.0.0" serves every network this machine is on: then use TLS
port = 8000
# tls_certificate = "private/course.pem"
# tls_key = "private/course.key"
# subdomain_host = "https://course.example"  # an origin for each participant; needs wildcard DNS
# For each participant:
memory_mb = 1024
processes = 128
idle_minutes = 30

[scoring]
feedback_attempts = 5  # so many attempts of a lab show points before it is due; all are scored
cooldown_seconds = 10
show_rubric = true
"""
)

NBGRADER_CONFIG = """\
import sys
from pathlib import Path

try:
    from fronteras.nbgrader_config import configure
except ImportError as error:  # nbgrader would go on without our sandbox
    sys.exit(f"{error}. Use the nbgrader of the environment in which Fronteras is installed")

configure(get_config(), Path(__file__).resolve().parent)
"""


@dataclass(frozen=True)
class Plan:
    """What a new cohort begins with.

    Attributes:
        id: its slug.
        title: for people.
        starts: first day.
        ends: last day.
        instructors: user names; each among the people.
        people: the roster.
        labs: lab ids with their due times, aware or ``None``.
    """

    id: str
    title: str
    starts: date
    ends: date
    instructors: Sequence[str]
    people: Iterable[Person]
    labs: Sequence[tuple[str, datetime | None]]


def create(directory: Path, plan: Plan, stored: dict[str, str]) -> Cohort:
    """Make a cohort's directory.

    It is made beside its place and renamed, so that an interrupted start leaves no half cohort.

    Args:
        directory: must not exist, or be empty.
        plan: what the cohort begins with.
        stored: hashed passwords by user name.

    Raises:
        CohortError: if the directory holds something, or the plan is not right.
    """
    directory = directory.expanduser().absolute()
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise CohortError(f"{directory} is not empty. Name a new directory for the cohort")
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise CohortError(f"{directory.parent} is a file, not a folder. Name another") from error
    made = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        _fill(made, plan, stored)
        load(made)
        made.rename(directory)
    except (OSError, CohortError):
        shutil.rmtree(made)
        raise
    return load(directory)


def _fill(directory: Path, plan: Plan, stored: dict[str, str]) -> None:
    for name in ("private", "homes", "attempts", "hub"):
        (directory / name).mkdir(mode=0o700)
    (directory / COHORT_FILE).write_text(settings(plan), encoding="utf-8")
    roster.write(directory / ROSTER_FILE, plan.people)
    roster.write_extensions(directory / EXTENSIONS_FILE, {})
    (directory / "nbgrader_config.py").write_text(NBGRADER_CONFIG, encoding="utf-8")
    secret = directory / "private" / "secret"
    secret.touch(mode=0o600)
    secret.write_bytes(secrets.token_bytes(32))
    passwords.save(directory / "private" / "passwords.json", stored)
    link_exercises(directory)


def settings(plan: Plan) -> str:
    """Return the text of ``cohort.toml``."""
    tables = []
    for lab_id, due in plan.labs:
        lines = ["[[labs]]", f"id = {_quoted(lab_id)}"]
        lines += [f"due = {due.isoformat()}"] if due else []
        tables.append("\n".join(lines) + "\n")
    return SETTINGS.substitute(
        id=_quoted(plan.id),
        title=_quoted(plan.title),
        starts=plan.starts.isoformat(),
        ends=plan.ends.isoformat(),
        instructors=f"[{', '.join(_quoted(name) for name in plan.instructors)}]",
        labs="\n" + "\n".join(tables),
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a TOML basic string has JSON's escapes


def link_exercises(directory: Path) -> None:
    """Point the cohort's ``source`` at this repository's exercises, where nbgrader looks."""
    link = directory / "source"
    if link.is_symlink() and Path(os.readlink(link)) == EXERCISES:
        return
    if link.exists() and not link.is_symlink():
        raise CohortError(
            f"{link} should be a symbolic link to {EXERCISES}. Move what lies there to exercises/"
        )
    beside = directory / f".source.{os.getpid()}"
    beside.symlink_to(EXERCISES)
    beside.replace(link)


def fresh(directory: Path, instructor: Person, title: str, lab_ids: Sequence[str]) -> Plan:
    """Return the plan of an empty cohort with one instructor, a week long, named by its folder."""
    slug = re.sub(r"[^a-z0-9]+", "-", directory.name.lower()).strip("-")
    if not re.fullmatch(SLUG, slug) or slug == "fronteras":
        slug = f"cohort-{slug}".strip("-")
    today = date.today()
    return Plan(
        slug[:40].rstrip("-"),
        title,
        today,
        today + timedelta(days=7),
        [instructor.username],
        [instructor],
        [(lab_id, None) for lab_id in lab_ids],
    )
