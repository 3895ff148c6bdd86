"""Sign-in: the roster says who, ``private/passwords.json`` holds what they know.

Both files are read as they are at each sign-in, so that people can be added while the hub runs.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError
from traitlets import Unicode

from fronteras import passwords
from fronteras.cohort import Cohort, CohortFile
from fronteras.throttle import Pace, Throttle

GRADER = "grader-"
"""How the accounts of grading services begin; nobody signs in with one."""
GUESSES = Pace(free=5, first=5, longest=300, forget=1800)
"""For one name from one address."""
ADDRESSES = Pace(free=60, first=1, longest=30, forget=900)
"""For all names from one address: a whole classroom may share one."""
_LONGEST_NAME = 100
"""How much of a name is looked at: failures are remembered by it, and no name is so long."""
_AT_ONCE = 2
"""How many passwords are hashed at the same time: each takes 32 MiB and a processor."""


class RosterAuthenticator(Authenticator):
    """Lets in who is on the roster, with their own password; nobody signs up."""

    cohort_directory = Unicode(help="The cohort's directory.").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._guesses = Throttle(GUESSES)
        self._addresses = Throttle(ADDRESSES)
        self._hashing = asyncio.Semaphore(_AT_ONCE)

    @cached_property
    def _file(self) -> CohortFile:
        return CohortFile(Path(self.cohort_directory))

    @cached_property
    def _nobody(self) -> str:
        """A stored password that nobody has: an unknown name takes as long as a wrong password."""
        return passwords.hash_password(secrets.token_hex())

    @property
    def cohort(self) -> Cohort:
        """The cohort as its files have it now."""
        return self._file.current()

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """Return the user name if the password is theirs.

        Raises:
            HTTPError: 400 without a name or password, 429 for who has to wait.
        """
        username, password = data.get("username", "")[:_LONGEST_NAME], data.get("password", "")
        if not username or not password:
            raise HTTPError(400, "Type your user name and your password.")
        address = client_address(handler.request)
        guess = (address, username.casefold())
        wait = max(self._guesses.wait(guess), self._addresses.wait(address))
        if wait > 0:
            raise HTTPError(429, _patience(ceil(wait)))
        self._guesses.begin(guess)
        self._addresses.begin(address)
        if not await self._right(username, password):
            return None
        self._guesses.succeeded(guess)
        self._addresses.forgive(address)
        return username

    async def _right(self, username: str, password: str) -> bool:
        person = self.cohort.person(self.normalize_username(username))
        known = None
        if person is not None and not person.username.startswith(GRADER):
            known = passwords.load(self.cohort.passwords).get(person.username)
        async with self._hashing:
            right = await asyncio.to_thread(passwords.verify, password, known or self._nobody)
        return right and known is not None

    def check_allowed(self, username: str, authentication: Any = None) -> bool:
        """Say whether somebody is on the roster now."""
        return not username.startswith(GRADER) and self.cohort.person(username) is not None

    async def refresh_user(self, user: Any, handler: Any = None) -> bool:
        """End the session of somebody who is no longer on the roster."""
        return self.check_allowed(user.name)


def client_address(request: HTTPServerRequest) -> str:
    """Return who asks: an IPv4 address, or the network of an IPv6 address.

    Our proxy appends the address that it sees to ``X-Forwarded-For``: the last one is true,
    whatever a client wrote before it, or into ``X-Real-Ip``, which Tornado would believe. One
    household has 2⁶⁴ IPv6 addresses and counts as one.
    """
    forwarded = ",".join(request.headers.get_list("X-Forwarded-For"))
    last = forwarded.rpartition(",")[2].strip() or request.remote_ip or ""
    try:
        address = ipaddress.ip_address(last)
    except ValueError:
        return last
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _patience(seconds: int) -> str:
    return (
        f"Too many wrong passwords from your computer. Wait {seconds} seconds and try again. "
        "If you have lost your password, your instructor gives you a new one."
    )
