"""Submit, receipt, feedback and a lost connection, in Chromium, on a real Notebook server.

The scoring service is a stub here; the whole story with the hub is told by other tests.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect

from tests.browser.notebook_server import READER, NotebookServer
from tests.fronteras.stub_service import LAB, StubService, lab_files, notebook, stub_service

pytestmark = pytest.mark.browser

# JupyterLab 4.6 loads its shortcuts after the settings that announce a change to them.
KNOWN_ERRORS = ("Cannot read properties of undefined (reading 'schema')",)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookServer]:
    with stub_service() as stub:
        server = NotebookServer(tmp_path_factory.mktemp("server"), stub)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def server(running: NotebookServer) -> NotebookServer:
    running.stub.reset()
    shutil.rmtree(running.home / LAB, ignore_errors=True)
    return running


@pytest.fixture
def stub(server: NotebookServer) -> StubService:
    return server.stub


@pytest.fixture
def saved(server: NotebookServer) -> Path:
    return server.home / LAB / f"{LAB}.ipynb"


@pytest.fixture
def trouble() -> list[str]:
    """What a page did that it should not: errors, and requests to other hosts."""
    return []


@pytest.fixture
def page(chromium: Browser, trouble: list[str]) -> Iterator[Page]:
    context = chromium.new_context(
        viewport={"width": 1366, "height": 768}, timezone_id="America/Sao_Paulo", locale="en-GB"
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    watch(page, trouble)
    yield page
    context.close()


def watch(page: Page, trouble: list[str]) -> None:
    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            trouble.append(message.text)

    def on_request(request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
            trouble.append(url)

    page.on("console", on_console)
    page.on("request", on_request)
    page.on("websocket", on_request)
    page.on("pageerror", lambda error: trouble.append(str(error)))


def open_lab(page: Page, server: NotebookServer) -> None:
    page.goto(f"{server.address}fronteras/open?lab={LAB}&token={READER}")
    expect(page.get_by_role("button", name="Submit")).to_be_enabled()
    expect(page.get_by_role("toolbar", name="Lab")).to_contain_text("Not handed in yet")
    expect(page.locator(".jp-CodeCell .cm-content")).to_have_count(2)


def type_in_first_cell(page: Page, text: str) -> None:
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text(text)


def sources(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]]


def test_submit_saves_sends_and_shows_receipt_points_and_feedback(
    page: Page, server: NotebookServer, stub: StubService, saved: Path, trouble: list[str]
) -> None:
    open_lab(page, server)
    type_in_first_cell(page, "start_cluster = 7\n")
    page.get_by_role("button", name="Submit").click()
    panel = page.get_by_role("region", name="Results")
    expect(panel.get_by_role("status")).to_have_text("Scored: 7 of 15 points.")

    assert stub.received == [saved.read_bytes()]
    assert sources(saved)[1].startswith("start_cluster = 7\n")
    receipt = panel.get_by_role("region", name="Receipt")
    expect(receipt).to_contain_text("Attempt 1")
    expect(receipt).to_contain_text("21 November 2026 at 15:01:33 Brasilia Standard Time")
    digest = hashlib.sha256(stub.received[0]).hexdigest()
    expect(receipt.locator("summary")).to_have_attribute("title", digest)
    expect(receipt.locator("summary")).to_have_text(f"{digest[:8]}…{digest[-8:]}")
    receipt.locator("summary").click()
    expect(receipt.get_by_text(digest, exact=True)).to_be_visible()

    expect(panel).to_contain_text("One answer waits for your instructor (3 points).")
    expect(panel).to_contain_text("Hand in by Friday, 4 December 2099")
    questions = panel.get_by_role("listitem")
    expect(questions).to_have_count(5)
    expect(questions.nth(0)).to_contain_text("start_cluster2 / 2")
    expect(questions.nth(0)).to_contain_text("Right. That is the first cluster")
    expect(questions.nth(1)).to_contain_text("Partly right. The hash is of whole clusters")
    expect(questions.nth(2)).to_contain_text("Not yet right. The name says one thing")
    expect(questions.nth(4)).to_contain_text("To be graded")
    link = questions.nth(2).get_by_role("link")
    expect(link).to_have_attribute("target", "_blank")
    assert link.evaluate("link => link.pathname + link.hash") == (
        "/series-2/s2-3-deleted-files/#true_type"
    )
    expect(page.get_by_role("toolbar", name="Lab")).to_contain_text("7 of 15 points")
    assert [each for each in trouble if each not in KNOWN_ERRORS] == []


def test_a_second_attempt_and_the_first_are_listed(
    page: Page, server: NotebookServer, stub: StubService
) -> None:
    open_lab(page, server)
    panel = page.get_by_role("region", name="Results")
    for attempt in (1, 2):
        page.get_by_role("button", name="Submit").click()
        expect(panel.get_by_role("region", name="Receipt")).to_contain_text(f"Attempt {attempt}")
        expect(panel.get_by_role("status")).to_have_text("Scored: 7 of 15 points.")
    panel.get_by_text("Your attempts (2)").click()
    expect(panel).to_contain_text("Every attempt is kept; the last one counts.")
    assert len(stub.received) == 2


def test_results_are_there_after_a_reload(page: Page, server: NotebookServer) -> None:
    open_lab(page, server)
    page.get_by_role("button", name="Submit").click()
    panel = page.get_by_role("region", name="Results")
    expect(panel.get_by_role("status")).to_have_text("Scored: 7 of 15 points.")
    page.reload()
    expect(page.get_by_role("toolbar", name="Lab")).to_contain_text("7 of 15 points")
    page.get_by_role("button", name="Results", exact=True).click()
    expect(panel).to_contain_text("7 of 15 points")
    page.get_by_role("button", name="Close results").click()
    expect(panel).to_be_hidden()


def test_submitting_by_keyboard(page: Page, server: NotebookServer, stub: StubService) -> None:
    open_lab(page, server)
    page.get_by_role("button", name="Submit").focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="Results")
    expect(panel.get_by_role("status")).to_have_text("Scored: 7 of 15 points.")
    assert len(stub.received) == 1


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (403, "This lab was due on Friday; nothing more can be handed in."),
        (413, "The notebook is larger than 10 MB. Clear long outputs and try again."),
        (429, "You handed in a moment ago. Wait 7 seconds and try again."),
        (503, "The scoring service cannot be reached. Your work is saved."),
    ],
)
def test_a_refusal_is_told_and_can_be_tried_again(
    page: Page, server: NotebookServer, stub: StubService, status: int, sentence: str
) -> None:
    open_lab(page, server)
    stub.refuse("POST", "submissions", status, sentence)
    page.get_by_role("button", name="Submit").click()
    panel = page.get_by_role("region", name="Results")
    alert = panel.get_by_role("alert")
    expect(alert).to_contain_text("Not handed in.")
    expect(alert).to_contain_text(sentence)
    assert stub.received == []
    stub.refusals.clear()
    alert.get_by_role("button", name="Try again").click()
    expect(panel.get_by_role("status")).to_have_text("Scored: 7 of 15 points.")
    expect(alert).to_have_count(0)


def test_results_that_are_held_back(page: Page, server: NotebookServer, stub: StubService) -> None:
    stub.result = {"status": "held"}
    open_lab(page, server)
    page.get_by_role("button", name="Submit").click()
    panel = page.get_by_role("region", name="Results")
    expect(panel).to_contain_text("those of this attempt appear after the lab is due")
    expect(panel.get_by_role("listitem")).to_have_count(0)


def test_a_submission_that_could_not_be_scored(
    page: Page, server: NotebookServer, stub: StubService
) -> None:
    stub.result = {"status": "failed"}
    open_lab(page, server)
    page.get_by_role("button", name="Submit").click()
    panel = page.get_by_role("region", name="Results")
    expect(panel.get_by_role("alert")).to_contain_text("stored, but scoring it failed")


def test_the_service_may_fail_while_the_score_is_awaited(
    page: Page, server: NotebookServer, stub: StubService
) -> None:
    stub.result = None
    open_lab(page, server)
    page.get_by_role("button", name="Submit").click()
    panel = page.get_by_role("region", name="Results")
    expect(panel.get_by_role("status")).to_have_text("Received. Being scored…")
    expect(panel.get_by_role("region", name="Receipt")).to_contain_text("Attempt 1")
    stub.refuse("GET", "submissions", 503, "Down.")
    page.wait_for_event("response", lambda answer: answer.status == 503)
    stub.refusals.clear()
    page.reload()
    expect(page.get_by_role("toolbar", name="Lab")).to_contain_text("Being scored")
    stub.reset_result()
    expect(page.get_by_role("toolbar", name="Lab")).to_contain_text("7 of 15 points")


def test_feedback_is_text_whatever_it_holds(
    page: Page, server: NotebookServer, stub: StubService, trouble: list[str]
) -> None:
    payload = "<img src=x onerror='document.title=`hacked`'><b>bold</b>"
    question = {"id": payload, "points": 0, "max_points": 1, "feedback": payload, "manual": False}
    stub.result = {
        "status": "scored",
        "points": 0,
        "max_points": 1,
        "questions": [
            {**question, "see": "//elsewhere.example/x"},
            {**question, "see": "javascript:alert(1)"},
        ],
    }
    open_lab(page, server)
    page.get_by_role("button", name="Submit").click()
    panel = page.get_by_role("region", name="Results")
    expect(panel.get_by_role("listitem")).to_have_count(2)
    expect(panel.locator("img, b")).to_have_count(0)
    expect(panel.get_by_role("listitem").first).to_contain_text("<b>bold</b>")
    for link in panel.get_by_role("listitem").get_by_role("link").all():
        assert link.evaluate("link => link.origin") == f"http://127.0.0.1:{server.port}"
    assert "hacked" not in page.title()
    assert [each for each in trouble if each not in KNOWN_ERRORS] == []


def test_starting_again_asks_and_keeps_the_old_notebook(
    page: Page, server: NotebookServer, saved: Path
) -> None:
    open_lab(page, server)
    type_in_first_cell(page, "my_work = 1\n")
    page.get_by_role("button", name="Start again").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("kept beside it under another name")
    dialog.get_by_role("button", name="Keep working").click()
    expect(page.locator(".jp-CodeCell .cm-content").first).to_contain_text("my_work")
    page.get_by_role("button", name="Start again").click()
    dialog.get_by_role("button", name="Start again").click()
    panel = page.get_by_role("region", name="Results")
    expect(panel.get_by_role("status")).to_contain_text("Your earlier notebook is kept as")
    expect(page.locator(".jp-CodeCell .cm-content").first).not_to_contain_text("my_work")
    kept = [path for path in saved.parent.glob("*.ipynb") if path != saved]
    assert len(kept) == 1
    assert sources(kept[0])[1].startswith("my_work = 1\n")
    assert sources(saved) == sources_of(lab_files()[f"{LAB}.ipynb"])


def sources_of(content: bytes) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(content)["cells"]]


def test_typing_offline_is_saved_once_the_connection_is_back(
    page: Page, server: NotebookServer, stub: StubService, saved: Path, trouble: list[str]
) -> None:
    open_lab(page, server)
    page.context.set_offline(True)
    banner = page.locator(".fr-banner")
    expect(banner).to_contain_text("Connection lost. Your work is kept in this page and in this")
    expect(banner).to_contain_text("Last saved at ")
    type_in_first_cell(page, "typed_offline = 1\n")
    page.get_by_role("button", name="Submit").click()
    panel = page.get_by_role("region", name="Results")
    expect(panel.get_by_role("alert")).to_contain_text("Not handed in.")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.context.set_offline(False)
    expect(banner).to_be_hidden()
    expect(page.locator(".fr-saved")).to_contain_text("Saved at")
    assert sources(saved)[1].startswith("typed_offline = 1\n")
    panel.get_by_role("button", name="Try again").click()
    expect(panel.get_by_role("status")).to_have_text("Scored: 7 of 15 points.")
    assert b"typed_offline" in stub.received[0]
    assert [each for each in trouble if each.startswith("http")] == []


def test_what_was_typed_while_the_server_was_down_can_be_restored(
    page: Page, server: NotebookServer, saved: Path
) -> None:
    open_lab(page, server)
    type_in_first_cell(page, "typed_before = 1\n")
    server.stop()
    try:
        expect(page.locator(".fr-banner")).to_contain_text("Connection lost")
        type_in_first_cell(page, "typed_after = 2\n")
        kept_in_browser(page, "typed_after")
    finally:
        server.start()
    page.close(run_before_unload=False)
    assert "typed_after" not in saved.read_text()

    again = page.context.new_page()
    again.goto(f"{server.address}notebooks/{LAB}/{LAB}.ipynb?token={READER}")
    again.get_by_role("button", name="Restore what you typed").click()
    first = again.locator(".jp-CodeCell .cm-content").first
    expect(first).to_contain_text("typed_after = 2")
    expect(again.locator(".fr-offer")).to_be_hidden()
    assert sources(saved)[1].startswith("typed_after = 2\ntyped_before = 1\n")
    again.reload()
    expect(again.get_by_role("toolbar", name="Lab")).to_contain_text("Saved at")
    expect(again.locator(".fr-offer")).to_be_hidden()


def test_restoring_over_a_newer_notebook_keeps_that_one_beside(
    page: Page, server: NotebookServer, saved: Path
) -> None:
    open_lab(page, server)
    page.context.set_offline(True)
    type_in_first_cell(page, "typed_offline = 1\n")
    kept_in_browser(page, "typed_offline")
    page.close(run_before_unload=False)
    page.context.set_offline(False)
    saved.write_bytes(notebook("from another computer"))

    again = page.context.new_page()
    again.goto(f"{server.address}notebooks/{LAB}/{LAB}.ipynb?token={READER}")
    offer = again.locator(".fr-offer")
    expect(offer).to_contain_text("has been changed since")
    offer.get_by_role("button", name="Restore").click()
    expect(offer).to_be_hidden()
    assert sources(saved)[1].startswith("typed_offline = 1\n")
    beside = [path for path in saved.parent.glob("*.ipynb") if path != saved]
    assert [sources(path)[1] for path in beside] == ["from another computer"]


def test_what_was_kept_can_be_declined(page: Page, server: NotebookServer, saved: Path) -> None:
    open_lab(page, server)
    page.context.set_offline(True)
    type_in_first_cell(page, "typed_offline = 1\n")
    kept_in_browser(page, "typed_offline")
    page.close(run_before_unload=False)
    page.context.set_offline(False)
    again = page.context.new_page()
    again.goto(f"{server.address}notebooks/{LAB}/{LAB}.ipynb?token={READER}")
    again.get_by_role("button", name="Keep the notebook as it is").click()
    expect(again.locator(".fr-offer")).to_be_hidden()
    again.reload()
    expect(again.get_by_role("toolbar", name="Lab")).to_contain_text("Not handed in yet")
    expect(again.locator(".fr-offer")).to_be_hidden()
    assert "typed_offline" not in saved.read_text()


def kept_in_browser(page: Page, text: str) -> None:
    """Wait until the browser's storage holds a text."""
    for _ in range(600):
        if text in page.evaluate(STORED):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the browser did not keep {text!r}")


STORED = """async () => {
    const request = indexedDB.open('fronteras', 1);
    await new Promise(resolve => { request.onsuccess = resolve; });
    const all = request.result.transaction('typed').objectStore('typed').getAll();
    await new Promise(resolve => { all.onsuccess = resolve; });
    request.result.close();
    return JSON.stringify(all.result);
}"""


def test_work_goes_on_after_the_server_was_started_again(
    page: Page, server: NotebookServer, saved: Path
) -> None:
    open_lab(page, server)
    banner = page.locator(".fr-banner")
    server.stop()
    try:
        expect(banner).to_contain_text("Connection lost")
        type_in_first_cell(page, "print(6 * 7)\n")
    finally:
        server.start()
    expect(banner).to_be_hidden()
    note = page.get_by_text("Python was started again, so it has forgotten")
    expect(note).to_be_visible()
    page.get_by_role("button", name="Understood").click()
    expect(note).to_be_hidden()
    page.locator(".jp-NotebookPanel-toolbar").get_by_text("Run all", exact=True).click()
    expect(page.locator(".jp-OutputArea-output").first).to_have_text("42\n")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".fr-saved")).to_contain_text("Saved at")
    assert sources(saved)[1].startswith("print(6 * 7)\n")


def test_a_stopped_workspace_and_a_lost_sign_in_are_told_apart(
    page: Page, server: NotebookServer
) -> None:
    open_lab(page, server)
    banner = page.locator(".fr-banner")
    for status, said, action, target in (
        (424, "Your workspace was stopped", "Start it again", "/hub/spawn"),
        (403, "You have been signed out", "Sign in", "/user/ana/tree"),
    ):
        page.route("**/api/status*", answer_with(status))
        page.evaluate("window.dispatchEvent(new Event('offline'))")
        expect(banner).to_contain_text(said)
        link = banner.get_by_role("link", name=action)
        assert link.evaluate("link => link.pathname") == target
        page.unroute("**/api/status*")
        expect(banner).to_be_hidden()


def answer_with(status: int) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status)


def test_a_notebook_that_is_no_lab_gets_no_bar(page: Page, server: NotebookServer) -> None:
    other = server.home / "mine"
    other.mkdir(exist_ok=True)
    (other / "mine.ipynb").write_bytes(notebook("1 + 1"))
    page.goto(f"{server.address}notebooks/mine/mine.ipynb?token={READER}")
    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_be_visible()
    expect(page.locator(".jp-Notebook-ExecutionIndicator")).to_be_visible()
    expect(page.get_by_role("button", name="Submit")).to_have_count(0)


def test_the_interface_is_tamed(page: Page, server: NotebookServer) -> None:
    open_lab(page, server)
    toolbar = page.locator(".jp-NotebookPanel-toolbar")
    expect(toolbar.get_by_text("Run", exact=True)).to_be_visible()
    expect(toolbar.get_by_text("Run all", exact=True)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".Toastify__toast")).to_have_count(0)
    for gone in ("Validate", "Nbgrader", "Not Trusted", "JupyterLab"):
        expect(page.get_by_text(gone, exact=True)).to_have_count(0)
    expect(page.locator(".jp-DebuggerBugButton")).to_have_count(0)
    expect(page.locator(".jp-CodeCell .cm-lineNumbers")).to_have_count(0)


def test_running_all_cells(page: Page, server: NotebookServer, saved: Path) -> None:
    open_lab(page, server)
    page.locator(".jp-NotebookPanel-toolbar").get_by_text("Run all", exact=True).click()
    expect(page.locator(".jp-OutputArea-output").last).to_have_text("2")


def test_it_works_in_jupyterlab_too(page: Page, server: NotebookServer, trouble: list[str]) -> None:
    open_lab(page, server)
    page.goto(f"{server.address}lab/tree/{LAB}/{LAB}.ipynb")
    page.get_by_role("button", name="Submit").click()
    panel = page.get_by_role("region", name="Results")
    expect(panel.get_by_role("status")).to_have_text("Scored: 7 of 15 points.")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert [each for each in trouble if each not in KNOWN_ERRORS] == []


@pytest.mark.parametrize(("width", "height"), [(768, 1024), (1024, 768), (1366, 768)])
def test_all_is_within_reach_on_small_screens(
    page: Page, server: NotebookServer, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_lab(page, server)
    page.get_by_role("button", name="Submit").click()
    panel = page.get_by_role("region", name="Results")
    expect(panel.get_by_role("status")).to_have_text("Scored: 7 of 15 points.")
    expect(panel.get_by_role("region", name="Receipt")).to_be_in_viewport(ratio=0.9)
    for name in ("Submit", "Results", "Start again…", "Close results"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=0.9)
    for part in (panel, page.get_by_role("toolbar", name="Lab")):
        assert part.evaluate("part => part.scrollWidth <= part.clientWidth")
        box = part.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width
