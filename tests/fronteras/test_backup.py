from __future__ import annotations

import gzip
import io
import json
import os
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from fronteras import demo, passwords
from fronteras.backup import MANIFEST, backup, restore
from fronteras.cli import main
from fronteras.cohort import CohortError, load


@pytest.fixture
def lived_in(cohort_directory: Path) -> Path:
    """A cohort with an attempt, a home with links in it, and both databases."""
    attempt = cohort_directory / "attempts" / "s1-2-offences" / "ana" / "0001"
    attempt.mkdir(parents=True)
    (attempt / "receipt.json").write_text('{"attempt": 1}')
    home = cohort_directory / "homes" / "ana"
    home.mkdir()
    (home / "Notizen ñ.txt").write_text("mine")
    (home / "passwd").symlink_to("/etc/passwd")
    (home / "up").symlink_to("../../private")
    (home / "run.sh").write_text("true")
    (home / "run.sh").chmod(0o755)
    os.mkfifo(home / "pipe")
    for name in ("gradebook.db", "hub/jupyterhub.sqlite"):
        with closing(sqlite3.connect(cohort_directory / name)) as database, database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE grade (points)")
            database.execute("INSERT INTO grade VALUES (7)")
    return cohort_directory


def tree(directory: Path) -> dict[str, object]:
    """Return everything that a backup keeps: content, link or folder, with its mode."""
    found: dict[str, object] = {}
    for path in sorted(directory.rglob("*")):
        name, status = str(path.relative_to(directory)), path.lstat()
        if stat.S_ISLNK(status.st_mode):
            found[name] = path.readlink()
        elif stat.S_ISDIR(status.st_mode):
            found[name] = stat.S_IMODE(status.st_mode)
        elif stat.S_ISREG(status.st_mode):
            # a copy of a database has the same rows, checked below, and other page counters
            content = b"" if path.suffix in (".db", ".sqlite") else path.read_bytes()
            found[name] = (stat.S_IMODE(status.st_mode), content)
    return found


def test_what_is_restored_is_what_was_backed_up(lived_in: Path, tmp_path: Path) -> None:
    file, there = tmp_path / "demo.tar.gz", tmp_path / "there"
    before = tree(lived_in)
    entries = backup(lived_in, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert restore(file, there).id == "demo"
    assert tree(there) == before
    assert {entry.path for entry in entries} == {
        name for name, value in before.items() if isinstance(value, tuple)
    }
    cohort = load(there)
    assert cohort.secret == load(lived_in).secret
    assert passwords.verify(demo.sign_ins(lived_in)["ana"], passwords.load(cohort.passwords)["ana"])
    for name in ("gradebook.db", "hub/jupyterhub.sqlite"):
        with closing(sqlite3.connect(there / name)) as database:
            assert database.execute("SELECT points FROM grade").fetchall() == [(7,)]


def test_a_database_in_use_is_copied_as_it_was_last_committed(
    lived_in: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(lived_in / "gradebook.db")) as writer:
        writer.execute("INSERT INTO grade VALUES (8)")
        writer.commit()
        writer.execute("INSERT INTO grade VALUES (9)")
        backup(lived_in, tmp_path / "demo.tar.gz")
    restore(tmp_path / "demo.tar.gz", tmp_path / "there")
    with closing(sqlite3.connect(tmp_path / "there" / "gradebook.db")) as database:
        assert database.execute("SELECT points FROM grade").fetchall() == [(7,), (8,)]


def test_nothing_is_overwritten(lived_in: Path, tmp_path: Path) -> None:
    file = tmp_path / "demo.tar.gz"
    backup(lived_in, file)
    before = file.read_bytes()
    with pytest.raises(CohortError, match=r"exists\. Name a new file"):
        backup(lived_in, file)
    assert file.read_bytes() == before
    with pytest.raises(CohortError, match="lies in the cohort itself"):
        backup(lived_in, lived_in / "demo.tar.gz")
    with pytest.raises(CohortError, match="mkdir -p"):
        backup(lived_in, tmp_path / "none" / "demo.tar.gz")
    content = tree(lived_in)
    with pytest.raises(CohortError, match="is not empty"):
        restore(file, lived_in)
    assert tree(lived_in) == content
    with pytest.raises(CohortError, match="is no file"):
        restore(tmp_path / "none.tar.gz", tmp_path / "there")


def test_the_commands_say_what_they_did(lived_in: Path, tmp_path: Path) -> None:
    file, there = str(tmp_path / "demo.tar.gz"), str(tmp_path / "there")
    made = CliRunner().invoke(main, ["--cohort", str(lived_in), "backup", file])
    assert made.exit_code == 0, made.output
    assert "It holds all secrets" in made.stdout
    back = CliRunner().invoke(main, ["restore", file, there])
    assert back.exit_code == 0, back.output
    assert f"--cohort {there} serve" in back.stdout
    again = CliRunner().invoke(main, ["restore", file, there])
    assert again.exit_code == 1
    assert again.stderr.startswith("Error: ")
    assert "is not empty" in again.stderr


Change = Callable[[bytes], bytes]


def members(change: Callable[[dict[str, tuple[tarfile.TarInfo, bytes]]], None]) -> Change:
    """Return a change of an archive's members."""

    def apply(data: bytes) -> bytes:
        found: dict[str, tuple[tarfile.TarInfo, bytes]] = {}
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for info in archive:
                content = archive.extractfile(info) if info.isreg() else None
                found[info.name] = (info, content.read() if content else b"")
        change(found)
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w:gz") as archive:
            for info, content_bytes in found.values():
                info.size = len(content_bytes)
                archive.addfile(info, io.BytesIO(content_bytes))
        return target.getvalue()

    return apply


@members
def other_content(found: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
    found["roster.csv"] = (found["roster.csv"][0], found["roster.csv"][1].replace(b"ana", b"bob"))


@members
def lost_file(found: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
    del found["private/secret"]


@members
def added_file(found: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
    found["homes/x"] = (tarfile.TarInfo("homes/x"), b"x")


@members
def outside(found: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
    found["x"] = (tarfile.TarInfo("../escaped"), b"x")


@members
def through_a_link(found: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
    link = tarfile.TarInfo("aaa")
    link.type, link.linkname = tarfile.SYMTYPE, ".."
    rest = dict(found)
    found.clear()
    found["aaa"] = (link, b"")
    found["aaa/escaped"] = (tarfile.TarInfo("aaa/escaped"), b"x")
    found.update(rest)


@members
def a_device(found: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
    device = tarfile.TarInfo("homes/null")
    device.type, device.devmajor, device.devminor = tarfile.CHRTYPE, 1, 3
    found["homes/null"] = (device, b"")


@members
def other_format(found: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
    manifest = json.loads(found[MANIFEST][1])
    manifest["format"] = 99
    found[MANIFEST] = (found[MANIFEST][0], json.dumps(manifest).encode())


@members
def no_manifest(found: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
    del found[MANIFEST]


@pytest.mark.parametrize(
    "change",
    [
        other_content,
        lost_file,
        added_file,
        outside,
        through_a_link,
        a_device,
        other_format,
        no_manifest,
        lambda data: data[: len(data) // 2],
        lambda data: data[:600] + bytes([data[600] ^ 1]) + data[601:],
        lambda data: b"not an archive",
        lambda data: gzip.compress(b"nor this"),
        lambda data: b"",
    ],
)
def test_a_damaged_backup_restores_nothing(lived_in: Path, tmp_path: Path, change: Change) -> None:
    file = tmp_path / "demo.tar.gz"
    backup(lived_in, file)
    file.write_bytes(change(file.read_bytes()))
    before = tree(tmp_path)
    with pytest.raises(CohortError, match=r"demo\.tar\.gz is (damaged|no backup)"):
        restore(file, tmp_path / "there")
    assert tree(tmp_path) == before
