"""nbgrader's exchange for participants, over HTTP: the service knows them by their server's token.

For nbgrader's own Assignment List and commands; the Submit button needs none of this.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from nbgrader.exchange import abc
from traitlets.config import Config

from fronteras import client


def configure(c: Config, course_id: str, username: str) -> None:
    """Set nbgrader up on a participant's server.

    Args:
        c: the configuration to write into.
        course_id: the cohort's id.
        username: the participant's; nbgrader would take the system account's.
    """
    c.CourseDirectory.course_id = course_id
    c.CourseDirectory.student_id = username
    c.ExchangeFactory.exchange = "fronteras.exchange_http.Exchange"
    c.ExchangeFactory.list = "fronteras.exchange_http.List"
    c.ExchangeFactory.fetch_assignment = "fronteras.exchange_http.FetchAssignment"
    c.ExchangeFactory.submit = "fronteras.exchange_http.Submit"
    c.ExchangeFactory.fetch_feedback = "fronteras.exchange_http.FetchFeedback"


class Exchange(abc.Exchange):
    """What the classes below share."""

    def start(self) -> Any:
        """Do the work; a refusal of the service is a sentence, not a traceback.

        Raises:
            ExchangeError: if the service refuses.
        """
        try:
            return super().start()
        except client.Refused as refusal:
            return self.fail(refusal.message)

    def folder(self) -> Path:
        """Return where the lab lies in the participant's home."""
        return Path(self.assignment_dir, self.coursedir.assignment_id)

    def init_src(self) -> None:
        """Nothing to look up."""

    def init_dest(self) -> None:
        """Nothing to make."""


class List(Exchange, abc.ExchangeList):
    """The caller's labs, or with ``--cached`` what they submitted."""

    def copy_files(self) -> None:
        """Copy nothing."""

    def list_files(self) -> list[dict[str, Any]]:
        """Return what Assignment List shows."""
        labs = client.labs()["labs"]
        if self.cached or self.inbound:
            return [self._submitted(lab["id"]) for lab in labs if lab["attempts"]]
        return [self._released(lab["id"]) for lab in labs if lab["open"]]

    def remove_files(self) -> None:
        """Refuse: what was submitted stays.

        Raises:
            ExchangeError: always.
        """
        self.fail("What you submitted stays stored. Submit again instead: the last attempt counts.")

    def _released(self, lab: str) -> dict[str, Any]:
        folder = Path(self.assignment_dir, lab).absolute()
        path = folder / f"{lab}.ipynb"
        fetched = path.exists()
        return {
            "course_id": self.coursedir.course_id,
            "assignment_id": lab,
            "status": "fetched" if fetched else "released",
            "path": str(folder),
            "notebooks": [{"notebook_id": lab, "path": str(path)}] if fetched else [],
        }

    def _submitted(self, lab: str) -> dict[str, Any]:
        common = {"course_id": self.coursedir.course_id, "assignment_id": lab}
        submissions = [
            {
                **common,
                "student_id": self.coursedir.student_id,
                "timestamp": attempt["time"],
                "status": "submitted",
                "path": lab,
                "notebooks": [],
                "has_local_feedback": False,
                "has_exchange_feedback": False,
                "feedback_updated": False,
                "local_feedback_path": None,
            }
            for attempt in client.submissions(lab)["attempts"]
        ]
        return {**common, "status": "submitted", "submissions": submissions}


class FetchAssignment(Exchange, abc.ExchangeFetchAssignment):
    """Fetches what is missing of a lab; what is there stays as it is."""

    def copy_files(self) -> None:
        """Unpack the caller's files."""
        folder = self.folder()
        with zipfile.ZipFile(io.BytesIO(client.files(self.coursedir.assignment_id))) as archive:
            for name in archive.namelist():
                path = folder / name
                if not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(archive.read(name))
        self.log.info("Fetched as: %s", folder)


class Submit(Exchange, abc.ExchangeSubmit):
    """Hands in the notebook as it lies on disk."""

    def copy_files(self) -> None:
        """Send the notebook and print the receipt.

        Raises:
            ExchangeError: if there is no notebook, or the service refuses it.
        """
        lab = self.coursedir.assignment_id
        path = self.folder() / f"{lab}.ipynb"
        if not path.exists():
            self.fail(f"{path} does not exist: fetch the lab first")
        receipt = client.submit(lab, path.read_bytes())["receipt"]
        self.log.info(
            "Submitted %s, attempt %s, at %s, SHA-256 %s",
            lab, receipt["attempt"], receipt["time"], receipt["sha256"],
        )  # fmt: skip


class FetchFeedback(Exchange, abc.ExchangeFetchFeedback):
    """Fetches the page of feedback that the instructor released."""

    def copy_files(self) -> None:
        """Write the page beside the lab."""
        lab = self.coursedir.assignment_id
        path = self.folder() / "feedback" / f"{lab}.html"
        page = client.feedback(lab)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(page)
        self.log.info("Feedback: %s", path)
