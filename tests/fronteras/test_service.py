"""The service in a process of its own, behind a stand-in hub: who may ask what, and the loop."""

import hashlib
import hmac
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tornado.web import create_signed_value

from fronteras import feedback
from fronteras.cohort import load
from fronteras.service_api import local
from tests.fronteras import harbour
from tests.fronteras.harbour import LAB, answered, body, facts, released
from tests.fronteras.harbour_service import Service, running
from tests.fronteras.standin_hub import standin_hub

SUBMISSIONS = f"api/labs/{LAB}/submissions"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "series-2").mkdir()
    (folder / "index.html").write_text("<h1>Home</h1>" + " " * 5_000)
    (folder / "series-2" / "index.html").write_text("<h1>Series 2</h1>")
    (folder / "404.html").write_text("<h1>Not here</h1>")
    (folder / "assets").mkdir()
    (folder / "assets" / "bundle.0123abcd.min.js").write_text("let x = 1;")
    (folder / "picture.png").write_bytes(b"\x89PNG" + bytes(2_000))
    return folder


@pytest.fixture(scope="module")
def cohort_folder(harbour_lab: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("service") / "cohort"
    harbour.make_cohort(folder, due="2100-01-01T00:00:00+00:00", max_notebook_kb=64)
    return folder


@pytest.fixture(scope="module")
def service(cohort_folder: Path, site: Path) -> Iterator[Service]:
    with standin_hub() as api, running(cohort_folder, site, api) as started:
        yield started


CALLERS = (None, "forged", "token-mallory", "token-elsewhere", "token-service",
           "token-ana", "token-ines")  # fmt: skip
UNKNOWN, NOT_ON_ROSTER = 401, 403
TABLE = {
    #                                 none forged mallory elsewhere service ana ines
    ("GET", "api/me"):               (401, 401, 403, 401, 403, 200, 200),
    ("GET", "api/labs"):             (401, 401, 403, 401, 403, 200, 200),
    ("GET", f"api/labs/{LAB}/files"): (401, 401, 403, 401, 403, 200, 200),
    ("GET", SUBMISSIONS):            (401, 401, 403, 401, 403, 200, 200),
    ("POST", SUBMISSIONS):           (401, 401, 403, 401, 403, 400, 400),
    ("GET", f"api/labs/{LAB}/feedback"): (401, 401, 403, 401, 403, 404, 404),
    ("GET", "api/labs/no-lab/files"): (401, 401, 403, 401, 403, 404, 404),
    ("GET", "api/labs/no-lab/submissions"): (401, 401, 403, 401, 403, 404, 404),
    ("POST", "api/labs/no-lab/submissions"): (401, 401, 403, 401, 403, 404, 404),
    ("GET", "api/labs/no-lab/feedback"): (401, 401, 403, 401, 403, 404, 404),
    ("GET", "api/labs/..%2f..%2fprivate/files"): (404, 404, 404, 404, 404, 404, 404),
    ("GET", "api/users"):            (404, 404, 404, 404, 404, 404, 404),
    ("DELETE", SUBMISSIONS):         (405, 405, 405, 405, 405, 405, 405),
    ("PUT", SUBMISSIONS):            (405, 405, 405, 405, 405, 405, 405),
    ("GET", f"open?lab={LAB}"):      (302, 302, 403, 403, 403, 302, 302),
    ("GET", "grade"):                (302, 302, 403, 403, 403, 403, 302),
    ("GET", "login?next=/progress/"): (302, 302, 302, 403, 302, 302, 302),
}  # fmt: skip


@pytest.mark.parametrize(("method", "path"), list(TABLE))
def test_each_caller_at_each_address(service: Service, method: str, path: str) -> None:
    content = b"{}" if method in ("POST", "PUT") else None
    answers = [service.call(path, token, content, method) for token in CALLERS]
    assert tuple(answer.status for answer in answers) == TABLE[method, path]
    for answer in answers:
        if answer.status >= 400 and path.startswith("api/"):
            assert set(answer.json()) == {"error"}
            assert answer.json()["error"].endswith(".")


def test_browsers_are_sent_to_the_hub_and_onward(service: Service) -> None:
    unknown = service.call(f"open?lab={LAB}").headers["Location"]
    assert unknown.startswith("/hub/api/oauth2/authorize?")
    known = service.call(f"open?lab={LAB}", "token-ana").headers["Location"]
    assert known == f"/hub/user-redirect/fronteras/open?lab={LAB}"
    assert service.call("grade", "token-ines").headers["Location"] == "/services/test/formgrader"
    path = service.call("login?next=/progress/", "token-ana").headers["Location"]
    assert path == "/progress/"


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/\n/x"],
)
def test_nobody_is_sent_to_another_host(path: str) -> None:
    assert local(path) == "/"


def test_a_cookie_is_no_token_and_a_forged_one_is_nobody(service: Service) -> None:
    headers = {"Cookie": "service-fronteras=token-ana; jupyterhub-session-id=x"}
    assert service.call("api/me", headers=headers).status == 401
    assert service.call(SUBMISSIONS, body=b"{}", headers=headers).status == 401
    assert service.call("api/me?token=token-ana").status == 401


def _signed_in(cohort_folder: Path, token: str) -> dict[str, str]:
    """Return the cookie that the service gives a browser after the hub's sign-in."""
    secret = hmac.digest(load(cohort_folder).secret, b"cookies of the service", "sha256")
    value = create_signed_value(secret, "service-fronteras", token).decode()
    return {"Cookie": f"service-fronteras={value}"}


def test_a_browsers_cookie_reads_for_pages_of_this_site_and_never_writes(
    service: Service, cohort_folder: Path
) -> None:
    cookie = _signed_in(cohort_folder, "token-ana")
    ours = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
    for site in ("cross-site", "same-site"):
        other = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": site}
        assert service.call("api/me", headers=cookie | other).status == 401
    assert service.call("api/me", headers=cookie | ours).json()["username"] == "ana"
    assert service.call("api/me", headers=cookie).json()["username"] == "ana"
    before = service.call(SUBMISSIONS, headers=cookie | ours).json()
    for headers in (cookie, cookie | ours):
        work = body(answered(released(load(cohort_folder)), berth=77))
        assert service.call(SUBMISSIONS, body=work, headers=headers).status in (401, 403)
    assert service.call(SUBMISSIONS, headers=cookie | ours).json() == before


def test_the_body_and_the_address_do_not_say_who_submits(service: Service) -> None:
    work = answered(released(load(_folder(service))), berth=1) | {"participant": "bruno"}
    answer = service.call(
        f"{SUBMISSIONS}?participant=bruno&user=bruno&time=1999-01-01",
        "token-ines",
        body(work),
        headers={"X-Forwarded-User": "bruno", "X-JupyterHub-User": "bruno"},
    )
    assert answer.status == 201
    assert answer.json()["receipt"]["participant"] == "ines"
    assert answer.json()["receipt"]["time"] > "2026"
    assert service.call(SUBMISSIONS, "token-bruno").json() == {"attempts": []}


def _folder(service: Service) -> Path:
    environment = Path(f"/proc/{service.process.pid}/environ").read_bytes().split(b"\0")
    (found,) = (each for each in environment if each.startswith(b"FRONTERAS_COHORT="))
    return Path(found.partition(b"=")[2].decode())


def test_refusals_are_sentences(service: Service) -> None:
    def refused(content: bytes) -> tuple[int, str]:
        answer = service.call(SUBMISSIONS, "token-bruno", content)
        return answer.status, answer.json()["error"]

    assert refused(b"no notebook") == (400, "That is not a notebook: it is not JSON.")
    status, sentence = refused(b" " * (64 * 1024 + 1))
    assert status == 413
    assert sentence.startswith("The notebook is too large: 64 kB; the limit is 64 kB.")
    assert refused(b" " * 5_000_000)[0] == 413


def test_from_files_to_released_feedback(service: Service, cohort_folder: Path) -> None:
    cohort = load(cohort_folder)
    before = service.call("api/labs", "token-ana").json()
    assert before["labs"][0] | {"due": None} == {
        "id": LAB, "opens": None, "due": None, "open": True, "attempts": 0, "status": "none",
        "held": False, "points": None, "max_points": 9.0, "needs_grading": False,
        "feedback_released": False, "last_submitted": None,
    }  # fmt: skip
    assert before["labs"][0]["due"] == "2100-01-01T00:00:00.000Z"
    assert service.call("api/me", "token-ana").json() == {
        "username": "ana", "name": "Ana Belmonte", "instructor": False, "cohort": "A workshop",
    }  # fmt: skip

    packed = service.call(f"api/labs/{LAB}/files", "token-ana").body
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        assert sorted(files.namelist()) == ["evidence/log.txt", "lab.json", f"{LAB}.ipynb"]
        true = facts(cohort, "ana")
        assert files.read("evidence/log.txt").decode() == f"{true.ship} at berth {true.berth}\n"
        notebook = json.loads(files.read(f"{LAB}.ipynb"))
    assert b"RUBRIC" not in packed

    work = body(answered(notebook, prose="<script>alert(1)</script>", berth=true.berth, ship="x"))
    answer = service.call(SUBMISSIONS, "token-ana", work)
    receipt = answer.json()["receipt"]
    assert answer.status == 201
    assert receipt["sha256"] == hashlib.sha256(work).hexdigest()
    again = service.call(SUBMISSIONS, "token-ana", work)
    assert (again.status, again.json()["receipt"]) == (200, receipt)

    scored = service.wait_for(
        SUBMISSIONS, "token-ana", lambda found: found["attempts"][0]["status"] == "scored"
    )["attempts"]
    assert len(scored) == 1
    assert (scored[0]["points"], scored[0]["max_points"], scored[0]["late"]) == (3, 9, False)
    assert [each["points"] for each in scored[0]["questions"]] == [3, 0, None]
    row = service.call("api/labs", "token-ana").json()["labs"][0]
    assert (row["status"], row["points"], row["needs_grading"]) == ("scored", 3, True)
    assert service.call("api/labs", "token-bruno").json()["labs"][0]["status"] == "none"

    assert feedback.release_feedback(cohort, LAB, ["ana"]) == ["ana"]
    page = service.call(f"api/labs/{LAB}/feedback", "token-ana")
    assert page.status == 200
    assert page.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert b"alert(1)" not in page.body
    assert service.call("api/labs", "token-ana").json()["labs"][0]["feedback_released"] is True
    assert service.call(f"api/labs/{LAB}/feedback", "token-bruno").status == 404


def test_the_site_is_served_small_and_closed(service: Service) -> None:
    page = service.call("/", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert len(page.body) < 200
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-cache"
    same = service.call("/", headers={"If-None-Match": page.headers["ETag"]})
    assert (same.status, same.body) == (304, b"")
    assert service.call("/").body.startswith(b"<h1>Home</h1>")
    assert service.call("/series-2").headers["Location"] == "/series-2/"
    assert service.call("/series-2/").body == b"<h1>Series 2</h1>"
    script = service.call("/assets/bundle.0123abcd.min.js", headers={"Accept-Encoding": "gzip"})
    assert "immutable" in script.headers["Cache-Control"]
    picture = service.call("/picture.png", headers={"Accept-Encoding": "gzip"})
    assert picture.headers["Content-Encoding"] is None
    assert service.call("/", method="HEAD").body == b""


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/series-2/nothing.html", "/../cohort.toml", "/%2e%2e/cohort.toml", "/assets/"],
)
def test_what_is_not_in_the_site_is_its_404_page(service: Service, path: str) -> None:
    answer = service.call(path)
    assert (answer.status, answer.body) == (404, b"<h1>Not here</h1>")
