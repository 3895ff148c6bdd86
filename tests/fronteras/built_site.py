"""Builds the course site as the command does: in a process of its own, with nothing patched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fronteras.places import REPOSITORY

BUILD = "import sys, pathlib, fronteras.site as s; print(s.build(pathlib.Path(sys.argv[1])))"


def build(output: Path, root: Path = REPOSITORY) -> str:
    """Build the site of a checkout and return ``True`` or ``False``, or its last line of trouble.

    Args:
        output: the directory to fill.
        root: a checkout's directory; its own code runs.
    """
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(output)], cwd=root, capture_output=True, text=True
    )
    return done.stdout.strip() or done.stderr[done.stderr.rindex("SiteError") :]
