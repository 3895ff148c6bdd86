"""What a participant sees of a FAT volume: one call, one table. Nothing here decides anything."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from datetime import datetime

from labs.fat import LAST, Entry, Volume
from labs.tables import Table

MAX_SHOWN = 4096
"""The most bytes that one table shows."""
MAX_HITS = 100
"""The most places that a search shows."""
CONTEXT = 24
"""Characters shown on either side of a hit."""


def show_boot_sector(volume: Volume) -> Table:
    """Show the fields of the boot sector that describe the volume."""
    boot = volume.boot
    fields = (
        ("bytes per sector", boot.bytes_per_sector),
        ("sectors per cluster", boot.sectors_per_cluster),
        ("reserved sectors (before the first FAT)", boot.reserved_sectors),
        ("number of FATs", boot.number_of_fats),
        ("sectors per FAT", boot.sectors_per_fat),
        ("slots in the root folder (32 bytes each)", boot.root_entries),
        ("sectors in all", boot.total_sectors or boot.total_sectors_large),
        ("volume label", boot.label.decode("latin-1").rstrip()),
        ("file system", boot.type.decode("latin-1").rstrip()),
    )
    return Table("The boot sector, in decimal numbers", ("field", "value"), fields)


def show_files(volume: Volume) -> Table:
    """Show the files and folders that are there."""
    rows = [
        (
            entry.folder or "/",
            entry.name,
            "folder" if entry.is_folder else "file",
            entry.size,
            runs(volume.clusters_of(entry)),
            _when(entry.modified),
            _when(entry.created),
        )
        for entry in volume.walk()
        if not entry.deleted
    ]
    headings = ("in", "name", "kind", "size", "clusters", "modified (local)", "created (local)")
    return Table("What is there", headings, rows)


def show_deleted(volume: Volume) -> Table:
    """Show the entries of deleted files and what the FAT says about their clusters today."""
    rows = [_deleted_row(volume, entry) for entry in volume.walk() if entry.deleted]
    headings = (
        *("in", "name", "size", "first cluster", "clusters it needs"),
        *("of these in use today", "first bytes there today", "modified (local)"),
        "created (local)",
    )
    return Table("Entries of deleted files", headings, rows)


def _deleted_row(volume: Volume, entry: Entry) -> tuple[object, ...]:
    clusters = volume.clusters_of(entry)
    used = [cluster for cluster in clusters if volume.fat[cluster]]
    head = volume.bytes_of(clusters[:1])[:8]
    return (
        entry.folder or "/",
        entry.name,
        entry.size,
        entry.first_cluster,
        runs(clusters),
        runs(used) or "none",
        f"{head.hex(' ')}  {printable(head)}",
        _when(entry.modified),
        _when(entry.created),
    )


def show_folder(volume: Volume, folder: str = "") -> Table:
    """Show every 32-byte slot of a folder, as it lies on the stick."""
    slots = volume.slots(folder)
    rows = [
        (
            number,
            slot.offset,
            f"{slot.data[0]:02X}",
            slot.kind,
            printable(slot.data[:11]) if "long name" not in slot.kind else "",
        )
        for number, slot in enumerate(slots)
    ]
    deleted = [number for number, slot in enumerate(slots) if slot.deleted]
    headings = ("slot", "byte of the image", "first byte", "what it is", "the 11 bytes of its name")
    caption = f"Slots of the folder {folder or '/'} (marked: first byte E5, deleted)"
    return Table(caption, headings, rows, deleted)


def show_entry(entry: Entry) -> Table:
    """Show the fields of one directory entry."""
    fields = (
        ("32 bytes", entry.slot.data[:16].hex(" ") + "\n" + entry.slot.data[16:].hex(" ")),
        ("name", entry.name),
        ("deleted", "yes" if entry.deleted else "no"),
        ("first cluster", entry.first_cluster),
        ("size in bytes", entry.size),
        ("modified (local time, no zone)", _when(entry.modified)),
        ("created (local time, no zone)", _when(entry.created)),
    )
    return Table("One directory entry", ("field", "value"), fields)


def show_chain(volume: Volume, cluster: int) -> Table:
    """Show the FAT entries from a cluster on: which cluster follows which."""
    chain = volume.chain(cluster)
    meaning = [
        "end of the chain" if volume.fat[one] >= LAST else f"goes on in {volume.fat[one]}"
        for one in chain
    ]
    rows = list(zip(chain, (f"{volume.fat[one]:04X}" for one in chain), meaning, strict=True))
    if not rows:
        rows = [(cluster, "0000", "free: no file uses this cluster today")]
    return Table(f"The FAT from cluster {cluster} on", ("cluster", "FAT entry", "meaning"), rows)


def show_bytes(data: bytes, start: int = 0, length: int = 256) -> Table:
    """Show bytes as hexadecimal and as text, 16 to a line; long runs of zeros are only counted.

    Args:
        data: a whole image, a cluster, a file.
        start: the first byte to show.
        length: how many; at most 4096.
    """
    end = min(start + min(length, MAX_SHOWN), len(data))
    return _dump(f"Bytes {start} to {end - 1}" if end > start else "No bytes", data, start, end)


def show_last_cluster(volume: Volume, entry: Entry) -> Table:
    """Show the last cluster of a file, its slack highlighted."""
    clusters = volume.clusters_of(entry)
    data = volume.bytes_of(clusters[-1:])
    used = entry.size - (len(clusters) - 1) * volume.bytes_per_cluster
    caption = (
        f"Cluster {clusters[-1]}, the last of {entry.path}: the file ends with byte {used - 1} of "
        "this cluster; marked: what lies behind"
    )
    return _dump(caption, data, 0, len(data), -(-used // 16) * 16)


def _dump(caption: str, data: bytes, start: int, end: int, marked_from: int | None = None) -> Table:
    rows: list[tuple[object, ...]] = []
    marked: list[int] = []
    at = start
    while at < end:
        part = data[at : min(at + 16, end)]
        zeros = _zeros(data, at, end) // 16 * 16
        if marked_from is not None and at >= marked_from:
            marked.append(len(rows))
        if zeros > 2 * 16:
            rows.append((f"{at}", f"{at:06X}", f"... {zeros} bytes 00 ...", ""))
            at += zeros
        else:
            rows.append((f"{at}", f"{at:06X}", part.hex(" "), printable(part)))
            at += 16
    return Table(caption, ("byte", "in hex", "bytes", "as text"), rows, marked, monospace=True)


def _zeros(data: bytes, start: int, end: int) -> int:
    """Return how many bytes 00 follow one another from a place on."""
    return end - start - len(data[start:end].lstrip(b"\0"))


def find_text(volume: Volume, text: str) -> Table:
    """Find text anywhere on the stick: in files, in slack, in clusters that are free."""
    pattern = re.compile(re.escape(text.encode("utf-8")), re.IGNORECASE)
    rows: list[tuple[object, ...]] = []
    hits = list(pattern.finditer(volume.image))
    for match in hits[:MAX_HITS]:
        cluster = volume.cluster_at(match.start())
        within = "" if cluster is None else match.start() - volume.offset_of(cluster)
        around = volume.image[max(0, match.start() - CONTEXT) : match.end() + CONTEXT]
        rows.append(
            (match.start(), "none" if cluster is None else cluster, within, printable(around))
        )
    headings = ("byte of the image", "cluster", "byte of the cluster", "around it")
    more = f"; the first {MAX_HITS} are" if len(hits) > MAX_HITS else ""
    return Table(f"Places that hold {text!r}: {len(hits)}{more}", headings, rows)


def show_first_bytes(volume: Volume, folder: str = "") -> Table:
    """Show how the files of a folder begin; deleted ones are left out."""
    rows = [
        (entry.name, volume.image[at : at + 12].hex(" "), printable(volume.image[at : at + 12]))
        for entry in volume.entries(folder)
        if not entry.deleted and not entry.is_folder
        for at in [volume.offset_of(entry.first_cluster)]
    ]
    caption = f"How the files in {folder or '/'} begin"
    return Table(caption, ("name", "first 12 bytes", "as text"), rows, monospace=True)


def show_archive(data: bytes) -> Table:
    """Show what a ZIP archive holds and whether the check value of each member fits."""
    headings = ("member", "size", "CRC-32", "contents")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        return Table(f"These {len(data)} bytes are no whole ZIP archive", headings, [])
    with archive:
        rows = [
            (item.filename, item.file_size, f"{item.CRC:08X}", _intact(archive, item))
            for item in archive.infolist()
        ]
    return Table(f"A ZIP archive of {len(data)} bytes", headings, rows)


def show_member(data: bytes, name: str) -> Table:
    """Show a text member of a ZIP archive line by line, as text: no link in it can be followed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            text = archive.read(name).decode("utf-8", "replace")
    except (zipfile.BadZipFile, KeyError):
        return Table(f"These {len(data)} bytes hold no {name}", ("line", "text"), [])
    rows = list(enumerate(text.splitlines(), start=1))
    return Table(name, ("line", "text"), rows, monospace=True)


def _intact(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> str:
    try:
        archive.read(item)
    except zipfile.BadZipFile:
        return "damaged: the check value does not fit"
    return "whole: the check value fits"


def runs(clusters: Iterable[int]) -> str:
    """Write cluster numbers in runs: ``612-615, 901``."""
    found: list[list[int]] = []
    for cluster in clusters:
        if found and found[-1][-1] == cluster - 1:
            found[-1].append(cluster)
        else:
            found.append([cluster])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in found)


def printable(data: bytes) -> str:
    """Return bytes as text, a dot for each that is no printable ASCII character."""
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)


def _when(moment: datetime | None) -> str:
    return "no valid date" if moment is None else moment.isoformat(" ")
