import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fronteras import admission
from fronteras.attempts import Attempts, Refusal
from fronteras.cohort import Cohort, LabSettings
from tests.fronteras.harbour import LAB

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)


def _with(cohort: Cohort, opens: datetime | None = None, due: datetime | None = None) -> Cohort:
    return replace(cohort, labs=(LabSettings(LAB, opens, due),))


def _refused(call: Callable[[], object], status: int, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refusal:
        call()
    assert refusal.value.status == status


def test_who_is_not_on_the_roster_is_refused(harbour_cohort: Cohort) -> None:
    assert admission.person(harbour_cohort, "ana").name == "Ana Belmonte"
    _refused(lambda: admission.person(harbour_cohort, "mallory"), 403, "roster")


def test_a_lab_is_there_from_when_it_opens(harbour_cohort: Cohort) -> None:
    cohort = _with(harbour_cohort, opens=NOW)
    assert admission.lab(cohort, LAB, "ana", NOW).id == LAB
    early = NOW - timedelta(seconds=1)
    _refused(lambda: admission.lab(cohort, LAB, "ana", early), 403, "opens on 2 March 2026, 14:00")
    assert admission.lab(cohort, LAB, "ines", early).id == LAB
    _refused(lambda: admission.lab(cohort, "s9-none", "ana", NOW), 404, "no lab")


def test_late_is_refused_unless_extended(harbour_cohort: Cohort) -> None:
    cohort = _with(harbour_cohort, due=NOW)
    admission.admit(cohort, LAB, "ana", [], NOW)
    late = NOW + timedelta(seconds=1)
    _refused(lambda: admission.admit(cohort, LAB, "ana", [], late), 403, "was due on 2 March 2026")
    extended = replace(cohort, extensions={("ana", LAB): NOW + timedelta(hours=1)})
    admission.admit(extended, LAB, "ana", [], late)
    _refused(lambda: admission.admit(extended, LAB, "bruno", [], late), 403, "due")


def test_too_soon_and_too_many_are_refused(harbour_cohort: Cohort) -> None:
    rules = replace(harbour_cohort.scoring, cooldown_seconds=10, max_attempts=2)
    cohort = replace(harbour_cohort, scoring=rules)
    store = Attempts(cohort.attempts)
    store.store(LAB, "ana", b"1", NOW)
    attempts = store.of(LAB, "ana")
    soon = NOW + timedelta(seconds=4)
    _refused(lambda: admission.admit(cohort, LAB, "ana", attempts, soon), 429, "in 7 seconds")
    admission.admit(cohort, LAB, "ana", attempts, NOW + timedelta(seconds=10))
    store.store(LAB, "ana", b"2", NOW + timedelta(seconds=10))
    later = NOW + timedelta(hours=1)
    both = store.of(LAB, "ana")
    _refused(lambda: admission.admit(cohort, LAB, "ana", both, later), 429, "all 2 attempts")


def test_the_same_bytes_again_are_the_same_attempt_until_scoring_failed(
    harbour_cohort: Cohort,
) -> None:
    store = Attempts(harbour_cohort.attempts)
    receipt = store.store(LAB, "ana", b"1", NOW)
    attempts = store.of(LAB, "ana")
    assert admission.repeated(attempts, b"1") == receipt
    assert admission.repeated(attempts, b"2") is None
    assert admission.repeated([], b"1") is None
    store.finish(attempts[0], {"error": "failed"})
    assert admission.repeated(store.of(LAB, "ana"), b"1") is None


def test_size_is_limited(harbour_cohort: Cohort) -> None:
    admission.size(harbour_cohort, 10_240 * 1024)
    _refused(lambda: admission.size(harbour_cohort, 10_240 * 1024 + 1), 413, "10240 kB")


def _notebook(**changes: object) -> bytes:
    cell = {"cell_type": "code", "source": "1", "metadata": {}, **changes}
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    ).encode()


def test_a_notebook_is_let_in() -> None:
    assert admission.notebook(_notebook())["cells"][0]["source"] == "1"
    assert admission.notebook(_notebook(source=["1\n", "2"]))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"PK\x03\x04", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "nbformat 4"),
        (b"null", "nbformat 4"),
        (b'{"nbformat": 3, "worksheets": []}', "nbformat 4"),
        (b'{"nbformat": 4}', "list of cells"),
        (b'{"nbformat": 4, "cells": {}}', "list of cells"),
        (b'{"nbformat": 4, "cells": [1]}', "cell 1"),
        (json.dumps({"nbformat": 4, "cells": [{}] * 2_001}).encode(), "2001 cells"),
        (_notebook(cell_type="heading"), "cell 1"),
        (_notebook(source=7), "source of cell 1"),
        (_notebook(source=["a", 7]), "source of cell 1"),
        (_notebook(metadata=[]), "metadata of cell 1"),
    ],
)
def test_what_is_no_notebook_is_refused_with_its_place(body: bytes, words: str) -> None:
    _refused(lambda: admission.notebook(body), 400, words)
