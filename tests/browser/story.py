"""A workshop as its people have it: a served demo cohort, and visitors in Chromium."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from fronteras import demo
from grading.cases import lab, seed
from grading.model import Samples
from tests.fronteras.running_hub import free_port, until

ZONE = "America/Sao_Paulo"
PATIENCE = 120_000
"""Milliseconds that any step may take on a busy machine."""
HARMLESS = {
    # JupyterLab 4.6 loads its shortcuts after the settings that announce a change to them.
    "Cannot read properties of undefined (reading 'schema')",
}
SAID_IN_ERROR = (
    # while a test has taken the network away
    "net::ERR_INTERNET_DISCONNECTED",
    # nbgrader's feedback pages hold Bootstrap's style; their policy refuses its font of icons
    "fonts/glyphicons-halflings-regular",
)
"""What Chromium logs as an error and is none."""
READ = """async path => {
  const answer = await fetch(path);
  return { status: answer.status, text: await answer.text() };
}"""
SEND = """async ([path, method, body]) => {
  const base = JSON.parse(document.getElementById('jupyter-config-data').textContent).baseUrl;
  const cookie = document.cookie.split('; ').find(one => one.startsWith('_xsrf='));
  const headers = { 'X-XSRFToken': cookie ? cookie.slice(6) : '' };
  const answer = await fetch(base + path, { method, headers, body: body || null });
  return { status: answer.status, text: await answer.text() };
}"""


@dataclass
class Workshop:
    """A served cohort.

    Attributes:
        directory: the cohort's.
        url: of the one public port, without a slash at the end.
        process: ``fronteras serve``.
        output: what it prints.
        trouble: errors and outside requests that visitors' pages made.
    """

    directory: Path
    url: str
    process: subprocess.Popen[bytes]
    output: Path
    trouble: list[str] = field(default_factory=list)

    def password(self, username: str) -> str:
        return demo.sign_ins(self.directory)[username]

    def command(self, *arguments: str, fails: bool = False) -> str:
        """Run ``fronteras`` on this cohort and return what it printed."""
        argv = [f"{sys.prefix}/bin/fronteras", "--cohort", str(self.directory), *arguments]
        done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else done.stdout

    def nbgrader(self, *arguments: str) -> str:
        """Run plain ``nbgrader`` in the cohort's directory and return all that it printed."""
        argv = [f"{sys.prefix}/bin/nbgrader", *arguments]
        environment = os.environ | {"PATH": f"{sys.prefix}/bin:{os.environ['PATH']}"}
        done = subprocess.run(
            argv, cwd=self.directory, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def samples(self, lab_id: str, username: str) -> Mapping[str, Samples]:
        """Return right and wrong answers for one person's own evidence."""
        secret = (self.directory / "private" / "secret").read_bytes()
        found = lab(lab_id)
        return found.samples(found.build(seed(secret, username, lab_id)).facts)

    def models(self, lab_id: str, username: str) -> dict[str, Any]:
        return {key: each.model for key, each in self.samples(lab_id, username).items()}

    def stored(self, lab_id: str, username: str) -> list[bytes]:
        """Return the notebooks of a person's attempts, first to last."""
        folder = self.directory / "attempts" / lab_id / username
        return [path.read_bytes() for path in sorted(folder.glob("*/notebook.ipynb"))]

    def processes(self) -> list[str]:
        """Return the command lines of all processes that belong to this cohort."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                command = (folder / "cmdline").read_bytes()
                known = command + (folder / "environ").read_bytes()
                if str(self.directory).encode() in known and int(folder.name) != os.getpid():
                    found.append(command.replace(b"\0", b" ").decode())
        return found


@contextmanager
def served(directory: Path) -> Iterator[Workshop]:
    """Serve a new demo cohort as its instructor does, until the block ends."""
    demo.create_demo(directory, datetime.now(UTC))
    settings = directory / "cohort.toml"
    hurried = settings.read_text().replace("cooldown_seconds = 10", "cooldown_seconds = 0")
    settings.write_text(hurried)
    port, output = free_port(), directory.parent / "serve.txt"
    argv = [f"{sys.prefix}/bin/fronteras", "--cohort", str(directory), "serve"]
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*argv, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    workshop = Workshop(directory, f"http://127.0.0.1:{port}", process, output)
    try:
        until(
            lambda: "Stop it with" in output.read_text() or process.poll() is not None,
            240,
            output.read_text,
        )
        assert process.poll() is None, output.read_text()
        yield workshop
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@dataclass
class Visitor:
    """Somebody at a browser of their own."""

    workshop: Workshop
    context: BrowserContext
    page: Page
    username: str

    @classmethod
    @contextmanager
    def at(cls, workshop: Workshop, browser: Browser, username: str) -> Iterator[Visitor]:
        """Open a browser for somebody; what its pages do wrong is noted."""
        context = browser.new_context(
            viewport={"width": 1366, "height": 768}, timezone_id=ZONE, locale="en-GB"
        )
        context.set_default_timeout(PATIENCE)
        context.on("page", lambda page: watch(page, workshop))
        try:
            yield cls(workshop, context, context.new_page(), username)
        finally:
            context.close()

    def goto(self, path: str) -> None:
        self.page.goto(self.workshop.url + path)

    def sign_in(self, password: str = "") -> None:
        """Fill in the sign-in page that the browser has been sent to."""
        self.page.wait_for_url("**/hub/login**")
        self.page.get_by_label("User name").fill(self.username)
        field = self.page.get_by_label("Password", exact=True)
        field.fill(password or self.workshop.password(self.username))
        self.page.get_by_role("button", name="Sign in").click()

    def enter_lab(self, lesson: str) -> None:
        """Go from a lesson to its lab, signing in on the way."""
        self.goto(lesson)
        self.page.get_by_role("link", name="Open the lab").first.click()
        self.sign_in()
        self.await_lab()

    def await_lab(self) -> None:
        self.page.wait_for_url("**/notebooks/**")
        expect(self.bar).to_contain_text("Not handed in yet")

    @property
    def bar(self) -> Locator:
        return self.page.get_by_role("toolbar", name="Lab")

    @property
    def results(self) -> Locator:
        return self.page.get_by_role("region", name="Results")

    def cell(self, source: str) -> Locator:
        """Scroll to the code cell that holds some words; only cells in sight are drawn."""
        feed = self.page.get_by_role("feed", name="Cells")
        found = self.page.locator(".jp-CodeCell").filter(has_text=source).last
        feed.hover()
        self.page.mouse.wheel(0, -100_000)
        for _ in range(60):
            if found.count():
                break
            self.page.mouse.wheel(0, 500)
            self.page.wait_for_timeout(100)  # the notebook draws what came into sight
        found.scroll_into_view_if_needed()
        return found

    def type_in(self, cell: Locator, text: str) -> None:
        """Replace what stands in a cell, key by key."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def run_all(self) -> None:
        """Press *Run all* and wait until the last cell has run."""
        expect(
            self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
        ).to_be_visible()
        self.page.get_by_role("button", name="Run all").click()
        last = self.page.locator(".jp-CodeCell .jp-InputArea-prompt").last
        expect(last).to_have_text(re.compile(r"\[\d+\]"))

    def save(self) -> None:
        with self.page.expect_response(
            lambda answer: answer.request.method == "PUT" and "/api/contents/" in answer.url
        ):
            self.page.keyboard.press("Control+s")
        expect(self.bar).to_contain_text("Saved at")

    def notebook(self, lab_id: str) -> dict[str, Any]:
        """Return the notebook as the server has it."""
        status, answer = self.send("GET", f"api/contents/{lab_id}/{lab_id}.ipynb")
        assert status == 200, answer
        found: dict[str, Any] = answer["content"]
        return found

    def fill_in(self, lab_id: str, answers: Mapping[str, Any]) -> None:
        """Put answers into the saved notebook, beside the page, and show it anew."""
        made = filled(self.notebook(lab_id), answers)
        body = json.dumps({"type": "notebook", "content": made})
        status, answer = self.send("PUT", f"api/contents/{lab_id}/{lab_id}.ipynb", body)
        assert status == 200, answer
        self.page.reload()
        expect(self.page.get_by_role("button", name="Submit", exact=True)).to_be_enabled()
        expect(self.bar).to_contain_text(re.compile("Not handed in yet|points"))

    def submit(self, attempt: int) -> None:
        """Press *Submit* and wait for the score of an attempt."""
        self.page.get_by_role("button", name="Submit", exact=True).click()
        receipt = self.results.get_by_role("region", name="Receipt")
        expect(receipt.get_by_role("heading")).to_have_text(f"Receipt · Attempt {attempt}")
        expect(self.results.get_by_role("status")).to_contain_text("Scored: ")

    def read(self, path: str) -> Any:
        """Ask the site's service, as the page itself would, and return what it answers."""
        answer = self.page.evaluate(READ, path)
        assert answer["status"] == 200, answer["text"]
        return json.loads(answer["text"])

    def send(self, method: str, path: str, body: str = "") -> tuple[int, Any]:
        """Ask the person's own server something from the notebook's page."""
        answer = self.page.evaluate(SEND, [path, method, body])
        return answer["status"], json.loads(answer["text"])


def watch(page: Page, workshop: Workshop) -> None:
    """Note errors of a page, and requests to any other host."""
    trouble = workshop.trouble

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(part in message.text for part in SAID_IN_ERROR):
            trouble.append(f"{page.url}: {message.text} ({message.location.get('url')})")

    def on_request(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            trouble.append(f"{page.url}: asks {request.url}")

    page.on("console", on_console)
    page.on("request", on_request)
    page.on("websocket", on_request)
    page.on(
        "pageerror",
        lambda error: None if str(error) in HARMLESS else trouble.append(f"{page.url}: {error}"),
    )


def filled(notebook: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notebook with answers in its answer cells, as somebody would have typed them.

    Args:
        notebook: as it was handed out.
        answers: by question, or the text of a prose answer by its ``grade_id``.
    """
    made: dict[str, Any] = json.loads(json.dumps(notebook))
    for cell in made["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        question = grade_id.removesuffix("-answer")
        if cell["cell_type"] == "markdown" and grade_id in answers:
            cell["source"] = answers[grade_id]
        elif grade_id.endswith("-answer") and question in answers:
            cell["source"] = f"{question} = {answers[question]!r}"
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return made
