"""Local passwords: scrypt with a salt (RFC 7914), kept in one file that only its owner reads."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from importlib import resources
from pathlib import Path

from fronteras import atomic
from fronteras.settings import CohortError

N, R, P = 2**15, 8, 1
"""Cost of scrypt: 32 MiB and about a tenth of a second for each try."""
MAX_BYTES = 1024
"""The longest password in bytes of UTF-8, so that nobody keeps the hub busy with hashing text."""


def readable() -> str:
    """Return a new password that a person can read out: four words and three digits, 36 bits."""
    words = (resources.files("fronteras") / "words.txt").read_text(encoding="utf-8").split()
    chosen = [secrets.choice(words) for _ in range(4)]
    return "-".join([*chosen, f"{secrets.randbelow(1000):03}"])


def hash_password(password: str) -> str:
    """Return what to store for a password: ``scrypt$n$r$p$salt$hash``, salt and hash in hex.

    Raises:
        ValueError: if the password is empty or longer than ``MAX_BYTES``.
    """
    if not password or len(password.encode()) > MAX_BYTES:
        raise ValueError(f"a password has 1 to {MAX_BYTES} bytes")
    salt = secrets.token_bytes(16)
    return f"scrypt${N}${R}${P}${salt.hex()}${_scrypt(password, salt, N, R, P).hex()}"


def verify(password: str, stored: str) -> bool:
    """Say whether a password is the stored one; the comparison takes the same time either way.

    Args:
        password: what the person typed.
        stored: what ``hash_password`` returned.

    Raises:
        ValueError: if ``stored`` was not made by ``hash_password``.
    """
    kind, n, r, p, salt, digest = stored.split("$")
    if kind != "scrypt":
        raise ValueError(f"unknown kind of stored password: {kind}")
    if len(password.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return False
    made = _scrypt(password, bytes.fromhex(salt), int(n), int(r), int(p))
    return hmac.compare_digest(made, bytes.fromhex(digest))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    data = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(data, salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32)


def load(path: Path) -> dict[str, str]:
    """Return the stored passwords by user name; none where the file is missing.

    Raises:
        CohortError: if the file is damaged.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise CohortError(_damaged(path)) from error
    if not isinstance(found, dict) or not all(isinstance(item, str) for item in found.values()):
        raise CohortError(_damaged(path))
    return found


def _damaged(path: Path) -> str:
    return (
        f"{path} is damaged: it should be a JSON object of user names and hashes. Restore it from "
        "a backup, or delete it and give everybody a new password: fronteras password reset USER"
    )


def save(path: Path, stored: dict[str, str]) -> None:
    """Write the stored passwords, readable by the owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = json.dumps(stored, indent=1, sort_keys=True) + "\n"
    atomic.write(path, data.encode(), 0o600)
