"""What one participant costs a machine: ``make bench``.

A real hub serves a demo cohort; several participants open a lab each, run a cell and submit. One
figure a line. Memory is the proportional set size, in which pages that processes share count once
among them.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from fronteras.cohort import load
from fronteras.demo import create_demo, sign_ins
from fronteras.places import REPOSITORY, SITE
from fronteras.release import release
from fronteras.site import build
from grading.sandbox import hand_over
from tests.fronteras.running_hub import Browser, RunningHub, running_hub, until

PARTICIPANTS = ("ana", "bruno", "claire", "david")
LAB = "s2-3-deleted-files"
CLASSES = (10, 40, 100)
KEPT = ("homes", "attempts", "submitted", "autograded")
"""What the cohort's directory keeps of its participants."""


def main() -> None:
    """Print the figures."""
    print(f"cores: {len(os.sched_getaffinity(0))}")
    build(SITE)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder, "demo")
        create_demo(directory, datetime.now(UTC))
        release(load(directory))
        hand_over(directory / "homes")
        with running_hub(directory, SITE) as hub:
            _measure(hub, sign_ins(directory))


def _measure(hub: RunningHub, passwords: dict[str, str]) -> None:
    base = _memory_mb(hub.process.pid)
    opened = []
    browsers = []
    for name in PARTICIPANTS:
        browser = hub.login(name, passwords[name])
        opened.append(_seconds(browser, _open))
        browsers.append(browser)
    each = (_memory_mb(hub.process.pid) - base) / len(browsers)
    scored = [_seconds(browser, _submit) for browser in browsers]
    print(f"memory_of_the_hub_mb: {base:.0f}")
    print(f"memory_of_a_participant_mb: {each:.0f}")
    for people in CLASSES:
        print(f"memory_of_{people}_participants_gb: {(base + people * each) / 1024:.1f}")
    print(f"disk_of_the_installation_gb: {_disk_mb(REPOSITORY / '.venv') / 1024:.1f}")
    each = sum(_disk_mb(hub.directory / name) for name in KEPT) / len(browsers)
    print(f"disk_of_a_participant_with_one_lab_mb: {each:.0f}")
    print(f"seconds_to_open_a_lab_median: {statistics.median(opened):.1f}")
    print(f"seconds_from_submit_to_points_median: {statistics.median(scored):.1f}")


def _open(browser: Browser) -> None:
    """Start a server, fetch the lab, run a cell: what opening a lab takes after the sign-in."""
    browser.start_server()
    answer = browser.get(f"{browser.server}fronteras/open?lab={LAB}")
    answer.raise_for_status()
    browser.start_kernel(f"{LAB}/{LAB}.ipynb").run("import labs.fat")


def _submit(browser: Browser) -> None:
    answer = browser.send("POST", f"{browser.server}fronteras/api/labs/{LAB}/submit")
    answer.raise_for_status()
    until(lambda: _status(browser) == "scored", 120)


def _status(browser: Browser) -> str:
    answer = browser.get(f"{browser.server}fronteras/api/labs/{LAB}/submissions")
    return str(answer.json()["attempts"][0]["status"])


def _seconds(browser: Browser, action: Callable[[Browser], None]) -> float:
    start = time.monotonic()
    action(browser)
    return time.monotonic() - start


def _disk_mb(folder: Path) -> float:
    """Return the room that a folder takes on the disk, in MiB."""
    files = (path.lstat() for path in folder.rglob("*"))
    return sum(status.st_blocks * 512 for status in files) / 2**20


def _memory_mb(root: int) -> float:
    """Return the memory of a process and all its descendants, in MiB."""
    parents = {int(path.name): _parent(path) for path in Path("/proc").glob("[0-9]*")}
    tree, grown = {root}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in tree} - tree
        tree, grown = tree | more, bool(more)
    return sum(_pss_kb(pid) for pid in tree) / 1024


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
