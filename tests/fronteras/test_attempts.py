import errno
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fronteras import attempts
from fronteras.attempts import Attempts, Refusal

NOW = datetime(2026, 3, 2, 14, 5, 9, 123_000, UTC)


def test_a_receipt_says_what_lies_on_disk(tmp_path: Path) -> None:
    store = Attempts(tmp_path / "attempts")
    receipt = store.store("s2-lab", "ana", b"{}", NOW)
    assert (receipt.attempt, receipt.time) == (1, "2026-03-02T14:05:09.123Z")
    assert receipt.received == NOW
    (attempt,) = store.of("s2-lab", "ana")
    assert attempt.receipt == receipt
    assert hashlib.sha256(attempt.notebook()).hexdigest() == receipt.sha256
    assert attempt.folder == tmp_path / "attempts" / "s2-lab" / "ana" / "0001"


def test_attempts_are_numbered_for_each_person_and_lab(tmp_path: Path) -> None:
    store = Attempts(tmp_path)
    keys = [("a", "ana"), ("a", "ana"), ("a", "bruno"), ("b", "ana"), ("a", "ana")]
    assert [store.store(*key, b"1", NOW).attempt for key in keys] == [1, 2, 1, 1, 3]


def test_submissions_at_the_same_moment_all_get_numbers_of_their_own(tmp_path: Path) -> None:
    store = Attempts(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: store.store("a", "ana", b"%d" % n, NOW), range(40)))
    assert sorted(receipt.attempt for receipt in made) == list(range(1, 41))
    for attempt in store.of("a", "ana"):
        assert hashlib.sha256(attempt.notebook()).hexdigest() == attempt.receipt.sha256


def test_a_number_taken_meanwhile_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Attempts(tmp_path)
    first = store.store("a", "ana", b"first", NOW)
    monkeypatch.setattr(attempts, "_numbers", lambda folder: [])
    assert store.store("a", "ana", b"second", NOW).attempt == 2
    monkeypatch.undo()
    assert [each.notebook() for each in store.of("a", "ana")] == [b"first", b"second"]
    assert store.of("a", "ana")[0].receipt == first


def test_what_has_no_result_is_pending_in_the_order_of_its_receipts(tmp_path: Path) -> None:
    store = Attempts(tmp_path)
    store.store("b", "bruno", b"1", NOW.replace(hour=16))
    store.store("a", "ana", b"2", NOW.replace(hour=15))
    store.store("a", "ana", b"3", NOW.replace(hour=17))
    pending = store.pending()
    assert [each.notebook() for each in pending] == [b"2", b"1", b"3"]
    store.finish(pending[0], {"points": 1})
    assert [each.notebook() for each in Attempts(tmp_path).pending()] == [b"1", b"3"]
    assert store.of("a", "ana")[0].result == {"points": 1}


@pytest.mark.parametrize("name", ["..", "../x", "/etc", "", ".hidden", "a/b", "a\0b", "x" * 200])
def test_no_name_leads_out_of_the_store(tmp_path: Path, name: str) -> None:
    store = Attempts(tmp_path / "attempts")
    for lab, person in ((name, "ana"), ("a", name)):
        with pytest.raises(Refusal):
            store.store(lab, person, b"1", NOW)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_full_disk_is_a_refusal_that_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Attempts(tmp_path)
    real = os.fsync

    def full(number: int) -> None:
        if "notebook" in os.readlink(f"/proc/self/fd/{number}"):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(number)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refusal, match="disk is full") as refusal:
        store.store("a", "ana", b"1", NOW)
    assert refusal.value.status == 507
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    monkeypatch.undo()
    assert store.store("a", "ana", b"1", NOW).attempt == 1


def test_what_a_killed_service_left_half_written_is_swept(tmp_path: Path) -> None:
    store = Attempts(tmp_path)
    store.store("a", "ana", b"1", NOW)
    left = tmp_path / f"{attempts.INCOMING}xyz"
    left.mkdir()
    (left / "notebook.ipynb").write_bytes(b"hal")
    assert len(store.pending()) == 1
    store.sweep()
    assert not left.exists()
    assert json.loads((tmp_path / "a/ana/0001/receipt.json").read_text())["attempt"] == 1
