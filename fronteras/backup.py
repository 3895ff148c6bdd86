"""One file that holds a cohort: made while the server may run, checked in full when restored."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from fronteras.cohort import Cohort, load
from fronteras.creation import link_exercises
from fronteras.settings import CohortError

MANIFEST = "MANIFEST.json"
FORMAT = 1
DATABASES = (Path("gradebook.db"), Path("hub/jupyterhub.sqlite"))
"""Copied last and through SQLite, so that each copy is consistent and no older than the files."""
LEFT_OUT = frozenset(
    [Path("source"), Path("hub/serve.lock"), Path("private/edit.lock")]
    + [Path(f"{name}{end}") for name in DATABASES for end in ("-wal", "-shm", "-journal")]
)
CHUNK = 1 << 20


@dataclass(frozen=True)
class Entry:
    """A file of the backup: its path in the cohort's directory, size in bytes and SHA-256."""

    path: str
    size: int
    sha256: str


def backup(directory: Path, target: Path) -> list[Entry]:
    """Write a cohort into one compressed archive, readable by its owner only.

    Args:
        directory: the cohort's.
        target: the archive; must not exist and not lie in the cohort's directory.

    Returns:
        The files in it.

    Raises:
        CohortError: if the directory is no cohort or the target cannot be taken.
    """
    cohort = load(directory)
    target = target.expanduser().absolute()
    if target.exists():
        raise CohortError(f"{target} exists. Name a new file")
    if target.is_relative_to(cohort.directory):
        raise CohortError(f"{target} lies in the cohort itself. Name a file outside of it")
    if not target.parent.is_dir():
        raise CohortError(f"{target.parent} is no folder. Make it first: mkdir -p {target.parent}")
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    made = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
                entries = _write(archive, cohort.directory)
            file.flush()
            os.fsync(file.fileno())
        made.rename(target)
    except OSError:
        made.unlink(missing_ok=True)
        raise
    return entries


def _write(archive: tarfile.TarFile, directory: Path) -> list[Entry]:
    entries = []
    for path in _walk(directory):
        entry = _add(archive, directory, path)
        entries += [entry] if entry else []
    for name in DATABASES:
        if (directory / name).exists():
            entries.append(_add_database(archive, directory, name))
    manifest = {"format": FORMAT, "files": [asdict(entry) for entry in entries]}
    data = json.dumps(manifest, indent=1).encode()
    info = tarfile.TarInfo(MANIFEST)
    info.size, info.mode = len(data), 0o600
    archive.addfile(info, io.BytesIO(data))
    return entries


def _walk(directory: Path) -> Iterator[Path]:
    """Yield what to keep, relative to the directory, folders before what is in them."""
    for top, folders, files in os.walk(directory):
        here = Path(top).relative_to(directory)
        for name in sorted([*folders, *files]):
            path = here / name
            if path not in LEFT_OUT and path not in DATABASES:
                yield path


def _add(archive: tarfile.TarFile, directory: Path, name: Path) -> Entry | None:
    """Add a file, folder or link as it is: links are kept, never followed, sockets left out."""
    path = directory / name
    try:
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            return _add_file(archive, path, name, status)
        info = _info(name, status)
        if stat.S_ISDIR(status.st_mode):
            info.type = tarfile.DIRTYPE
        elif stat.S_ISLNK(status.st_mode):
            info.type, info.linkname = tarfile.SYMTYPE, str(path.readlink())
        else:
            return None
    except FileNotFoundError:
        return None  # gone since the walk: the server runs
    archive.addfile(info)
    return None


def _add_file(archive: tarfile.TarFile, path: Path, name: Path, status: os.stat_result) -> Entry:
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(number, "rb") as file, tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(file, copy, CHUNK)  # a file that grows meanwhile keeps one size
        return _add_copy(archive, copy, _info(name, status))


def _add_database(archive: tarfile.TarFile, directory: Path, name: Path) -> Entry:
    with tempfile.NamedTemporaryFile() as copy:
        with (
            closing(sqlite3.connect(f"file:{directory / name}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy.name)) as target,
        ):
            source.backup(target)
        with Path(copy.name).open("rb") as file:
            return _add_copy(archive, file, _info(name, (directory / name).stat()))


def _add_copy(archive: tarfile.TarFile, copy: IO[bytes], info: tarfile.TarInfo) -> Entry:
    copy.seek(0)
    digest = hashlib.sha256()
    while chunk := copy.read(CHUNK):
        digest.update(chunk)
    info.size = copy.tell()
    copy.seek(0)
    archive.addfile(info, copy)
    return Entry(info.name, info.size, digest.hexdigest())


def _info(name: Path, status: os.stat_result) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name.as_posix())
    info.mode, info.mtime = stat.S_IMODE(status.st_mode), status.st_mtime
    info.uid, info.gid = status.st_uid, status.st_gid
    return info


def restore(source: Path, directory: Path) -> Cohort:
    """Unpack a backup into a new directory once all of it has been found right.

    Args:
        source: the archive.
        directory: must not exist, or be empty.

    Raises:
        CohortError: if the directory holds something, or the archive is damaged or not ours.
    """
    directory = directory.expanduser().absolute()
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise CohortError(f"{directory} is not empty. A backup is restored into a new directory")
    if not source.is_file():
        raise CohortError(f"{source} is no file. Name a backup")
    directory.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        _unpack(source, made)
        link_exercises(made)
        load(made)
        made.rename(directory)
    except (OSError, EOFError, ValueError, KeyError, zlib.error, tarfile.TarError) as error:
        shutil.rmtree(made)
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of this machine: no room, no permission
        raise CohortError(f"{source} is damaged: {error}. Take another backup") from error
    except CohortError:
        shutil.rmtree(made)
        raise
    return load(directory)


def _unpack(source: Path, directory: Path) -> None:
    """Write the archive's files, then its links, so that nothing is written through a link."""
    found: dict[str, Entry] = {}
    manifest: dict[str, object] = {}
    last: list[tarfile.TarInfo] = []
    with tarfile.open(source, "r:gz") as archive:
        for info in archive:
            path = _inside(directory, info.name)
            if info.name == MANIFEST:
                manifest = json.load(_content(archive, info))
            elif info.isdir():
                path.mkdir(mode=0o700)
                last.append(info)
            elif info.issym():
                last.append(info)
            elif info.isreg():
                found[info.name] = _extract(_content(archive, info), path, info)
            else:
                raise tarfile.ReadError(f"{info.name} is of a kind that backups do not hold")
    if manifest.get("format") != FORMAT:
        raise CohortError(f"{source} is no backup of a cohort that this version can read")
    if manifest["files"] != [asdict(entry) for entry in found.values()]:
        raise CohortError(f"{source} is damaged: checksums differ. Take another backup")
    for info in reversed(last):
        path = directory / info.name
        if info.issym():
            path.symlink_to(info.linkname)
        else:
            path.chmod(info.mode & 0o777)
        _own(path, info)


def _inside(directory: Path, name: str) -> Path:
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts:
        raise tarfile.ReadError(f"{name} would lie outside the cohort")
    path = directory / parts
    if path.exists() or not path.parent.is_dir():
        raise tarfile.ReadError(f"{name} stands twice or in no folder")
    return path


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(info)
    if content is None:
        raise tarfile.ReadError(f"{info.name} has no content")
    return content


def _extract(content: IO[bytes], path: Path, info: tarfile.TarInfo) -> Entry:
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as file:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            size += file.write(chunk)
    path.chmod(info.mode & 0o777)
    os.utime(path, (info.mtime, info.mtime))
    _own(path, info)
    return Entry(info.name, size, digest.hexdigest())


def _own(path: Path, info: tarfile.TarInfo) -> None:
    if os.geteuid() == 0:  # an ordinary user owns all of it anyway
        os.chown(path, info.uid, info.gid, follow_symlinks=False)
