"""The same answer in other notations: numbers, hashes, hosts, names and types of files."""

from __future__ import annotations

import re
from collections.abc import Iterable

TYPES = {
    "zip": ("zip", "pkzip", "ziparchive", "zipfile", "application/zip"),
    "pdf": ("pdf", "pdfdocument", "portabledocumentformat", "application/pdf"),
    "png": ("png", "pngimage", "pngpicture", "image/png"),
    "gif": ("gif", "gif89a", "gifimage", "gifpicture", "image/gif"),
}


def number(answer: float | str) -> int:
    """Read a whole number, decimal or hexadecimal."""
    if not isinstance(answer, str):
        return int(answer)
    text = answer.strip().lower()
    return int(text, 16) if text.startswith("0x") else int(text)


def serial(answer: float | str) -> int:
    """Read a serial number of eight hexadecimal digits, or the number itself."""
    return int(answer) if not isinstance(answer, str) else int(re.sub(r"[-\s]", "", answer), 16)


def digest(answer: str) -> str:
    """Return the digits of a hash value in lower case, whatever stands between or before them."""
    return re.sub(r"[^0-9a-f]", "", answer.lower())[-64:]


def host(answer: str) -> str:
    """Return the host of an address, or the address itself where it is a host."""
    address = re.sub(r"^[a-z]+://", "", answer.strip().casefold())
    return re.split(r"[/?#:]", address, maxsplit=1)[0].rstrip(".")


def kind_of_file(answer: str) -> str:
    """Return the short name of a file type, for instance ``zip`` for ``ZIP archive``."""
    text = re.sub(r"[\s._-]", "", answer.casefold())
    return next((kind for kind, words in TYPES.items() if text in words), text)


def same_name(given: str, name: str) -> bool:
    """Say whether a name, with or without its folder, long or 8.3, is that of a file."""
    last = re.split(r"[/\\]", given.strip())[-1].strip().casefold()
    return last in (name.casefold(), *_aliases(name))


def _aliases(name: str) -> list[str]:
    """Return the 8.3 names that a long name may have, in lower case."""
    base, _, extension = name.casefold().rpartition(".")
    stem = re.sub(r"[^a-z0-9_-]", "", base)[:6]
    return [f"{stem}~{number}.{extension}" for number in range(1, 10)] if " " in name else []


def deleted_file(given: str, names: Iterable[str]) -> str | None:
    """Return the deleted file that a name means; its lost first letter may be anything."""
    last = re.split(r"[/\\]", given.strip())[-1].strip().casefold()
    for name in names:
        known = (name.casefold(), *_aliases(name))
        if any(last[1:] == one[1:] for one in known if last):
            return name
    return None
