"""How much memory a process and all that descends from it hold, as Linux accounts for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_MEMORY_FILE = "/memfd:"


def held_mb(process: int) -> int:
    """Return what a tree of processes holds, in MiB; what several share counts once.

    Memory that is only reserved does not count. Files in memory (``memfd_create``) do, even where
    nobody maps them, and twice where somebody does. A process that ends meanwhile counts for
    nothing.

    Args:
        process: the id of its root.

    Raises:
        PermissionError: if one of them hides what it holds (``PR_SET_DUMPABLE``).
    """
    held, files, waiting = 0, dict[tuple[int, int], int](), [process]
    while waiting:
        place = _PROC / str(waiting.pop())
        try:
            waiting += _children(place)
            held += _proportional(place)
            files.update(_memory_files(place))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return (held + sum(files.values())) // 2**20


def _children(place: Path) -> list[int]:
    """Return the ids of the children of all threads of a process."""
    lists = [(task / "children").read_text() for task in (place / "task").iterdir()]
    return [int(child) for line in lists for child in line.split()]


def _proportional(place: Path) -> int:
    """Return one process's share of what it maps, in bytes."""
    for line in (place / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0  # a process that is ending maps nothing any more


def _memory_files(place: Path) -> Iterator[tuple[tuple[int, int], int]]:
    """Return identity and size in bytes of each file that exists in memory only."""
    for link in (place / "fd").iterdir():
        try:
            if str(link.readlink()).startswith(_MEMORY_FILE):
                status = os.stat(link)
                yield (status.st_dev, status.st_ino), status.st_blocks * 512
        except FileNotFoundError:
            continue
