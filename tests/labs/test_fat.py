"""The participants' reader, on a volume that mkfs.fat and mtools made, not our builder."""

import os
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from labs.fat import Volume, open_volume, read_entry, sha256
from labs.fatentries import checksum, local_time
from labs.fatview import (
    find_text,
    runs,
    show_archive,
    show_boot_sector,
    show_bytes,
    show_chain,
    show_deleted,
    show_entry,
    show_files,
    show_first_bytes,
    show_folder,
    show_last_cluster,
    show_member,
)

NOTE = b"meet at the harbour\n" * 120
REPORT = b"%PDF-1.4 not much of a report <script>alert(1)</script>\n" * 30


def run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fat")
    disk = folder / "usb.img"
    with disk.open("wb") as file:
        file.truncate(8 * 1024 * 1024)
    run("/usr/sbin/mkfs.fat", "-F", 16, "-s", 2, "-i", "C0FFEE01", "-n", "HARBOUR", disk)
    for name, data in (("note.txt", NOTE), ("Quarterly report.pdf", REPORT), ("GONE.TXT", NOTE)):
        (folder / name).write_bytes(data)
        moment = datetime(2026, 3, 3, 21, 14, 8).astimezone().timestamp()
        os.utime(folder / name, (moment, moment))
    run("/usr/bin/mmd", "-i", disk, "::Work")
    for name in ("note.txt", "Quarterly report.pdf", "GONE.TXT"):
        run("/usr/bin/mcopy", "-m", "-i", disk, folder / name, "::Work")
    run("/usr/bin/mcopy", "-m", "-i", disk, folder / "note.txt", "::")
    run("/usr/bin/mdel", "-i", disk, "::Work/Quarterly report.pdf")
    run("/usr/bin/mdel", "-i", disk, "::Work/GONE.TXT")
    return disk


@pytest.fixture(scope="module")
def volume(disk: Path) -> Volume:
    return open_volume(str(disk))


def test_reading_changes_nothing(disk: Path) -> None:
    before = (disk.read_bytes(), disk.stat().st_mtime_ns)
    volume = open_volume(str(disk))
    list(volume.walk())
    assert (disk.read_bytes(), disk.stat().st_mtime_ns) == before
    assert volume.image == before[0]


def test_the_layout_is_the_one_that_fsck_reports(disk: Path, volume: Volume) -> None:
    report = subprocess.run(
        ["/usr/sbin/fsck.fat", "-nv", disk], capture_output=True, text=True, check=True
    ).stdout
    assert f"Data area starts at byte {volume.data_offset} " in report
    assert f"{volume.last_cluster - 1} data clusters" in report
    assert volume.bytes_per_cluster == 1024
    assert volume.boot.serial == 0xC0FFEE01


def test_files_are_read_to_the_byte(volume: Volume) -> None:
    assert volume.read(volume.find("Work/note.txt")) == NOTE
    assert volume.read(volume.find("/work/NOTE.TXT")) == NOTE
    assert sha256(NOTE) == sha256(volume.read(volume.find("note.txt")))


def test_slack_is_the_rest_of_the_last_cluster(volume: Volume) -> None:
    entry = volume.find("note.txt")
    assert len(volume.slack(entry)) == -len(NOTE) % 1024
    assert volume.read(entry) + volume.slack(entry) == volume.bytes_of(volume.clusters_of(entry))


def test_deleted_files_keep_size_and_first_cluster(volume: Volume) -> None:
    gone = {entry.name: entry for entry in volume.walk() if entry.deleted}
    assert set(gone) == {"Quarterly report.pdf", "?ONE.TXT"}
    for name, data in (("Quarterly report.pdf", REPORT), ("?ONE.TXT", NOTE)):
        assert gone[name].size == len(data)
        assert volume.recover(gone[name].first_cluster, gone[name].size) == data
        assert volume.chain(gone[name].first_cluster) == []


def test_times_are_local_and_naive(volume: Volume) -> None:
    assert volume.find("note.txt").modified == datetime(2026, 3, 3, 21, 14, 8)


def test_slots_name_what_they_are(volume: Volume) -> None:
    kinds = [slot.kind for slot in volume.slots("Work")]
    assert kinds[:2] == ["folder", "folder"]
    assert kinds.count("part of a long name, deleted") == 2
    assert kinds.count("file, deleted") == 2
    assert "volume label" in [slot.kind for slot in volume.slots()]


def test_clusters_and_bytes_lead_to_each_other(volume: Volume) -> None:
    assert volume.offset_of(2) == volume.data_offset
    assert volume.cluster_at(volume.offset_of(77) + 1023) == 77
    assert volume.cluster_at(volume.data_offset - 1) is None
    assert volume.cluster_at(volume.offset_of(volume.last_cluster)) == volume.last_cluster


@pytest.mark.parametrize("cluster", [0, 1, -5, 60_000])
def test_a_cluster_that_is_not_there_is_refused(volume: Volume, cluster: int) -> None:
    with pytest.raises(ValueError, match="clusters run from 2"):
        volume.offset_of(cluster)


@pytest.mark.parametrize("size", [-1, 10**9])
def test_a_size_that_cannot_be_is_refused(volume: Volume, size: int) -> None:
    with pytest.raises(ValueError, match="do not fit the volume"):
        volume.recover(5, size)


def test_names_that_are_not_there_are_named(volume: Volume) -> None:
    with pytest.raises(FileNotFoundError, match="try: Work"):
        volume.slots("Pictures")
    with pytest.raises(FileNotFoundError, match=r"no file 'x\.txt'"):
        volume.find("Work/x.txt")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", bytes(1024), b"\0" * 510 + b"\x55\xaa"])
def test_what_is_no_fat_volume_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="not a FAT16 volume"):
        Volume(content)


def test_a_chain_in_a_circle_is_reported(volume: Volume) -> None:
    first = volume.find("note.txt").first_cluster
    start = volume.boot.bytes_per_sector * volume.boot.reserved_sectors + 2 * (first + 1)
    broken = bytearray(volume.image)
    broken[start : start + 2] = first.to_bytes(2, "little")
    with pytest.raises(ValueError, match="circle"):
        Volume(bytes(broken)).chain(first)


def test_an_entry_can_be_read_by_itself() -> None:
    entry = read_entry(
        bytes.fromhex("e54c414e4f5320205044462000001c98645c655c0000c4a9635c140214050000")
    )
    assert (entry.name, entry.deleted, entry.first_cluster) == ("?LANOS.PDF", True, 532)
    assert (entry.size, entry.modified) == (1300, datetime(2026, 3, 3, 21, 14, 8))
    assert "1300" in repr(show_entry(entry))


def test_bits_that_name_no_day_are_no_time() -> None:
    assert local_time(0, 0) is None
    assert local_time(0x5C63, 0xA9C4) == datetime(2026, 3, 3, 21, 14, 8)


def test_the_checksum_of_a_short_name_is_the_published_one() -> None:
    assert checksum(b"FILENAMETXT") != checksum(b"FILENAMFTXT")
    assert checksum(b"THEQUI~1FOX") == 0x07  # the example of the specification


def test_views_show_what_lies_there(volume: Volume) -> None:
    assert "sectors per cluster" in repr(show_boot_sector(volume))
    assert "HARBOUR" in repr(show_boot_sector(volume))
    assert "Work" in repr(show_files(volume))
    assert "?ONE.TXT" in repr(show_deleted(volume))
    assert "file, deleted" in repr(show_folder(volume, "Work"))
    first = volume.find("note.txt").first_cluster
    assert "end of the chain" in repr(show_chain(volume, first))
    assert "free" in repr(show_chain(volume, 5000))
    assert "meet at the" in repr(show_first_bytes(volume))
    assert "meet at the h" in repr(show_bytes(volume.image, volume.offset_of(first), 16))
    assert str(first) in repr(find_text(volume, "MEET AT"))


def test_slack_is_marked_in_the_last_cluster(volume: Volume) -> None:
    entry = volume.find("note.txt")
    used = len(NOTE) % 1024
    table = show_last_cluster(volume, entry)
    assert f"ends with byte {used - 1} of" in table.caption
    assert {table.rows[row][0] for row in table.marked} == {str(-(-used // 16) * 16)}
    assert "... 672 bytes 00 ..." in repr(table)


def test_bytes_are_shown_line_by_line_and_long_runs_of_zeros_counted() -> None:
    table = show_bytes(b"A" * 20 + bytes(200) + b"B", 0, 221)
    shown = [row[2] for row in table.rows]
    assert shown[0] == " ".join(["41"] * 16)
    assert shown[2:] == ["... 176 bytes 00 ...", "00 " * 12 + "42"]
    assert show_bytes(b"", 0, 16).caption == "No bytes"
    assert len(show_bytes(b"x" * 9000, 0, 9000).rows) == 256


def test_a_view_runs_no_script_of_the_evidence(volume: Volume) -> None:
    html = find_text(volume, "<script>alert")._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_views_of_what_is_no_archive_say_so() -> None:
    assert "no whole ZIP archive" in repr(show_archive(b"PK"))
    assert "hold no invoice.html" in repr(show_member(b"", "invoice.html"))


@pytest.mark.parametrize(
    ("clusters", "text"), [([], ""), ([7], "7"), ([7, 8, 9, 12, 4, 5], "7-9, 12, 4-5")]
)
def test_clusters_are_written_in_runs(clusters: list[int], text: str) -> None:
    assert runs(clusters) == text
