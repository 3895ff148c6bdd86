"""A cohort with the small lab of these tests, released once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fronteras.cohort import Cohort, load
from tests.fronteras import harbour


@pytest.fixture(scope="session")
def _harbour_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("harbour") / "cohort"
    with harbour.registered():
        harbour.make_cohort(directory, due="2100-01-01T00:00:00+00:00")
    return directory


@pytest.fixture(scope="module")
def harbour_lab() -> Iterator[None]:
    """The lab ``t0-harbour`` is known to the tests of this module."""
    with harbour.registered():
        yield


@pytest.fixture
def harbour_cohort(harbour_lab: None, _harbour_template: Path, tmp_path: Path) -> Cohort:
    """A cohort with the lab ``t0-harbour`` alone, released; nobody has submitted."""
    directory = tmp_path / "cohort"
    shutil.copytree(_harbour_template, directory, symlinks=True)
    return load(directory)
