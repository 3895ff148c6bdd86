"""What formgrader's server shows of a cohort's directory: notebooks, and nothing of the hub's."""

from __future__ import annotations

from typing import Any

from jupyter_server.files.handlers import FilesHandler
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError
from traitlets import default

SHOWN = frozenset({"source", "release", "submitted", "autograded", "feedback"})
"""nbgrader's folders."""


class CourseFiles(AsyncLargeFileManager):
    """Serves nbgrader's folders; passwords, the secret and the hub's state stay out of reach."""

    @default("files_handler_class")
    def _ask_here(self) -> Any:
        """Let ``/files/`` ask this class; by default it would read the disk past it."""
        return FilesHandler

    @default("files_handler_params")
    def _no_folder(self) -> dict[str, str]:
        return {}

    def _get_os_path(self, path: str) -> str:
        parts = [part for part in path.split("/") if part]
        if ".." in parts or (parts and parts[0] not in SHOWN):
            raise HTTPError(404, f"There is no {path} among the course's files.")
        found: str = super()._get_os_path(path)
        return found
