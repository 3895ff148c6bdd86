from pathlib import Path

import pytest

from grading.cases import lab
from labs.casefile import CaseFile, bold


@pytest.fixture
def case(tmp_path: Path) -> CaseFile:
    path = tmp_path / "case-file.json"
    path.write_bytes(lab("s1-2-offences").build(1).files["evidence/case-file.json"])
    return CaseFile(path)


def test_each_group_shows_its_six_numbered_patterns(case: CaseFile) -> None:
    for start, name in zip((1, 7, 13, 19), "ABCD", strict=True):
        shown = case.group(name)._repr_html_()
        assert [f"<b>{number}</b>" in shown for number in range(start, start + 6)] == [True] * 6
        assert f"<b>{start + 6}</b>" not in shown


def test_the_other_parts_are_shown(case: CaseFile) -> None:
    assert "Apply the Convention itself" in case.rules()
    assert "Ivo Marran" in case.marejada()
    assert all(f"<b>{label}</b>" in case.charges() for label in ("I", "II", "III", "IV", "V"))


def test_an_unknown_group_is_named(case: CaseFile) -> None:
    with pytest.raises(KeyError, match="no group 'E'; there are: A, B, C, D"):
        case.group("E")


def test_a_missing_case_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Open the lab from the course site again"):
        CaseFile(tmp_path / "case-file.json")


def test_only_bold_becomes_markup() -> None:
    assert bold("**Ada** <b> & 'x'") == "<b>Ada</b> &lt;b&gt; &amp; 'x'"
