"""A small reader of FAT16 volumes, to be read.

It changes nothing and hides nothing: entries of deleted files are entries like the others. The
structures it reads are C text in ``labs.fatentries``.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from labs.fatentries import LABEL, LONG_NAME, Entry, Slot, entry_of, layout, read_entry

__all__ = ["Entry", "Slot", "Volume", "open_volume", "read_entry", "sha256"]

FREE = 0
LAST = 0xFFF8
"""A FAT entry of this value or more ends a chain."""


class Volume:
    """A FAT16 volume in memory.

    Args:
        image: the raw image, from the first byte of the volume.

    Raises:
        ValueError: if that is no FAT16 volume.
    """

    def __init__(self, image: bytes) -> None:
        self.image = image
        if len(image) < 512 or image[510:512] != b"\x55\xaa" or image[54:59] != b"FAT16":
            raise ValueError(
                "this is not a FAT16 volume: its first sector does not end in 55 AA or does not "
                "name FAT16. Open evidence/usb.img"
            )
        boot = self.boot = layout.boot_sector(image)
        sector = boot.bytes_per_sector
        self.bytes_per_cluster: int = sector * boot.sectors_per_cluster
        fat_offset = sector * boot.reserved_sectors
        fat_bytes = sector * boot.sectors_per_fat
        self.root_offset: int = fat_offset + boot.number_of_fats * fat_bytes
        self.data_offset: int = self.root_offset + 32 * boot.root_entries
        sectors = boot.total_sectors or boot.total_sectors_large
        self.last_cluster: int = (sectors * sector - self.data_offset) // self.bytes_per_cluster + 1
        table = image[fat_offset : fat_offset + 2 * (self.last_cluster + 1)]
        self.fat: tuple[int, ...] = struct.unpack(f"<{self.last_cluster + 1}H", table)

    def offset_of(self, cluster: int) -> int:
        """Return the byte of the image at which a cluster begins; the first cluster is number 2.

        Raises:
            ValueError: if the volume has no such cluster.
        """
        if not 2 <= cluster <= self.last_cluster:
            raise ValueError(f"clusters run from 2 to {self.last_cluster}; there is no {cluster}")
        return self.data_offset + (cluster - 2) * self.bytes_per_cluster

    def cluster_at(self, offset: int) -> int | None:
        """Return the cluster in which a byte of the image lies, or None before the data area."""
        if not self.data_offset <= offset <= self.offset_of(self.last_cluster):
            return None
        return (offset - self.data_offset) // self.bytes_per_cluster + 2

    def chain(self, first: int) -> list[int]:
        """Follow the FAT from a cluster to the end of its chain; a free cluster has no chain."""
        clusters: list[int] = []
        cluster = first
        while 2 <= cluster <= self.last_cluster and self.fat[cluster] != FREE:
            if cluster in clusters:
                raise ValueError(f"the chain from cluster {first} runs in a circle at {cluster}")
            clusters.append(cluster)
            cluster = self.fat[cluster]
        return clusters

    def clusters_of(self, entry: Entry) -> list[int]:
        """Return the clusters of a file; for a deleted one, those it had if they lay in a row."""
        if not entry.deleted:
            return self.chain(entry.first_cluster)
        needed = -(-entry.size // self.bytes_per_cluster)
        return list(range(entry.first_cluster, entry.first_cluster + needed))

    def bytes_of(self, clusters: list[int]) -> bytes:
        """Return the whole contents of clusters, one after the other."""
        starts = [self.offset_of(cluster) for cluster in clusters]
        return b"".join(self.image[start : start + self.bytes_per_cluster] for start in starts)

    def read(self, entry: Entry) -> bytes:
        """Return a file's contents: exactly its size."""
        return self.bytes_of(self.clusters_of(entry))[: entry.size]

    def slack(self, entry: Entry) -> bytes:
        """Return what lies between the end of a file and the end of its last cluster."""
        return self.bytes_of(self.clusters_of(entry))[entry.size :]

    def recover(self, first_cluster: int, size: int) -> bytes:
        """Return ``size`` bytes from the start of a cluster on, as if the clusters lay in a row.

        That they lay in a row is an assumption: the FAT no longer says so for a deleted file.
        """
        start = self.offset_of(first_cluster)
        if not 0 <= size <= len(self.image) - start:
            raise ValueError(f"{size} bytes from cluster {first_cluster} on do not fit the volume")
        return self.image[start : start + size]

    def slots(self, folder: str = "") -> list[Slot]:
        """Return the slots of a folder that were ever used, in order; "" is the root.

        Raises:
            FileNotFoundError: if there is no such folder.
        """
        name = folder.strip("/")
        if not name:
            pieces = [(self.root_offset, self.data_offset - self.root_offset)]
        else:
            found = [e for e in self.entries() if e.is_folder and _same(e, name) and not e.deleted]
            if not found:
                names = ", ".join(entry.name for entry in self.entries() if entry.is_folder)
                raise FileNotFoundError(f"there is no folder {name!r} on the stick; try: {names}")
            chain = self.chain(found[0].first_cluster)
            pieces = [(self.offset_of(cluster), self.bytes_per_cluster) for cluster in chain]
        offsets = (at for start, size in pieces for at in range(start, start + size, 32))
        slots = (Slot(offset, self.image[offset : offset + 32]) for offset in offsets)
        return list(takewhile(lambda slot: slot.data[0] != 0, slots))

    def entries(self, folder: str = "") -> list[Entry]:
        """Return the files and folders in a folder, deleted ones too, with their long names."""
        found: list[Entry] = []
        parts: list[Slot] = []
        for slot in self.slots(folder):
            if slot.data[11] & LONG_NAME == LONG_NAME:
                parts.append(slot)
                continue
            if not slot.data[11] & LABEL and slot.data[:1] != b".":
                found.append(entry_of(folder.strip("/"), slot, parts))
            parts = []
        return found

    def walk(self) -> Iterator[Entry]:
        """Yield the files and folders of the root and of the folders in it."""
        for entry in self.entries():
            yield entry
            if entry.is_folder and not entry.deleted:
                yield from self.entries(entry.name)

    def find(self, path: str) -> Entry:
        """Return a file that is there, by its path: ``"LEEME.TXT"`` or ``"PHOTOS/IMG_1.JPG"``.

        Raises:
            FileNotFoundError: if there is none.
        """
        folder, _, name = path.strip("/").rpartition("/")
        for entry in self.entries(folder):
            if not entry.deleted and _same(entry, name):
                return entry
        raise FileNotFoundError(f"there is no file {name!r} in the folder {folder or '/'!r}")


def open_volume(path: str) -> Volume:
    """Read an image file from its first to its last byte; the file stays as it is."""
    return Volume(Path(path).read_bytes())


def sha256(data: bytes) -> str:
    """Return the SHA-256 of bytes: 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _same(entry: Entry, name: str) -> bool:
    return name.casefold() in (entry.name.casefold(), entry.short_name.casefold())
