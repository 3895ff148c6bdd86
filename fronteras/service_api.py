"""The service's addresses below ``/services/fronteras/``: who asks is what the hub says.

Nothing in a request's body or address names the caller. Nothing changes by a GET, and what
changes something takes a token in a header, never a cookie: a page cannot send it for a visitor.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from jupyterhub.services.auth import HubOAuthenticated
from tornado.web import HTTPError, RequestHandler, authenticated, stream_request_body

from fronteras import admission, feedback
from fronteras.attempts import Attempts, Receipt, Refusal, iso
from fronteras.cohort import Cohort, CohortFile, Person
from fronteras.delivery import lab_files, max_points
from fronteras.queue import Queue, Worker
from fronteras.standing import attempt_row, lab_row

LARGEST_BODY = 64 * 1024 * 1024
"""What is read of a request at all; beyond the cohort's limit it is not kept, only refused."""
FEEDBACK_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
FAULT = (
    "Something went wrong on the server. Your notebook is still as you saved it; "
    "tell your instructor if it goes on."
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class State:
    """What all handlers share.

    Attributes:
        cohort: read again when its files change.
        store: the submissions.
        queue: scores them.
        builder: builds participants' files, off the event loop.
        storing: held while a submission is let in and stored, so that no two count as one.
    """

    cohort: CohortFile
    store: Attempts
    queue: Queue
    builder: Worker
    storing: Lock


class Handler(HubOAuthenticated, RequestHandler):
    """What all handlers do: find out who asks, and word errors."""

    def initialize(self, state: State) -> None:
        """Take the shared state."""
        self.state = state

    def set_default_headers(self) -> None:
        """Keep answers out of caches, frames and guesses."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        self.set_header("X-Content-Type-Options", "nosniff")

    async def prepare(self) -> None:
        """Ask the hub who it is, without blocking; ``current_user`` finds the answer."""
        await self.hub_auth.get_user(self, sync=False)

    def check_xsrf_cookie(self) -> None:
        """Let this site's own pages read with the visitor's cookie.

        The hub's rule wants a token that a page at another path of the site cannot read. Reading
        gives the caller's own data and changes nothing; writing takes a token in a header.

        Raises:
            HTTPError: if another site asks, or a cookie comes with something else than a GET.
        """
        site = self.request.headers.get("Sec-Fetch-Site", "none")
        if self.request.method in ("GET", "HEAD") and site in ("none", "same-origin"):
            return
        super().check_xsrf_cookie()

    @property
    def cohort(self) -> Cohort:
        """The cohort as its files have it now."""
        return self.state.cohort.current()

    @property
    def person(self) -> Person:
        """Whoever asks.

        Raises:
            Refusal: if nobody is signed in, or somebody who is not on the roster.
        """
        user = self.current_user
        if user is None:
            raise Refusal(401, "You are not signed in.")
        if user.get("kind", "user") != "user":
            raise Refusal(403, "This is for people of the cohort.")
        return admission.person(self.cohort, user["name"])

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer in JSON with one sentence."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, Refusal):
            status_code, sentence = error.status, error.message
        elif isinstance(error, HTTPError) and status_code < 500:
            sentence = error.log_message or error.reason or "This request is not understood."
        else:
            sentence = FAULT
        self.set_status(status_code)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"error": sentence}))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log faults; a refusal is none."""
        if not isinstance(value, Refusal):
            super().log_exception(typ, value, tb)


class Me(Handler):
    """``api/me``: who is signed in."""

    def get(self) -> None:
        """Answer for the caller."""
        person = self.person
        self.finish(
            {
                "username": person.username,
                "name": person.name,
                "instructor": self.cohort.is_instructor(person.username),
                "cohort": self.cohort.title,
            }
        )


class Labs(Handler):
    """``api/labs``: the cohort's labs and where the caller stands in each."""

    async def get(self) -> None:
        """Answer for the caller."""
        name, now = self.person.username, datetime.now(UTC)
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(None, self._rows, name, now)
        self.finish({"server_time": iso(now), "labs": rows})

    def _rows(self, name: str, now: datetime) -> list[dict[str, Any]]:
        cohort = self.cohort
        return [
            lab_row(
                cohort,
                lab,
                name,
                self.state.store.of(lab.id, name),
                feedback.released(cohort, lab.id).get(name),
                now,
                max_points(cohort, lab.id),
            )
            for lab in cohort.labs
        ]


class Files(Handler):
    """``api/labs/<lab>/files``: the caller's notebook and evidence."""

    async def get(self, lab_id: str) -> None:
        """Answer with a zip."""
        name, cohort = self.person.username, self.cohort
        admission.lab(cohort, lab_id, name, datetime.now(UTC))
        body = await self.state.builder.run(lab_files, cohort.directory, lab_id, name)
        self.set_header("Content-Type", "application/zip")
        self.finish(body)


@stream_request_body
class Submissions(Handler):
    """``api/labs/<lab>/submissions``: hand in, and see what became of it."""

    def initialize(self, state: State) -> None:
        """Take the shared state; nothing of the body has been read."""
        super().initialize(state)
        self._body = bytearray()
        self._length = 0

    async def prepare(self) -> None:
        """Find out who asks before any of the body is kept."""
        await super().prepare()

    def data_received(self, chunk: bytes) -> None:
        """Keep the body up to the cohort's limit, of callers whom the hub knows."""
        self._length += len(chunk)
        limit = self.cohort.scoring.max_notebook_kb * 1024
        if self._length <= limit and self.current_user is not None:
            self._body += chunk

    async def get(self, lab_id: str) -> None:
        """Answer with the caller's attempts, newest first."""
        name, cohort, now = self.person.username, self.cohort, datetime.now(UTC)
        admission.lab(cohort, lab_id, name, now)
        told = feedback.released(cohort, lab_id).get(name)
        attempts = self.state.store.of(lab_id, name)
        rows = [attempt_row(cohort, each, told, now) for each in reversed(attempts)]
        self.finish({"attempts": rows})

    async def post(self, lab_id: str) -> None:
        """Store a submission and answer with its receipt."""
        name, cohort, now = self.person.username, self.cohort, datetime.now(UTC)
        if not getattr(self, "_token_authenticated", False):
            raise Refusal(403, "Submit from the notebook: this needs a token.")
        admission.lab(cohort, lab_id, name, now)
        admission.size(cohort, self._length)
        loop = asyncio.get_running_loop()
        receipt, fresh = await loop.run_in_executor(
            None, self._store, cohort, lab_id, name, bytes(self._body), now
        )
        self.state.queue.wake()
        self.set_status(201 if fresh else 200)
        self.finish({"receipt": asdict(receipt)})

    def _store(
        self, cohort: Cohort, lab_id: str, name: str, body: bytes, now: datetime
    ) -> tuple[Receipt, bool]:
        admission.notebook(body)
        with self.state.storing:
            attempts = self.state.store.of(lab_id, name)
            known = admission.repeated(attempts, body)
            if known is not None:
                return known, False
            admission.admit(cohort, lab_id, name, attempts, now)
            return self.state.store.store(lab_id, name, body, now), True


class Feedback(Handler):
    """``api/labs/<lab>/feedback``: the page that the instructor released."""

    def get(self, lab_id: str) -> None:
        """Answer with the caller's page, in which nothing runs."""
        name, cohort = self.person.username, self.cohort
        admission.lab(cohort, lab_id, name, datetime.now(UTC))
        page = feedback.page(cohort, lab_id, name)
        if page is None:
            raise Refusal(404, "Your instructor has not released feedback for this lab yet.")
        self.set_header("Content-Security-Policy", FEEDBACK_POLICY)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(page)


class Open(Handler):
    """``open?lab=``: from a lesson to its notebook, through sign-in and the person's server."""

    @authenticated
    def get(self) -> None:
        """Redirect to the same address on the person's server."""
        lab = self.get_query_argument("lab")
        admission.lab(self.cohort, lab, self.person.username, datetime.now(UTC))
        hub = f"{self.hub_auth.hub_host}{self.hub_auth.hub_prefix}"
        self.redirect(f"{hub}user-redirect/fronteras/open?{urlencode({'lab': lab})}")


class Login(Handler):
    """``login?next=``: sign in and come back."""

    @authenticated
    def get(self) -> None:
        """Redirect to a page of this site."""
        self.redirect(local(self.get_query_argument("next", "/")))


class Grade(Handler):
    """``grade``: an instructor's way to formgrader."""

    @authenticated
    def get(self) -> None:
        """Redirect instructors; refuse others."""
        cohort = self.cohort
        if not cohort.is_instructor(self.person.username):
            raise Refusal(403, "Formgrader is for instructors.")
        self.redirect(f"/services/{cohort.id}/formgrader")


class Unknown(Handler):
    """Anything else below the service's address."""

    def get(self) -> None:
        """Say that there is nothing."""
        raise Refusal(404, "There is nothing at this address.")

    post = put = patch = delete = get


def local(path: str) -> str:
    """Return a path of this site; ``/`` for what could lead to another host."""
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
