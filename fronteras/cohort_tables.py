"""The tables of ``cohort.toml``: the labs' times, the server, the scoring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fronteras.settings import Table

LAB_ID = r"[a-z0-9]+(-[a-z0-9]+)*"


@dataclass(frozen=True)
class LabSettings:
    """When a lab of the cohort is open; aware times in UTC, ``None`` for always."""

    id: str
    opens: datetime | None = None
    due: datetime | None = None


@dataclass(frozen=True)
class ServerSettings:
    """How the server runs; what each participant may use is given per participant.

    Attributes:
        address: the address to listen on; ``0.0.0.0`` for every network of the machine.
        port: TCP port.
        tls_certificate: PEM chain; with ``tls_key`` the server speaks HTTPS.
        tls_key: PEM key of the certificate.
        memory_mb: memory in MiB.
        processes: processes and threads.
        cpu_seconds: CPU time of one process in seconds.
        idle_minutes: minutes without activity after which a participant's server is stopped.
        subdomain_host: such as ``https://course.example``; each participant's server then has an
            origin of its own, ``ana.course.example``.
    """

    address: str = "127.0.0.1"
    port: int = 8000
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    memory_mb: int = 1024
    processes: int = 128
    cpu_seconds: int = 3600
    idle_minutes: int = 30
    subdomain_host: str = ""


@dataclass(frozen=True)
class ScoringSettings:
    """How submissions are received and scored.

    Attributes:
        feedback_attempts: how many attempts of a lab show points before it is due.
        cooldown_seconds: seconds between two attempts of one person.
        cell_timeout_seconds: how long one cell may run.
        max_notebook_kb: the largest notebook in KiB.
        max_attempts: attempts of one person at one lab.
        show_rubric: whether released feedback shows the rubric of the prose answer.
    """

    feedback_attempts: int = 5
    cooldown_seconds: int = 10
    cell_timeout_seconds: int = 30
    max_notebook_kb: int = 10_240
    max_attempts: int = 100
    show_rubric: bool = True


def labs(top: Table) -> tuple[LabSettings, ...]:
    """Read the tables ``[[labs]]``, in the order of the file."""
    found: dict[str, LabSettings] = {}
    for table in top.tables("labs"):
        rule = "a lab's id is small letters, digits and hyphens"
        lab_id = table.matching("id", LAB_ID, rule, "s1-2-offences")
        if lab_id in found:
            raise table.wrong("id", f'names "{lab_id}" a second time. Delete one of the two tables')
        opens, due = table.time("opens"), table.time("due")
        if opens and due and due <= opens:
            raise table.wrong("due", "is not after the lab opens. Mend one of the two times")
        found[lab_id] = LabSettings(lab_id, opens, due)
        table.end(lambda: None)
    return tuple(found.values())


def server(table: Table, directory: Path) -> ServerSettings:
    """Read the table ``[server]``; paths in it are relative to the cohort's directory."""
    default = ServerSettings()
    files = {key: _file(table, key, directory) for key in ("tls_certificate", "tls_key")}
    if (files["tls_certificate"] is None) != (files["tls_key"] is None):
        raise table.wrong("tls_certificate", "and server.tls_key belong together: give both")
    settings = ServerSettings(
        address=table.text("address", default.address, default.address),
        port=table.number("port", default.port, 1, 65_535),
        memory_mb=table.number("memory_mb", default.memory_mb, 256, 1_048_576),
        processes=table.number("processes", default.processes, 16, 65_536),
        cpu_seconds=table.number("cpu_seconds", default.cpu_seconds, 60, 604_800),
        idle_minutes=table.number("idle_minutes", default.idle_minutes, 1, 10_080),
        subdomain_host=table.text("subdomain_host", "https://course.example", ""),
        **files,
    )
    return table.end(lambda: settings)


def _file(table: Table, key: str, directory: Path) -> Path | None:
    value = table.text(key, "private/course.pem", "")
    if not value:
        return None
    path = directory / Path(value).expanduser()
    if not path.is_file():
        raise table.wrong(key, f"names {path}, where no file is. Put it there or mend the path")
    return path


def scoring(table: Table) -> ScoringSettings:
    """Read the table ``[scoring]``."""
    default = ScoringSettings()
    settings = ScoringSettings(
        feedback_attempts=table.number("feedback_attempts", default.feedback_attempts, 0, 1_000),
        cooldown_seconds=table.number("cooldown_seconds", default.cooldown_seconds, 0, 86_400),
        cell_timeout_seconds=table.number(
            "cell_timeout_seconds", default.cell_timeout_seconds, 1, 3_600
        ),
        max_notebook_kb=table.number("max_notebook_kb", default.max_notebook_kb, 64, 102_400),
        max_attempts=table.number("max_attempts", default.max_attempts, 1, 9_999),
        show_rubric=table.take("show_rubric", bool, "true", default.show_rubric),
    )
    return table.end(lambda: settings)
