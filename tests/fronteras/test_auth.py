"""Sign-in by the roster and the stored passwords, without a hub."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import HTTPError

from fronteras import passwords
from fronteras.auth import RosterAuthenticator, client_address
from fronteras.demo import sign_ins


@pytest.fixture
def authenticator(cohort_directory: Path) -> RosterAuthenticator:
    return RosterAuthenticator(cohort_directory=str(cohort_directory))


def sign_in(
    authenticator: RosterAuthenticator, username: str, password: str, address: str = "192.0.2.1"
) -> str | None:
    handler = SimpleNamespace(request=request({"X-Forwarded-For": address}))
    data = {"username": username, "password": password}
    name: str | None = asyncio.run(authenticator.authenticate(handler, data))
    return name


def request(headers: dict[str, str], remote: str = "127.0.0.1") -> HTTPServerRequest:
    connection: Any = SimpleNamespace(
        context=SimpleNamespace(remote_ip=remote, protocol="http"), set_close_callback=None
    )
    return HTTPServerRequest(
        headers=HTTPHeaders({"Host": "course.example", **headers}),
        connection=connection,
        start_line=RequestStartLine("POST", "/", "HTTP/1.1"),
    )


def test_the_right_password_and_no_other(
    authenticator: RosterAuthenticator, cohort_directory: Path
) -> None:
    known = sign_ins(cohort_directory)
    assert sign_in(authenticator, "ana", known["ana"]) == "ana"
    assert sign_in(authenticator, "Ana", known["ana"]) == "Ana"  # the hub makes it small
    for username, password in [
        ("ana", known["bruno"]),
        ("ana", known["ana"] + " "),
        ("nobody", known["ana"]),
        ("../ana", known["ana"]),
    ]:
        assert sign_in(authenticator, username, password) is None


@pytest.mark.parametrize("data", [{}, {"username": "ana"}, {"username": "", "password": "x"}])
def test_a_form_without_a_name_or_password_is_refused(
    authenticator: RosterAuthenticator, data: dict[str, str]
) -> None:
    handler = SimpleNamespace(request=request({}))
    with pytest.raises(HTTPError, match="Type your user name"):
        asyncio.run(authenticator.authenticate(handler, data))


def test_nobody_is_a_grader_even_with_a_stored_password(
    authenticator: RosterAuthenticator, cohort_directory: Path
) -> None:
    stored = cohort_directory / "private" / "passwords.json"
    passwords.save(stored, {"grader-demo": passwords.hash_password("x")})
    assert sign_in(authenticator, "grader-demo", "x") is None
    assert not authenticator.check_allowed("grader-demo")


def test_who_is_on_the_roster_without_a_password_stays_out(
    authenticator: RosterAuthenticator, cohort_directory: Path
) -> None:
    passwords.save(cohort_directory / "private" / "passwords.json", {})
    for password in ("x", authenticator._nobody):
        assert sign_in(authenticator, "ana", password) is None


def test_an_unknown_name_costs_the_guesser_one_hash_too(
    authenticator: RosterAuthenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []

    def verify(password: str, stored: str) -> bool:
        hashed.append(stored.rsplit("$", 2)[0])
        return False

    monkeypatch.setattr(passwords, "verify", verify)
    sign_in(authenticator, "ana", "x")
    sign_in(authenticator, "nobody", "x")
    assert len(hashed) == 2
    assert hashed[0] == hashed[1]  # the same cost


def test_the_guesser_waits_and_the_classmate_elsewhere_does_not(
    authenticator: RosterAuthenticator, cohort_directory: Path
) -> None:
    for _ in range(5):
        assert sign_in(authenticator, "ana", "guess", "192.0.2.66") is None
    right = sign_ins(cohort_directory)["ana"]
    with pytest.raises(HTTPError, match=r"Wait \d+ seconds") as refused:
        sign_in(authenticator, "ana", right, "192.0.2.66")
    assert refused.value.status_code == 429
    with pytest.raises(HTTPError):
        sign_in(authenticator, "ANA", right, "192.0.2.66")
    assert sign_in(authenticator, "ana", right, "192.0.2.7") == "ana"
    assert sign_in(authenticator, "bruno", sign_ins(cohort_directory)["bruno"], "192.0.2.66")


def test_trying_name_after_name_is_slowed_down_as_well(
    authenticator: RosterAuthenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "verify", lambda _password, _stored: False)
    for number in range(60):
        assert sign_in(authenticator, f"name{number}", "x") is None
    with pytest.raises(HTTPError, match="Too many wrong passwords"):
        sign_in(authenticator, "another", "x")
    assert sign_in(authenticator, "another", "x", "192.0.2.2") is None


def test_a_whole_classroom_may_share_one_address(
    authenticator: RosterAuthenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "verify", lambda password, _stored: password == "right")
    for _ in range(10):
        for username in sign_ins(Path(authenticator.cohort_directory)):
            assert sign_in(authenticator, username, "right") == username


def test_the_roster_of_now_decides(
    authenticator: RosterAuthenticator, cohort_directory: Path
) -> None:
    user = SimpleNamespace(name="julien")
    assert authenticator.check_allowed("julien")
    assert asyncio.run(authenticator.refresh_user(user))
    roster = cohort_directory / "roster.csv"
    lines = roster.read_text().splitlines(keepends=True)
    roster.write_text("".join(line for line in lines if not line.startswith("julien")))
    assert not authenticator.check_allowed("julien")
    assert not asyncio.run(authenticator.refresh_user(user))


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"X-Forwarded-For": "192.0.2.1"}, "192.0.2.1"),
        ({"X-Forwarded-For": "203.0.113.9, 192.0.2.1"}, "192.0.2.1"),
        ({"X-Forwarded-For": "192.0.2.1", "X-Real-Ip": "203.0.113.9"}, "192.0.2.1"),
        ({"X-Forwarded-For": "::ffff:192.0.2.1"}, "192.0.2.1"),
        ({"X-Forwarded-For": "2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"),
        ({"X-Forwarded-For": "2001:db8:1:2::9"}, "2001:db8:1:2::/64"),
        ({}, "127.0.0.1"),
        ({"X-Forwarded-For": "what"}, "what"),
    ],
)
def test_who_asks_is_whom_the_proxy_saw(headers: dict[str, str], address: str) -> None:
    assert client_address(request(headers)) == address
