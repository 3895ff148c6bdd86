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
    def _files_handler_class_default(self) -> Any:
        """Let ``/files/`` ask this class; by default it would read the disk past it."""
        return FilesHandler

    async def _dir_model(self, path: str, content: bool = True) -> dict[str, Any]:
        """List the course's folders where the whole directory was asked for."""
        model: dict[str, Any] = await super()._dir_model(path, content and bool(path.strip("/")))
        if content and not path.strip("/"):
            there = [name for name in sorted(SHOWN) if await self.dir_exists(name)]
            model["content"] = [await self.get(name, content=False) for name in there]
            model["format"] = "json"
        return model

    def _get_os_path(self, path: str) -> str:
        parts = [part for part in path.split("/") if part]
        if ".." in parts or (parts and parts[0] not in SHOWN):
            raise HTTPError(404, f"There is no {path} among the course's files.")
        found: str = super()._get_os_path(path)
        return found
