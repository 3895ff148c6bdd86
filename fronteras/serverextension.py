"""What a participant's server adds to Jupyter's: opening, handing in and starting a lab again.

It runs outside the participant's sandbox and speaks for its owner to the scoring service.
"""

from __future__ import annotations

import asyncio
import html
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError, authenticated

from fronteras import client
from fronteras.labfolder import FolderTrouble, LabFolder, is_lab_id

OWNER = "JUPYTERHUB_USER"
"""Names the one person for whom this server hands work in."""
COURSE_HOST = "JUPYTERHUB_HOST"
"""Names the course's scheme and host where servers have hosts of their own; else empty."""
_LAB = r"(?P<lab>[^/]+)"
_UNSAFE_FORMAT = r"nbconvert/(?!(?:html|markdown|notebook|python)(?:/|$)).*"
"""Other formats run programs of the machine, or a class that the notebook's metadata names."""


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "fronteras.serverextension"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Add the handlers to a server.

    Raises:
        RuntimeError: if the server's environment does not say where the scoring service is.
    """
    for name in (client.SERVICE_URL, client.TOKEN):
        if not os.environ.get(name):
            raise RuntimeError(f"{name} is not set: start this server from the hub")
    application = server.web_app
    base = url_path_join(application.settings["base_url"], "fronteras")
    application.add_handlers(
        ".*$",
        [
            (url_path_join(base, "open"), OpenHandler),
            (url_path_join(base, "api/labs"), LabsHandler),
            (url_path_join(base, "api/labs", _LAB, "submissions"), SubmissionsHandler),
            (url_path_join(base, "api/labs", _LAB, "submit"), SubmitHandler),
            (url_path_join(base, "api/labs", _LAB, "fresh"), FreshHandler),
            (url_path_join(application.settings["base_url"], _UNSAFE_FORMAT), FormatHandler),
        ],
    )


class _Owned(JupyterHandler):
    """A handler that serves the server's owner: whoever else may look in may not act for them."""

    async def prepare(self) -> None:
        await super().prepare()
        owner = os.environ.get(OWNER)
        if owner and self.current_user and self.current_user.username != owner:
            raise HTTPError(403, "This server hands in work for its owner only.")

    def folder(self, lab: str) -> LabFolder:
        """Return a lab's folder in the home that this server serves.

        Raises:
            FolderTrouble: if the text is no lab's id.
        """
        if not is_lab_id(lab):
            raise FolderTrouble(404, "There is no such lab.")
        return LabFolder(Path(self.settings["server_root_dir"]).expanduser(), lab)


class _LabHandler(_Owned, APIHandler):
    """Answers in JSON; a refusal is ``{"error": a sentence}``."""

    async def answer(self, work: Callable[[], dict[str, Any]], status: int = 200) -> None:
        """Do blocking work in a thread and answer with what it returns, or why it refused."""
        try:
            result = await asyncio.to_thread(work)
        except (client.Refused, FolderTrouble) as refusal:
            status, result = refusal.status, {"error": refusal.message}
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(result))


class LabsHandler(_LabHandler):
    """The owner's labs, as the service lists them."""

    @authenticated
    async def get(self) -> None:
        """Answer ``GET fronteras/api/labs``."""
        await self.answer(client.labs)


class SubmissionsHandler(_LabHandler):
    """The owner's attempts at a lab."""

    @authenticated
    async def get(self, lab: str) -> None:
        """Answer ``GET fronteras/api/labs/<lab>/submissions``."""
        await self.answer(lambda: client.submissions(self.folder(lab).lab))


class SubmitHandler(_LabHandler):
    """Hands the saved notebook in."""

    @authenticated
    async def post(self, lab: str) -> None:
        """Answer ``POST fronteras/api/labs/<lab>/submit``."""

        def submit() -> dict[str, Any]:
            folder = self.folder(lab)
            return client.submit(folder.lab, folder.read_notebook())

        await self.answer(submit, status=201)


class FreshHandler(_LabHandler):
    """Puts a fresh copy of a lab in place and keeps the old notebook beside it."""

    @authenticated
    async def post(self, lab: str) -> None:
        """Answer ``POST fronteras/api/labs/<lab>/fresh`` with the old notebook's new name."""

        def fresh() -> dict[str, Any]:
            folder = self.folder(lab)
            return {"kept": folder.start_again(client.files(folder.lab), datetime.now(UTC))}

        await self.answer(fresh)


class OpenHandler(_Owned):
    """Opens a lab's notebook, with its evidence beside it."""

    @authenticated
    async def get(self) -> None:
        """Answer ``GET fronteras/open?lab=ID``: fetch what is missing, then show the notebook."""
        lab = self.get_argument("lab", "")

        def fetch() -> LabFolder:
            folder = self.folder(lab)
            if not folder.is_whole():
                folder.fill(client.files(folder.lab))
            folder.read_notebook()
            return folder

        try:
            folder = await asyncio.to_thread(fetch)
        except (client.Refused, FolderTrouble) as refusal:
            self.set_status(refusal.status)
            self.finish(_page(refusal.status, refusal.message))
            return
        self.redirect(url_path_join(self.base_url, "notebooks", folder.lab, folder.notebook))


class FormatHandler(JupyterHandler):
    """Stands before nbconvert's formats that a participant's notebook could misuse."""

    @authenticated
    def get(self, *_: str) -> None:
        """Refuse.

        Raises:
            HTTPError: always.
        """
        raise HTTPError(
            403,
            "Notebooks are exported as html, markdown, python or notebook here. "
            "For a PDF, export as html and print it.",
        )

    post = get


def _page(status: int, message: str) -> str:
    """Return a page that says why a lab did not open."""
    course = f"{os.environ.get(COURSE_HOST, '')}/"
    return _PAGE.format(message=html.escape(message), course=html.escape(course), status=status)


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The lab did not open</title>
<style>
body {{ margin: 0; font: 1.1rem/1.6 system-ui, sans-serif; color: #1c2b30; background: #f4f7f8; }}
main {{ max-width: 34rem; margin: 12vh auto 0; padding: 2rem 2.5rem; background: #fff;
        border-top: .4rem solid #e4572e; border-radius: .5rem; box-shadow: 0 1px 6px #0b3c4933; }}
h1 {{ margin: 0 0 .75rem; font-size: 1.6rem; color: #0b3c49; }}
a {{ display: inline-block; margin: .75rem .75rem 0 0; padding: .5rem 1.1rem; border-radius: .4rem;
     color: #fff; background: #0b3c49; text-decoration: none; }}
a + a {{ color: #0b3c49; background: none; box-shadow: inset 0 0 0 1px #0b3c49; }}
a:focus-visible {{ outline: 3px solid #e4572e; outline-offset: 2px; }}
small {{ display: block; margin-top: 1.5rem; color: #5b6b70; }}
</style>
</head>
<body>
<main>
<h1>The lab did not open</h1>
<p>{message}</p>
<p><a href="{course}">Back to the course</a><a href="">Try again</a></p>
<small>Code {status}</small>
</main>
</body>
</html>
"""
