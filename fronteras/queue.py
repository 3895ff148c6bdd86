"""The scoring queue: what is on disk without a result, one after another, in a worker process."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from fronteras.attempts import Attempt, Attempts, iso
from fronteras.scoring import FAILED, PlatformFault, score

CRASHES = 2
"""How often an attempt may take its worker down before it counts as failed."""
RETRY_SECONDS = 30
"""How long to wait after a fault of the machine."""
WORKER_BYTES = 4 * 1024**3
"""The most address space of a worker: what a kernel sends it can grow a hundredfold when read."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Worker:
    """An executor that is made again when one of its processes dies.

    Args:
        make: makes the executor.
    """

    def __init__(self, make: Callable[[], Executor]) -> None:
        self._make = make
        self._executor = make()

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """Run a function of a module in the worker.

        Raises:
            BrokenProcessPool: if the worker died over it; the next call finds a new one.
        """
        executor = self._executor
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, function, *args)
        except BrokenProcessPool:
            if executor is self._executor:
                self.close()
                self._executor = self._make()
            raise

    def close(self) -> None:
        """End the worker and its processes at once."""
        processes = list((getattr(self._executor, "_processes", None) or {}).values())
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()


class Queue:
    """Scores what is pending, for as long as it runs.

    Args:
        directory: the cohort's.
        store: its attempts.
        worker: scores, one after another: one process keeps the order.
    """

    def __init__(self, directory: Path, store: Attempts, worker: Worker) -> None:
        self._directory = directory
        self._store = store
        self._worker = worker
        self._wake = asyncio.Event()
        self._crashes: dict[Path, int] = {}
        self._spent: dict[str, float] = {}

    def wake(self) -> None:
        """Say that something new may be pending."""
        self._wake.set()

    async def run(self) -> None:
        """Score until cancelled."""
        while True:
            self._wake.clear()
            done = await self.drain()
            try:
                await asyncio.wait_for(self._wake.wait(), None if done else RETRY_SECONDS)
            except TimeoutError:
                log.info("trying again what the machine could not score")

    async def drain(self) -> bool:
        """Score all that is pending; say whether nothing is left.

        Next is always whoever has used the least time since the queue was last empty, and of
        theirs the oldest: nobody keeps the others waiting by submitting often or slowly.

        After a fault of the machine the rest of that person's attempts wait too: an older one
        must not be scored over a newer.
        """
        loop = asyncio.get_running_loop()
        waiting: set[tuple[str, str]] = set()
        while True:
            pending = await loop.run_in_executor(None, self._store.pending)
            ready = [each for each in pending if _whose(each) not in waiting]
            if not ready:
                self._spent.clear()
                return not pending
            chosen = min(ready, key=lambda each: self._spent.get(each.receipt.participant, 0.0))
            begin = time.monotonic()
            if not await self._score(chosen):
                waiting.add(_whose(chosen))
            name = chosen.receipt.participant
            self._spent[name] = self._spent.get(name, 0.0) + time.monotonic() - begin

    async def _score(self, attempt: Attempt) -> bool:
        work = self._worker.run(score, self._directory, attempt.folder)
        (error,) = await asyncio.gather(work, return_exceptions=True)
        if isinstance(error, BrokenProcessPool):
            count = self._crashes[attempt.folder] = self._crashes.get(attempt.folder, 0) + 1
            log.error("the worker died over %s (%d of %d)", attempt.folder, count, CRASHES)
            if count >= CRASHES:
                self._fail(attempt)
        elif isinstance(error, PlatformFault):
            log.error("%s waits: %s", attempt.folder, error)
            return False
        elif error is not None:
            log.error("%s cannot be scored", attempt.folder, exc_info=error)
            self._fail(attempt)
        return True

    def _fail(self, attempt: Attempt) -> None:
        self._store.finish(attempt, {"scored": iso(datetime.now(UTC)), "error": FAILED})


def process(initializer: Callable[..., None], *args: object) -> Executor:
    """Return an executor of one fresh process, which dies with this one.

    Args:
        initializer: called in it first, with this process's id and the arguments.
        *args: the arguments.
    """
    return ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=initializer,
        initargs=(os.getpid(), *args),
    )


def prepare(parent: int, directory: Path) -> None:
    """Begin a scoring worker, with a swept place of its own for the cohort's temporary files."""
    die_with(parent)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]  # kernels get a limit of their own
    soft = WORKER_BYTES if hard == resource.RLIM_INFINITY else min(WORKER_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    tempfile.tempdir = str(scratch(directory))


def die_with(parent: int) -> None:
    """Begin a worker: die with the parent, leave signals to it."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        sys.exit("the service is gone")
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def scratch(directory: Path) -> Path:
    """Return an empty folder for a worker's temporary files, with a name short enough for sockets.

    Raises:
        PermissionError: if somebody else has made that folder.
    """
    name = sha256(os.fsencode(directory.resolve())).hexdigest()[:10]
    folder = Path("/tmp", f"fronteras-{os.geteuid()}-{name}")  # noqa: S108 - checked below
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else. Remove it")
    for left in folder.iterdir():
        shutil.rmtree(left, ignore_errors=True)
    return folder


def _whose(attempt: Attempt) -> tuple[str, str]:
    return attempt.receipt.lab, attempt.receipt.participant
