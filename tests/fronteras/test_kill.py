"""Kill -9 at each step of a submit: afterwards it is there once and scored once, or it is not."""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from fronteras.attempts import INCOMING, Attempts
from fronteras.cohort import Cohort, load
from tests.fronteras import harbour
from tests.fronteras.harbour import LAB, answered, body, facts, released
from tests.fronteras.harbour_service import Service, free_port, start
from tests.fronteras.standin_hub import standin_hub

SUBMISSIONS = f"api/labs/{LAB}/submissions"
STEPS = [f"store:{step}" for step in range(1, 20)]
STEPS += [f"score:{step}" for step in (1, 3, 6, 10, 15, 21, 28, 36, 45, 60)]


@dataclass
class Place:
    """A cohort, and what it takes to start a service for it."""

    cohort: Cohort
    site: Path
    api: str

    def start(self, kill: str = "") -> Service:
        return start(self.cohort.directory, self.site, self.api, free_port(), kill)


@pytest.fixture(scope="module")
def place(harbour_lab: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("kill") / "cohort"
    harbour.make_cohort(folder, due="2100-01-01T00:00:00+00:00", feedback_attempts=99)
    site = tmp_path_factory.mktemp("site")
    with standin_hub() as api:
        yield Place(load(folder), site, api)


def _submit(service: Service, user: str, content: bytes) -> str | None:
    """Submit and return the receipt's SHA-256; ``None`` where the connection just broke."""
    try:
        answer = service.call(SUBMISSIONS, f"token-{user}", content)
    except OSError:
        return None
    assert answer.status in (200, 201)
    return str(answer.json()["receipt"]["sha256"])


def _ended(service: Service) -> bool:
    """Wait for the death, or for the score that shows there was no such step."""
    while service.process.poll() is None:
        time.sleep(0.2)
        try:
            found = service.call(SUBMISSIONS, "token-ana").json()["attempts"]
        except OSError:
            continue
        if found and all(each["status"] == "scored" for each in found):
            return False
    return True


def test_a_submission_is_there_once_and_scored_once_whatever_dies_when(place: Place) -> None:
    cohort, killed = place.cohort, {"store": 0, "score": 0}
    notebook, true = released(cohort), facts(cohort, "ana")
    survived: set[str] = set()
    for number, step in enumerate(STEPS):
        stage = step.partition(":")[0]
        if stage in survived:
            continue
        content = body(answered(notebook, prose=f"Step {number}.", berth=true.berth))
        digest = hashlib.sha256(content).hexdigest()
        service = place.start(step)
        try:
            told = _submit(service, "ana", content)
            assert told in (None, digest)
            if not _ended(service):
                survived.add(stage)
            else:
                killed[stage] += 1
        finally:
            service.process.kill()
            service.process.wait()
        stored = Attempts(cohort.attempts).of(LAB, "ana")
        assert sum(each.receipt.sha256 == digest for each in stored) in ((1,) if told else (0, 1))
        for each in stored:
            assert hashlib.sha256(each.notebook()).hexdigest() == each.receipt.sha256
    assert killed["store"] + killed["score"] >= 20, killed
    assert killed["store"] >= 8, killed

    service = place.start()
    try:
        assert list(cohort.attempts.glob(f"{INCOMING}*")) == []
        last = _submit(service, "ana", content)
        assert last == digest
        found = service.wait_for(
            SUBMISSIONS,
            "token-ana",
            lambda got: all(each["status"] == "scored" for each in got["attempts"]),
            300,
        )["attempts"]
    finally:
        service.process.kill()
        service.process.wait()
    assert len({each["sha256"] for each in found}) == len(found)
    assert [each["attempt"] for each in found] == list(range(len(found), 0, -1))
    for each in Attempts(cohort.attempts).of(LAB, "ana"):
        assert json.loads((each.folder / "result.json").read_text())["points"] == 3
    with Gradebook(cohort.gradebook_url, cohort.id) as book:
        (submission,) = book.find_assignment(LAB).submissions
        assert submission.score == 3
        newest = Attempts(cohort.attempts).of(LAB, "ana")[-1].receipt
        assert submission.timestamp.isoformat() == newest.received.replace(tzinfo=None).isoformat()
