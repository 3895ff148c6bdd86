import copy
import json
from typing import Any

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator

from grading.restore import restored
from tests.fronteras.harbour import PROSE, answered, cell, source_notebook

RELEASED = source_notebook()


def _ids(notebook: Any) -> list[str]:
    return [each["metadata"].get("nbgrader", {}).get("grade_id", "") for each in notebook["cells"]]


def _restored(submitted: Any) -> Any:
    before = copy.deepcopy(submitted)
    notebook = restored(RELEASED, submitted)
    assert submitted == before
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    return notebook


def test_an_honest_notebook_keeps_its_text_and_loses_its_outputs() -> None:
    work = answered(RELEASED, prose="The log.", berth=3)
    for each in work["cells"]:
        if each["cell_type"] == "code":
            each["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
    notebook = _restored(work)
    assert [each.source for each in notebook.cells] == [each["source"] for each in work["cells"]]
    assert all(each.outputs == [] for each in notebook.cells if each.cell_type == "code")
    assert notebook.metadata == RELEASED["metadata"]


def test_tags_and_metadata_of_a_participant_are_gone() -> None:
    work = answered(RELEASED)
    work["metadata"] = {"kernelspec": {"name": "bash"}, "student": "bruno"}
    for each in work["cells"]:
        each["metadata"]["tags"] = ["skip-execution", "raises-exception", "rubric"]
        each["metadata"].get("nbgrader", {}).update(points=100, grade=False, locked=False)
    notebook = _restored(work)
    assert all("tags" not in each.metadata for each in notebook.cells)
    assert notebook.metadata.kernelspec.name == "python3"
    assert cell(notebook, "berth")["metadata"]["nbgrader"]["points"] == 3
    assert cell(notebook, "berth")["metadata"]["nbgrader"]["grade"] is True


def test_a_changed_check_cell_is_as_it_was_released() -> None:
    work = answered(RELEASED)
    changed = cell(work, "berth")
    changed |= {"source": "print(5)", "cell_type": "markdown"}
    del changed["outputs"], changed["execution_count"]
    kept = cell(_restored(work), "berth")
    assert (kept["cell_type"], kept["source"]) == ("code", 'check("berth", berth)')


def test_a_deleted_check_cell_comes_back_behind_its_answer() -> None:
    work = answered(RELEASED)
    work["cells"] = [each for each in work["cells"] if each is not cell(work, "berth")]
    assert _ids(_restored(work))[2:4] == ["berth-answer", "berth"]


def test_all_cells_deleted_come_back_but_no_answer_is_invented() -> None:
    notebook = _restored(RELEASED | {"cells": []})
    assert _ids(notebook) == ["berth", "ship", "reasons"]
    assert cell(notebook, "reasons")["source"] == PROSE


def test_a_deleted_answer_cell_does_not_overwrite_an_answer_given_elsewhere() -> None:
    work = answered(RELEASED)
    work["cells"] = [each for each in work["cells"] if each is not cell(work, "berth-answer")]
    work["cells"][0] |= {"cell_type": "code", "source": "berth = 3"}
    assert "berth-answer" not in _ids(_restored(work))


def test_copies_of_a_check_cell_count_once_where_the_last_one_stood() -> None:
    work = answered(RELEASED, berth=3)
    work["cells"].insert(1, copy.deepcopy(cell(work, "berth")))
    assert _ids(_restored(work)) == [
        "", "", "berth-answer", "berth", "ship-answer", "ship", "reasons",
    ]  # fmt: skip


def test_copies_of_an_answer_cell_all_run_and_one_keeps_the_name() -> None:
    work = answered(RELEASED, berth=3)
    extra = copy.deepcopy(cell(work, "berth-answer")) | {"source": "x = 1"}
    work["cells"].insert(1, extra)
    notebook = _restored(work)
    assert [each.source for each in notebook.cells][1:4] == [
        "x = 1", "from labs import check", "berth = 3",
    ]  # fmt: skip
    assert _ids(notebook).count("berth-answer") == 1


def test_a_split_written_answer_is_joined() -> None:
    work = answered(RELEASED, prose="First half.")
    work["cells"].append(copy.deepcopy(cell(work, "reasons")) | {"source": "Second half."})
    assert cell(_restored(work), "reasons")["source"] == "First half.\n\nSecond half."


def test_an_emptied_written_answer_stays_empty() -> None:
    assert cell(_restored(answered(RELEASED, prose="")), "reasons")["source"] == ""


def test_a_raw_cell_cannot_print_itself_into_a_page() -> None:
    work = answered(RELEASED)
    work["cells"].append(
        {"cell_type": "raw", "id": "r", "metadata": {"raw_mimetype": "text/html"}, "source": "<b>"}
    )
    last = _restored(work).cells[-1]
    assert (last.cell_type, last.source) == ("markdown", "    <b>")


def test_only_pictures_stay_attached() -> None:
    work = answered(RELEASED, prose="![a](attachment:a.png)")
    cell(work, "reasons")["attachments"] = {
        "a.png": {"image/png": "aGk="},
        "b.svg": {"image/svg+xml": "<svg onload=alert(1)>"},
        "c.png": {"image/png": '"><script>'},
        '"><script>': {"image/png": "aGk="},
        "d": 7,
    }
    assert cell(_restored(work), "reasons")["attachments"] == {"a.png": {"image/png": "aGk="}}


@pytest.mark.parametrize("bad", ['"><script>', "", "a b", "id-berth", "x" * 99, "é"])
def test_cell_ids_are_made_right_and_unique(bad: str) -> None:
    work = answered(RELEASED)
    for each in work["cells"]:
        each["id"] = bad
    ids = [each.id for each in _restored(work).cells]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "metadata",
    [
        {"nbgrader": []},
        {"nbgrader": {"grade_id": ["berth"]}},
        {"nbgrader": {"grade_id": "unknown", "grade": True, "solution": True}},
        {"nbgrader": {"schema_version": 99, "grade_id": "berth"}},
        {"nbgrader": {"schema_version": "x"}},
        {"nbgrader": None},
    ],
)
def test_broken_nbgrader_metadata_does_no_harm(metadata: Any) -> None:
    work = answered(RELEASED)
    work["cells"].insert(
        0, {"cell_type": "markdown", "id": "m", "metadata": metadata, "source": "hi"}
    )
    notebook = _restored(work)
    assert {"berth", "ship", "reasons"} <= set(_ids(notebook))


def test_restoring_twice_changes_nothing() -> None:
    once = _restored(answered(RELEASED, prose="a", berth=1))
    assert _restored(json.loads(json.dumps(once))) == once


def test_an_older_minor_version_without_ids_is_taken() -> None:
    work = answered(RELEASED, berth=3) | {"nbformat_minor": 2}
    for each in work["cells"]:
        del each["id"]
        each["source"] = each["source"].splitlines(keepends=True)
    assert cell(_restored(work), "berth-answer")["source"] == "berth = 3"
