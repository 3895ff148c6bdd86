"""The course site: built by MkDocs into a directory of static files."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.exceptions import MkDocsException

ROOT = Path(__file__).resolve().parent.parent
"""The project's directory, which holds ``mkdocs.yml``, ``docs/`` and ``exercises/``."""
FINGERPRINT = ".fingerprint"
"""The file in a built site that says from what it was built."""
_SOURCES = (
    "mkdocs.yml",
    "docs",
    "exercises",
    "fronteras/glossary.py",
    "fronteras/notebook_pages.py",
    "fronteras/release.py",
    "fronteras/site.py",
    "fronteras/site_hooks.py",
    "fronteras/theme",
)
_PACKAGES = ("mkdocs", "mkdocs-material", "mkdocs-jupyter", "mkdocs-static-i18n", "nbgrader")


class SiteError(Exception):
    """The site could not be built; the message names what MkDocs complained about."""


def build(output: Path, strict: bool = True) -> bool:
    """Build the course site, unless what stands there was built from the same sources.

    The new site takes the old one's place only when it is whole.

    Args:
        output: the directory to fill.
        strict: whether a warning, for instance of a broken link, is an error.

    Returns:
        Whether anything had to be built.

    Raises:
        SiteError: if MkDocs fails or, when strict, warns.
    """
    wanted = fingerprint()
    if _built_from(output) == wanted:
        return False
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=output.parent) as scratch:
        fresh = Path(scratch) / "site"
        _run_mkdocs(fresh, strict)
        (fresh / FINGERPRINT).write_text(wanted, encoding="ascii")
        if output.exists():
            output.rename(Path(scratch) / "old")
        fresh.rename(output)
    return True


def fingerprint() -> str:
    """Return a SHA-256 of all that the site is made from, as hexadecimal digits."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        digest.update(f"{package} {version(package)}\n".encode())
    for path in _sources():
        digest.update(f"{path.relative_to(ROOT)} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for name in _SOURCES:
        source = ROOT / name
        paths = sorted(source.rglob("*")) if source.is_dir() else [source]
        for path in paths:
            if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts):
                yield path


def _built_from(output: Path) -> str | None:
    try:
        return (output / FINGERPRINT).read_text(encoding="ascii")
    except FileNotFoundError:
        return None


class _Complaints(logging.Handler):
    """Collects what MkDocs warns of, so that an error can say it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _run_mkdocs(output: Path, strict: bool) -> None:
    log, complaints = logging.getLogger("mkdocs"), _Complaints()
    log.addHandler(complaints)
    try:
        config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(output), strict=strict)
        config.plugins.on_startup(command="build", dirty=False)
        try:
            mkdocs_build(config)
        finally:
            config.plugins.on_shutdown()
    except MkDocsException as error:
        trouble = "\n  ".join(complaints.lines) or str(error)
        raise SiteError(f"the course site could not be built:\n  {trouble}") from error
    finally:
        log.removeHandler(complaints)
    if strict and complaints.lines:
        raise SiteError("the course site has faults:\n  " + "\n  ".join(complaints.lines))
