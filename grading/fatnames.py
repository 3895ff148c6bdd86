"""File names as FAT keeps them: 8.3 names, aliases, and long names in slots of their own."""

from __future__ import annotations

import re
import struct
from collections.abc import Collection

LONG_NAME = 0x0F
LAST_SLOT = 0x40
CHARACTERS_PER_SLOT = 13


def is_short(name: str) -> bool:
    """Say whether a name is an upper-case 8.3 name, which needs no long one."""
    return re.fullmatch(r"[A-Z0-9_~-]{1,8}(\.[A-Z0-9_~-]{1,3})?", name) is not None


def short_field(name: str) -> bytes:
    """Return the 11 bytes of an 8.3 name: ``A.TXT`` becomes ``A       TXT``."""
    base, _, extension = name.partition(".")
    return (base.ljust(8) + extension.ljust(3)).encode("ascii")


def alias(name: str, taken: Collection[str]) -> str:
    """Return the 8.3 alias of a long name: ``Rent 2026.txt`` becomes ``RENT20~1.TXT``.

    Raises:
        ValueError: if nine names of the folder begin alike.
    """
    base, _, extension = name.upper().rpartition(".") if "." in name else (name.upper(), "", "")
    stem = re.sub(r"[^A-Z0-9_-]", "", base)[:6]
    tail = f".{extension[:3]}" if extension else ""
    for number in range(1, 10):
        short = f"{stem}~{number}{tail}"
        if short not in taken:
            return short
    raise ValueError(f"too many names like {name!r}")


def checksum(field: bytes) -> int:
    """Return the checksum that ties the slots of a long name to the 11 bytes of its 8.3 name."""
    total = 0
    for byte in field:
        total = ((total & 1) << 7 | total >> 1) + byte & 0xFF
    return total


def long_name_slots(name: str, check: int) -> list[bytes]:
    """Return the slots of a long name, last part first, as they lie before the file's own slot."""
    units = name.encode("utf-16-le")
    if len(units) % (2 * CHARACTERS_PER_SLOT):
        units += b"\0\0"
    units += b"\xff" * (-len(units) % (2 * CHARACTERS_PER_SLOT))
    parts = [units[start : start + 26] for start in range(0, len(units), 26)]
    slots = []
    for number, part in enumerate(parts, start=1):
        order = number | (LAST_SLOT if number == len(parts) else 0)
        head = struct.pack("<B10sBBB", order, part[:10], LONG_NAME, 0, check)
        slots.append(head + struct.pack("<12sH4s", part[10:22], 0, part[22:]))
    return slots[::-1]
