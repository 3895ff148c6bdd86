"""The service as a process of its own, which knows the lab of these tests."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

from fronteras import scoring
from fronteras.attempts import Attempts
from tests.fronteras import harbour

KILL = "HARBOUR_KILL"
PREFIX = "/services/fronteras/"
REPOSITORY = Path(harbour.__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        """Follow nothing."""


@dataclass
class Service:
    """A running service, and a caller of it."""

    process: subprocess.Popen[bytes]
    port: int

    def call(
        self,
        path: str,
        token: str | None = None,
        body: bytes | None = None,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        url = path if path.startswith("/") else f"{PREFIX}{path}"
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{url}",
            data=body,
            method=method,
            headers={**(headers or {})},
        )
        if token:
            request.add_header("Authorization", f"token {token}")
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def wait_for(self, path: str, token: str, done: Any, seconds: float = 90) -> Any:
        """Ask again until the answer is as wanted; a slow machine only takes longer."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.call(path, token).json()
            if done(found):
                return found
            time.sleep(0.2)
        raise AssertionError(found)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(cohort: Path, site: Path, api: str, port: int, kill: str = "") -> Service:
    """Start the service and wait until it answers.

    With ``kill`` such as ``store:3`` it kills itself, as the power does, when it changes something
    on disk for the third time in a submit; with ``score:3`` when its worker does.
    """
    environment = os.environ | {
        "FRONTERAS_COHORT": str(cohort),
        "FRONTERAS_SITE": str(site),
        "FRONTERAS_PORT": str(port),
        "JUPYTERHUB_API_URL": api,
        "JUPYTERHUB_API_TOKEN": "of-the-service",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_CLIENT_ID": "service-fronteras",
        "JUPYTERHUB_HOST": "",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": '["access:services!service=fronteras"]',
        "JUPYTERHUB_SERVICE_NAME": "fronteras",
        "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
        "PYTHONPATH": str(REPOSITORY),
        KILL: kill,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fronteras.harbour_service"], env=environment
    )
    service = Service(process, port)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            service.call("api/me")
        except OSError:
            time.sleep(0.1)
        else:
            return service
    process.kill()
    raise AssertionError(f"the service did not start: {process.wait()}")


@contextmanager
def running(cohort: Path, site: Path, api: str) -> Iterator[Service]:
    """Run the service for a block; at its end it stops by itself when asked."""
    service = start(cohort, site, api, free_port())
    try:
        yield service
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(30) == 0
    finally:
        service.process.kill()
        service.process.wait()


def _armed() -> None:
    """Prepare this process, service or worker, for the death that the environment asks for."""
    stage, _, number = os.environ.get(KILL, "").partition(":")
    worker = __name__ == "__mp_main__"  # as multiprocessing calls it in a process that it spawns
    if not stage or (stage == "score") != worker:
        return
    victim = os.getppid() if worker else os.getpid()
    steps = itertools.count(1)
    counting = False

    def step() -> None:
        if counting and next(steps) == int(number):
            os.kill(victim, signal.SIGKILL)
            time.sleep(60)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        changes = event in ("os.rename", "os.mkdir", "os.remove", "os.chmod")
        if changes or (event == "open" and "cohort" in str(arguments[0]) and arguments[1] != "r"):
            step()

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            nonlocal counting
            counting = True
            answer = real(*arguments)
            step()
            counting = False
            return answer

        return call

    sync = os.fsync

    def watched_sync(number: int) -> None:
        sync(number)
        step()

    os.fsync = watched_sync
    sys.addaudithook(watch)
    if worker:
        scoring.score = counted(scoring.score)
    else:
        Attempts.store = counted(Attempts.store)  # type: ignore[method-assign]


if __name__ in ("__main__", "__mp_main__"):  # the service and, by multiprocessing, its workers
    harbour.register()
    _armed()
if __name__ == "__main__":
    from fronteras.service import main

    main()
