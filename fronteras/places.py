"""Where the repository keeps what the running system needs; the package is installed editable."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
EXERCISES = REPOSITORY / "exercises"
"""nbgrader's source notebooks."""
SITE = REPOSITORY / "build" / "site"
"""The built course site."""
PROXY = REPOSITORY / "build" / "proxy" / "node_modules" / ".bin" / "configurable-http-proxy"
"""JupyterHub's proxy, a script for node, installed by ``make setup``."""
DEMO = REPOSITORY / "var" / "demo"
"""The demo cohort that ``make serve`` makes."""
