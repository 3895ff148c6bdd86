"""The whole story, in Chromium, against a workshop that ``fronteras serve`` serves.

Everybody in it is somebody else of the demo cohort, so that each test stands alone; the tests
share one running workshop, and the last one ends it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from fronteras.cohort import load
from grading.cases import lab, lab_ids, seed
from tests.browser.story import ZONE, Visitor, Workshop, filled, served
from tests.fronteras.running_hub import Browser as Session
from tests.fronteras.running_hub import RunningHub, until

pytestmark = pytest.mark.browser

LAB = "s2-3-deleted-files"
LESSON = "/series-2/s2-3-deleted-files/"
PROSE = "The archive was deleted. I recovered it to the byte.\n\nIt does not say who deleted it."
COMMENT = "Clear and honest. Next time say how another examiner can repeat it."


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with served(tmp_path_factory.mktemp("story") / "demo") as running:
        yield running


@pytest.fixture(autouse=True)
def _no_trouble(workshop: Workshop) -> Iterator[None]:
    """No page asks another host, none reports an error."""
    workshop.trouble.clear()
    yield
    assert workshop.trouble == []


def test_from_the_home_page_to_released_feedback(workshop: Workshop, chromium: Browser) -> None:
    with Visitor.at(workshop, chromium, "ana") as ana:
        find_the_lab(ana)
        told_about_the_form(ana)
        work(ana)
        hand_in(ana)
        see_it_on_the_site(ana, "34 of 40 points", "waits for your instructor")
        with Visitor.at(workshop, chromium, "ines") as ines:
            grade(ines)
            release(ines)
        see_it_on_the_site(ana, "39 of 40 points", "Scored")
        read_feedback(ana)


def find_the_lab(ana: Visitor) -> None:
    page = ana.page
    ana.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("link", name="Series 2").first.click()
    page.get_by_role("article").locator(f"a[href='{LAB}/']").click()
    page.wait_for_url(f"**{LESSON}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("deleted files")
    page.get_by_role("link", name="Open the lab").first.click()
    ana.sign_in()
    ana.await_lab()
    status, listing = ana.send("GET", f"api/contents/{LAB}/evidence")
    assert status == 200
    assert {each["name"] for each in listing["content"]} == {"usb.img", "acquisition.txt"}


def told_about_the_form(ana: Visitor) -> None:
    """The notebook runs as it is handed out, and a wrong form is named at once."""
    ana.run_all()
    ana.type_in(ana.cell("start_cluster = None"), "start_cluster = [7]")
    ana.page.keyboard.press("Shift+Enter")
    ana.page.keyboard.press("Shift+Enter")
    output = ana.cell('check("start_cluster", start_cluster)').locator(".jp-OutputArea-output")
    expect(output).to_contain_text("! start_cluster")
    expect(output).not_to_contain_text("The form is right")


def work(ana: Visitor) -> None:
    """Three answers are typed, the others put into the notebook."""
    models = ana.workshop.models(LAB, ana.username)
    typed = ("start_cluster", "size_bytes", "pay_host")
    ana.type_in(ana.cell("start_cluster = [7]"), f"start_cluster = {models['start_cluster']!r}")
    ana.page.keyboard.press("Shift+Enter")
    ana.page.keyboard.press("Shift+Enter")
    output = ana.cell('check("start_cluster", start_cluster)').locator(".jp-OutputArea-output")
    expect(output).to_contain_text("✓ start_cluster: The form is right".replace(":", ""))
    for question in typed[1:]:
        ana.type_in(ana.cell(f"{question} = None"), f"{question} = {models[question]!r}")
    ana.save()
    rest = {key: model for key, model in models.items() if key not in typed}
    ana.fill_in(LAB, rest | {"statement": PROSE})
    ana.run_all()
    ana.save()
    outputs = json.dumps(ana.notebook(LAB))
    assert outputs.count("The form is right. Press Submit for points.</div>") == len(models)


def hand_in(ana: Visitor) -> None:
    ana.submit(1)
    (stored,) = ana.workshop.stored(LAB, ana.username)
    digest = hashlib.sha256(stored).hexdigest()
    receipt = ana.results.get_by_role("region", name="Receipt")
    expect(receipt.locator("summary")).to_have_attribute("title", digest)
    (attempt,) = ana.read(f"/services/fronteras/api/labs/{LAB}/submissions")["attempts"]
    assert attempt["sha256"] == digest
    moment = datetime.fromisoformat(attempt["time"]).astimezone(ZoneInfo(ZONE))
    expect(receipt.locator("time")).to_contain_text(f"{moment:%H:%M:%S} Brasilia Standard Time")
    expect(ana.results).to_contain_text("34 of 40 points")
    expect(ana.results).to_contain_text("One answer waits for your instructor (6 points)")
    questions = ana.results.locator("ol.fr-questions > li")
    expect(questions).to_have_count(13)
    expect(ana.results.locator("ol.fr-questions > li.fr-full")).to_have_count(12)
    expect(questions.last).to_contain_text("– / 6")


def see_it_on_the_site(ana: Visitor, points: str, status: str) -> None:
    """The lesson and *My progress* show points, and times in the reader's own zone."""
    due = load(ana.workshop.directory).due(LAB, ana.username)
    assert due is not None
    shown = f"{due.astimezone(ZoneInfo(ZONE)):%H:%M} GMT-3"
    ana.goto(LESSON)
    state = ana.page.locator("[data-lab-state]")
    for words in (points, status, "1 attempt", shown):
        expect(state).to_contain_text(words)
    ana.page.get_by_role("link", name="My progress").first.click()
    expect(ana.page.get_by_text("Signed in as Ana Belmonte")).to_be_visible()
    box = ana.page.get_by_role("region", name="deleted files")
    for words in (points, status, "1 attempt", shown):
        expect(box).to_contain_text(words)
    box.get_by_text("Results of each attempt").click()
    (stored,) = ana.workshop.stored(LAB, ana.username)
    expect(box).to_contain_text(hashlib.sha256(stored).hexdigest())
    expect(ana.page.locator("#fr-progress")).to_contain_text(ZONE)


def grade(ines: Visitor) -> None:
    page = ines.page
    ines.goto("/teach/")
    page.get_by_role("article").get_by_role("link", name="Open the gradebook").click()
    ines.sign_in()
    page.wait_for_url("**/formgrader**")
    page.get_by_role("link", name="Manual Grading").click()
    page.get_by_role("link", name=LAB).click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=LAB))
    row.get_by_role("link").click()
    row = page.get_by_role("row").filter(has_text="Submission #1")
    expect(row).to_contain_text("34 / 40")
    row.get_by_role("link").first.click()
    expect(page.get_by_text("It does not say who deleted it.")).to_be_visible()
    expect(page.get_by_text("Rubric, for graders")).to_be_visible()
    # the page fills in the points once it has fetched them; what is typed before is overwritten
    expect(page.locator("input#image_sha256")).to_have_attribute("placeholder", "2")
    with saving(page, "grade"):
        page.locator("input#statement").fill("5")
        page.keyboard.press("Tab")
    with saving(page, "comment"):
        page.locator("textarea#statement-comment").fill(COMMENT)
        page.keyboard.press("Tab")


def saving(page: Page, what: str):  # type: ignore[no-untyped-def] # playwright's own manager
    return page.expect_response(
        lambda answer: answer.request.method == "PUT" and f"/api/{what}/" in answer.url
    )


def release(ines: Visitor) -> None:
    page = ines.page
    page.goto(f"{ines.workshop.url}/services/fronteras/grade")
    row = page.get_by_role("row").filter(has_text=LAB)
    for button, words in (
        (".generate-feedback a", "Successfully generated feedback"),
        (".release-feedback a", "Successfully released feedback"),
    ):
        row.locator(button).click()
        dialog = page.locator(".modal.in")
        expect(dialog).to_contain_text(words)
        dialog.get_by_text("OK", exact=True).click()
        expect(dialog).to_have_count(0)


def read_feedback(ana: Visitor) -> None:
    box = ana.page.get_by_role("region", name="deleted files")
    expect(box).to_contain_text(COMMENT)
    box.get_by_role("link", name="Read your instructor's feedback").click()
    expect(ana.page.get_by_text(COMMENT)).to_be_visible()
    expect(ana.page.locator("body")).to_contain_text("39.0 / 40.0")
    ana.page.go_back()


def test_a_neighbours_answers_a_better_attempt_and_a_fresh_copy(
    workshop: Workshop, chromium: Browser
) -> None:
    with Visitor.at(workshop, chromium, "bruno") as bruno:
        bruno.enter_lab(LESSON)
        released = bruno.notebook(LAB)
        own = (workshop.directory / f"homes/bruno/{LAB}/evidence/usb.img").read_bytes()
        assert own == evidence(workshop, "bruno")
        assert own != evidence(workshop, "ana")

        bruno.fill_in(LAB, workshop.models(LAB, "ana") | {"statement": PROSE})
        bruno.submit(1)
        (first,) = attempts(bruno)
        assert first["points"] < 0.2 * 34

        model = workshop.models(LAB, "bruno")["recovered_sha256"]
        bruno.type_in(bruno.cell("recovered_sha256 = "), f'recovered_sha256 = "{model}"')
        bruno.submit(2)
        second, first = attempts(bruno)
        assert second["points"] == first["points"] + 5
        bruno.results.get_by_text("Your attempts (2)").click()
        expect(bruno.results).to_contain_text("Every attempt is kept; the last one counts.")
        (row,) = [each for each in labs(bruno) if each["id"] == LAB]
        assert (row["attempts"], row["points"]) == (2, second["points"])

        bruno.type_in(bruno.cell("stick = open_volume"), "stick = open_volume((((")
        bruno.page.get_by_role("button", name="Start again…").click()
        bruno.page.get_by_role("button", name="Start again", exact=True).click()
        expect(bruno.results).to_contain_text("This is a fresh copy.")
        kept = re.search(r"kept as (\S+\.ipynb)", bruno.results.inner_text())
        assert kept is not None
        status, answer = bruno.send("GET", f"api/contents/{LAB}/{kept[1]}")
        assert status == 200
        assert "open_volume((((" in json.dumps(answer["content"])
        assert sources(bruno.notebook(LAB)) == sources(released)
        assert len(attempts(bruno)) == 2


def evidence(workshop: Workshop, username: str) -> bytes:
    secret = (workshop.directory / "private" / "secret").read_bytes()
    return lab(LAB).build(seed(secret, username, LAB)).files["evidence/usb.img"]


def attempts(visitor: Visitor) -> list[dict[str, object]]:
    return visitor.read(f"/services/fronteras/api/labs/{LAB}/submissions")["attempts"]


def labs(visitor: Visitor) -> list[dict[str, object]]:
    return visitor.read("/services/fronteras/api/labs")["labs"]


def sources(notebook: dict[str, object]) -> list[str]:
    return [cell["source"] for cell in notebook["cells"]]


def test_nothing_typed_is_lost_when_the_wifi_drops(workshop: Workshop, chromium: Browser) -> None:
    with Visitor.at(workshop, chromium, "claire") as claire:
        claire.enter_lab(LESSON)
        claire.type_in(claire.cell("start_cluster = None"), "start_cluster = 12")
        claire.context.set_offline(True)
        claire.page.keyboard.type("34")
        banner = claire.page.get_by_role("alert")
        expect(banner).to_contain_text("Connection lost.")
        expect(banner).to_contain_text("Your work is kept")
        claire.page.keyboard.type("56  # typed without a connection")
        expect(claire.bar).to_contain_text("Not saved yet")
        claire.context.set_offline(False)
        expect(banner).to_be_hidden()
        expect(claire.bar).to_contain_text("Saved at")
        wanted = "start_cluster = 123456  # typed without a connection"
        assert wanted in sources(claire.notebook(LAB))
        claire.page.reload()
        claire.await_lab()
        expect(claire.cell("start_cluster = 123456")).to_contain_text("typed without a connection")


@pytest.fixture(scope="module")
def david(workshop: Workshop) -> Session:
    """A participant without a browser, whose own server hands in with its own token."""
    session = signed_in(workshop, "david", workshop.password("david"))
    session.start_server()
    return session


def signed_in(workshop: Workshop, username: str, password: str) -> Session:
    return hub(workshop).login(username, password)


def hub(workshop: Workshop) -> RunningHub:
    log = workshop.directory / "hub" / "hub.log"
    return RunningHub(workshop.url, workshop.directory, log, workshop.process)


@pytest.mark.parametrize("lab_id", lab_ids())
def test_model_answers_earn_all_points_and_a_mistake_is_told(
    workshop: Workshop, david: Session, lab_id: str
) -> None:
    found, samples = lab(lab_id), workshop.samples(lab_id, "david")
    assert david.get(f"{david.server}fronteras/open?lab={lab_id}").status_code == 200
    models = {key: each.model for key, each in samples.items()}
    prose = dict.fromkeys(found.rubrics, PROSE)

    best = scored(david, lab_id, models | prose)
    assert [each["id"] for each in best if not each["manual"]] == list(found.questions)
    for each in best:
        if each["manual"]:
            assert each["points"] is None
        else:
            assert each["points"] == each["max_points"] == found.questions[each["id"]].points

    worth = max(found.questions.values(), key=lambda question: question.points)
    mistake = samples[worth.id].wrong[0]
    worse = {each["id"]: each for each in scored(david, lab_id, models | {worth.id: mistake})}
    told = worse.pop(worth.id)
    assert told["points"] <= worth.points / 2
    assert told["feedback"]
    assert david.get(f"/{told['see'].partition('#')[0]}").status_code == 200
    assert all(each["points"] in (None, each["max_points"]) for each in worse.values())


SEARCH = """
import os
needles, found = {needles!r}, []
for top, folders, files in os.walk("/"):
    if top == "/":
        folders[:] = [name for name in folders if name not in ("proc", "sys", "dev", "usr")]
    if top.endswith("-packages"):
        folders[:] = [name for name in folders if name.startswith(("labs", "grading", "fronteras"))]
    for path in (os.path.join(top, name) for name in files):
        if os.path.isfile(path):
            data = open(path, "rb").read()
            found += [(path, needle) for needle in needles if needle in data]
print(found)
"""


@pytest.fixture(scope="module")
def hannah(workshop: Workshop) -> Session:
    """A participant who has not worked yet."""
    session = signed_in(workshop, "hannah", workshop.password("hannah"))
    session.start_server()
    return session


@pytest.mark.parametrize("lab_id", lab_ids())
def test_a_kernel_sees_nothing_that_scores(
    workshop: Workshop, hannah: Session, lab_id: str
) -> None:
    assert hannah.get(f"{hannah.server}fronteras/open?lab={lab_id}").status_code == 200
    home = workshop.directory / "homes" / "hannah" / lab_id
    given = [path for path in (home / "evidence").rglob("*") if path.is_file()]
    evidence = b"".join(path.read_bytes() for path in given)
    needles = [
        b"@question(",
        b"def samples(facts",
        (workshop.directory / "private/secret").read_bytes(),
    ]
    for rubric in lab(lab_id).rubrics.values():
        needles += [line.strip().encode() for line in rubric.splitlines() if len(line) > 40]
    models = json.dumps(workshop.models(lab_id, "hannah"), default=str)
    keys = [each.encode() for each in re.findall(r"[0-9a-f]{32,64}", models)]
    needles += [key for key in keys if key not in evidence]
    assert hannah.run(SEARCH.format(needles=needles)).strip() == "[]"
    assert hannah.run("import grading.cases").startswith("ModuleNotFoundError")


def scored(david: Session, lab_id: str, answers: dict[str, object]) -> list[dict[str, object]]:
    """Save answers, hand the notebook in, and return what became of each question."""
    receipt = handed_in(david, lab_id, answers)
    assert receipt.status_code == 201, receipt.text
    path = f"{david.server}fronteras/api/labs/{lab_id}/submissions"
    until(lambda: david.get(path).json()["attempts"][0]["status"] != "waiting", 120)
    last = david.get(path).json()["attempts"][0]
    assert last["sha256"] == receipt.json()["receipt"]["sha256"]
    return last["questions"]


def handed_in(person: Session, lab_id: str, answers: dict[str, object]):  # type: ignore[no-untyped-def]
    path = f"{person.server}api/contents/{lab_id}/{lab_id}.ipynb"
    made = filled(person.get(path).json()["content"], answers)
    saved = person.send("PUT", path, json={"type": "notebook", "content": made})
    assert saved.status_code == 200, saved.text
    return person.send("POST", f"{person.server}fronteras/api/labs/{lab_id}/submit")


def test_an_instructor_at_the_command_line(workshop: Workshop, david: Session) -> None:
    added = workshop.command("person", "add", "zoe", "--name", "Zoë Marchetti")
    password = added.rpartition(" ")[2].strip()
    zoe = signed_in(workshop, "zoe", password)
    changed = workshop.command("password", "reset", "zoe").rpartition(" ")[2].strip()
    assert hub(workshop).try_login("zoe", password)[1].status_code == 403
    zoe = signed_in(workshop, "zoe", changed)

    zoe.start_server()
    late = "s1-2-offences"
    with past_due(workshop, late):
        until = datetime.now(UTC) + timedelta(hours=1)
        workshop.command("extend", "david", late, until.isoformat(timespec="seconds"))
        assert zoe.get(f"{zoe.server}fronteras/open?lab={late}").status_code == 200
        refused = handed_in(zoe, late, {})
        assert refused.status_code == 403
        assert refused.json()["error"].startswith("This lab was due on ")
        assert "An instructor can extend the time for you." in refused.json()["error"]
        assert david.get(f"{david.server}fronteras/open?lab={late}").status_code == 200
        assert scored(david, late, workshop.models(late, "david"))

    seen = {
        each["id"]: each for each in david.get(f"{david.server}fronteras/api/labs").json()["labs"]
    }
    table = csv.DictReader(io.StringIO(workshop.command("grades", "export")))
    rows = {row["lab"]: row for row in table if row["username"] == "david"}
    assert list(rows) == list(seen)
    for lab_id, row in rows.items():
        if seen[lab_id]["attempts"]:
            assert float(row["points"]) == seen[lab_id]["points"]
            assert float(row["max"]) == seen[lab_id]["max_points"]
            assert datetime.fromisoformat(row["last_submission"]) == datetime.fromisoformat(
                str(seen[lab_id]["last_submitted"])
            ).replace(microsecond=0)


class past_due:  # noqa: N801 - reads as a statement
    """A lab was due yesterday, for as long as the block runs."""

    def __init__(self, workshop: Workshop, lab_id: str) -> None:
        self.settings = workshop.directory / "cohort.toml"
        self.before = self.settings.read_text()
        yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
        self.inside = re.sub(rf'(id = "{lab_id}"\ndue = )\S+', rf"\g<1>{yesterday}", self.before)
        assert self.inside != self.before

    def __enter__(self) -> None:
        self._write(self.inside)

    def __exit__(self, *_: object) -> None:
        self._write(self.before)

    def _write(self, text: str) -> None:
        beside = self.settings.with_suffix(".new")
        beside.write_text(text)
        beside.replace(self.settings)


def test_plain_nbgrader_commands(workshop: Workshop, tmp_path: Path) -> None:
    known = workshop.nbgrader("db", "assignment", "list")
    listed = workshop.nbgrader("list")
    for lab_id in lab_ids():
        assert lab_id in known
        assert lab_id in listed
    workshop.nbgrader("export", "--to", str(tmp_path / "grades.csv"))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "grades.csv").read_text())))
    assert {row["assignment"] for row in rows} == set(lab_ids())
    assert "ana" in {row["student_id"] for row in rows}


def test_the_end_leaves_no_process(workshop: Workshop) -> None:
    assert len(workshop.processes()) > 5
    workshop.process.send_signal(signal.SIGINT)
    assert workshop.process.wait(60) == 0
    assert workshop.processes() == []
    assert "Everything is saved." in workshop.output.read_text()
