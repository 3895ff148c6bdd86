"""Sets up all that Fronteras needs, with nothing but Python's standard library.

``python3 bootstrap.py`` makes ``.venv`` and ``build/proxy``; ``python3 bootstrap.py tests`` makes
sure of the programs that only the test suite needs. A step is done again only when what it depends
on has changed, so a second run takes no time and no network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PROXY = ROOT / "build" / "proxy"
LOCK = ROOT / "requirements.lock"
PROXY_FILES = (ROOT / "fronteras/proxy/package.json", ROOT / "fronteras/proxy/package-lock.json")
FORENSIC = {"sleuthkit": "fls", "mtools": "mdir", "dosfstools": "fsck.fat"}
"""Debian packages that the tests need, each with a program that shows it is there."""


def main(arguments: list[str]) -> None:
    """Set up the platform or, for ``tests``, the programs of the test suite."""
    if arguments == ["tests"]:
        test_programs()
        return
    step("venv", [], environment, f"Making a virtual environment in {VENV.name}")
    step("packages", [LOCK], packages, "Installing the Python packages (some minutes, once)")
    step("fronteras", [ROOT / "pyproject.toml"], project, "Installing Fronteras itself")
    step("proxy", PROXY_FILES, proxy, "Installing the hub's proxy")


def step(name: str, inputs: Iterable[Path], run: Callable[[], None], text: str) -> None:
    """Run a step unless it has run, here and with this Python, since its inputs changed."""
    stamp = VENV / f".fronteras-{name}"
    digest = hashlib.sha256(f"{ROOT} {sys.version_info[:2]} {sys.base_prefix}".encode())
    for path in inputs:
        digest.update(path.read_bytes())
    wanted = digest.hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    start = time.monotonic()
    print(f"• {text}", flush=True)
    run()
    stamp.write_text(wanted)
    print(f"  done in {time.monotonic() - start:.0f} s", flush=True)


def environment() -> None:
    """Make the virtual environment; one of another Python or another place is made anew."""
    if sys.version_info < (3, 11):  # noqa: UP036  # what runs this is the system's Python
        stop(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    try:
        import ensurepip  # noqa: F401  # Debian keeps it in a package of its own
        import venv  # noqa: F401
    except ImportError:
        stop("Python's venv is missing. Install it, then try again:", "apt install python3-venv")
    moved = (VENV / ".fronteras-venv").exists()
    command([sys.executable, "-m", "venv", *(["--clear"] if moved else []), str(VENV)])


def packages() -> None:
    """Install what ``requirements.lock`` pins, each file checked against its hash."""
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    total = sum("==" in line for line in LOCK.read_text().splitlines())
    argv = [*pip, "--require-hashes", "--progress-bar", "off", "-r", str(LOCK)]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    last: list[str] = []
    seen = 0
    for line in process.stdout:
        last = [*last[-19:], line.rstrip()]
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            seen += 1
            progress(f"{seen} of about {total} packages found")
        if line.startswith("Installing collected"):
            progress("unpacking them (a minute or two)", end=True)
    if process.wait() != 0:
        print()
        stop("\n".join(last), "\nThe packages could not be installed. Is there a network?")


def progress(text: str, *, end: bool = False) -> None:
    """Show how far a step is: on a terminal in one line that is written over, else at its end."""
    if sys.stdout.isatty():
        print(f"\r  {text:<60}", end="\n" if end else "", flush=True)
    elif end:
        print(f"  {text}", flush=True)


def project() -> None:
    """Install this repository's packages, editable, without network."""
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    command([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])


def proxy() -> None:
    """Install the proxy with the node that came as a Python package."""
    PROXY.mkdir(parents=True, exist_ok=True)
    for path in PROXY_FILES:
        shutil.copyfile(path, PROXY / path.name)
    binaries = VENV / "bin"
    cache = ROOT / "build" / "npm-cache"
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-update-notifier"]
    command(
        [str(binaries / "npm"), "ci", "--omit=dev", *quiet, "--cache", str(cache)],
        cwd=PROXY,
        env={**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', os.defpath)}"},
    )
    shutil.rmtree(cache, ignore_errors=True)


def command(argv: list[str], cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command; where it fails, show what it said and stop."""
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        stop(done.stdout[-3000:] + done.stderr[-3000:], f"This failed: {' '.join(argv)}")


def test_programs() -> None:
    """Make sure of Chromium and the forensic tools: root installs them, others are told how."""
    # Debian keeps fsck.fat where an ordinary user's PATH does not look
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    known = {**FORENSIC, "chromium": "chromium"}
    missing = [name for name, program in known.items() if not shutil.which(program, path=places)]
    if not missing:
        return
    wanted = [*missing, "fonts-dejavu-core"] if "chromium" in missing else missing
    install = f"apt-get install -y --no-install-recommends {' '.join(wanted)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        stop("The tests need programs that are not here. Install them:", f"sudo {install}")
    print(f"• Installing what the tests need: {' '.join(wanted)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command(["apt-get", "update"], env=environment)
    command(install.split(), env=environment)


def stop(*lines: str) -> NoReturn:
    """End with a message."""
    sys.exit("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1:])
