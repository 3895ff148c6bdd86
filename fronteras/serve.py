"""``fronteras serve``: checks, builds, starts the hub, says where it is, and ends it all again."""

from __future__ import annotations

import http.client
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from fronteras import address, creation, demo, doctor, processes, running
from fronteras.cohort import Cohort, ServerSettings
from fronteras.places import REPOSITORY, SITE
from fronteras.settings import CohortError

READY_SECONDS = 180
"""How long the hub may take to answer; a slow laptop needs half a minute."""
STOP_SECONDS = 8
"""How long the hub may take to stop its servers before they are killed."""
LOG_LIMIT = 20 * 2**20
"""Size of the hub's log from which the next start begins a new one, in bytes."""
LOG_TAIL = 25
"""How many of the log's last lines are shown when the hub fails."""


class Stopped(Exception):
    """Somebody asked the server to stop."""


def serve(cohort: Cohort, console: Console) -> None:
    """Serve a cohort until somebody stops it.

    Args:
        cohort: with the server settings that hold for this run.
        console: where progress and the sign-ins are printed.

    Raises:
        CohortError: if something is missing or fails; nothing runs any more then.
    """
    url = address.public(cohort.server)
    with _stoppable(), running.only_one(cohort.directory, url):
        processes.adopt_orphans()
        try:
            _check(cohort, console)
            _prepare(cohort, console)
            _run(cohort, url, console)
        except Stopped:
            console.print("Stopped. Everything is saved.")
        finally:
            with _deaf():
                processes.end_all(grace=2)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn the signals that ask for an end into ``Stopped``.

    A shell starts what stands before ``&`` with SIGINT ignored; setting a handler undoes that here
    and in the hub. SIGHUP stays ignored where ``nohup`` made it so.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, _stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped


@contextmanager
def _deaf() -> Iterator[None]:
    """Ignore a second Ctrl-C while the first is being carried out."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check(cohort: Cohort, console: Console) -> None:
    console.print("• Checking this machine")
    for finding in doctor.examine(cohort.directory, cohort.server):
        if finding.trouble is not None:
            raise CohortError(finding.trouble)
    if not address.local(cohort.server.address) and cohort.server.tls_certificate is None:
        console.print(
            "! This serves a network without encryption: whoever shares the network can read "
            "passwords and work. Use it on a network that you trust, or set tls_certificate and "
            "tls_key in cohort.toml.",
            style="bold red",
        )


def _prepare(cohort: Cohort, console: Console) -> None:
    """Build the site and release the labs, in processes of their own that return their memory."""
    creation.link_exercises(cohort.directory)
    console.print("• Building the course site (half a minute when it has changed)")
    _command(cohort, "site")
    console.print("• Releasing the labs")
    _command(cohort, "release")


def _command(cohort: Cohort, name: str) -> None:
    argv = [sys.executable, "-m", "fronteras.cli", "--cohort", str(cohort.directory), name]
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=_environment(cohort)
    )
    if done.returncode != 0:
        raise CohortError((done.stderr or done.stdout).strip().removeprefix("Error: "))


def _environment(cohort: Cohort) -> dict[str, str]:
    """Return the environment of the hub: the caller's without what would change our Python."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "JUPYTER", "IPYTHON"))
    }
    binaries = str(Path(sys.executable).parent)
    return kept | {
        "PATH": f"{binaries}:{kept.get('PATH', os.defpath)}",  # nbgrader runs alembic by name
        "FRONTERAS_COHORT": str(cohort.directory),
        "FRONTERAS_SITE": str(SITE),
        "FRONTERAS_SERVER_ADDRESS": cohort.server.address,
        "FRONTERAS_SERVER_PORT": str(cohort.server.port),
    }


def _run(cohort: Cohort, url: str, console: Console) -> None:
    console.print("• Starting the hub")
    log = _log(cohort)
    start = log.stat().st_size if log.exists() else 0
    hub = None
    try:
        hub = _start(cohort, log)
        _await_answer(cohort, hub.pid)
        _announce(cohort, url, console)
        _await_end(hub.pid)
    except _HubEnded as error:
        raise CohortError(
            f"the hub ended: {error}. The last lines of {log}:\n{_tail(log, start)}"
        ) from error
    finally:
        with _deaf():
            _end(hub, console)


def _start(cohort: Cohort, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", "-m", "jupyterhub", "-f", str(REPOSITORY / "hub_config.py")],
            cwd=cohort.hub,
            env=_environment(cohort),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone; we stop the hub
            preexec_fn=processes.end_with_parent,
        )


class _HubEnded(Exception):
    """The hub is not running any more, though nobody asked it to stop."""


def _log(cohort: Cohort) -> Path:
    log = cohort.hub / "hub.log"
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    return log


def _tail(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(max(start, log.stat().st_size - 64 * 1024))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-LOG_TAIL:])


def _await_answer(cohort: Cohort, hub: int) -> None:
    """Return once the site, the service and formgrader answer through the proxy."""
    deadline = time.monotonic() + READY_SECONDS
    doors = {
        "/hub/health": 200,
        "/services/fronteras/api/me": 401,
        "/": 200,
        f"/services/{cohort.id}/formgrader": 302,
    }
    for path, wanted in doors.items():
        while _status(cohort.server, path) != wanted:
            ended, status = os.waitpid(hub, os.WNOHANG)
            if ended:
                raise _HubEnded(f"exit code {os.waitstatus_to_exitcode(status)}")
            if time.monotonic() > deadline:
                raise _HubEnded(f"{path} did not answer within {READY_SECONDS} seconds")
            time.sleep(0.3)


def _status(server: ServerSettings, path: str) -> int | None:
    """Return the HTTP status of a path, asked for on this machine, or ``None``."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.address, server.address)  # noqa: S104
    if server.tls_certificate is None:
        connection = http.client.HTTPConnection(host, server.port, timeout=10)
    else:  # our own port: the certificate is for the name that others use
        context = ssl._create_unverified_context()  # noqa: S323
        connection = http.client.HTTPSConnection(host, server.port, timeout=10, context=context)
    try:
        own_host = urlsplit(server.subdomain_host).netloc  # the proxy then goes by it
        connection.request("GET", path, headers={"Host": own_host} if own_host else {})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _await_end(hub: int) -> None:
    while True:
        ended, status = os.waitpid(-1, 0)  # orphans that we adopted end here, too
        if ended == hub:
            raise _HubEnded(f"exit code {os.waitstatus_to_exitcode(status)}")


def _end(hub: subprocess.Popen[bytes] | None, console: Console) -> None:
    """Let the hub stop its servers; what it leaves is ended with all our descendants."""
    console.print("• Stopping")
    if hub is None or hub.poll() is not None:
        return
    hub.terminate()
    try:
        hub.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        hub.kill()
        hub.wait()


def _announce(cohort: Cohort, url: str, console: Console) -> None:
    signs = demo.sign_ins(cohort.directory)
    if signs:
        console.print(_sign_in_table(cohort, signs))
    console.print()
    console.print(f"{cohort.title} is served at  [bold]{url}[/bold]", highlight=False)
    console.print(f"Stop it with Ctrl-C. The hub's log: {cohort.hub / 'hub.log'}", highlight=False)


def _sign_in_table(cohort: Cohort, signs: dict[str, str]) -> Table:
    table = Table(title="Demo sign-ins", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading, whole in (("User name", True), ("Password", True), ("Who", False)):
        table.add_column(heading, no_wrap=whole)
    for person in cohort.roster:
        if person.username in signs:
            role = "instructor" if cohort.is_instructor(person.username) else person.role
            who = f"{person.name}, {role}, {person.state}"
            table.add_row(person.username, signs[person.username], who)
    return table
