"""Every submission, on disk: whole and once, whatever is killed when.

``attempts/<lab>/<user>/<0001>/`` holds ``notebook.ipynb`` and ``receipt.json``; ``result.json``
joins them when the attempt is scored. What has no result is pending: there is no other queue.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fronteras import atomic

NOTEBOOK, RECEIPT, RESULT = "notebook.ipynb", "receipt.json", "result.json"
INCOMING = ".incoming-"
"""Begins the names of folders that are still being written."""
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
NUMBER = re.compile(r"[0-9]{4,}\Z")


class Refusal(Exception):
    """A request that is turned down, with a sentence for the participant.

    Attributes:
        status: the HTTP status.
        message: the sentence.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Receipt:
    """What a participant holds in hand after a submission.

    Attributes:
        lab: the lab's id.
        participant: the user name.
        attempt: from 1.
        time: when the service received it, UTC, ``2026-03-02T14:05:09.123Z``.
        sha256: of the notebook as it was sent, hexadecimal.
    """

    lab: str
    participant: str
    attempt: int
    time: str
    sha256: str

    @property
    def received(self) -> datetime:
        """The time as an aware value."""
        return datetime.fromisoformat(self.time)


@dataclass(frozen=True)
class Attempt:
    """One stored submission.

    Attributes:
        folder: where it lies.
        receipt: what the participant was told.
        result: how it was scored; ``None`` while it is pending.
    """

    folder: Path
    receipt: Receipt
    result: Mapping[str, Any] | None

    def notebook(self) -> bytes:
        """Return the notebook as it was sent."""
        return (self.folder / NOTEBOOK).read_bytes()


def iso(moment: datetime) -> str:
    """Return an aware time as UTC text with milliseconds and ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Attempts:
    """The store of a cohort's submissions.

    Args:
        root: the cohort's ``attempts`` folder; made where it is missing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def sweep(self) -> None:
        """Remove what a killed service left half written; nobody holds a receipt for it."""
        for folder in self.root.glob(f"{INCOMING}*"):
            shutil.rmtree(folder)

    def store(self, lab: str, participant: str, body: bytes, now: datetime) -> Receipt:
        """Put a submission on disk, under the next number.

        When this returns, the submission survives a kill and a power cut; when it raises, nothing
        of it is left.

        Args:
            lab: the lab's id.
            participant: the user name, as the hub gave it.
            body: the notebook as it was sent.
            now: the service's clock.

        Raises:
            Refusal: if the disk is full.
            OSError: if the disk fails in another way.
        """
        person = self._folder(lab, participant)
        try:
            incoming = Path(tempfile.mkdtemp(prefix=INCOMING, dir=self.root))
        except OSError as error:
            raise _refused(error) from error
        try:
            _write(incoming / NOTEBOOK, body)
            _make_folders(person, self.root)
            return _place(incoming, person, lab, participant, body, now)
        except OSError as error:
            raise _refused(error) from error
        finally:
            shutil.rmtree(incoming, ignore_errors=True)

    def of(self, lab: str, participant: str) -> tuple[Attempt, ...]:
        """Return a participant's attempts at a lab, oldest first."""
        folder = self._folder(lab, participant)
        return tuple(self.read(folder / name) for name in _numbers(folder))

    def pending(self) -> list[Attempt]:
        """Return all attempts that have no result, in the order of their receipts."""
        waiting = [self.read(folder) for folder in self._unscored()]
        return sorted(waiting, key=lambda each: (each.receipt.time, each.receipt.attempt))

    def read(self, folder: Path) -> Attempt:
        """Return the attempt that lies in a folder of the store."""
        receipt = Receipt(**json.loads((folder / RECEIPT).read_bytes()))
        try:
            result = json.loads((folder / RESULT).read_bytes())
        except FileNotFoundError:
            result = None
        return Attempt(folder, receipt, result)

    def finish(self, attempt: Attempt, result: Mapping[str, Any]) -> None:
        """Record how an attempt was scored: whole or not at all."""
        text = json.dumps(result, indent=1, ensure_ascii=False)
        atomic.write(attempt.folder / RESULT, text.encode())

    def _unscored(self) -> Iterator[Path]:
        for person in self.root.glob("[!.]*/[!.]*"):
            for name in _numbers(person):
                if not (person / name / RESULT).exists():
                    yield person / name

    def _folder(self, lab: str, participant: str) -> Path:
        for name in (lab, participant):
            if not SAFE_NAME.match(name):
                raise Refusal(404, f"There is no lab or person called {name!r}.")
        return self.root / lab / participant


def _numbers(folder: Path) -> list[str]:
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted((name for name in names if NUMBER.match(name)), key=int)


def _place(
    incoming: Path, person: Path, lab: str, participant: str, body: bytes, now: datetime
) -> Receipt:
    """Give a written submission the next free number.

    The rename decides: a folder that holds something cannot be renamed over.
    """
    taken = _numbers(person)
    number = int(taken[-1]) + 1 if taken else 1
    digest = hashlib.sha256(body).hexdigest()
    while True:
        receipt = Receipt(lab, participant, number, iso(now), digest)
        _write(incoming / RECEIPT, json.dumps(asdict(receipt), indent=1).encode())
        _sync(incoming)
        try:
            incoming.rename(person / f"{number:04}")
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            number += 1
            continue
        _sync(person)
        return receipt


def _make_folders(folder: Path, root: Path) -> None:
    """Make a folder below the root, and its name durable in each folder above."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for above in folder.parents:
        _sync(above)
        if above == root:
            return


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _refused(error: OSError) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Refusal(
            507,
            "The server's disk is full: your submission was not stored. "
            "Tell your instructor; your notebook is still as you saved it.",
        )
    return error
