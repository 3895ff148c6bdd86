"""A scoring service that a test holds in its hand, behind the real HTTP interface."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "the-servers-own-token"
LAB = "s2-3-deleted-files"


def notebook(*sources: str) -> bytes:
    """Return a released notebook with the given cells of code under one heading."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "markdown",
            "id": "title",
            "metadata": {},
            "source": "# Deleted files\n\nA USB stick was seized. What was on it?",
        }
    ]
    cells += [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(sources)
    ]
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    return json.dumps(
        {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    ).encode()


def pack(files: dict[str, bytes]) -> bytes:
    """Return a zip of files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def lab_files(lab: str = LAB) -> dict[str, bytes]:
    """Return what the service delivers for a lab."""
    return {
        f"{lab}.ipynb": notebook("start_cluster = None  # its first cluster", "1 + 1"),
        "lab.json": json.dumps({"lab": lab, "forms": {}}).encode(),
        "evidence/usb.img": b"\x00" * 4096,
        "evidence/notes/custody.txt": b"seized 12 March 2026",
    }


@dataclass
class StubService:
    """What the service knows and how it behaves; tests change it while it runs.

    Attributes:
        address: where it is, for ``FRONTERAS_SERVICE_URL``.
        files: by lab, what it delivers.
        refusals: by method and last part of the path, a status and a body to answer instead.
        attempts: newest first, as ``GET submissions`` gives them.
        received: notebooks handed in, oldest first.
        tokens: the tokens that callers showed.
        due: of the one lab it lists.
        result: merged into an attempt once it is scored; None keeps it waiting.
    """

    address: str
    files: dict[str, dict[str, bytes]] = field(default_factory=lambda: {LAB: lab_files()})
    refusals: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    due: str = "2099-12-04T20:00:00Z"
    result: dict[str, Any] | None = field(default_factory=lambda: _scored())

    def reset(self) -> None:
        """Forget everything."""
        self.__dict__.update(StubService(self.address).__dict__)

    def reset_result(self) -> None:
        """Score what is handed in, as at first."""
        self.result = _scored()

    def refuse(self, method: str, part: str, status: int, sentence: str) -> None:
        self.refusals[method, part] = (status, json.dumps({"error": sentence}).encode())

    def answer(self, method: str, parts: list[str], body: bytes) -> tuple[int, bytes]:
        if (method, parts[-1]) in self.refusals:
            return self.refusals[method, parts[-1]]
        if parts == ["api", "labs"]:
            return 200, json.dumps(self._labs()).encode()
        lab, what = parts[2:]
        if lab not in self.files:
            return 404, json.dumps({"error": "There is no such lab in your course."}).encode()
        if what == "files":
            return 200, pack(self.files[lab])
        if method == "POST":
            return 201, json.dumps({"receipt": self._take(lab, body)}).encode()
        return 200, json.dumps({"attempts": self._seen()}).encode()

    def _labs(self) -> dict[str, Any]:
        lab = {"id": LAB, "opens": None, "due": self.due, "open": True, "feedback_released": False}
        return {"server_time": "2026-11-21T18:00:00Z", "labs": [lab]}

    def _take(self, lab: str, body: bytes) -> dict[str, Any]:
        self.received.append(body)
        count = len(self.attempts) + 1
        receipt = {
            "attempt": count,
            "time": f"2026-11-21T18:0{count}:33Z",
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        blank = {"status": "waiting", "points": None, "max_points": None, "late": False}
        self.attempts.insert(0, {**receipt, **blank, "questions": [], "looks": 0})
        return {"lab": lab, "participant": "ana", **receipt}

    def _seen(self) -> list[dict[str, Any]]:
        """Score what was looked at once before."""
        for attempt in self.attempts:
            if attempt["status"] == "waiting":
                attempt["looks"] += 1
                if attempt["looks"] > 1 and self.result is not None:
                    attempt.update(self.result)
        return [
            {key: value for key, value in attempt.items() if key != "looks"}
            for attempt in self.attempts
        ]


def _scored() -> dict[str, Any]:
    return {"status": "scored", **RESULT}


def _question(identity: str, points: float | None, most: float, feedback: str) -> dict[str, Any]:
    return {
        "id": identity,
        "points": points,
        "max_points": most,
        "feedback": feedback,
        "see": f"series-2/s2-3-deleted-files/#{identity}",
        "manual": points is None,
    }


RESULT: dict[str, Any] = {
    "points": 7,
    "max_points": 15,
    "questions": [
        _question("start_cluster", 2, 2, "That is the first cluster of the file."),
        _question(
            "content_sha256",
            1.5,
            3,
            "The hash is of whole clusters; the file ends at its `size`, before the slack.",
        ),
        _question("true_type", 0, 3, "The name says one thing, the first bytes say another."),
        _question("deleted_names", 3.5, 4, "One name of the four is spelled otherwise."),
        _question("reasons", None, 3, "An instructor grades this answer."),
    ],
}


@contextmanager
def stub_service() -> Iterator[StubService]:
    """Serve a stub on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            stub.tokens.add(self.headers.get("Authorization", ""))
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            parts = self.path.split("/services/fronteras/", 1)[1].split("/")
            status, answer = stub.answer(self.command, parts, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = handle_one  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub = StubService(f"http://127.0.0.1:{server.server_port}/services/fronteras")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
