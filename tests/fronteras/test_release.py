import json
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from fronteras import creation, release
from fronteras.cohort import Cohort, CohortError, load
from tests.fronteras.harbour import LAB, body, cell, source_notebook


@pytest.fixture
def exercises(harbour_lab: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "exercises"
    _write(folder, source_notebook())
    monkeypatch.setattr(release, "EXERCISES", folder)
    monkeypatch.setattr(creation, "EXERCISES", folder)
    return folder


def _write(exercises: Path, notebook: dict[str, Any]) -> None:
    (exercises / LAB).mkdir(parents=True, exist_ok=True)
    (exercises / LAB / f"{LAB}.ipynb").write_bytes(body(notebook))


def test_notebooks_for_the_site_are_released_ones_and_made_once(
    exercises: Path, tmp_path: Path
) -> None:
    source = source_notebook()
    cell(source, "berth-answer")["source"] = "### BEGIN SOLUTION\nberth = 7\n### END SOLUTION"
    _write(exercises, source)
    found = release.released_notebooks(tmp_path / "released")
    assert found == {LAB: tmp_path / "released" / LAB / f"{LAB}.ipynb"}
    text = found[LAB].read_text()
    assert "berth = 7" not in text
    assert "YOUR CODE HERE" in text
    made = found[LAB].stat().st_mtime_ns
    assert release.released_notebooks(tmp_path / "released")[LAB].stat().st_mtime_ns == made
    _write(exercises, source_notebook())
    release.released_notebooks(tmp_path / "released")
    assert "its number" in found[LAB].read_text()
    assert {path.name for path in (tmp_path / "released").rglob("*") if path.is_file()} == {
        f"{LAB}.ipynb", release.SOURCES,
    }  # fmt: skip


def test_a_cohorts_release_fills_its_gradebook(harbour_cohort: Cohort) -> None:
    with Gradebook(harbour_cohort.gradebook_url, harbour_cohort.id) as book:
        assert book.find_assignment(LAB).max_score == 9
        assert book.find_assignment(LAB).duedate.year == 2100
        ana = book.find_student("ana")
        assert (ana.first_name, ana.last_name) == ("Ana", "Belmonte")
        assert "ines" not in {student.id for student in book.students}


def test_releasing_again_keeps_what_has_not_changed(harbour_cohort: Cohort) -> None:
    path = harbour_cohort.release / LAB / f"{LAB}.ipynb"
    made = path.stat().st_mtime_ns
    release.release(harbour_cohort)
    assert path.stat().st_mtime_ns == made


def test_a_lab_without_an_exercise_is_named_with_the_file(harbour_cohort: Cohort) -> None:
    settings = harbour_cohort.directory / "cohort.toml"
    settings.write_text(settings.read_text().replace(LAB, "t9-nowhere"))
    with pytest.raises(CohortError, match=r"cohort\.toml: there is no exercise t9-nowhere"):
        release.release(load(harbour_cohort.directory))


def test_a_notebook_that_nbgrader_refuses_is_named(exercises: Path, tmp_path: Path) -> None:
    source = source_notebook()
    cell(source, "ship")["metadata"]["nbgrader"]["grade_id"] = "berth"
    _write(exercises, source)
    with pytest.raises(CohortError, match=f"exercises/{LAB}/{LAB}.ipynb cannot be released"):
        release.released_notebooks(tmp_path / "released")
    _write(exercises, source_notebook())
    assert json.loads(release.released_notebooks(tmp_path / "released")[LAB].read_bytes())
