"""Released notebooks: what nbgrader makes of the exercises, for the site and for a cohort."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory

from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

from fronteras import atomic
from fronteras.cohort import Cohort
from fronteras.nbgrader_config import config
from fronteras.places import EXERCISES
from fronteras.settings import CohortError
from grading.solutions import GENERATE

SOURCES = ".sources.json"
"""Beside the released notebooks: the SHA-256 of each one's source, by lab."""


def released_notebooks(directory: Path) -> dict[str, Path]:
    """Make the released notebooks of all exercises, in a throwaway course.

    Args:
        directory: keeps them; a notebook whose source has not changed is not made again.

    Returns:
        The notebooks by lab id.

    Raises:
        CohortError: if nbgrader cannot release one of them.
    """
    directory.mkdir(parents=True, exist_ok=True)
    sources = {path.stem: path for path in sorted(EXERCISES.glob("*/*.ipynb"))}
    with _changed(directory, list(sources)) as labs, TemporaryDirectory() as course:
        Path(course, "source").symlink_to(EXERCISES)
        made = Config()
        made.CourseDirectory.root = course
        made.CourseDirectory.release_directory = "release"
        made.GenerateAssignment.no_database = True
        made.GenerateAssignment.preprocessors = [each for each in GENERATE if each is not SaveCells]
        for lab in labs:
            _generate(made, lab)
            notebook = Path(course, "release", ".", lab, f"{lab}.ipynb")
            (directory / lab).mkdir(exist_ok=True)
            atomic.write(directory / lab / f"{lab}.ipynb", notebook.read_bytes())
    return {lab: directory / lab / f"{lab}.ipynb" for lab in sources}


def release(cohort: Cohort) -> None:
    """Release the cohort's labs; put its people and due times into its gradebook.

    Raises:
        CohortError: if a lab has no exercise, or changed its cells after somebody submitted.
    """
    for settings in cohort.labs:
        if not (EXERCISES / settings.id / f"{settings.id}.ipynb").exists():
            raise CohortError(
                f"{cohort.directory / 'cohort.toml'}: there is no exercise {settings.id}. "
                f"The exercises are: {', '.join(path.name for path in sorted(EXERCISES.iterdir()))}"
            )
    _programs_on_path()
    cohort.release.mkdir(exist_ok=True)
    with _changed(cohort.release, [each.id for each in cohort.labs]) as labs:
        for lab in labs:
            _generate(config(cohort), lab)
    with Gradebook(cohort.gradebook_url, cohort.id) as gradebook:
        for settings in cohort.labs:
            due = settings.due.astimezone(UTC).replace(tzinfo=None) if settings.due else None
            assignment = gradebook.update_or_create_assignment(settings.id, duedate=due)
            if due is None:  # nbgrader would add an extension to nothing
                for submission in assignment.submissions:
                    submission.extension = None
        gradebook.db.commit()
        for person in cohort.participants():
            first, _, last = person.name.partition(" ")
            gradebook.update_or_create_student(
                person.username, first_name=first, last_name=last, email=person.email or None
            )


@contextmanager
def _changed(directory: Path, labs: list[str]) -> Iterator[list[str]]:
    """Give the labs whose source changed since the last time; remember them at the end."""
    record = directory / SOURCES
    known = json.loads(record.read_bytes()) if record.exists() else {}
    present = {
        lab: hashlib.sha256((EXERCISES / lab / f"{lab}.ipynb").read_bytes()).hexdigest()
        for lab in labs
    }
    yield [
        lab
        for lab in labs
        if known.get(lab) != present[lab] or not (directory / lab / f"{lab}.ipynb").exists()
    ]
    if known != present:
        atomic.write(record, json.dumps(present, indent=1).encode())


def _generate(made: Config, lab: str) -> None:
    course = CourseDirectory(config=made, assignment_id=lab)
    app = GenerateAssignment(coursedir=course, config=made, force=True)
    try:
        app.start()
    except NbGraderException as error:
        raise CohortError(
            f"exercises/{lab}/{lab}.ipynb cannot be released: {error}. If its graded cells changed "
            "after somebody submitted, give the changed lab another id"
        ) from error


def _programs_on_path() -> None:
    """Let nbgrader find alembic, which it runs by name."""
    binaries = str(Path(sys.executable).parent)
    if binaries not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([binaries, os.environ.get("PATH", os.defpath)])
