"""The participant's server, as its owner, another person and a foreign page meet it."""

from __future__ import annotations

import hashlib
import http.cookiejar
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fronteras import serverextension
from tests.browser.notebook_server import READER, NotebookServer
from tests.fronteras.stub_service import (
    LAB,
    TOKEN,
    StubService,
    lab_files,
    notebook,
    stub_service,
)

# Ana owns the server; Bo may enter it, as an instructor may, but may not act for her.
_PEOPLE = """
from jupyter_server.auth.identity import IdentityProvider, User

class People(IdentityProvider):
    async def get_user(self, handler):
        if self.get_token(handler) == "bos-token":
            handler._token_authenticated = True
            return User(username="bo")
        user = await super().get_user(handler)
        return User(username="ana") if user else None

c.ServerApp.identity_provider_class = People
"""


@dataclass
class Answer:
    status: int
    body: bytes
    address: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Caller:
    server: NotebookServer
    token: str | None = READER

    def __call__(self, method: str, path: str, **headers: str) -> Answer:
        request = urllib.request.Request(
            self.server.address + path, data=b"" if method == "POST" else None, method=method
        )
        if self.token:
            request.add_header("Authorization", f"token {self.token}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request) as answer:
                return Answer(answer.status, answer.read(), answer.url)
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read(), error.url)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookServer]:
    with stub_service() as stub:
        server = NotebookServer(
            tmp_path_factory.mktemp("server"),
            stub,
            configuration=_PEOPLE,
            environment={"JUPYTERHUB_USER": "ana"},
        )
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
def ana(server: NotebookServer) -> Caller:
    return Caller(server)


@pytest.fixture
def mine(server: NotebookServer) -> Path:
    return server.home / LAB / f"{LAB}.ipynb"


def test_opening_fetches_the_lab_and_shows_the_notebook(
    ana: Caller, stub: StubService, mine: Path
) -> None:
    answer = ana("GET", f"fronteras/open?lab={LAB}")
    assert answer.status == 200
    assert answer.address == ana.server.address + f"notebooks/{LAB}/{LAB}.ipynb"
    assert mine.read_bytes() == lab_files()[f"{LAB}.ipynb"]
    assert stub.tokens == {f"token {TOKEN}"}


def test_opening_again_asks_the_service_for_nothing(
    ana: Caller, stub: StubService, mine: Path
) -> None:
    ana("GET", f"fronteras/open?lab={LAB}")
    mine.write_bytes(notebook("my work"))
    stub.refuse("GET", "files", 503, "Down.")
    assert ana("GET", f"fronteras/open?lab={LAB}").address.endswith(f"{LAB}.ipynb")
    assert mine.read_bytes() == notebook("my work")


def test_a_refused_lab_opens_a_page_for_a_person(ana: Caller, stub: StubService) -> None:
    stub.refuse("GET", "files", 403, "This lab opens on Monday <at 9>.")
    answer = ana("GET", f"fronteras/open?lab={LAB}")
    assert answer.status == 403
    page = answer.body.decode()
    assert "This lab opens on Monday &lt;at 9&gt;." in page
    assert '<a href="/">Back to the course</a>' in page
    assert not (ana.server.home / LAB).exists()


@pytest.mark.parametrize("lab", ["", "..", "..%2F..%2Fetc", "s2-3-deleted-files%2F..", "A%00"])
def test_no_lab_opens_a_page_too(ana: Caller, lab: str) -> None:
    answer = ana("GET", f"fronteras/open?lab={lab}")
    assert answer.status == 404
    assert "There is no such lab." in answer.body.decode()


def test_submitting_sends_the_file_on_disk_with_the_servers_token(
    ana: Caller, stub: StubService, mine: Path
) -> None:
    ana("GET", f"fronteras/open?lab={LAB}")
    mine.write_bytes(notebook("start_cluster = 7"))
    answer = ana("POST", f"fronteras/api/labs/{LAB}/submit")
    assert answer.status == 201
    assert stub.received == [notebook("start_cluster = 7")]
    digest = hashlib.sha256(notebook("start_cluster = 7")).hexdigest()
    assert answer.json["receipt"]["sha256"] == digest
    assert stub.tokens == {f"token {TOKEN}"}


def test_a_refused_submission_says_why(ana: Caller, stub: StubService) -> None:
    ana("GET", f"fronteras/open?lab={LAB}")
    stub.refuse("POST", "submissions", 429, "Wait 7 seconds and hand in again.")
    answer = ana("POST", f"fronteras/api/labs/{LAB}/submit")
    assert (answer.status, answer.json) == (429, {"error": "Wait 7 seconds and hand in again."})


def test_a_service_that_speaks_nonsense_is_an_error_with_a_sentence(
    ana: Caller, stub: StubService
) -> None:
    stub.refusals["GET", "labs"] = (500, b"<html>")
    answer = ana("GET", "fronteras/api/labs")
    assert answer.status == 500
    assert "scoring service" in answer.json["error"]


def test_a_planted_link_is_not_handed_in(
    ana: Caller, stub: StubService, mine: Path, tmp_path: Path
) -> None:
    ana("GET", f"fronteras/open?lab={LAB}")
    (tmp_path / "secret").write_bytes(notebook("secret"))
    mine.unlink()
    mine.symlink_to(tmp_path / "secret")
    answer = ana("POST", f"fronteras/api/labs/{LAB}/submit")
    assert answer.status == 409
    assert stub.received == []
    assert ana("GET", f"fronteras/open?lab={LAB}").status == 409


def test_results_and_labs_are_passed_on(ana: Caller, stub: StubService) -> None:
    ana("GET", f"fronteras/open?lab={LAB}")
    ana("POST", f"fronteras/api/labs/{LAB}/submit")
    attempts = ana("GET", f"fronteras/api/labs/{LAB}/submissions").json["attempts"]
    assert [attempt["attempt"] for attempt in attempts] == [1]
    assert ana("GET", "fronteras/api/labs").json["labs"][0]["due"] == stub.due


def test_starting_again(ana: Caller, mine: Path) -> None:
    ana("GET", f"fronteras/open?lab={LAB}")
    mine.write_bytes(notebook("broken"))
    answer = ana("POST", f"fronteras/api/labs/{LAB}/fresh")
    assert answer.status == 200
    assert (mine.parent / answer.json["kept"]).read_bytes() == notebook("broken")
    assert mine.read_bytes() == lab_files()[f"{LAB}.ipynb"]


def test_starting_again_changes_nothing_when_the_service_is_down(
    ana: Caller, stub: StubService, mine: Path
) -> None:
    ana("GET", f"fronteras/open?lab={LAB}")
    mine.write_bytes(notebook("my work"))
    stub.refuse("GET", "files", 503, "The service is being mended.")
    answer = ana("POST", f"fronteras/api/labs/{LAB}/fresh")
    assert (answer.status, answer.json["error"]) == (503, "The service is being mended.")
    assert mine.read_bytes() == notebook("my work")


ENDPOINTS = [
    ("GET", f"fronteras/open?lab={LAB}"),
    ("GET", "fronteras/api/labs"),
    ("GET", f"fronteras/api/labs/{LAB}/submissions"),
    ("POST", f"fronteras/api/labs/{LAB}/submit"),
    ("POST", f"fronteras/api/labs/{LAB}/fresh"),
]


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_another_person_may_not_act_for_the_owner(
    server: NotebookServer, method: str, path: str
) -> None:
    answer = Caller(server, "bos-token")(method, path)
    assert answer.status == 403
    assert b"for its owner only" in answer.body
    assert server.stub.tokens == set()
    assert not (server.home / LAB).exists()


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
@pytest.mark.parametrize("token", [None, "wrong", TOKEN])
def test_nobody_else_gets_in(
    server: NotebookServer, method: str, path: str, token: str | None
) -> None:
    answer = Caller(server, token)(method, path)
    assert answer.status == 403 or "/login" in answer.address
    assert server.stub.tokens == set()
    assert not (server.home / LAB).exists()


@pytest.mark.parametrize("what", ["submit", "fresh"])
def test_a_foreign_page_cannot_use_the_readers_cookie(
    server: NotebookServer, ana: Caller, mine: Path, what: str
) -> None:
    ana("GET", f"fronteras/open?lab={LAB}")
    mine.write_bytes(notebook("my work"))
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.open(f"{server.address}tree?token={READER}").close()
    assert jar
    address = f"{server.address}fronteras/api/labs/{LAB}/{what}"
    with pytest.raises(urllib.error.HTTPError) as refused:
        browser.open(urllib.request.Request(address, data=b"", method="POST"))
    assert refused.value.code == 403
    refused.value.close()
    assert server.stub.received == []
    assert mine.read_bytes() == notebook("my work")
    xsrf = next(cookie.value for cookie in jar if cookie.name == "_xsrf")
    own_page = urllib.request.Request(address, data=b"", headers={"X-XSRFToken": str(xsrf)})
    browser.open(own_page).close()


def test_without_a_service_the_extension_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRONTERAS_SERVICE_URL", raising=False)
    with pytest.raises(RuntimeError, match="FRONTERAS_SERVICE_URL is not set"):
        serverextension._load_jupyter_server_extension(object())
