"""One server for each cohort: a lock that the kernel drops when its holder is gone."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from fronteras.settings import CohortError

LOCK = Path("hub") / "serve.lock"


@dataclass(frozen=True)
class Server:
    """A running server: the process id of ``fronteras serve`` and its address.

    A command that needs the server stopped holds the lock without an address.
    """

    process: int = 0
    address: str = ""


@contextmanager
def only_one(directory: Path, address: str) -> Iterator[None]:
    """Be the cohort's one server for as long as the block runs.

    Args:
        directory: the cohort's.
        address: what to tell a second start.

    Raises:
        CohortError: if a server runs already, or a command needs it stopped.
    """
    path = directory / LOCK
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("a+") as lock:
        holder = _take(lock)
        if holder is not None:
            raise CohortError(_busy(directory, holder))
        lock.truncate(0)
        lock.write(json.dumps(asdict(Server(os.getpid(), address))))
        lock.flush()
        yield
        lock.truncate(0)


@contextmanager
def stopped(directory: Path) -> Iterator[None]:
    """Keep the cohort's server from running for as long as the block runs.

    Raises:
        CohortError: if it is running.
    """
    with only_one(directory, ""):
        yield


def server(directory: Path) -> Server | None:
    """Return the cohort's running server, or ``None``."""
    path = directory / LOCK
    if not path.exists():
        return None
    with path.open("a+") as lock:
        return _take(lock)


def _take(lock: TextIO) -> Server | None:
    """Take the lock, or return who holds it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        text = lock.read()  # empty for an instant, until its holder has written
        return Server(**json.loads(text)) if text else Server()
    return None


def _busy(directory: Path, holder: Server) -> str:
    if not holder.address:
        return f"another command works on {directory}. Wait until it has ended"
    return (
        f"the server of {directory} is running at {holder.address} (process {holder.process}). "
        f"Stop it first, with Ctrl-C where it was started or: kill {holder.process}"
    )
