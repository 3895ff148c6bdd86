"""Each lab's model answers, through release, store, sandbox, examiner and gradebook."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fronteras import release, scoring
from fronteras.attempts import Attempts
from fronteras.cohort import load
from grading.cases import lab, lab_ids
from grading.evidence import own_case


@pytest.fixture(scope="module")
def released(_demo_cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("model") / "demo"
    shutil.copytree(_demo_cohort, directory, symlinks=True)
    release.release(load(directory))
    return directory


@pytest.mark.parametrize("lab_id", lab_ids())
def test_the_model_answers_earn_all_points(released: Path, lab_id: str) -> None:
    cohort, found = load(released), lab(lab_id)
    samples = found.samples(own_case(cohort.private / "secret", "ana", lab_id).facts)
    notebook = json.loads((cohort.release / lab_id / f"{lab_id}.ipynb").read_bytes())
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        question = name.removesuffix("-answer")
        if name.endswith("-answer") and question in samples:
            cell["source"] = f"{question} = {samples[question].model!r}"
    store = Attempts(cohort.attempts)
    store.store(lab_id, "ana", json.dumps(notebook).encode(), datetime.now(UTC))
    (attempt,) = store.pending()
    scoring.score(released, attempt.folder)
    result = store.read(attempt.folder).result
    assert result is not None
    scored = {each["id"]: each for each in result["questions"] if not each["manual"]}
    assert set(scored) == set(found.questions)
    for each in scored.values():
        assert each["points"] == each["max_points"], each
    assert {each["id"] for each in result["questions"] if each["manual"]} == set(found.rubrics)
