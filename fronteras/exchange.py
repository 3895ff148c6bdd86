"""nbgrader's exchange for instructors: formgrader and the ``nbgrader`` commands in a cohort.

There is no exchange directory. What is released is what ``cohort.toml`` lists and nbgrader has
generated; what was submitted is in the cohort's ``attempts``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.exchange import ExchangeError, abc

from fronteras import feedback
from fronteras.attempts import Attempt, Attempts
from fronteras.cohort import Cohort, CohortError, load
from fronteras.scoring import PlatformFault, collect


class Exchange(abc.Exchange):
    """What the classes below share: the cohort, and nowhere else to look."""

    def cohort(self) -> Cohort:
        """Return the cohort in whose directory this runs.

        Raises:
            ExchangeError: if its settings are not right.
        """
        try:
            return load(Path(self.coursedir.root))
        except CohortError as error:
            raise self.refusal(error) from error

    def refusal(self, error: Exception) -> ExchangeError:
        """Return nbgrader's kind of error with our message, and log it as nbgrader does."""
        self.log.error(str(error))
        return ExchangeError(str(error))

    def init_src(self) -> None:
        """Nothing to look up."""

    def init_dest(self) -> None:
        """Nothing to make."""


class List(Exchange, abc.ExchangeList):
    """``nbgrader list``: the released labs, or with ``--inbound`` the submissions."""

    def copy_files(self) -> None:
        """Copy nothing."""

    def list_files(self) -> list[dict[str, Any]]:
        """Return and print what there is."""
        cohort = self.cohort()
        found = self._submitted(cohort) if self.inbound or self.cached else self._released(cohort)
        wanted = self.coursedir.assignment_id
        found = [each for each in found if not wanted or each["assignment_id"] == wanted]
        for each in found:
            self.log.info(" ".join(str(value) for key, value in each.items() if key in _PRINTED))
        return found

    def remove_files(self) -> None:
        """Refuse: a lab opens and closes by its times.

        Raises:
            ExchangeError: always.
        """
        self.fail(
            f"A lab opens and closes by its times: set opens and due of "
            f"{self.coursedir.assignment_id} in {Path(self.coursedir.root) / 'cohort.toml'}"
        )

    def _released(self, cohort: Cohort) -> list[dict[str, Any]]:
        return [
            {
                "course_id": cohort.id,
                "assignment_id": lab.id,
                "status": "released",
                "path": str(cohort.release / lab.id),
                "notebooks": [],
            }
            for lab in cohort.labs
            if (cohort.release / lab.id / f"{lab.id}.ipynb").exists()
        ]

    def _submitted(self, cohort: Cohort) -> list[dict[str, Any]]:
        return [
            {
                "course_id": cohort.id,
                "student_id": attempt.receipt.participant,
                "assignment_id": attempt.receipt.lab,
                "timestamp": attempt.receipt.time,
                "status": "submitted",
                "path": str(attempt.folder),
                "notebooks": [],
            }
            for lab in cohort.labs
            for person in cohort.roster
            for attempt in Attempts(cohort.attempts).of(lab.id, person.username)
        ]


_PRINTED = ("course_id", "student_id", "assignment_id", "timestamp")


class ReleaseAssignment(Exchange, abc.ExchangeReleaseAssignment):
    """``nbgrader release_assignment``: says when a generated lab opens."""

    def copy_files(self) -> None:
        """Check that the lab can be fetched.

        Raises:
            ExchangeError: if the cohort does not have it, or it has not been generated.
        """
        cohort, lab_id = self.cohort(), self.coursedir.assignment_id
        try:
            lab = cohort.lab(lab_id)
        except CohortError as error:
            raise self.refusal(error) from error
        if not (cohort.release / lab_id / f"{lab_id}.ipynb").exists():
            self.fail(f"{lab_id} has not been generated: nbgrader generate_assignment {lab_id}")
        self.log.info("%s opens %s", lab_id, lab.opens.isoformat() if lab.opens else "at once")


class Collect(Exchange, abc.ExchangeCollect):
    """``nbgrader collect``: each person's last attempt, where the service has not put it yet."""

    def copy_files(self) -> None:
        """Put submissions into nbgrader's ``submitted`` folder."""
        cohort, lab_id = self.cohort(), self.coursedir.assignment_id
        chosen = self.coursedir.student_id
        for person in cohort.roster:
            if chosen not in ("", "*", person.username):
                continue
            attempts = Attempts(cohort.attempts).of(lab_id, person.username)
            if attempts and self._newer(cohort, attempts[-1]):
                self._collect(cohort, attempts[-1])
                self.log.info("Collecting submission: %s %s", person.username, lab_id)

    def _collect(self, cohort: Cohort, attempt: Attempt) -> None:
        try:
            collect(cohort, attempt)
        except PlatformFault as error:
            raise self.refusal(error) from error

    def _newer(self, cohort: Cohort, attempt: Attempt) -> bool:
        receipt = attempt.receipt
        folder = cohort.directory / "submitted" / receipt.participant / receipt.lab
        present = self.coursedir.get_existing_timestamp(str(folder))
        return present is None or receipt.received.replace(tzinfo=None) > present


class ReleaseFeedback(Exchange, abc.ExchangeReleaseFeedback):
    """``nbgrader release_feedback``: lets participants see the pages that were generated."""

    def copy_files(self) -> None:
        """Publish the generated pages of those whom the command names.

        Raises:
            ExchangeError: if there is none.
        """
        cohort, lab_id = self.cohort(), self.coursedir.assignment_id
        excluded = self.coursedir.student_id_exclude.split(",")
        pages = (cohort.directory / "feedback").glob(f"{self.coursedir.student_id or '*'}/{lab_id}")
        users = sorted(page.parent.name for page in pages if page.parent.name not in excluded)
        if not users:
            self.fail(f"No feedback for {lab_id} yet: nbgrader generate_feedback {lab_id}")
        try:
            feedback.publish(cohort, lab_id, users)
        except CohortError as error:
            raise self.refusal(error) from error
        self.log.info("Feedback of %s released to: %s", lab_id, ", ".join(users))
