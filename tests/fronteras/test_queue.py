import asyncio
import os
import signal
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from fronteras import queue
from fronteras.attempts import Attempts
from fronteras.queue import Queue, Worker
from fronteras.scoring import FAILED, PlatformFault

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Attempts:
    store = Attempts(tmp_path / "attempts")
    for minute, (lab, user) in enumerate([("a", "ana"), ("a", "bruno"), ("a", "ana")]):
        store.store(lab, user, b"%d" % minute, NOW + timedelta(minutes=minute))
    return store


def _drain(store: Attempts, worker: Worker) -> bool:
    try:
        return asyncio.run(Queue(store.root.parent, store, worker).drain())
    finally:
        worker.close()


def _in_a_thread() -> Worker:
    return Worker(partial(ThreadPoolExecutor, 1))


def test_the_queue_is_what_has_no_result_in_the_order_of_receipts(
    store: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def score(directory: Path, folder: Path) -> None:
        attempt = store.read(folder)
        seen.append(attempt.notebook())
        store.finish(attempt, {"points": 1})

    monkeypatch.setattr(queue, "score", score)
    assert _drain(store, _in_a_thread()) is True
    assert seen == [b"0", b"1", b"2"]
    assert store.pending() == []


def test_a_fault_of_the_machine_holds_that_person_back_and_nobody_else(
    store: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def score(directory: Path, folder: Path) -> None:
        if "ana" in str(folder):
            raise PlatformFault("no space left")
        store.finish(store.read(folder), {"points": 1})

    monkeypatch.setattr(queue, "score", score)
    assert _drain(store, _in_a_thread()) is False
    assert [each.receipt.participant for each in store.pending()] == ["ana", "ana"]


def test_what_cannot_be_scored_fails_alone(
    store: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def score(directory: Path, folder: Path) -> None:
        attempt = store.read(folder)
        if attempt.notebook() == b"0":
            raise RecursionError("something nobody thought of")
        store.finish(attempt, {"points": 1})

    monkeypatch.setattr(queue, "score", score)
    assert _drain(store, _in_a_thread()) is True
    first, second = store.of("a", "ana")
    assert first.result is not None
    assert first.result["error"] == FAILED
    assert second.result == {"points": 1}


def _dies(directory: Path, folder: Path) -> None:
    """Take the worker down over Bruno's attempt, as the system does when memory runs out."""
    store = Attempts(folder.parents[2])
    if "bruno" in str(folder):
        os.kill(os.getpid(), signal.SIGKILL)
    store.finish(store.read(folder), {"points": 1})


def test_an_attempt_that_kills_its_worker_twice_fails_and_the_rest_goes_on(
    store: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "score", _dies)
    assert _drain(store, Worker(partial(queue.process, queue.die_with))) is True
    results = [each.result for each in (*store.of("a", "ana"), *store.of("a", "bruno"))]
    assert [result and result.get("points") for result in results] == [1, 1, None]
    assert results[2] is not None
    assert results[2]["error"] == FAILED


def test_a_workers_temporary_files_have_a_swept_place_of_their_own(tmp_path: Path) -> None:
    folder = queue.scratch(tmp_path)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "left").mkdir()
    (folder / "left" / "file").write_bytes(b"x")
    assert queue.scratch(tmp_path) == folder
    assert list(folder.iterdir()) == []
    assert queue.scratch(tmp_path / "other") != folder
    assert len(str(folder)) < 40
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(PermissionError, match="Remove it"):
        queue.scratch(tmp_path)
    folder.unlink()
    queue.scratch(tmp_path / "other").rmdir()
