"""Fixtures that all tests share."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fronteras.demo import create_demo


@pytest.fixture(scope="session")
def _demo_cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("template") / "demo"
    create_demo(directory, datetime.now(UTC))
    return directory


@pytest.fixture
def cohort_directory(_demo_cohort: Path, tmp_path: Path) -> Path:
    """A demo cohort of the test's own, nothing released; see ``fronteras.demo.sign_ins``."""
    return Path(shutil.copytree(_demo_cohort, tmp_path / "demo", symlinks=True))
