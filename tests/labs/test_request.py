"""The form of a preservation request, its letter, and how evidence is shown."""

from pathlib import Path

import pytest

from grading.preservation.facts import draw
from grading.preservation.request_samples import complete
from labs.forms import problem
from labs.plain import plain
from labs.request import FIELDS, OWN, REQUEST_SCHEMA, fields, letter
from labs.show import log, mail, page, table

REQUEST = complete(draw(1))


def test_a_complete_request_has_the_right_form() -> None:
    assert problem(REQUEST_SCHEMA, plain(REQUEST)) is None


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.key)
def test_every_field_is_required_and_has_a_form(field) -> None:
    less = {key: value for key, value in REQUEST.items() if key != field.key}
    assert problem(REQUEST_SCHEMA, plain(less))
    said = problem(REQUEST_SCHEMA, plain({**REQUEST, field.key: [[]]}))
    assert said is not None
    assert field.key in said


def test_a_field_that_the_form_does_not_have_is_refused() -> None:
    assert problem(REQUEST_SCHEMA, plain({**REQUEST, "since": "2020"}))


def test_only_the_published_fields_are_called_the_templates() -> None:
    published = [one.origin for one in FIELDS if one.origin != OWN]
    assert set(published) == {f"T-CY(2018)11, field {number}" for number in range(1, 8)}
    shown = fields()
    assert all(one.label.split(",")[0] in shown for one in FIELDS)


def test_the_letter_shows_what_a_duty_officer_needs() -> None:
    shown = letter({**REQUEST, "to_party": "CK", "records": ["KH-7", "zz-1"]})
    for text in ("Coral Keys (CK)", "KH-7: sign-ins", "zz-1: on no", REQUEST["address"]):
        assert text in shown
    assert "still empty" not in shown


def test_the_letter_is_a_preview_of_an_unfinished_request() -> None:
    assert letter(None).count("still empty") == len(FIELDS)
    shown = letter({"date": None, "sumary": "a slip of the pen"})
    assert "Not in the form: sumary" in shown


def test_nothing_in_a_letter_becomes_markup() -> None:
    harm = "<script>alert(1)</script>"
    shown = letter({"summary": harm, "records": [harm], harm: 1})
    assert harm not in shown
    assert shown.count("&lt;script&gt;") == 3


def test_a_table_escapes_its_cells() -> None:
    assert "<i>" not in table(["<i>"], [["<i>"]], "<i>")


def test_a_log_is_shown_whole_or_filtered(tmp_path: Path) -> None:
    path = tmp_path / "logs.csv"
    path.write_text("user,result\nann,ok\nBen,denied\n", encoding="utf-8")
    assert "logs.csv: 2 rows" in log(path)
    shown = log(path, user="ben")
    assert "logs.csv: 1 rows" in shown
    assert "ann" not in shown
    with pytest.raises(KeyError, match="it has: user, result"):
        log(path, name="ben")


def test_a_mail_is_shown_with_its_headers_in_order(tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(b"Received: second\nReceived: first\nSubject: =?utf-8?q?=C3=89chue?=\n\n<b>\n")
    shown = mail(path)
    assert shown.index("second") < shown.index("first")
    assert "Échue" in shown
    assert "&lt;b&gt;" in shown


def test_a_page_is_shown_as_markdown(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text("# Note\n", encoding="utf-8")
    assert page(path)._repr_markdown_() == "# Note\n"
