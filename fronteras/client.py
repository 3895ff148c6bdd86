"""What a participant's server says to the exchange and scoring service, over HTTP.

The service's address and the server's own token come from the environment, as the hub set them.
Calls block; an event loop runs them in a thread.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

SERVICE_URL = "FRONTERAS_SERVICE_URL"
"""Names the service: ``http://127.0.0.1:8001/services/fronteras``."""
TOKEN = "JUPYTERHUB_API_TOKEN"  # noqa: S105 - the name of a variable, not a secret
TIMEOUT_SECONDS = 60


class Refused(Exception):
    """The service said no, or could not be reached.

    Attributes:
        status: the HTTP status to pass on; 503 where there was no answer.
        message: a sentence for the participant.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def labs() -> dict[str, Any]:
    """Return the caller's labs, as ``GET api/labs`` gives them.

    Raises:
        Refused: as all calls of this module do.
    """
    return _json("api/labs")


def files(lab: str) -> bytes:
    """Return a zip of the caller's files of a lab: notebook, ``lab.json``, ``evidence/...``."""
    return _call(f"api/labs/{quote(lab, safe='')}/files")


def submit(lab: str, notebook: bytes) -> dict[str, Any]:
    """Hand a notebook in and return the answer with its ``receipt``.

    Args:
        lab: the lab's id.
        notebook: the notebook file as it lies on disk.
    """
    return _json(f"api/labs/{quote(lab, safe='')}/submissions", notebook)


def submissions(lab: str) -> dict[str, Any]:
    """Return the caller's attempts at a lab, newest first."""
    return _json(f"api/labs/{quote(lab, safe='')}/submissions")


def feedback(lab: str) -> bytes:
    """Return the page of feedback that the instructor released."""
    return _call(f"api/labs/{quote(lab, safe='')}/feedback")


def _json(path: str, body: bytes | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(_call(path, body))
    return answer


def _call(path: str, body: bytes | None = None) -> bytes:
    """Send one request, past any proxy of the environment, and return the body of its answer."""
    request = urllib.request.Request(  # noqa: S310 - the address is the hub's
        f"{_environment(SERVICE_URL).rstrip('/')}/{path}",
        data=body,
        headers={
            "Authorization": f"token {_environment(TOKEN)}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        },
        method="GET" if body is None else "POST",
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        raise Refused(error.code, _sentence(error)) from error
    except (OSError, http.client.HTTPException) as error:
        raise Refused(
            503,
            "The scoring service cannot be reached. Your work is saved; "
            "try again in a minute, and tell your instructor if it goes on.",
        ) from error


def _environment(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError as error:
        raise Refused(
            503, f"{name} is not set: this works on a server that the hub started."
        ) from (error)


def _sentence(error: urllib.error.HTTPError) -> str:
    """Return the sentence of a refusal, or one of our own where the answer holds none."""
    try:
        return str(json.loads(error.read())["error"])
    except (ValueError, KeyError, TypeError, OSError, http.client.HTTPException):
        return f"The scoring service answered with an error (HTTP {error.code}). Try again."
