"""A real hub on a free port, and people who sign in to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import websocket

from fronteras.demo import sign_ins
from grading.sandbox import Sandbox, hand_over, python_paths

REPOSITORY = Path(__file__).resolve().parents[2]
READY_SECONDS = 120


@dataclass
class Browser:
    """A signed-in person's session: cookies, and the XSRF token that goes with each of them."""

    url: str
    username: str
    session: requests.Session = field(default_factory=requests.Session)
    kernels: list[Kernel] = field(default_factory=list)

    def close(self) -> None:
        for kernel in self.kernels:
            kernel.socket.close()
        self.session.close()

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self.session.get(self.url + path, timeout=60, **kwargs)

    def send(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Send a request that changes something, with the XSRF token of the path's cookie."""
        token = next(
            (
                cookie.value
                for cookie in sorted(self.session.cookies, key=lambda one: -len(one.path))
                if cookie.name == "_xsrf" and path.startswith(cookie.path)
            ),
            None,
        )
        headers = {"X-XSRFToken": token or "", "Referer": self.url + path}
        return self.session.request(method, self.url + path, headers=headers, timeout=60, **kwargs)

    @property
    def server(self) -> str:
        return f"/user/{self.username}/"

    def start_server(self) -> None:
        """Start this person's server and enter it, as a browser does."""
        self.get("/hub/spawn")
        until(self._inside)

    def _inside(self) -> bool:
        answer = self.get(self.server + "tree")  # by way of the hub's OAuth, the first time
        return answer.status_code == 200 and answer.url == self.url + self.server + "tree"

    def start_kernel(self, path: str = "") -> Kernel:
        answer = self.send("POST", self.server + "api/kernels", json={"path": path})
        assert answer.status_code == 201, answer.text
        self.kernels.append(Kernel(self, answer.json()["id"]))
        return self.kernels[-1]

    def run(self, code: str) -> str:
        """Run code in a new kernel and return what it printed, or its error."""
        kernel = self.start_kernel()
        try:
            return kernel.run(code)
        finally:
            kernel.stop()


class Kernel:
    """A kernel, spoken to as JupyterLab does: over the websocket, through the proxy."""

    def __init__(self, browser: Browser, kernel_id: str) -> None:
        self.browser, self.id = browser, kernel_id
        address = browser.url.replace("http", "ws", 1)
        cookies = requests.cookies.get_cookie_header(
            browser.session.cookies,
            requests.Request("GET", f"{browser.url}{browser.server}api/kernels"),
        )
        self.socket = websocket.create_connection(
            f"{address}{browser.server}api/kernels/{kernel_id}/channels",
            cookie=cookies,
            timeout=60,
        )

    def run(self, code: str) -> str:
        """Run code and return what it printed, or its error."""
        request = self.send(code)
        text, waiting = "", {"execute_reply", "idle"}
        while waiting:
            answer = self.read(lambda message: message["parent_header"].get("msg_id") == request)
            kind, content = answer["msg_type"], answer["content"]
            if kind == "stream":
                text += content["text"]
            elif kind == "error":
                text += f"{content['ename']}: {content['evalue']}\n"
            waiting -= {kind, content.get("execution_state")}
        return text

    def send(self, code: str) -> str:
        """Ask to run code and return the request's id."""
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "",
                  "session": uuid.uuid4().hex, "version": "5.3", "date": ""}  # fmt: skip
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False,
                   "user_expressions": {}, "stop_on_error": True}  # fmt: skip
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content,
                   "channel": "shell", "buffers": []}  # fmt: skip
        self.socket.send(json.dumps(message))
        return header["msg_id"]

    def read(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the next message that is wanted."""
        while True:
            message: dict[str, Any] = json.loads(self.socket.recv())
            if wanted(message):
                return message

    def stop(self) -> None:
        self.socket.close()
        self.browser.send("DELETE", f"{self.browser.server}api/kernels/{self.id}")


@dataclass
class RunningHub:
    """A hub that answers.

    Attributes:
        url: of the public port, without a slash at the end.
        directory: the cohort's.
        log: the hub's and its children's output.
        process: the hub.
    """

    url: str
    directory: Path
    log: Path
    process: subprocess.Popen[bytes]
    browsers: list[Browser] = field(default_factory=list)

    def try_login(
        self,
        username: str,
        password: str,
        browser: Browser | None = None,
    ) -> tuple[Browser, requests.Response]:
        """Send the sign-in form and return the answer, a redirect where it is right."""
        browser = browser or Browser(self.url, username)
        self.browsers.append(browser)
        form = browser.get("/hub/login")
        data = {
            "username": username,
            "password": password,
            "_xsrf": form.cookies.get("_xsrf") or browser.session.cookies.get("_xsrf"),
        }
        answer = browser.session.post(
            self.url + "/hub/login?next=/hub/home",
            data=data,
            timeout=60,
            allow_redirects=False,
        )
        return browser, answer

    def login(self, username: str, password: str) -> Browser:
        """Sign somebody in; an AssertionError says what the page answered."""
        browser, answer = self.try_login(username, password)
        assert answer.status_code == 302, answer.text
        return browser


def enter(hub: RunningHub, username: str) -> Browser:
    """Sign in somebody of the demo cohort."""
    return hub.login(username, sign_ins(hub.directory)[username])


def small_site(folder: Path) -> Path:
    """Make a site of two pages: for tests that are not about the course."""
    made = folder / "site"
    made.mkdir()
    (made / "index.html").write_text("<!doctype html><title>Course</title>")
    (made / "404.html").write_text("<!doctype html><title>Nothing here</title>")
    return made


@contextmanager
def running_hub(
    cohort_dir: Path,
    site_dir: Path,
    *,
    ordinary_user: bool = False,
    host: str = "127.0.0.1",
    port: int | None = None,
) -> Iterator[RunningHub]:
    """Run the hub of a cohort on a free port; it has ended, with all it started, afterwards.

    Args:
        cohort_dir: the cohort's directory.
        site_dir: the built course site.
        ordinary_user: as root, give root up first, as if somebody else had started it.
        host: the name under which it is asked whether it answers.
        port: to listen on; a free one by default.
    """
    port = port or free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("JUPYTER")},
        "PATH": f"{sys.prefix}/bin:{os.environ['PATH']}",
        "FRONTERAS_COHORT": str(cohort_dir),
        "FRONTERAS_SITE": str(site_dir),
        "FRONTERAS_SERVER_ADDRESS": "127.0.0.1",
        "FRONTERAS_SERVER_PORT": str(port),
    }
    log = cohort_dir / "hub" / "test.log"
    log.parent.mkdir(mode=0o700, exist_ok=True)
    command = [sys.executable, "-I", "-m", "jupyterhub", "-f", str(REPOSITORY / "hub_config.py")]
    if ordinary_user:
        command = _as_ordinary_user(command, cohort_dir, site_dir, environment)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cohort_dir / "hub",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    hub = RunningHub(f"http://127.0.0.1:{port}", cohort_dir, log, process)
    try:
        until(
            lambda: _answers(hub, f"{host}:{port}"),
            READY_SECONDS,
            lambda: hub.log.read_text()[-4000:],
        )
        yield hub
    finally:
        for browser in hub.browsers:
            browser.close()
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _as_ordinary_user(
    command: list[str], cohort_dir: Path, site_dir: Path, environment: dict[str, str]
) -> list[str]:
    """Return the command in a room where nobody is root, with all that a hub needs in sight."""
    hand_over(cohort_dir)
    rooms = [REPOSITORY / name for name in ("fronteras", "grading", "exercises")]
    own = {key: value for key, value in environment.items() if key.startswith("FRONTERAS")}
    sandbox = Sandbox(
        (*python_paths(), REPOSITORY, *rooms, site_dir),
        (cohort_dir,),
        cohort_dir / "hub",
        {"PATH": environment["PATH"], "HOME": str(cohort_dir / "hub"), **own},
        network=True,
        nests=True,
    )
    return sandbox.command(command)


def _answers(hub: RunningHub, host: str) -> bool:
    if hub.process.poll() is not None:
        raise AssertionError(f"the hub ended:\n{hub.log.read_text()[-4000:]}")
    wanted = {"/hub/health": 200, "/services/fronteras/api/me": 401, "/": 200}
    try:
        return all(
            requests.get(hub.url + path, headers={"Host": host}, timeout=10).status_code == status
            for path, status in wanted.items()
        )
    except requests.ConnectionError:
        return False


def until(
    true: Callable[[], bool], seconds: float = 60, report: Callable[[], str] = lambda: ""
) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s\n{report()}"
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
