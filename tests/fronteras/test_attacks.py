"""Attacks of a reviewer who had not seen the platform, against one real hub.

What worked once stands first; then what never did and is worth guarding.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import resource
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from fronteras import feedback, grades, queue
from fronteras.attempts import Attempts
from fronteras.cohort import Cohort, CohortError
from fronteras.labfolder import LIST, LabFolder
from fronteras.sanitize import markdown2html
from grading.outputs import MOST_TAGS, clean
from tests.fronteras.running_hub import Browser, RunningHub, enter

NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


# -- the participant's server runs nothing of the participant's

FORMATS = {"html": "lab", "markdown": "markdown", "python": "python"}


def test_a_template_in_a_home_is_not_rendered(ana: Browser) -> None:
    planted = (
        "import os, json\n"
        f"for name in {[*FORMATS.values(), 'base', 'classic']!r}:\n"
        "    os.makedirs(name, exist_ok=True)\n"
        "    for end in ('html', 'md', 'py'):\n"
        "        template = 'pl{{ 40 + 2 }}nted {{ cycler.__init__.__globals__.os.getcwd() }}'\n"
        "        open(f'{name}/index.{end}.j2', 'w').write(template)\n"
        f"open('page.ipynb', 'w').write({json.dumps(NOTEBOOK)!r})"
    )
    assert ana.run(planted) == ""
    for format_name in FORMATS:
        answer = ana.get(f"{ana.server}nbconvert/{format_name}/page.ipynb")
        assert answer.status_code == 200
        assert "pl42nted" not in answer.text


@pytest.mark.parametrize(
    "format_name",
    ["script", "pdf", "webpdf", "qtpdf", "latex", "rst", "asciidoc", "slides", "custom", "HTML"],
)
def test_formats_that_run_a_program_or_a_named_class_are_refused(
    ana: Browser, format_name: str
) -> None:
    named = {**NOTEBOOK, "metadata": {"language_info": {"nbconvert_exporter": "this.s"}}}
    place = f"{ana.server}nbconvert/{format_name}"
    assert ana.get(f"{place}/page.ipynb").status_code == 403
    sent = ana.send("POST", place, json={"content": named, "type": "notebook"})
    assert sent.status_code == 403


def test_a_huge_file_costs_the_server_no_more_than_its_own_memory(ana: Browser) -> None:
    ana.run("open('huge.txt', 'w').truncate(400 * 1024 * 1024)")
    answer = ana.get(ana.server + "api/contents/huge.txt?type=file&format=text")
    assert answer.status_code >= 400
    assert ana.get(ana.server + "api/status").status_code == 200
    ana.run("import os; os.unlink('huge.txt')")


@pytest.mark.parametrize("make", ["mkdir", "mkfifo", "bind"])
def test_what_stands_in_a_notebook_s_place_is_said(ana: Browser, make: str) -> None:
    lab = "s1-2-offences"
    ana.run(
        "import os, shutil, socket\n"
        f"shutil.rmtree({lab!r}, ignore_errors=True); os.mkdir({lab!r}); os.chdir({lab!r})\n"
        "bind = socket.socket(socket.AF_UNIX).bind\n"
        f"{'' if make == 'bind' else 'os.'}{make}({lab + '.ipynb'!r})"
    )
    answer = ana.send("POST", f"{ana.server}fronteras/api/labs/{lab}/submit")
    assert answer.status_code == 409
    assert "Rename or delete" in answer.json()["error"]


# -- grading goes on, whatever one participant hands in


def test_a_picture_that_is_not_attached_does_not_stop_grading() -> None:
    shown = markdown2html({"cell": {"attachments": {}}}, "before ![a map](attachment:x.webp) after")
    assert "before" in shown
    assert "a map" in shown
    assert "after" in shown


@pytest.mark.parametrize("begin", ["\\begin{x}", "\\\\[", "\\\\(", "<b>word</b> "])
def test_what_takes_long_to_render_is_shown_as_text(begin: str) -> None:
    shown = markdown2html({"cell": {}}, begin * 5_000)
    assert shown.startswith("<pre>")
    assert "<b>" not in shown


def test_html_of_too_many_tags_is_text() -> None:
    assert clean("<div>" * MOST_TAGS).startswith("<div>")
    assert clean("<div>" * (MOST_TAGS + 1)).startswith("<pre>&lt;div&gt;")


def test_one_page_that_cannot_be_made_keeps_nobody_else_s_feedback_back(
    harbour_cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[str] = []

    def generate(_: Cohort, __: str, user: str) -> None:
        if user == "ana":
            raise CohortError("no feedback can be made for ana")

    monkeypatch.setattr(feedback, "generate", generate)
    monkeypatch.setattr(feedback, "publish", lambda _, __, users: published.extend(users))
    lab = harbour_cohort.labs[0].id
    with pytest.raises(CohortError, match="made for ana; everybody else has"):
        feedback.release_feedback(harbour_cohort, lab, ["ana", "bruno"])
    assert published == ["bruno"]


def test_who_submits_often_waits_for_who_submits_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, order = Attempts(tmp_path / "attempts"), list[str]()
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    for number, name in enumerate(["ana", "ana", "ana", "bruno", "claire"]):
        store.store("lab", name, b"%d" % number, begin + timedelta(seconds=number))

    def score(_: Path, folder: Path) -> None:
        attempt = store.read(folder)
        order.append(f"{attempt.receipt.participant} {attempt.receipt.attempt}")
        store.finish(attempt, {})

    monkeypatch.setattr(queue, "score", score)
    worker = queue.Worker(lambda: ThreadPoolExecutor(1))
    assert asyncio.run(queue.Queue(tmp_path, store, worker).drain())
    worker.close()
    assert order[:3] == ["ana 1", "bruno 1", "claire 1"]
    assert order[3:] == ["ana 2", "ana 3"]


def test_a_kernel_s_message_cannot_grow_without_end_in_the_scorer(tmp_path: Path) -> None:
    with queue.process(queue.prepare, tmp_path) as worker:
        soft, _ = worker.submit(resource.getrlimit, resource.RLIMIT_AS).result()
        assert soft == queue.WORKER_BYTES
        with pytest.raises(MemoryError):
            worker.submit(bytearray, queue.WORKER_BYTES).result()


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_name_is_no_formula_in_the_exported_grades(name: str) -> None:
    row = grades.Row("ana", name, "Coral Keys", "lab", -1.0, 2.0, False, False, None)
    line = grades.as_csv([row]).splitlines()[1]
    assert line.startswith(("ana,'", "ana,\"'"))
    assert ",-1,2," in line


@pytest.mark.parametrize(
    "listed",
    ["[" * 100_000, '["lab.ipynb", ""]', '["lab.ipynb", "../x"]', '["lab.ipynb", "a\\u0000"]'],
)
def test_a_forged_list_of_files_is_no_fault_of_the_server(tmp_path: Path, listed: str) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "lab.ipynb").write_text("{}")
    (tmp_path / "lab" / LIST).write_text(listed)
    assert not LabFolder(tmp_path, "lab").is_whole()


# -- what never worked


def test_a_kernel_has_no_privilege_and_gets_none(ana: Browser) -> None:
    code = """
import subprocess
lines = dict(line.split(':', 1) for line in open('/proc/self/status'))
print(*(lines[name].strip('0\\t\\n') for name in ('CapEff', 'CapBnd', 'NoNewPrivs')))
for command in (['unshare', '-Ur', 'true'], ['unshare', '-n', 'true'],
                ['mount', '-t', 'tmpfs', 'x', '/tmp']):
    print(subprocess.run(command, capture_output=True).returncode != 0)
"""
    assert ana.run(code).split() == ["1", "True", "True", "True"]


@pytest.mark.parametrize(
    "asked",
    [
        {"scopes": ["admin:users"]},
        {"scopes": ["access:servers"]},
        {"scopes": ["access:servers!user=bruno"]},
        {"scopes": ["access:services!service=demo"]},
        {"scopes": ["self", "read:users"]},
        {"roles": ["admin"]},
        {"roles": ["instructor"]},
        {"roles": ["formgrader"]},
    ],
)
def test_a_token_gets_no_more_than_its_maker_has(ana: Browser, asked: dict[str, list[str]]) -> None:
    ana.get("/hub/token")
    answer = ana.send("POST", "/hub/api/users/ana/tokens", json=asked)
    assert answer.status_code == 400
    assert "token" not in answer.json()


@pytest.mark.parametrize("change", [{"name": "ines"}, {"admin": True}, {"auth_state": {}}])
def test_nobody_changes_what_they_are(ana: Browser, change: dict[str, object]) -> None:
    ana.get("/hub/token")
    assert ana.send("PATCH", "/hub/api/users/ana", json=change).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "//elsewhere.example/",
        "/hub//elsewhere.example/..",
        "/hub/login?next=//elsewhere.example",
        "/hub/login?next=https:elsewhere.example",
        "/hub/login?next=/%5celsewhere.example",
        "/hub/user-redirect//elsewhere.example",
        "/hub/user-redirect/%2F%2Felsewhere.example",
        "/hub/logout?next=//elsewhere.example",
        "/services/fronteras/login?next=//elsewhere.example",
        "/services/fronteras/login?next=/%09/elsewhere.example",
        "/services/fronteras/open?lab=//elsewhere.example",
        "/services/demo//elsewhere.example",
        "/user/ana/../bruno/tree",
        "/user/ana/..%2fbruno/tree",
        "/..%2fdemo/cohort.toml",
        "/%2e%2e/demo/cohort.toml",
        "/index.html%00.x",
    ],
)
def test_no_address_leads_elsewhere_or_out(hub: RunningHub, path: str) -> None:
    url = urlsplit(hub.url)
    browser = enter(hub, "elena")
    cookies = "; ".join(f"{each.name}={each.value}" for each in browser.session.cookies)
    for headers in ({}, {"Cookie": cookies}, {"X-Forwarded-Host": "elsewhere.example"}):
        connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=60)
        connection.request("GET", path, headers=headers)  # as it stands, nothing tidied up
        answer = connection.getresponse()
        assert answer.status in (200, 302, 400, 403, 404)
        target = urlsplit(urljoin(hub.url, answer.getheader("Location", "/")))
        assert target.netloc == url.netloc
        assert b"[scoring]" not in answer.read()
        connection.close()


def test_a_name_without_end_is_a_wrong_name(hub: RunningHub) -> None:
    _, answer = hub.try_login("a" * 1_000_000, "wrong")
    assert answer.status_code == 403


def test_nobody_hands_in_with_a_revoked_token(hub: RunningHub, ana: Browser) -> None:
    ana.get("/hub/token")
    made = ana.send("POST", "/hub/api/users/ana/tokens", json={}).json()
    gone = ana.send("DELETE", f"/hub/api/users/ana/tokens/{made['id']}")
    assert gone.status_code == 204
    answer = requests.get(
        f"{hub.url}/services/fronteras/api/me",
        headers={"Authorization": f"token {made['token']}"},
        timeout=60,
    )
    assert answer.status_code == 401
