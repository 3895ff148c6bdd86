"""Every lab has all its parts, and its questions are sound, whoever adds it."""

import ast
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import markdown
import nbformat
import pytest
from nbgrader.preprocessors import CheckCellMetadata

from grading.cases import Lab, lab, lab_ids
from grading.model import Question
from labs.answers import LAB_FILE
from labs.forms import problem
from labs.plain import canonical, plain
from tests.grading.cases import in_a_browser
from tests.grading.cases.guesser import Guess, fits, guess, mutated

ROOT = Path(__file__).parents[3]
SEEDS = (1, 2, 3, 5, 2**64 - 1)
NEIGHBOURS = range(100, 120)
HEADINGS = (
    *("objectives", "brief", "law", "worked example", "lab", "debrief"),
    *("your country", "sources"),
)


@pytest.fixture(params=lab_ids())
def each(request: pytest.FixtureRequest) -> Lab:
    return lab(request.param)


@pytest.fixture
def notebook(each: Lab) -> Any:
    return nbformat.read(ROOT / "exercises" / each.id / f"{each.id}.ipynb", as_version=4)


def nbgrader_of(cell: Any) -> dict[str, Any]:
    return dict(cell.metadata.get("nbgrader", {}))


def prose_of(notebook: Any) -> list[Any]:
    return [c for c in notebook.cells if c.cell_type == "markdown" and nbgrader_of(c).get("grade")]


def page_of(lab_id: str) -> Path:
    series = lab_id.partition("-")[0].removeprefix("s")
    return ROOT / "docs" / "en" / f"series-{series}" / f"{lab_id}.md"


def html_of(page: Path) -> str:
    text = re.sub(r"\A---\n.*?\n---\n", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return markdown.markdown(text, extensions=["toc", "attr_list", "md_in_html", "tables"])


def test_there_are_labs() -> None:
    assert lab_ids()


def test_each_exercise_has_a_case() -> None:
    assert sorted(path.name for path in (ROOT / "exercises").iterdir()) == lab_ids()


# The notebook


def test_the_notebook_lies_alone_in_its_folder(each: Lab) -> None:
    folder = ROOT / "exercises" / each.id
    assert [path.name for path in folder.iterdir()] == [f"{each.id}.ipynb"]


def test_the_notebook_is_as_nbgrader_and_the_site_need_it(notebook: Any) -> None:
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.language_info.name == "python"
    assert all(re.fullmatch(r"[a-z][a-z0-9_-]*", cell.id) for cell in notebook.cells)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
        if "nbgrader" in cell.metadata:
            assert cell.metadata.nbgrader.schema_version == 3
    CheckCellMetadata().preprocess(notebook, {})


def test_the_first_code_cell_imports_check(notebook: Any) -> None:
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert re.search(r"^from labs import .*\bcheck\b", first.source, flags=re.MULTILINE)
    assert not any(nbgrader_of(first).get(flag) for flag in ("grade", "solution", "locked"))


def test_check_cells_are_the_questions_in_order(each: Lab, notebook: Any) -> None:
    checks = [c for c in notebook.cells if c.cell_type == "code" and nbgrader_of(c).get("grade")]
    found = [(nbgrader_of(cell)["grade_id"], nbgrader_of(cell)["points"]) for cell in checks]
    assert found == [(question.id, question.points) for question in each.questions.values()]
    for cell in checks:
        meta = nbgrader_of(cell)
        assert cell.source == f'check("{meta["grade_id"]}", {meta["grade_id"]})'
        assert (meta["solution"], meta["locked"], meta["task"]) == (False, True, False)


def answer_cells(notebook: Any) -> Iterator[tuple[str, Any]]:
    for before, cell in zip(notebook.cells, notebook.cells[1:], strict=False):
        if cell.cell_type == "code" and nbgrader_of(cell).get("grade"):
            yield nbgrader_of(cell)["grade_id"], before


def test_an_answer_cell_stands_before_each_check(each: Lab, notebook: Any) -> None:
    for name, cell in answer_cells(notebook):
        meta = nbgrader_of(cell)
        assert cell.cell_type == "code"
        assert meta["grade_id"] == f"{name}-answer"
        assert meta["solution"]
        assert not any(meta[flag] for flag in ("grade", "locked", "task"))


def test_what_an_answer_cell_holds_at_first_earns_nothing(each: Lab, notebook: Any) -> None:
    cases = [each.build(seed).facts for seed in SEEDS]
    for name, cell in answer_cells(notebook):
        (statement,) = ast.parse(cell.source).body
        assert isinstance(statement, ast.Assign)
        assert [target.id for target in statement.targets if isinstance(target, ast.Name)] == [name]
        value = plain(ast.literal_eval(statement.value))
        assert {each.questions[name].mark(value, facts).points for facts in cases} == {0}


def test_there_are_enough_questions_and_a_prose_answer(each: Lab, notebook: Any) -> None:
    assert len(each.questions) >= 8
    prose = prose_of(notebook)
    assert prose
    assert {nbgrader_of(cell)["grade_id"] for cell in prose} == set(each.rubrics)
    for cell in prose:
        meta = nbgrader_of(cell)
        assert cell.source == "Write your answer here."
        assert (meta["solution"], meta["locked"], meta["task"]) == (True, False, False)
        assert meta["points"] > 0


def test_each_rubric_can_be_marked_by(each: Lab) -> None:
    for rubric in each.rubrics.values():
        levels = re.findall(r"^\s*(?:[-*#|]+|\d+\.)\s*\S", rubric, flags=re.MULTILINE)
        assert len(levels) >= 4


def test_the_notebook_holds_no_model_answer_and_no_rubric(each: Lab, notebook: Any) -> None:
    text = nbformat.writes(notebook)
    assert not any(rubric[:60] in text for rubric in each.rubrics.values())
    for seed in SEEDS:
        for samples in each.samples(each.build(seed).facts).values():
            model = canonical(plain(samples.model))
            assert len(model) < 8 or model not in text


# The page


def test_the_page_has_what_a_trainer_needs(each: Lab) -> None:
    page = page_of(each.id)
    text = page.read_text(encoding="utf-8")
    front = re.match(r"---\n(.*?)\n---\n", text, flags=re.DOTALL)
    assert front, f"{page} has no front matter"
    assert f"lab: {each.id}" in front[1].splitlines()
    headings = re.findall(r"^##+\s+(.+)$", text, flags=re.MULTILINE)
    headings += re.findall(r"^(?:!!!|\?\?\?\+?) .*\"(.+)\"$", text, flags=re.MULTILINE)
    missing = [word for word in HEADINGS if not any(word in found.lower() for found in headings)]
    assert not missing, f"{page} has no heading for: {', '.join(missing)}"
    assert text.count("<!-- lab -->") == 1
    assert "as of November 2026" in text
    drawings = re.findall(r"\(([^()\s]+\.svg)\)", text)
    assert drawings
    assert all((page.parent / drawing).is_file() for drawing in drawings)


def test_each_question_says_where_to_read(each: Lab) -> None:
    for question in each.questions.values():
        where, _, anchor = question.see.partition("#")
        page = ROOT / "docs" / "en" / f"{where.rstrip('/')}.md"
        assert page.is_file(), f"{question.id}: {page} is missing"
        assert anchor
        assert f'id="{anchor}"' in html_of(page), f"{question.id}: {page} has no #{anchor}"


# The evidence


def test_evidence_lies_in_its_folder(each: Lab) -> None:
    case = each.build(7)
    assert case.files
    for name, content in case.files.items():
        assert name.startswith("evidence/")
        assert ".." not in Path(name).parts
        assert isinstance(content, bytes)
    assert set(each.files(case)) == {*case.files, LAB_FILE}


def test_the_same_seed_gives_the_same_case_where_only_pyodides_modules_are(each: Lab) -> None:
    assert each.build(11) == each.build(11)
    seeds = [11, 2**63 + 5]
    run = subprocess.run(
        [sys.executable, "-m", in_a_browser.__name__, each.id, *map(str, seeds)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == in_a_browser.digest(each.id, seeds)


# The questions


@pytest.mark.parametrize("seed", SEEDS)
def test_right_answers_earn_all_and_wrong_ones_at_most_half(each: Lab, seed: int) -> None:
    facts = each.build(seed).facts
    all_samples = each.samples(facts)
    assert set(all_samples) == set(each.questions)
    for key, samples in all_samples.items():
        question = each.questions[key]
        assert len(samples.right) >= 3, key
        assert len({canonical(plain(answer)) for answer in samples.wrong}) >= 5, key
        for answer in (samples.model, *samples.right):
            mark = question.mark(plain(answer), facts)
            assert mark.points == question.points, (key, answer, mark.feedback)
        for answer in samples.wrong:
            mark = question.mark(plain(answer), facts)
            assert mark.points <= question.points / 2, (key, answer)
            assert mark.feedback.strip()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mistake_of_reasoning_is_named_and_not_only_one_of_form(each: Lab, seed: int) -> None:
    facts = each.build(seed).facts
    for key, samples in each.samples(facts).items():
        form = each.questions[key].form
        assert problem(form, plain(samples.wrong[0])) is None, key


@pytest.mark.parametrize("seed", SEEDS)
def test_feedback_never_holds_the_answer(each: Lab, seed: int) -> None:
    facts = each.build(seed).facts
    for key, samples in each.samples(facts).items():
        model = canonical(plain(samples.model)).strip('"')
        if len(model) < 4:
            continue  # a short number may stand in any sentence
        for answer in samples.wrong:
            assert model not in each.questions[key].mark(plain(answer), facts).feedback, key


@pytest.mark.parametrize("nonsense", [None, True, 0, -1, "", "x" * 500, [], {}, [[]], {"a": None}])
def test_nonsense_earns_nothing_and_breaks_nothing(each: Lab, nonsense: Any) -> None:
    facts = each.build(3).facts
    for question in each.questions.values():
        assert question.mark(plain(nonsense), facts).points == 0


def total(each: Lab) -> float:
    """The points that need no reader: who only guesses or copies gets no others."""
    return sum(question.points for question in each.questions.values())


def test_a_neighbours_answers_earn_little(each: Lab) -> None:
    facts = [each.build(seed).facts for seed in NEIGHBOURS]
    models = [each.samples(one) for one in facts]
    worst = max(
        sum(
            question.mark(plain(theirs[key].model), mine).points
            for key, question in each.questions.items()
        )
        for one, mine in enumerate(facts)
        for other, theirs in enumerate(models)
        if one != other
    )
    assert worst < 0.2 * total(each)


def guessers(lab_id: str) -> list[Guess]:
    """The generic guesser, and the lab's own ``guess(rng, form)`` where its test has one."""
    name = f"tests.grading.cases.test_{lab_id.replace('-', '_')}"
    if find_spec(name) is None:
        return [guess]
    return [guess, *filter(None, [getattr(import_module(name), "guess", None)])]


def guessed(question: Question[Any], facts: Any, draw: Guess, rng: random.Random) -> float:
    """Return the points after five attempts that show points, and a last one that does not."""
    best = fits(question.form, draw, rng)
    points = question.mark(plain(best), facts).points
    for _ in range(4):
        step = partial(mutated, best=best, draw=draw) if rng.random() < 0.5 else draw
        answer = fits(question.form, step, rng)
        earned = question.mark(plain(answer), facts).points
        if earned >= points:
            best, points = answer, earned
    return points


def test_guessing_earns_less_than_a_tenth(each: Lab) -> None:
    for draw in guessers(each.id):
        rng = random.Random(4)
        gains = []
        for seed in range(40):
            facts = each.build(seed).facts
            gains.append(sum(guessed(q, facts, draw, rng) for q in each.questions.values()))
        assert sum(gains) / len(gains) < 0.1 * total(each)
