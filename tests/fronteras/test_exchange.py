"""nbgrader's own commands in a cohort's directory, and its exchange at a participant's side."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError, ExchangeFactory
from traitlets.config import Config

from fronteras import client, exchange_http, feedback
from fronteras.attempts import Attempts
from fronteras.cohort import Cohort
from fronteras.nbgrader_config import config
from tests.fronteras import harbour
from tests.fronteras.harbour import LAB, answered, body, facts, released
from tests.fronteras.harbour_service import Service, running
from tests.fronteras.standin_hub import standin_hub

MAIN = """
import sys
from tests.fronteras import harbour
harbour.register()
from nbgrader.apps.nbgraderapp import main
sys.argv[0] = "nbgrader"
main()
"""


PLAIN = "from nbgrader.apps.nbgraderapp import main; main()"
REPOSITORY = Path(__file__).parents[2]


def _nbgrader(
    cohort: Cohort, *arguments: str, main: str = MAIN, first_on_path: Path = REPOSITORY
) -> subprocess.CompletedProcess[str]:
    """Run a command as in a shell, in a process that knows the lab of these tests."""
    binaries = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        [sys.executable, "-c", main, *arguments],
        cwd=cohort.directory,
        env=os.environ | {"PATH": binaries, "PYTHONPATH": str(first_on_path)},
        capture_output=True,
        text=True,
    )


def _submitted(cohort: Cohort) -> None:
    true = facts(cohort, "ana")
    work = answered(released(cohort), prose="The log.", berth=true.berth)
    Attempts(cohort.attempts).store(LAB, "ana", body(work), datetime.now(UTC))


def test_nbgraders_commands_score_and_release_as_the_service_does(harbour_cohort: Cohort) -> None:
    _submitted(harbour_cohort)
    said = _nbgrader(harbour_cohort, "list")
    assert f"test {LAB}" in said.stderr, said.stderr
    assert f"ana {LAB}" in _nbgrader(harbour_cohort, "list", "--inbound").stderr
    for command in ("collect", "autograde", "generate_feedback", "release_feedback", "export"):
        arguments = () if command == "export" else (LAB,)
        done = _nbgrader(harbour_cohort, command, *arguments)
        assert done.returncode == 0, done.stderr
    assert "3.0" in (harbour_cohort.directory / "grades.csv").read_text()
    page = feedback.page(harbour_cohort, LAB, "ana")
    assert page is not None
    assert b"That is the berth." in page


def test_nbgraders_commands_refuse_where_the_settings_are_broken(harbour_cohort: Cohort) -> None:
    _submitted(harbour_cohort)
    _nbgrader(harbour_cohort, "collect", LAB)
    with (harbour_cohort.directory / "cohort.toml").open("a") as file:
        file.write("this is not TOML\n")
    done = _nbgrader(harbour_cohort, "autograde", LAB)
    assert done.returncode != 0
    assert "is not valid TOML" in done.stderr
    assert not (harbour_cohort.directory / "autograded" / "ana" / LAB).exists()


def test_an_nbgrader_of_another_environment_refuses(harbour_cohort: Cohort, tmp_path: Path) -> None:
    _submitted(harbour_cohort)
    _nbgrader(harbour_cohort, "collect", LAB)
    shadow = tmp_path / "fronteras.py"
    shadow.write_text("raise ModuleNotFoundError('no fronteras here')\n")
    done = _nbgrader(harbour_cohort, "autograde", LAB, main=PLAIN, first_on_path=tmp_path)
    assert done.returncode != 0
    assert "no fronteras here" in done.stderr
    assert "environment in which Fronteras is installed" in done.stderr
    assert not (harbour_cohort.directory / "autograded" / "ana" / LAB).exists()


def _exchange(cohort: Cohort, **course: str) -> tuple[ExchangeFactory, dict[str, Any]]:
    made = config(cohort)
    return ExchangeFactory(config=made), {
        "coursedir": CourseDirectory(config=made, **course), "config": made,
    }  # fmt: skip


def test_release_and_unrelease_say_what_to_do(harbour_cohort: Cohort) -> None:
    factory, common = _exchange(harbour_cohort, assignment_id=LAB)
    factory.ReleaseAssignment(**common).start()
    with pytest.raises(ExchangeError, match=r"set opens and due of t0-harbour in .*cohort\.toml"):
        factory.List(remove=True, **common).start()
    factory, common = _exchange(harbour_cohort, assignment_id="t9-nowhere")
    with pytest.raises(ExchangeError, match="t9-nowhere"):
        factory.ReleaseAssignment(**common).start()
    with pytest.raises(ExchangeError, match="nbgrader generate_feedback"):
        factory.ReleaseFeedback(**common).start()


def test_collect_takes_the_last_attempt_and_only_a_newer_one(harbour_cohort: Cohort) -> None:
    store = Attempts(harbour_cohort.attempts)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    for minute, prose in enumerate(("first", "last")):
        work = body(answered(released(harbour_cohort), prose=prose))
        store.store(LAB, "ana", work, now + timedelta(minutes=minute))
    factory, common = _exchange(harbour_cohort, assignment_id=LAB)
    factory.Collect(**common).start()
    folder = harbour_cohort.directory / "submitted" / "ana" / LAB
    assert '"last"' in (folder / f"{LAB}.ipynb").read_text()
    assert (folder / "timestamp.txt").read_text().startswith("2026-03-02 00:01:00")
    (folder / f"{LAB}.ipynb").write_text("{}")
    factory.Collect(**common).start()
    assert (folder / f"{LAB}.ipynb").read_text() == "{}"


@pytest.fixture(scope="module")
def service(harbour_lab: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("exchange") / "cohort"
    harbour.make_cohort(folder, due="2100-01-01T00:00:00+00:00")
    site = tmp_path_factory.mktemp("site")
    with standin_hub() as api, running(folder, site, api) as started:
        yield started


@pytest.fixture
def as_ana(service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Config:
    address = f"http://127.0.0.1:{service.port}/services/fronteras"
    monkeypatch.setenv(client.SERVICE_URL, address)
    monkeypatch.setenv(client.TOKEN, "token-ana")
    monkeypatch.chdir(tmp_path)
    made = Config()
    exchange_http.configure(made, "test", "ana")
    return made


def test_a_participant_lists_fetches_submits_over_http(
    as_ana: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    factory = ExchangeFactory(config=as_ana)
    common = {"coursedir": CourseDirectory(config=as_ana, assignment_id=LAB), "config": as_ana}
    assert [each["status"] for each in factory.List(**common).start()] == ["released"]
    with pytest.raises(ExchangeError, match="fetch the lab first"):
        factory.Submit(**common).start()
    factory.FetchAssignment(**common).start()
    notebook = tmp_path / LAB / f"{LAB}.ipynb"
    assert (tmp_path / LAB / "evidence" / "log.txt").exists()
    assert [each["status"] for each in factory.List(**common).start()] == ["fetched"]
    notebook.write_text(notebook.read_text().replace("None  # its number", "5"))
    factory.FetchAssignment(**common).start()
    assert "berth = 5" in notebook.read_text()
    factory.Submit(**common).start()
    (mine,) = factory.List(cached=True, **common).start()
    assert len(mine["submissions"]) == 1
    with pytest.raises(ExchangeError, match="has not released feedback"):
        factory.FetchFeedback(**common).start()
    notebook.write_text("no notebook")
    with pytest.raises(ExchangeError, match="not a notebook"):
        factory.Submit(**common).start()


def test_an_outage_and_a_missing_setting_are_sentences(
    as_ana: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(client.SERVICE_URL, "http://127.0.0.1:9/services/fronteras")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:7")
    with pytest.raises(client.Refused, match="cannot be reached") as refused:
        client.labs()
    assert refused.value.status == 503
    monkeypatch.delenv(client.SERVICE_URL)
    with pytest.raises(client.Refused, match="FRONTERAS_SERVICE_URL is not set"):
        client.labs()
