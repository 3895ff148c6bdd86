"""The image builder: independent tools read what was described."""

import re
import struct
import subprocess
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from grading.fatimage import CLUSTER, SECTOR, SECTORS, File, Folder, Geometry, Volume, image

FORMATTED = datetime(2025, 9, 1, 8, 0)
WHEN = datetime(2026, 2, 27, 23, 59, 58)
GEOMETRY = Geometry(4, 512, 0x1A2BC34D, "GALERNA", FORMATTED)


def file(name: str, data: bytes, clusters: tuple[int, ...], *, deleted: bool = False) -> File:
    return File(name, data, clusters, WHEN, WHEN, date(2026, 3, 1), deleted)


LETTER = file("Letter to the harbour.txt", b"Dear harbour\n" * 100, (500, 501))
SPLIT = file("SPLIT.BIN", bytes(range(256)) * 10, (700, 710, 705))
GONE = file("SECRET.TXT", b"nobody reads this " * 90, (900, 901), deleted=True)
LONG_GONE = file("Plans for March.txt", b"march " * 300, (920, 921), deleted=True)
HIDING = file("SHORT.TXT", b"short", (950,))
VOLUME = Volume(
    GEOMETRY,
    (LETTER, Folder("Trabajo", (SPLIT, GONE, LONG_GONE, HIDING), (600,), FORMATTED)),
    {950: b"x" * 600 + b"hidden@ventmail.example"},
)


def tool(*command: object) -> bytes:
    return subprocess.run(
        [str(word) for word in command], capture_output=True, check=True, env={"TZ": "UTC"}
    ).stdout


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "usb.img"
    path.write_bytes(image(VOLUME))
    return path


def inode(disk: Path, name: str) -> str:
    listing = tool("/usr/bin/fls", "-rp", "-f", "fat16", disk).decode()
    found = re.search(rf"^r/r (?:\* )?(\d+):\s+{re.escape(name)}$", listing, flags=re.MULTILINE)
    assert found, listing
    return found[1]


def test_an_image_has_eight_mebibytes_and_is_the_same_each_time() -> None:
    assert len(image(VOLUME)) == SECTOR * SECTORS == 8 * 1024 * 1024
    assert image(VOLUME) == image(VOLUME)


@pytest.mark.parametrize("reserved", [1, 7, 24])
@pytest.mark.parametrize("entries", [256, 512, 768])
def test_fsck_finds_the_volume_clean(tmp_path: Path, reserved: int, entries: int) -> None:
    geometry = replace(GEOMETRY, reserved_sectors=reserved, root_entries=entries)
    path = tmp_path / "usb.img"
    path.write_bytes(image(replace(VOLUME, geometry=geometry)))
    report = tool("/usr/sbin/fsck.fat", "-nv", path).decode()
    assert f"Data area starts at byte {geometry.data_offset} " in report
    assert f"{geometry.last_cluster - 1} data clusters" in report
    assert not re.search(r"differ|error|bad|invalid|unused cluster.*reclaim", report, re.IGNORECASE)


def test_sleuthkit_sees_layout_serial_and_label(disk: Path) -> None:
    report = tool("/usr/bin/fsstat", "-f", "fat16", disk).decode()
    assert "Volume ID: 0x1a2bc34d" in report
    assert re.search(r"Volume Label \(Root Directory\): GALERNA", report)
    assert f"Cluster Size: {CLUSTER}" in report
    assert f"Total Cluster Range: 2 - {GEOMETRY.last_cluster}" in report
    assert f"** Cluster Area: {GEOMETRY.data_offset // SECTOR} - " in report


@pytest.mark.parametrize("one", [LETTER, SPLIT], ids=lambda one: one.name)
def test_mtools_copies_a_file_out(disk: Path, tmp_path: Path, one: File) -> None:
    folder = "" if one is LETTER else "Trabajo/"
    tool("/usr/bin/mcopy", "-i", disk, f"::{folder}{one.name}", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == one.data


def test_mtools_lists_names_and_times(disk: Path) -> None:
    listing = tool("/usr/bin/mdir", "-i", disk, "::").decode()
    assert "Serial Number is 1A2B-C34D" in listing
    assert re.search(
        r"LETTER~1 TXT\s+1300 2026-02-27\s+23:59\s+Letter to the harbour\.txt", listing
    )


def test_sleuthkit_recovers_deleted_files(disk: Path) -> None:
    assert (
        tool("/usr/bin/icat", "-f", "fat16", disk, inode(disk, "Trabajo/_ECRET.TXT")) == GONE.data
    )
    number = inode(disk, "Trabajo/Plans for March.txt")
    assert tool("/usr/bin/icat", "-f", "fat16", disk, number) == LONG_GONE.data


def test_sleuthkit_reads_times_and_first_cluster_of_a_deleted_file(disk: Path) -> None:
    report = tool("/usr/bin/istat", "-f", "fat16", disk, inode(disk, "Trabajo/_ECRET.TXT")).decode()
    assert "Not Allocated" in report
    assert f"Size: {len(GONE.data)}" in report
    assert "Written:\t2026-02-27 23:59:58 (UTC)" in report
    assert str(GEOMETRY.cluster_offset(900) // SECTOR) in report


def test_slack_keeps_what_was_there_and_the_sector_is_filled_with_zeros(disk: Path) -> None:
    number = inode(disk, "Trabajo/SHORT.TXT")
    with_slack = tool("/usr/bin/icat", "-s", "-f", "fat16", disk, number)
    assert with_slack == b"short".ljust(SECTOR, b"\0") + (
        b"x" * 88 + b"hidden@ventmail.example"
    ).ljust(SECTOR, b"\0")


def test_a_deleted_file_is_overwritten_by_one_that_is_there() -> None:
    later = file("LATER.TXT", b"later " * 200, (901, 902))
    disk = image(Volume(GEOMETRY, (GONE, later)))
    start = GEOMETRY.cluster_offset(900)
    assert disk[start : start + CLUSTER] == GONE.data[:CLUSTER]
    assert disk[start + CLUSTER :].startswith(later.data)


def test_a_deleted_file_is_overwritten_by_one_deleted_later() -> None:
    later = replace(
        file("LATER.TXT", b"l" * 1500, (900, 901), deleted=True), created=datetime(2026, 3, 1)
    )
    disk = image(Volume(GEOMETRY, (later, GONE)))
    assert disk[GEOMETRY.cluster_offset(900) :].startswith(later.data)


def test_both_fats_say_the_same() -> None:
    disk = image(VOLUME)
    size = GEOMETRY.fat_sectors * SECTOR
    start = GEOMETRY.reserved_sectors * SECTOR
    first, second = disk[start : start + size], disk[start + size : start + 2 * size]
    assert first == second
    table = struct.unpack(f"<{size // 2}H", first)
    assert (table[700], table[710], table[705], table[900]) == (710, 705, 0xFFFF, 0)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ((file("A.TXT", b"a", (500,)), file("B.TXT", b"b", (500,))), "taken twice"),
        ((file("A.TXT", b"a", (60_000,)),), "not on the volume"),
        ((file("A.TXT", b"a" * 1025, (500,)),), "do not fit"),
        ((Folder("F", tuple(file(f"{n}.TXT", b"a", (n,)) for n in range(500, 540)), (499,), WHEN),),
         "cannot hold"),
    ],
    ids=["shared", "beyond", "size", "full folder"],
)  # fmt: skip
def test_what_cannot_be_is_refused(items: tuple[File | Folder, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        image(Volume(GEOMETRY, items))
