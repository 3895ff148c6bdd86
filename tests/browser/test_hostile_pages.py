"""A hostile submission, in Chromium, in the real formgrader and in its feedback page.

The sanitiser has to hold by itself here: no policy header of ours is sent along.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Page, expect, sync_playwright

from fronteras import feedback, scoring
from fronteras.attempts import Attempts
from fronteras.cohort import Cohort, load
from tests.browser.notebook_server import CHROMIUM
from tests.fronteras import harbour
from tests.fronteras.harbour import LAB, answered, body, released
from tests.fronteras.harbour_service import free_port
from tests.fronteras.test_sanitize import PAYLOADS

pytestmark = pytest.mark.browser


SERVER = """
from jupyter_server.serverapp import main
from tests.fronteras import harbour
harbour.register()
main()
"""
"""Formgrader's server, in a process that knows the lab of these tests."""


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """A cohort in which Ana has submitted all payloads, as text, as code and as outputs."""
    with harbour.registered():
        return _hostile(tmp_path_factory.mktemp("hostile") / "cohort")


def _hostile(directory: Path) -> Cohort:
    cohort = harbour.make_cohort(directory)
    work = answered(released(cohort), prose="\n\n".join(PAYLOADS), ship="</script><b onclick=x>")
    shown = "\n".join(f"display(HTML({each!r})); print({each!r})" for each in PAYLOADS)
    extra = {"cell_type": "code", "id": "evil", "metadata": {}, "outputs": []}
    source = (
        f"from IPython.display import HTML, Javascript, Markdown, display\n{shown}\n"
        "display(Javascript('window.hit=1'), Markdown('<img src=x onerror=window.hit=1>'))\n"
        "display({'image/svg+xml': '<svg onload=window.hit=1>'}, raw=True)\n"
        "raise Exception('<img src=x onerror=window.hit=1>')"
    )
    work["cells"].insert(2, extra | {"execution_count": None, "source": source})
    store = Attempts(cohort.attempts)
    store.store(LAB, "ana", body(work), datetime.now(UTC))
    scoring.score(cohort.directory, store.pending()[0].folder)
    feedback.release_feedback(cohort, LAB)
    return load(cohort.directory)


@pytest.fixture(scope="module")
def formgrader(cohort: Cohort) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable, "-c", SERVER, "--no-browser", "--allow-root",
            "--config", str(Path(feedback.__file__).parent / "formgrader_config.py"),
            f"--port={port}", "--IdentityProvider.token=", "--ServerApp.password=",
        ],
        cwd=cohort.directory,
        env=os.environ
        | {
            "FRONTERAS_COHORT": str(cohort.directory),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "JUPYTER_RUNTIME_DIR": str(cohort.directory / "hub" / "run"),
        },
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 90
        while True:
            try:
                with urllib.request.urlopen(f"{address}/api"):
                    break
            except OSError:
                assert time.monotonic() < deadline
                assert process.poll() is None
                time.sleep(0.3)
        yield address
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(CHROMIUM)
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(60_000)
    yield page
    page.close()


def _watched(page: Page, address: str) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    for place in page.locator("a, b, div, details, img, summary, input").all()[:200]:
        place.dispatch_event("mouseover")
        place.dispatch_event("focus")
    return asked


def test_formgrader_shows_it_and_nothing_runs(page: Page, formgrader: str, cohort: Cohort) -> None:
    with Gradebook(cohort.gradebook_url, cohort.id) as book:
        number = book.find_submission_notebook(LAB, LAB, "ana").id
    asked = _watched(page, f"{formgrader}/formgrader/submissions/{number}/?index=0")
    assert page.evaluate("window.hit") is None
    assert [url for url in asked if not url.startswith(formgrader)] == []
    assert page.locator("iframe, object, embed, form, .nbgrader_cell svg").count() == 0
    expect(page.locator("body")).to_contain_text("SECRET-RUBRIC")
    score = page.locator("input.score#reasons")
    score.fill("3")
    score.blur()
    expect(page.locator(".score-saved").first).to_be_attached()
    page.wait_for_load_state("networkidle")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with Gradebook(cohort.gradebook_url, cohort.id) as book:
            if book.find_grade("reasons", LAB, LAB, "ana").manual_score == 3:
                break
        time.sleep(0.3)
    else:
        raise AssertionError("formgrader did not store the score")


def test_formgraders_autograde_button_scores_in_the_sandbox(
    page: Page, formgrader: str, cohort: Cohort
) -> None:
    autograded = cohort.directory / "autograded" / "ana" / LAB / f"{LAB}.ipynb"
    before = autograded.stat().st_mtime_ns
    page.goto(f"{formgrader}/formgrader/manage_submissions/{LAB}")
    page.locator(".autograde").first.click()
    expect(page.locator(".modal .modal-title, .modal-title")).to_contain_text(
        "Success", timeout=90_000
    )
    assert autograded.stat().st_mtime_ns > before
    with Gradebook(cohort.gradebook_url, cohort.id) as book:
        assert book.find_grade("ship", LAB, LAB, "ana").auto_score == 0
    assert "Which ship does the log name?" in autograded.read_text()


def test_the_feedback_page_shows_it_and_nothing_runs(
    page: Page, cohort: Cohort, tmp_path: Path
) -> None:
    content = feedback.page(cohort, LAB, "ana")
    assert content is not None
    file = tmp_path / "feedback.html"
    file.write_bytes(content)
    asked = _watched(page, file.as_uri())
    assert page.evaluate("window.hit") is None
    assert asked == [file.as_uri()]
    expect(page.locator("body")).to_contain_text("Which ship does the log name?")
