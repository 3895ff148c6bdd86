"""A FAT16 volume of 8 MiB, byte for byte from a description: the same description, the same bytes.

Written with ``struct`` alone and apart from the reader in ``labs.fat``, so that one cannot repeat
the other's mistakes. Layout after Microsoft, "FAT: General Overview of On-Disk Format", 1.02
(5 May 1999).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from grading.fatnames import alias, checksum, is_short, long_name_slots, short_field

SECTOR = 512
SECTORS = 16_384
"""Sectors of the volume: 8 MiB."""
SECTORS_PER_CLUSTER = 2
CLUSTER = SECTOR * SECTORS_PER_CLUSTER
FATS = 2
MEDIA = 0xF8
END_OF_CHAIN = 0xFFFF
DELETED = 0xE5
DIRECTORY, ARCHIVE, VOLUME_LABEL = 0x10, 0x20, 0x08


@dataclass(frozen=True)
class Geometry:
    """What differs from one formatted stick to the next.

    Attributes:
        reserved_sectors: sectors before the first FAT, the boot sector among them; at least 1.
        root_entries: slots of the root folder; a multiple of 16.
        serial: the volume's serial number, 32 bits.
        label: the volume's label, at most 11 upper-case ASCII characters.
        formatted: local time of the label's entry.
    """

    reserved_sectors: int
    root_entries: int
    serial: int
    label: str
    formatted: datetime

    @property
    def fat_sectors(self) -> int:
        """Sectors of one FAT: the least that holds an entry for every cluster."""
        sectors = 1
        while sectors * SECTOR < 2 * (self._clusters(sectors) + 2):
            sectors += 1
        return sectors

    @property
    def data_offset(self) -> int:
        """The byte at which cluster 2, the first, begins."""
        return SECTOR * self._first_data_sector(self.fat_sectors)

    @property
    def last_cluster(self) -> int:
        """The highest cluster number; clusters are numbered from 2."""
        return self._clusters(self.fat_sectors) + 1

    def cluster_offset(self, cluster: int) -> int:
        """Return the byte of the image at which a cluster begins."""
        return self.data_offset + (cluster - 2) * CLUSTER

    def _first_data_sector(self, fat_sectors: int) -> int:
        return self.reserved_sectors + FATS * fat_sectors + self.root_entries * 32 // SECTOR

    def _clusters(self, fat_sectors: int) -> int:
        return (SECTORS - self._first_data_sector(fat_sectors)) // SECTORS_PER_CLUSTER


@dataclass(frozen=True)
class File:
    """A file, there or deleted. Times are local times without a zone, as FAT keeps them.

    Attributes:
        name: its name; one that is no upper-case 8.3 name gets a long-name entry as well.
        data: its contents.
        clusters: where the contents lie, in order.
        created: when it came to be on this volume.
        modified: when it was last written; FAT keeps even seconds.
        accessed: the day it was last opened.
        deleted: whether it was deleted after it was written.
    """

    name: str
    data: bytes
    clusters: tuple[int, ...]
    created: datetime
    modified: datetime
    accessed: date
    deleted: bool = False


@dataclass(frozen=True)
class Folder:
    """A folder of one level below the root.

    Attributes:
        name: its name.
        files: its entries, in the order of their slots.
        clusters: where its entries lie, in order.
        created: local time at which it was made.
    """

    name: str
    files: tuple[File, ...]
    clusters: tuple[int, ...]
    created: datetime


@dataclass(frozen=True)
class Volume:
    """All that a stick holds.

    Attributes:
        geometry: its layout.
        root: the root's files and folders, in the order of their slots.
        remnants: what lay in a cluster before anything listed here was written to it.
    """

    geometry: Geometry
    root: tuple[File | Folder, ...]
    remnants: Mapping[int, bytes] = field(default_factory=dict)

    def folder(self, name: str) -> Folder:
        """Return a folder of the root by its name."""
        return next(i for i in self.root if isinstance(i, Folder) and i.name == name)

    def files(self) -> list[tuple[str, File]]:
        """Return all files with the name of their folder, which is empty for the root's."""
        found: list[tuple[str, File]] = []
        for item in self.root:
            if isinstance(item, Folder):
                found += [(item.name, file) for file in item.files]
            else:
                found.append(("", item))
        return found


def image(volume: Volume) -> bytes:
    """Return the volume as a raw image of 8 MiB.

    Clusters are written in the order of history: remnants, deleted files by the time of their
    creation, files that are there. A file is padded with zeros to the end of its last *sector*, as
    operating systems do; the rest of its last cluster keeps what was there.

    Raises:
        ValueError: if two files that are there share a cluster, or a file does not fit its own.
    """
    disk = bytearray(SECTOR * SECTORS)
    geometry = volume.geometry
    disk[: 3 * SECTOR] = _boot_sector(geometry).ljust(3 * SECTOR, b"\0")
    for cluster, data in volume.remnants.items():
        _put(disk, geometry, (cluster,), data)
    files = [file for _, file in volume.files()]
    history = sorted((file for file in files if file.deleted), key=lambda file: file.created)
    for file in [*history, *(file for file in files if not file.deleted)]:
        _put(disk, geometry, file.clusters, file.data)
    for folder in volume.root:
        if isinstance(folder, Folder):
            _put(disk, geometry, folder.clusters, _folder(folder))
    _put_fats(disk, volume)
    root = _root(volume)
    start = geometry.data_offset - geometry.root_entries * 32
    disk[start : start + len(root)] = root
    return bytes(disk)


def _boot_sector(geometry: Geometry) -> bytes:
    head = struct.pack(
        "<3s8sHBHBHHBHHHII",
        b"\xeb\x3c\x90",
        b"MSDOS5.0",
        SECTOR,
        SECTORS_PER_CLUSTER,
        geometry.reserved_sectors,
        FATS,
        geometry.root_entries,
        SECTORS,
        MEDIA,
        geometry.fat_sectors,
        32,  # sectors a track and heads: only the BIOS of the time asked
        8,
        0,
        0,
    )
    label = geometry.label.ljust(11).encode("ascii")
    tail = struct.pack("<BBBI11s8s", 0x80, 0, 0x29, geometry.serial, label, b"FAT16   ")
    code = b"\xf4\xeb\xfd"  # hlt; jmp to it: the stick starts no computer
    return (head + tail + code).ljust(SECTOR - 2, b"\0") + b"\x55\xaa"


def _put(disk: bytearray, geometry: Geometry, clusters: tuple[int, ...], data: bytes) -> None:
    if not (len(clusters) - 1) * CLUSTER < max(len(data), 1) <= len(clusters) * CLUSTER:
        raise ValueError(f"{len(data)} bytes do not fit {len(clusters)} clusters of {CLUSTER}")
    padded = data + bytes(-len(data) % SECTOR)
    for index, cluster in enumerate(clusters):
        part = padded[index * CLUSTER : (index + 1) * CLUSTER]
        offset = geometry.cluster_offset(cluster)
        disk[offset : offset + len(part)] = part


def _put_fats(disk: bytearray, volume: Volume) -> None:
    geometry = volume.geometry
    table = {0: 0xFF00 | MEDIA, 1: END_OF_CHAIN}
    chains: list[tuple[int, ...]] = [
        file.clusters for _, file in volume.files() if not file.deleted
    ]
    chains += [item.clusters for item in volume.root if isinstance(item, Folder)]
    for chain in chains:
        for cluster, following in zip(chain, (*chain[1:], END_OF_CHAIN), strict=True):
            if cluster in table or not 2 <= cluster <= geometry.last_cluster:
                raise ValueError(f"cluster {cluster} is taken twice, or is not on the volume")
            table[cluster] = following
    for copy in range(FATS):
        start = SECTOR * (geometry.reserved_sectors + copy * geometry.fat_sectors)
        for cluster, following in table.items():
            struct.pack_into("<H", disk, start + 2 * cluster, following)


def _root(volume: Volume) -> bytes:
    geometry = volume.geometry
    label = geometry.label.ljust(11).encode("ascii")
    slots = [_slot(label, VOLUME_LABEL, 0, 0, geometry.formatted, geometry.formatted)]
    slots += _entries(volume.root)
    return _joined(slots, geometry.root_entries)


def _folder(folder: Folder) -> bytes:
    own = _slot(b".          ", DIRECTORY, folder.clusters[0], 0, folder.created, folder.created)
    up = _slot(b"..         ", DIRECTORY, 0, 0, folder.created, folder.created)
    return _joined([own, up, *_entries(folder.files)], len(folder.clusters) * CLUSTER // 32)


def _joined(slots: list[bytes], room: int) -> bytes:
    if len(slots) > room:
        raise ValueError(f"a folder of {room} slots cannot hold {len(slots)}")
    return b"".join(slots).ljust(room * 32, b"\0")


def _entries(items: Iterable[File | Folder]) -> list[bytes]:
    slots: list[bytes] = []
    taken: set[str] = set()
    for item in items:
        short = item.name if is_short(item.name) else alias(item.name, taken)
        taken.add(short)
        own = short_field(short)
        group = [] if short == item.name else long_name_slots(item.name, checksum(own))
        if isinstance(item, Folder):
            group.append(_slot(own, DIRECTORY, item.clusters[0], 0, item.created, item.created))
        else:
            first = item.clusters[0] if item.data else 0
            size = len(item.data)
            slot = _slot(own, ARCHIVE, first, size, item.created, item.modified, item.accessed)
            group.append(slot)
        deleted = isinstance(item, File) and item.deleted
        slots += [bytes([DELETED]) + slot[1:] for slot in group] if deleted else group
    return slots


def _slot(
    name: bytes,
    attributes: int,
    cluster: int,
    size: int,
    created: datetime,
    modified: datetime,
    accessed: date | None = None,
) -> bytes:
    return struct.pack(
        "<11sBBBHHHHHHHI",
        name,
        attributes,
        0,
        created.second % 2 * 100 + created.microsecond // 10_000,
        _time(created),
        _date(created),
        _date(accessed or modified),
        0,
        _time(modified),
        _date(modified),
        cluster,
        size,
    )


def _time(moment: datetime) -> int:
    return moment.hour << 11 | moment.minute << 5 | moment.second // 2


def _date(day: date) -> int:
    return (day.year - 1980) << 9 | day.month << 5 | day.day
