"""A lab's folder, in a home where the participant's code may have been before."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fronteras.labfolder import FolderTrouble, LabFolder, is_lab_id
from tests.fronteras.stub_service import LAB, lab_files, notebook, pack

NOW = datetime(2026, 11, 21, 14, 5, 33, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def folder(home: Path) -> LabFolder:
    return LabFolder(home, LAB)


def contents(folder: LabFolder) -> dict[str, bytes]:
    base = folder.home / folder.lab
    return {
        str(path.relative_to(base)): path.read_bytes()
        for path in sorted(base.rglob("*"))
        if path.is_file() and path.name != ".files.json"
    }


@pytest.mark.parametrize("lab", ["s2-3-deleted-files", "a", "x1"])
def test_a_lab_id(lab: str) -> None:
    assert is_lab_id(lab)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "../x", "a/b", "A", "a--b", "-a", "a-", "a b", "a\n", "a" * 65, "é"]
)
def test_no_lab_id(text: str) -> None:
    assert not is_lab_id(text)


def test_filling_delivers_all_files(folder: LabFolder) -> None:
    assert not folder.is_whole()
    folder.fill(pack(lab_files()))
    assert contents(folder) == lab_files()
    assert folder.is_whole()
    assert folder.read_notebook() == lab_files()[f"{LAB}.ipynb"]


def test_filling_keeps_what_is_there_and_restores_what_is_missing(folder: LabFolder) -> None:
    folder.fill(pack(lab_files()))
    base = folder.home / LAB
    (base / f"{LAB}.ipynb").write_bytes(b"my work")
    (base / "notes.txt").write_bytes(b"mine too")
    (base / "evidence/usb.img").unlink()
    (base / "lab.json").unlink()
    assert not folder.is_whole()
    folder.fill(pack(lab_files()))
    assert contents(folder) == {
        **lab_files(),
        f"{LAB}.ipynb": b"my work",
        "notes.txt": b"mine too",
    }


@pytest.mark.parametrize("listed", [b"", b"{}", b"[1]", b'["../../x"]', b'["lab.json"]', b"\xff"])
def test_a_spoilt_list_only_means_fetching_again(folder: LabFolder, listed: bytes) -> None:
    folder.fill(pack(lab_files()))
    (folder.home / LAB / ".files.json").write_bytes(listed)
    assert not folder.is_whole()
    folder.fill(pack(lab_files()))
    assert folder.is_whole()


def test_starting_again_keeps_the_old_notebook_beside(folder: LabFolder) -> None:
    folder.fill(pack(lab_files()))
    base = folder.home / LAB
    (base / f"{LAB}.ipynb").write_bytes(b"my work")
    (base / "evidence/usb.img").write_bytes(b"spoilt")
    kept = folder.start_again(pack(lab_files()), NOW)
    assert kept == f"{LAB}.2026-11-21T14-05-33Z.ipynb"
    assert contents(folder) == {**lab_files(), kept: b"my work"}


def test_starting_again_where_nothing_was(folder: LabFolder) -> None:
    assert folder.start_again(pack(lab_files()), NOW) == ""
    assert contents(folder) == lab_files()


def test_starting_again_twice_in_a_second_loses_nothing(folder: LabFolder) -> None:
    folder.fill(pack(lab_files()))
    (folder.home / LAB / f"{LAB}.ipynb").write_bytes(b"first")
    kept = folder.start_again(pack(lab_files()), NOW)
    (folder.home / LAB / f"{LAB}.ipynb").write_bytes(b"second")
    with pytest.raises(FolderTrouble, match="a moment ago"):
        folder.start_again(pack(lab_files()), NOW)
    assert contents(folder) == {**lab_files(), f"{LAB}.ipynb": b"second", kept: b"first"}


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "/etc/outside",
        "evidence/../../outside",
        "evidence//x",
        "evidence/./x",
        "evidence/.hidden",
        "evidence\\x",
        "other.txt",
        "other.ipynb",
        "evidence/",
    ],
)
def test_a_zip_may_not_hold_other_names(folder: LabFolder, name: str) -> None:
    with pytest.raises(FolderTrouble, match="cannot be right"):
        folder.fill(pack({**lab_files(), name: b""}))
    assert not (folder.home / LAB).exists()


def test_a_zip_without_its_notebook_or_no_zip(folder: LabFolder) -> None:
    with pytest.raises(FolderTrouble, match="without their notebook"):
        folder.fill(pack({"lab.json": b"{}"}))
    with pytest.raises(FolderTrouble, match="damaged"):
        folder.fill(b"<html>")
    with pytest.raises(FolderTrouble, match="damaged"):
        folder.fill(pack(lab_files())[:-40])


def test_a_planted_lab_folder_is_not_followed(folder: LabFolder, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / f"{LAB}.ipynb").write_bytes(notebook("secret"))
    (folder.home / LAB).symlink_to(secret)
    for act in (
        folder.read_notebook,
        folder.is_whole,
        lambda: folder.fill(pack(lab_files())),
        lambda: folder.start_again(pack(lab_files()), NOW),
    ):
        with pytest.raises(FolderTrouble, match="is a link") as trouble:
            act()
        assert trouble.value.status == 409
    assert os.listdir(secret) == [f"{LAB}.ipynb"]


def test_a_planted_notebook_is_not_read(folder: LabFolder, tmp_path: Path) -> None:
    folder.fill(pack(lab_files()))
    (tmp_path / "secret").write_bytes(b"secret")
    mine = folder.home / LAB / f"{LAB}.ipynb"
    mine.unlink()
    mine.symlink_to(tmp_path / "secret")
    with pytest.raises(FolderTrouble, match="is a link"):
        folder.read_notebook()
    with pytest.raises(FolderTrouble, match="ordinary file"):
        folder.is_whole()
    kept = folder.start_again(pack(lab_files()), NOW)
    assert (folder.home / LAB / kept).is_symlink()
    assert not mine.is_symlink()
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_planted_evidence_is_not_written_through(folder: LabFolder, tmp_path: Path) -> None:
    (folder.home / LAB).mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder.home / LAB / "evidence").symlink_to(outside)
    with pytest.raises(FolderTrouble, match="is a link"):
        folder.fill(pack(lab_files()))
    assert not list(outside.iterdir())


def test_a_planted_file_is_replaced_not_written_through(folder: LabFolder, tmp_path: Path) -> None:
    folder.fill(pack(lab_files()))
    victim = tmp_path / "victim"
    victim.write_bytes(b"untouched")
    planted = folder.home / LAB / "lab.json"
    planted.unlink()
    planted.symlink_to(victim)
    folder.start_again(pack(lab_files()), NOW)
    assert victim.read_bytes() == b"untouched"
    assert contents(folder)["lab.json"] == lab_files()["lab.json"]


def test_a_pipe_does_not_hang_the_server(folder: LabFolder) -> None:
    folder.fill(pack(lab_files()))
    mine = folder.home / LAB / f"{LAB}.ipynb"
    mine.unlink()
    os.mkfifo(mine)
    with pytest.raises(FolderTrouble, match="ordinary file"):
        folder.read_notebook()


def test_a_huge_notebook_is_not_read_whole(folder: LabFolder) -> None:
    folder.fill(pack(lab_files()))
    with (folder.home / LAB / f"{LAB}.ipynb").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(FolderTrouble, match="too large") as trouble:
        folder.read_notebook()
    assert trouble.value.status == 413


def test_a_missing_notebook_is_named(folder: LabFolder) -> None:
    with pytest.raises(FolderTrouble, match="Open the lab from its page") as trouble:
        folder.read_notebook()
    assert trouble.value.status == 404


def test_nothing_half_written_stays(folder: LabFolder) -> None:
    folder.fill(pack(lab_files()))
    (folder.home / LAB / "lab.json").unlink()
    (folder.home / LAB / "lab.json").mkdir()
    with pytest.raises(FolderTrouble, match="not of the expected kind"):
        folder.start_again(pack(lab_files()), NOW)
    left = {path.name for path in (folder.home / LAB).rglob("*")}
    assert left == {f"{LAB}.ipynb", "lab.json", "evidence", "usb.img", "notes", "custody.txt"} | {
        ".files.json"
    }
