"""What a tree of processes holds is counted once and whole."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fronteras.memory import held_mb

DONE = "print('done', flush=True); time.sleep(60)"


@contextmanager
def program(code: str) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-c", f"import mmap, os, subprocess, sys, threading, time\n{code}"],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"done\n"
        yield process.pid
    finally:
        os.killpg(process.pid, 9)
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize(
    "code",
    [
        f"x = bytearray(b'x' * (100 * 2**20))\n{DONE}",
        f"x = bytearray(b'x' * (100 * 2**20))\nos.fork() and os.fork() and {DONE.split(';')[0]}"
        "\ntime.sleep(60)",
        f"m = mmap.mmap(-1, 100 * 2**20); m[:] = bytes(100 * 2**20)\n{DONE}",
        f"f = os.memfd_create('x'); os.write(f, bytes(100 * 2**20))\n{DONE}",
        'code = \'x = bytearray(b"x" * (100 * 2**20)); import time; '
        + DONE.replace("'", '"')
        + "'\n"
        "start = lambda: (subprocess.Popen([sys.executable, '-c', code]), time.sleep(60))\n"
        "threading.Thread(target=start).start()\ntime.sleep(60)",
    ],
    ids=["held", "shared after a fork", "shared memory", "a file in memory", "a thread's child"],
)
def test_a_hundred_megabytes(code: str) -> None:
    with program(code) as pid:
        assert 100 <= held_mb(pid) < 160


def test_what_is_only_reserved_does_not_count() -> None:
    with program(f"m = mmap.mmap(-1, 2**30)\n{DONE}") as pid:
        assert held_mb(pid) < 60


def test_who_is_gone_holds_nothing() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    assert held_mb(process.pid) == 0
