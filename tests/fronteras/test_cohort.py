from __future__ import annotations

import logging
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fronteras import creation, demo
from fronteras.cohort import CohortError, CohortFile, load
from fronteras.creation import Plan, create
from fronteras.roster import Person

LABS = """
[[labs]]
id = "s1-2-offences"
opens = 2026-11-01T09:00:00-05:00
due = 2026-12-01T18:00:00-05:00

[[labs]]
id = "s2-3-deleted-files"
"""


@pytest.fixture
def directory(cohort_directory: Path) -> Path:
    """The demo cohort with two labs whose times the tests know."""
    path = cohort_directory / "cohort.toml"
    top, _, rest = path.read_text(encoding="utf-8").partition("\n[[labs]]")
    server = rest.partition("\n[server]")[2] or top.partition("\n[server]")[2]
    top = top.partition("\n[server]")[0]
    path.write_text(f"{top}{LABS}\n[server]{server}", encoding="utf-8")
    return cohort_directory


def edit(directory: Path, old: str, new: str, name: str = "cohort.toml") -> None:
    path = directory / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_demo_cohort_has_four_states_and_an_instructor(cohort_directory: Path) -> None:
    cohort = load(cohort_directory)
    assert cohort.id == "demo"
    assert cohort.is_instructor("ines")
    assert not cohort.is_instructor("ana")
    assert {person.state for person in cohort.participants()} == {
        "Coral Keys",
        "Costa Lumbre",
        "Porto Sereno",
        "Île-du-Vent",
    }
    assert "ines" not in [person.username for person in cohort.participants()]
    now = datetime.now(UTC)
    for lab in cohort.labs:
        assert lab.due is not None
        assert now + timedelta(days=6) < lab.due < now + timedelta(days=32)


def test_demo_passwords_differ_between_people_and_cohorts(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    first = demo.sign_ins(demo.create_demo(tmp_path / "one", now).directory)
    second = demo.sign_ins(demo.create_demo(tmp_path / "two", now).directory)
    assert len({*first.values(), *second.values()}) == len(first) + len(second)


def test_secrets_are_readable_by_their_owner_only(cohort_directory: Path) -> None:
    private = load(cohort_directory).private
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    for path in private.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_cohort_without_its_secret_says_so(cohort_directory: Path) -> None:
    cohort = load(cohort_directory)
    assert len(cohort.secret) == 32
    (cohort.private / "secret").unlink()
    with pytest.raises(CohortError, match=r"secret is missing.*restore it from a backup"):
        _ = cohort.secret


def test_times_are_utc_and_extensions_only_add(directory: Path) -> None:
    (directory / "extensions.csv").write_text(
        "username,lab,due\n"
        "ana,s1-2-offences,2026-12-03T18:00:00-03:00\n"
        "bruno,s1-2-offences,2026-11-30T18:00:00Z\n"
    )
    cohort = load(directory)
    regular = datetime(2026, 12, 1, 23, tzinfo=UTC)
    assert cohort.lab("s1-2-offences").due == regular
    assert cohort.due("s1-2-offences", "ana") == datetime(2026, 12, 3, 21, tzinfo=UTC)
    assert cohort.due("s1-2-offences", "bruno") == regular
    assert cohort.due("s1-2-offences", "claire") == regular
    assert cohort.due("s2-3-deleted-files", "ana") is None
    with pytest.raises(CohortError, match=r"no lab .s9-9-x. in demo; its labs are: s1-2-offences"):
        cohort.due("s9-9-x", "ana")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "demo"', "id = demo", ["cohort.toml", "not valid TOML", "line 4", "double quotes"]),
        ('id = "demo"', 'id = "Demo!"', ["line 4", "id", "small letters", "marejada-2026"]),
        ('id = "demo"', 'id = "fronteras"', ["line 4", "take another"]),
        ('id = "demo"', "", ["cohort.toml: id is missing", 'id = "marejada-2026"']),
        ("title =", "titel =", ["title is missing", "Add for instance"]),
        ("starts = 2", 'starts = "2', ["not valid TOML"]),
        ('language = "en"', 'language = "english"', ["line 6", "two letters"]),
        ('language = "en"', 'language = "en"\ncolour = "red"', ["line 7", "colour", "delete"]),
        ('instructors = ["ines"]', "instructors = []", ["instructors names nobody"]),
        ('instructors = ["ines"]', 'instructors = "ines"', ["Write for instance", '["ines"]']),
        ('["ines"]', '["maria"]', ['"maria"', "not in roster.csv", "Add a row"]),
        ("18:00:00-05:00", "18:00:00", ["labs.due has no time zone", "18:00:00-05:00"]),
        ("due = 2026-12-01T18:00:00-05:00", "due = 2026-10-01T18:00:00Z", ["labs.due", "opens"]),
        ('"s2-3-deleted-files"', '"s1-2-offences"', ["a second time"]),
        ("port = 8000", "port = 80000", ["server.port is 80000", "from 1 to 65535"]),
        ("port = 8000", "port = true", ["server.port is not right", "port = 8000"]),
        ("memory_mb = 1024", 'memory_mb = "1 GB"', ["server.memory_mb", "memory_mb = 1024"]),
        ("show_rubric = true", "show_rubric = 1", ["scoring.show_rubric", "= true"]),
        ("port = 8000", 'port = 8000\ntls_key = "k.pem"', ["server.tls_key", "no file is"]),
    ],
)
def test_wrong_settings_are_named_with_their_mend(
    directory: Path, old: str, new: str, said: list[str]
) -> None:
    edit(directory, old, new)
    with pytest.raises(CohortError) as caught:
        load(directory)
    for words in ["cohort.toml", *said]:
        assert words in str(caught.value)


def test_a_wrong_field_is_found_by_its_line(directory: Path) -> None:
    edit(
        directory,
        'id = "s2-3-deleted-files"',
        'id = "s2-3-deleted-files"\ndue = 2026-12-01T10:00:00',
    )
    lines = (directory / "cohort.toml").read_text(encoding="utf-8").splitlines()
    with pytest.raises(CohortError, match=f"line {lines.index('due = 2026-12-01T10:00:00') + 1}: "):
        load(directory)


def test_tls_needs_both_files(directory: Path) -> None:
    (directory / "private" / "c.pem").write_text("x")
    edit(directory, "port = 8000", 'port = 8000\ntls_certificate = "private/c.pem"')
    with pytest.raises(CohortError, match="belong together"):
        load(directory)
    edit(directory, "port = 8000", 'port = 8000\ntls_key = "private/c.pem"')
    assert load(directory).server.tls_key == directory / "private" / "c.pem"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("nobody,s1-2-offences,2026-12-03T18:00:00Z", "nobody is not in roster.csv"),
        ("ana,s3-1-other,2026-12-03T18:00:00Z", "not a lab of cohort.toml"),
        ("ana,s1-2-offences,2026-12-03T18:00:00", "line 2: due .* no time zone"),
        ("ana,s1-2-offences,tomorrow", "line 2: due .* not a time"),
        ("ana,s1-2-offences", "line 2: 2 fields"),
    ],
)
def test_wrong_extensions_are_named(directory: Path, row: str, said: str) -> None:
    (directory / "extensions.csv").write_text(f"username,lab,due\n{row}\n")
    with pytest.raises(CohortError, match=rf"extensions\.csv.*{said}"):
        load(directory)


def test_a_missing_cohort_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="Make a cohort with: fronteras init"):
        load(tmp_path / "none")


def test_a_running_server_sees_edits_and_survives_bad_ones(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = CohortFile(directory)
    assert file.current().title == "Operation Marejada, demo workshop"
    assert file.current() is file.current()
    edit(directory, "Operation Marejada, demo workshop", "Another title")
    assert file.current().title == "Another title"
    edit(directory, 'title = "Another', 'title = "Broken')
    edit(directory, "ana,Ana", "ANA,Ana", "roster.csv")
    with caplog.at_level(logging.ERROR):
        assert file.current().title == "Another title"
        assert file.current().title == "Another title"
    assert [record.message for record in caplog.records] == [
        f'{directory}/roster.csv, line 3: the user name "ANA" has capital letters. Write "ana". '
        "Until then the settings from before that edit count."
    ]
    edit(directory, "ANA,Ana", "ana,Ana", "roster.csv")
    assert file.current().title == "Broken title"


def test_a_cohort_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    plan = Plan("x", "X", today, today, ["someone else"], [Person("ana", "Ana")], [])
    with pytest.raises(CohortError, match="instructors"):
        create(tmp_path / "new", plan, {})
    assert list(tmp_path.iterdir()) == []


def test_a_cohort_is_never_made_over_something(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    today = datetime.now(UTC).date()
    plan = Plan("x", "X", today, today, ["ana"], [Person("ana", "Ana")], [])
    with pytest.raises(CohortError, match="is not empty"):
        create(tmp_path, plan, {})
    with pytest.raises(CohortError, match="is not empty"):
        create(tmp_path / "kept", plan, {})
    with pytest.raises(CohortError, match="not a folder"):
        create(tmp_path / "kept" / "new", plan, {})
    assert (tmp_path / "kept").read_text() == "kept"


def test_titles_may_hold_any_character(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    title = 'Île-du-Vent "2026" \\ ${x} # no comment'
    plan = Plan("x", title, today, today, ["ana"], [Person("ana", "Ana")], [])
    assert create(tmp_path / "new", plan, {}).title == title


def test_source_follows_the_repository(cohort_directory: Path) -> None:
    link = cohort_directory / "source"
    link.unlink()
    link.symlink_to("/nowhere")
    creation.link_exercises(cohort_directory)
    assert link.resolve() == creation.EXERCISES
    link.unlink()
    link.mkdir()
    with pytest.raises(CohortError, match="should be a symbolic link"):
        creation.link_exercises(cohort_directory)
