"""What several modules share: a small lab's cohort, and a hub with people signed in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fronteras.cohort import Cohort, load
from fronteras.demo import create_demo
from tests.fronteras import harbour
from tests.fronteras.running_hub import Browser, RunningHub, enter, running_hub, small_site


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


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A real hub with a demo cohort, for a module's tests together."""
    folder = tmp_path_factory.mktemp("hub")
    cohort = create_demo(folder / "demo", datetime.now(UTC))
    with running_hub(cohort.directory, small_site(folder)) as running:
        yield running


@pytest.fixture(scope="module")
def ana(hub: RunningHub) -> Browser:
    """A participant whose server runs."""
    browser = enter(hub, "ana")
    browser.start_server()
    return browser


@pytest.fixture(scope="module")
def ines(hub: RunningHub) -> Browser:
    """The instructor."""
    return enter(hub, "ines")
