"""A cohort: who takes part, which labs are open until when, how the server runs.

All of it lies in one directory: ``cohort.toml``, ``roster.csv`` and ``extensions.csv`` are read
here, the rest is the running system's state.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from fronteras import cohort_tables
from fronteras.cohort_tables import LabSettings, ScoringSettings, ServerSettings
from fronteras.roster import (
    EXTENSIONS_FILE,
    ROSTER_FILE,
    Person,
    read,
    read_extensions,
)
from fronteras.settings import CohortError, Table

__all__ = [
    "Cohort",
    "CohortError",
    "CohortFile",
    "LabSettings",
    "Person",
    "ScoringSettings",
    "ServerSettings",
    "load",
]

COHORT_FILE = "cohort.toml"
SLUG = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cohort:
    """All settings of a cohort at one moment; see ``docs`` for the file behind each field.

    Attributes:
        directory: absolute; all state of the cohort lies in it.
        id: a slug; also nbgrader's course id.
        title: for people.
        language: ISO 639-1 code of the cohort's first language.
        starts: first day.
        ends: last day.
        instructors: user names; each is in the roster too.
        labs: in the order of the course.
        roster: participants and instructors, in the order of the file.
        extensions: later due times by (user name, lab id), in UTC.
        server: how the server runs.
        scoring: how submissions are received and scored.
    """

    directory: Path
    id: str
    title: str
    language: str
    starts: date
    ends: date
    instructors: tuple[str, ...]
    labs: tuple[LabSettings, ...]
    roster: tuple[Person, ...]
    extensions: Mapping[tuple[str, str], datetime]
    server: ServerSettings
    scoring: ScoringSettings

    def person(self, username: str) -> Person | None:
        """Return somebody of the roster, or ``None``."""
        return next((person for person in self.roster if person.username == username), None)

    def participants(self) -> tuple[Person, ...]:
        """Return the roster without the instructors."""
        return tuple(person for person in self.roster if not self.is_instructor(person.username))

    def is_instructor(self, username: str) -> bool:
        """Say whether the user name is an instructor's."""
        return username in self.instructors

    def lab(self, lab_id: str) -> LabSettings:
        """Return a lab of the cohort.

        Raises:
            CohortError: if the cohort has no such lab.
        """
        for lab in self.labs:
            if lab.id == lab_id:
                return lab
        known = ", ".join(lab.id for lab in self.labs) or "none"
        raise CohortError(f'there is no lab "{lab_id}" in {self.id}; its labs are: {known}')

    def due(self, lab_id: str, username: str) -> datetime | None:
        """Return until when this person may submit, UTC: an extension only ever adds time.

        Raises:
            CohortError: if the cohort has no such lab.
        """
        due = self.lab(lab_id).due
        extended = self.extensions.get((username, lab_id))
        return due if due is None or extended is None else max(due, extended)

    @property
    def attempts(self) -> Path:
        """Every submission, by lab, user name and number."""
        return self.directory / "attempts"

    @property
    def homes(self) -> Path:
        """The participants' homes, by user name."""
        return self.directory / "homes"

    @property
    def private(self) -> Path:
        """What nobody but the platform reads: the secret and the passwords."""
        return self.directory / "private"

    @property
    def passwords(self) -> Path:
        """The file of stored passwords, for ``fronteras.passwords``."""
        return self.private / "passwords.json"

    @property
    def hub(self) -> Path:
        """JupyterHub's state and logs."""
        return self.directory / "hub"

    @property
    def release(self) -> Path:
        """The released notebooks, by lab."""
        return self.directory / "release"

    @property
    def gradebook_url(self) -> str:
        """SQLAlchemy's address of nbgrader's gradebook."""
        return f"sqlite:///{self.directory / 'gradebook.db'}"

    @property
    def secret(self) -> bytes:
        """The secret from which each participant's evidence is derived, 32 bytes.

        Raises:
            CohortError: if it is missing or cut.
        """
        path = self.private / "secret"
        try:
            secret = path.read_bytes()
        except FileNotFoundError as error:
            raise CohortError(_secret_lost(path, "is missing")) from error
        if len(secret) != 32:
            raise CohortError(_secret_lost(path, f"has {len(secret)} bytes, not 32"))
        return secret


def _secret_lost(path: Path, trouble: str) -> str:
    return (
        f"{path} {trouble}. Everybody's evidence is derived from it: restore it from a backup. "
        "For a cohort that has not begun, make a new one: fronteras init DIR"
    )


def load(directory: Path) -> Cohort:
    """Read and check a cohort's three files.

    Raises:
        CohortError: if something is not right; the message names file, line or field and the mend.
    """
    directory = directory.expanduser().resolve()
    top = Table.read(directory / COHORT_FILE)
    roster = read(directory / ROSTER_FILE)
    cohort = _cohort(directory, top, roster)
    for username, lab_id in cohort.extensions:
        path = directory / EXTENSIONS_FILE
        if cohort.person(username) is None:
            raise CohortError(f"{path}: {username} is not in {ROSTER_FILE}. Delete the row")
        if all(lab.id != lab_id for lab in cohort.labs):
            raise CohortError(f"{path}: {lab_id} is not a lab of {COHORT_FILE}. Delete the row")
    return cohort


def _cohort(directory: Path, top: Table, roster: tuple[Person, ...]) -> Cohort:
    rule = "small letters, digits and single hyphens, a letter first"
    cohort_id = top.matching("id", SLUG, rule, "marejada-2026")
    if cohort_id == "fronteras" or len(cohort_id) > 40:
        raise top.wrong("id", f'is "{cohort_id}"; take another one of at most 40 characters')
    starts, ends = top.day("starts"), top.day("ends")
    if ends < starts:
        raise top.wrong("ends", f"is before the cohort starts, {starts}. Mend one of the two dates")
    title = top.text("title", "Spring workshop")
    language = top.matching("language", "[a-z]{2}", "two letters as in ISO 639-1", "en")
    instructors, labs = _instructors(top, roster), cohort_tables.labs(top)
    server = cohort_tables.server(top.table("server"), directory)
    scoring = cohort_tables.scoring(top.table("scoring"))
    extensions = read_extensions(directory / EXTENSIONS_FILE)
    return top.end(
        lambda: Cohort(
            directory, cohort_id, title, language, starts, ends, instructors, labs, roster,
            extensions, server, scoring,
        )
    )  # fmt: skip


def _instructors(top: Table, roster: tuple[Person, ...]) -> tuple[str, ...]:
    instructors = top.texts("instructors", "ines")
    if not instructors:
        raise top.wrong("instructors", 'names nobody. Write for instance: instructors = ["ines"]')
    known = {person.username for person in roster}
    for username in instructors:
        if username not in known:
            raise top.wrong(
                "instructors", f'names "{username}", who is not in {ROSTER_FILE}. Add a row there'
            )
    return instructors


class CohortFile:
    """A cohort that is read again when its files change, so that a running server sees edits.

    Args:
        directory: the cohort's.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._seen: tuple[tuple[int, int, int] | None, ...] | None = None
        self._cohort: Cohort | None = None

    def current(self) -> Cohort:
        """Return the cohort as its files have it.

        A bad edit while a server runs must not stop the workshop: it is logged once, with its
        mend, and what was read before it stays in force.

        Raises:
            CohortError: if the files have never been right.
        """
        stamps = tuple(
            _stamp(self.directory / name) for name in (COHORT_FILE, ROSTER_FILE, EXTENSIONS_FILE)
        )
        if self._cohort is None or stamps != self._seen:
            try:
                self._cohort = load(self.directory)
            except CohortError as error:
                if self._cohort is None:
                    raise
                log.error("%s. Until then the settings from before that edit count.", error)
            self._seen = stamps
        return self._cohort


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
