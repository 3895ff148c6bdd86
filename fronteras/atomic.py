"""Writing so that a reader, a crash or a full disk meets the old file or the new one, whole."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace a file: temporary file beside it, fsync, rename, fsync of the folder.

    Args:
        path: the file; its folder exists.
        data: the whole content.
        mode: its permissions.

    Raises:
        OSError: if it cannot be written; the old content is then untouched.
    """
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def editing(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder's settings, so that two commands do not lose each other's edit.

    Args:
        folder: where the lock file lies; it is made where it is missing.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "edit.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
