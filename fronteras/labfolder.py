"""A lab's folder in a participant's home, filled and read by a server that trusts nothing in it.

Code of the participant writes in the same home. So every step goes through the open folder and
follows no symbolic link, and nothing that is there is overwritten unless it was asked for.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import secrets
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

NOTEBOOK_LIMIT = 64 * 1024 * 1024
"""The largest notebook that is read, in bytes; the service's own limit is far lower."""
LIST = ".files.json"
"""Names what was delivered, so that opening a whole lab asks nothing of the service."""

_LAB_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NOT_OF_ITS_KIND = (errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO)


class FolderTrouble(Exception):
    """The folder is not as it should be, or cannot be written.

    Attributes:
        status: the HTTP status to answer with.
        message: a sentence for the participant.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def is_lab_id(text: str) -> bool:
    """Tell whether a text can be a lab's id: lower case words and numbers joined by hyphens."""
    return len(text) <= 64 and _LAB_ID.fullmatch(text) is not None


@dataclass(frozen=True)
class LabFolder:
    """A lab's folder.

    Attributes:
        home: the participant's home; the path to it is ours.
        lab: the lab's id.
    """

    home: Path
    lab: str

    @property
    def notebook(self) -> str:
        """The notebook's file name."""
        return f"{self.lab}.ipynb"

    def is_whole(self) -> bool:
        """Tell whether everything that was delivered is still there.

        Raises:
            FolderTrouble: if the folder or the notebook is a link.
        """
        with _told(self.lab):
            try:
                names = json.loads(self._read(LIST, NOTEBOOK_LIMIT))
            except (FileNotFoundError, ValueError, RecursionError):
                return False
            if not isinstance(names, list) or self.notebook not in names:
                return False
            return all(_plain(name) and self._has(name) for name in names)

    def read_notebook(self) -> bytes:
        """Return the notebook as it was saved.

        Raises:
            FolderTrouble: if it is missing, a link, no file or too large.
        """
        with _told(self.lab):
            try:
                return self._read(self.notebook, NOTEBOOK_LIMIT)
            except FileNotFoundError as error:
                raise FolderTrouble(
                    404, f"There is no notebook {self.notebook}. Open the lab from its page again."
                ) from error

    def fill(self, archive: bytes) -> None:
        """Write what is missing and leave alone what is there.

        Args:
            archive: a zip with the notebook, ``lab.json`` and ``evidence/...``.

        Raises:
            FolderTrouble: if the zip is not that, or the folder cannot be written.
        """
        delivered = self._unpack(archive)
        with _told(self.lab):
            # The notebook comes last: where it is, all the rest is.
            for name in sorted(delivered, key=lambda name: name == self.notebook):
                self._write(name, delivered[name], replace=False)
            self._write(LIST, json.dumps(sorted(delivered)).encode(), replace=True)

    def start_again(self, archive: bytes, now: datetime) -> str:
        """Put a fresh copy of everything in place and keep the old notebook beside it.

        Args:
            archive: as for ``fill``.
            now: the time that names the old notebook; aware.

        Returns:
            The file name under which the old notebook is kept, or an empty text if there was none.

        Raises:
            FolderTrouble: as ``fill`` does; the old notebook is then still in place.
        """
        delivered = self._unpack(archive)
        with _told(self.lab):
            for name in sorted(delivered.keys() - {self.notebook}):
                self._write(name, delivered[name], replace=True)
            kept = self._set_aside(now)
            self._write(self.notebook, delivered[self.notebook], replace=True)
            self._write(LIST, json.dumps(sorted(delivered)).encode(), replace=True)
        return kept

    def _unpack(self, archive: bytes) -> Mapping[str, bytes]:
        """Return the files of the zip by name, none of which leads out of the folder."""
        try:
            with zipfile.ZipFile(io.BytesIO(archive)) as packed:
                files = {entry.filename: packed.read(entry) for entry in packed.infolist()}
        except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
            raise FolderTrouble(502, "The lab's files arrived damaged. Try again.") from error
        for name in files:
            inside = PurePosixPath(name).parts[:1] == ("evidence",)
            if not (_plain(name) and (name in (self.notebook, "lab.json") or inside)):
                raise FolderTrouble(
                    502, f"The lab's files hold a name that cannot be right: {name!r}."
                )
        if self.notebook not in files:
            raise FolderTrouble(502, "The lab's files came without their notebook.")
        return files

    def _set_aside(self, now: datetime) -> str:
        stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        kept = f"{self.lab}.{stamp}.ipynb"
        with self._folder(self.notebook) as (folder, name):
            try:
                os.link(name, kept, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                return ""
            except FileExistsError as error:
                raise FolderTrouble(
                    429, "You started again a moment ago. Wait a second and try once more."
                ) from error
        return kept

    def _has(self, path: str) -> bool:
        """Tell whether a file is there; a link in its place is trouble where it is the notebook."""
        try:
            with self._folder(path) as (folder, name):
                mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        except FileNotFoundError:
            return False
        if path == self.notebook and not stat.S_ISREG(mode):
            raise _not_a_file(path)
        return True

    def _read(self, path: str, limit: int) -> bytes:
        with self._folder(path) as (folder, name):
            number = os.open(name, _READ, dir_fd=folder)
        with os.fdopen(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise _not_a_file(path)
            content: bytes = file.read(limit + 1)
        if len(content) > limit:
            raise FolderTrouble(
                413,
                "The notebook is too large. Clear its long outputs (Edit, Clear Outputs of All "
                "Cells), save it and try again.",
            )
        return content

    def _write(self, path: str, data: bytes, *, replace: bool) -> None:
        """Write a file whole or not at all; without ``replace``, only where there is none."""
        with self._folder(path, make=True) as (folder, name):
            temporary = f".{name}.{secrets.token_hex(8)}"
            try:
                with os.fdopen(os.open(temporary, _WRITE, 0o644, dir_fd=folder), "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                if replace:
                    os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                else:
                    _link_if_free(temporary, name, folder)
                os.fsync(folder)
            finally:
                _remove(temporary, folder)

    @contextmanager
    def _folder(self, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """Open the folder of a file of the lab, step by step, and yield it with the file's name."""
        parts = PurePosixPath(path).parts
        with ExitStack() as opened:
            folder = os.open(self.home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            opened.callback(os.close, folder)
            for part in (self.lab, *parts[:-1]):
                if make:
                    _make_folder(part, folder)
                folder = os.open(part, _FOLDER, dir_fd=folder)
                opened.callback(os.close, folder)
            yield folder, parts[-1]


def _plain(name: object) -> bool:
    """Say whether this is the path of a file below the lab's folder, none of it hidden."""
    if not isinstance(name, str) or not name or "\\" in name or "\0" in name:
        return False
    parts = PurePosixPath(name).parts
    return "/".join(parts) == name and not any(part.startswith(".") for part in parts)


def _make_folder(name: str, parent: int) -> None:
    try:
        os.mkdir(name, 0o755, dir_fd=parent)
    except FileExistsError:
        return


def _link_if_free(source: str, name: str, folder: int) -> None:
    try:
        os.link(source, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return


def _remove(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return


def _not_a_file(name: str) -> FolderTrouble:
    return FolderTrouble(
        409, f"{name} is not an ordinary file. Rename or delete it, then open the lab again."
    )


@contextmanager
def _told(lab: str) -> Iterator[None]:
    """Turn what the file system says into a sentence for the participant."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _NOT_OF_ITS_KIND:
            raise FolderTrouble(
                409,
                f"Something in the folder {lab} is a link or not of the expected kind. "
                "Rename or delete the folder, then open the lab again.",
            ) from error
        reason = (error.strerror or str(error)).lower()
        raise FolderTrouble(
            507, f"The lab's files could not be read or written: {reason}. Tell your instructor."
        ) from error
