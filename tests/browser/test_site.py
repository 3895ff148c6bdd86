"""The course site in real Chromium without name resolution, served as the hub's service does."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from fronteras.service_site import SiteHandler
from tests.fronteras.built_site import build

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
ALONE = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
LESSON = "series-2/s2-3-deleted-files/"
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
FIRST_VISIT = 300_000
"""Bytes over the wire that a first visit of a lesson may take."""


@dataclass
class Course:
    """A served site and what its stub of the service answers."""

    address: str = ""
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def sign_in(self, *, instructor: bool = False) -> None:
        self.answers = {
            "me": (200, ME | {"instructor": instructor}),
            "labs": (200, LABS),
            "labs/s2-3-deleted-files/submissions": (200, SUBMISSIONS),
        }


ME = {"username": "ana", "name": "Ana Belmonte", "instructor": False, "cohort": "Workshop Bogotá"}
LABS = {
    "server_time": "2026-11-21T18:00:00Z",
    "labs": [
        {
            "id": "s2-3-deleted-files",
            "opens": None,
            "due": "2026-11-27T23:00:00Z",
            "open": True,
            "attempts": 2,
            "status": "scored",
            "points": 13.5,
            "max_points": 22,
            "needs_grading": True,
            "feedback_released": True,
            "last_submitted": "2026-11-21T17:59:00Z",
        },
        {
            "id": "s9-9-unknown-here",
            "opens": "2026-12-01T00:00:00Z",
            "due": None,
            "open": False,
            "attempts": 0,
            "status": "none",
            "points": None,
            "max_points": 10,
            "needs_grading": False,
            "feedback_released": False,
            "last_submitted": None,
        },
    ],
}
SUBMISSIONS = {
    "attempts": [
        {
            "attempt": 2,
            "time": "2026-11-21T17:59:00Z",
            "sha256": "ab" * 32,
            "status": "scored",
            "points": 13.5,
            "max_points": 22,
            "late": False,
            "questions": [
                {
                    "id": "start_cluster",
                    "points": 0,
                    "max_points": 2,
                    "feedback": "<img src=x onerror=alert(1)> is not a cluster.",
                    "see": "glossary/#cluster",
                    "manual": False,
                },
                {
                    "id": "reasons",
                    "points": None,
                    "max_points": 4,
                    "feedback": "",
                    "see": "",
                    "manual": True,
                },
            ],
        }
    ]
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("site") / "site"
    assert build(output) == "True"
    return output


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ALONE)
        yield running
        running.close()


@pytest.fixture
def course(built: Path) -> Iterator[Course]:
    course = Course()

    class Api(RequestHandler):
        def get(self, path: str) -> None:
            status, body = course.answers.get(path, (401, {"error": "You are not signed in."}))
            self.set_status(status)
            self.set_header("Content-Type", "application/json")
            self.finish(json.dumps(body))

    handlers = [
        (r"/services/fronteras/api/(.*)", Api),
        (r"/(.*)", SiteHandler, {"path": str(built)}),
    ]
    with served(Application(handlers)) as course.address:
        yield course


@contextmanager
def served(application: Application) -> Iterator[str]:
    sockets = bind_sockets(0, "127.0.0.1")
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        server = HTTPServer(application)
        server.add_sockets(sockets)
        ready.set()
        loop.run_forever()
        server.stop()
        loop.run_until_complete(server.close_all_connections())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}/"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=WIDE, timezone_id="America/Bogota", locale="en-GB")
    yield made
    made.close()


def pages(built: Path) -> list[str]:
    found = sorted(path.relative_to(built).as_posix() for path in built.rglob("index.html"))
    return [name.removesuffix("index.html") for name in found]


class Watch:
    """What a page did that no page of the course may do."""

    def __init__(self, page: Page, address: str) -> None:
        self.troubles: list[str] = []
        note = self.troubles.append
        page.on("request", lambda each: _inside(each.url, address) or note(f"asks {each.url}"))
        page.on("requestfailed", lambda each: note(f"failed: {each.url}"))
        page.on("console", lambda each: each.type in ("error", "warning") and note(each.text))
        page.on("pageerror", lambda each: note(str(each)))


def _inside(url: str, address: str) -> bool:
    return url.startswith((address, "data:", "blob:"))


def test_every_page_asks_nobody_else_has_no_error_and_no_broken_link(
    course: Course, built: Path, context: BrowserContext
) -> None:
    course.sign_in()
    page = context.new_page()
    watch = Watch(page, course.address)
    ids: dict[str, set[str]] = {}
    links: set[tuple[str, str]] = set()
    for name in pages(built):
        page.goto(course.address + name, wait_until="networkidle")
        ids[course.address + name] = set(
            page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        )
        found = page.evaluate("[...document.querySelectorAll('a[href]')].map(e => e.href)")
        links |= {(name, href) for href in found if href.startswith(course.address)}
    assert not watch.troubles
    broken = []
    for name, href in sorted(links):
        target, anchor = urldefrag(href)
        path = urlsplit(target).path
        if path.startswith("/services/fronteras/"):
            continue
        if target in ids:
            if anchor and anchor not in ids[target] and not anchor.startswith("__"):
                broken.append((name, href))
        elif not (built / path.lstrip("/")).is_file():
            broken.append((name, href))
    assert not broken


@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["phone", "laptop"])
def test_no_page_is_wider_than_the_screen(
    course: Course, built: Path, browser: Browser, viewport: dict[str, int]
) -> None:
    context = browser.new_context(viewport=viewport)
    page = context.new_page()
    for name in pages(built):
        page.goto(course.address + name)
        wide, screen = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= screen, name
    context.close()


def test_a_first_visit_of_a_lesson_is_light(course: Course, built: Path, browser: Browser) -> None:
    lessons = [name for name in pages(built) if re.match(r"series-\d/s|labs/", name)]
    assert lessons
    weights = {name: _first_visit(browser, course.address + name) for name in lessons}
    assert all(0 < weight <= FIRST_VISIT for weight in weights.values()), weights


def _first_visit(browser: Browser, address: str) -> float:
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    received: list[float] = []
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda each: received.append(each["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    context.close()
    return sum(received)


def test_search_finds_a_lesson(course: Course, context: BrowserContext) -> None:
    page = context.new_page()
    watch = Watch(page, course.address)
    page.goto(course.address)
    page.get_by_role("textbox", name="Search").click()
    page.keyboard.type("preservation request")
    found = page.locator(".md-search-result__link:visible").first
    expect(found).to_contain_text("preservation", ignore_case=True)
    page.keyboard.press("Enter")
    page.wait_for_url("**/*/?h=*")
    assert not watch.troubles


def test_a_term_explains_itself_to_pointer_and_keyboard(
    course: Course, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto(course.address + "reference/network/")
    term = page.locator("abbr", has_text="Traffic data").first
    term.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("Data about a communication")
    page.mouse.move(0, 0)
    expect(page.get_by_role("tooltip")).to_have_count(0)
    term.focus()
    expect(page.get_by_role("tooltip")).to_contain_text("Data about a communication")


def test_progress_offers_to_sign_in(course: Course, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(course.address + "progress/")
    expect(page.get_by_role("link", name="Sign in")).to_have_attribute(
        "href", "/services/fronteras/login?next=%2Fprogress%2F"
    )


def test_progress_says_when_there_is_no_server(course: Course, context: BrowserContext) -> None:
    page = context.new_page()
    page.route("**/services/**", lambda route: route.abort())
    page.goto(course.address + "progress/")
    expect(page.get_by_role("heading", name="cannot be reached")).to_be_visible()
    page.unroute("**/services/**")
    course.sign_in()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Signed in as Ana Belmonte")).to_be_visible()


def test_a_copy_of_the_site_without_a_service_says_so(
    course: Course, context: BrowserContext
) -> None:
    page = context.new_page()
    page.route(
        "**/services/**",
        lambda route: route.fulfill(status=404, content_type="text/html", body="<h1>Not here</h1>"),
    )
    page.goto(course.address + "progress/")
    expect(page.get_by_role("heading", name="cannot be reached")).to_be_visible()


def test_progress_shows_points_times_and_feedback(course: Course, context: BrowserContext) -> None:
    course.sign_in()
    page = context.new_page()
    watch = Watch(page, course.address)
    page.goto(course.address + "progress/")
    lab = page.locator("section.fr-box").first
    expect(lab).to_contain_text("13.5 of 22 points")
    expect(lab).to_contain_text("2 attempts")
    expect(lab).to_contain_text("waits for your instructor")
    expect(lab).to_contain_text("Fri, 27 November 2026")
    expect(lab.locator("time").first).to_contain_text("18:00")  # Bogotá is at UTC−5
    expect(page.get_by_text("America/Bogota")).to_be_visible()
    expect(lab.get_by_role("link", name="Open the lab")).to_have_attribute(
        "href", "/services/fronteras/open?lab=s2-3-deleted-files"
    )
    expect(lab.get_by_role("link", name="feedback")).to_have_attribute(
        "href", "/services/fronteras/api/labs/s2-3-deleted-files/feedback"
    )
    lab.get_by_text("Results of each attempt").click()
    expect(lab).to_contain_text("<img src=x onerror=alert(1)> is not a cluster.")
    expect(lab).to_contain_text("graded by your instructor")
    expect(lab.get_by_role("link", name="Where to read")).to_have_attribute(
        "href", "/glossary/#cluster"
    )
    closed = page.locator("section.fr-box").nth(1)
    expect(closed).to_contain_text("Not open yet")
    expect(closed).to_contain_text("Opens")
    expect(closed.get_by_role("link", name="Open the lab")).to_have_count(0)
    expect(page.get_by_role("link", name="gradebook")).to_have_count(0)
    assert not watch.troubles


def test_an_instructor_finds_the_gradebook(course: Course, context: BrowserContext) -> None:
    course.sign_in(instructor=True)
    page = context.new_page()
    page.goto(course.address + "progress/")
    expect(page.get_by_role("link", name="gradebook")).to_have_attribute(
        "href", "/services/fronteras/grade"
    )


def test_a_lessons_panel_shows_how_one_stands(course: Course, context: BrowserContext) -> None:
    page = context.new_page()
    watch = Watch(page, course.address)
    page.goto(course.address + LESSON)
    panel = page.get_by_role("complementary", name="The laboratory")
    expect(panel.get_by_role("link", name="Open the lab")).to_be_visible()
    expect(panel.locator("[data-lab-state]")).to_be_empty()
    course.sign_in()
    page.goto(course.address + "progress/")  # from here on the browser knows of the sign-in
    expect(page.get_by_text("Signed in as")).to_be_visible()
    page.goto(course.address + LESSON)
    expect(panel).to_contain_text("13.5 of 22 points")
    expect(panel).to_contain_text("Due Fri, 27 November 2026")
    assert not watch.troubles


def test_without_javascript_all_can_be_read_and_opened(course: Course, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(course.address + "progress/")
    expect(page.locator("#fr-progress noscript p")).to_be_visible()
    page.goto(course.address + LESSON)
    expect(page.get_by_role("link", name="Open the lab")).to_be_visible()
    context.close()


CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const mix = (top, below, share) => below.map((v, i) => top[i] * share + v * (1 - share));
  const over = (top, below) => mix(top, below, top[3] ?? 1);
  const linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const weights = [0.2126, 0.7152, 0.0722];
  const light = (c) => weights.reduce((sum, k, i) => sum + k * linear(c[i] / 255), 0);
  const seen = {opacityProperty: true, visibilityProperty: true};
  const aside = ".md-nav__link, .md-skip, .headerlink, .md-search, .md-dialog";
  const behind = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.unshift(getComputedStyle(e));
    const colours = layers.map((style) => parse(style.backgroundColor));
    return colours.reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const poor = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || !element.checkVisibility(seen) || element.closest(aside)) continue;
    const style = getComputedStyle(element);
    const back = behind(element);
    const [low, high] = [light(over(parse(style.color), back)), light(back)].sort((a, b) => a - b);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 600);
    const ratio = (high + 0.05) / (low + 0.05);
    const name = element.className || element.tagName;
    if (ratio < (large ? 3 : 4.5)) poor.add(`${ratio.toFixed(2)} ${name}: ${text.slice(0, 40)}`);
  }
  return [...poor];
}"""
ONE_OF_EACH = [
    "",
    "404.html",
    LESSON,
    "labs/s2-3-deleted-files/",
    "progress/",
    "reference/network/",
    "series-2/",
    "teach/prepare/",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(course: Course, browser: Browser, scheme: Any) -> None:
    context = browser.new_context(viewport=WIDE, color_scheme=scheme, reduced_motion="reduce")
    course.sign_in(instructor=True)
    page = context.new_page()
    poor = {}
    for name in ONE_OF_EACH:
        page.goto(course.address + name)
        if found := page.evaluate(CONTRAST):
            poor[name] = found
    context.close()
    assert not poor


NAMELESS = """() => ({
  pictures: document.querySelectorAll("img:not([alt])").length,
  controls: [...document.querySelectorAll("main a[href], main button")].filter((e) => !(
    e.textContent.trim() || e.ariaLabel || e.title || e.querySelector("img[alt]:not([alt=''])")
  )).length,
  mains: document.querySelectorAll("main").length,
  titles: document.querySelectorAll("h1").length,
})"""


def test_pictures_links_and_landmarks_have_names(
    course: Course, built: Path, context: BrowserContext
) -> None:
    page = context.new_page()
    for name in pages(built):
        page.goto(course.address + name)
        found = page.evaluate(NAMELESS)
        assert found == {"pictures": 0, "controls": 0, "mains": 1, "titles": 1}, name
