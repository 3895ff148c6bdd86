"""The structures of FAT as C text, and what a folder's slots of 32 bytes say.

Layout after Microsoft, "FAT: General Overview of On-Disk Format", 1.02 (5 May 1999).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dissect.cstruct import cstruct

STRUCTURES = """
struct boot_sector {            // the first 512 bytes of the volume
    uint8  jump[3];
    char   system[8];           // the system that formatted it
    uint16 bytes_per_sector;
    uint8  sectors_per_cluster;
    uint16 reserved_sectors;    // before the first FAT, this sector included
    uint8  number_of_fats;
    uint16 root_entries;        // slots of 32 bytes in the root folder
    uint16 total_sectors;
    uint8  media;
    uint16 sectors_per_fat;
    uint16 sectors_per_track;
    uint16 heads;
    uint32 hidden_sectors;
    uint32 total_sectors_large;
    uint8  drive;
    uint8  reserved;
    uint8  extended_signature;
    uint32 serial;              // low byte first
    char   label[11];
    char   type[8];
    char   code[448];
    uint16 signature;           // 0xAA55
};

struct directory_entry {        // 32 bytes for each file
    char   name[8];             // first byte 0xE5: deleted
    char   extension[3];
    uint8  attributes;          // 0x10 folder, 0x08 label, 0x0F part of a long name
    uint8  reserved;
    uint8  created_hundredths;
    uint16 created_time;        // local time, no zone
    uint16 created_date;
    uint16 accessed_date;
    uint16 first_cluster_high;
    uint16 modified_time;
    uint16 modified_date;
    uint16 first_cluster;
    uint32 size;                // in bytes
};

struct long_name_part {         // 32 bytes for each 13 characters
    uint8  order;
    char   characters_1[10];
    uint8  attributes;          // 0x0F
    uint8  type;
    uint8  checksum;            // of the 11 bytes of the short name
    char   characters_2[12];
    uint16 zero;
    char   characters_3[4];
};
"""

layout: Any = cstruct()
layout.load(STRUCTURES)

DELETED = 0xE5
LABEL, FOLDER, LONG_NAME = 0x08, 0x10, 0x0F


@dataclass(frozen=True)
class Slot:
    """32 bytes of a folder.

    Attributes:
        offset: where they begin, in bytes from the start of the image.
        data: the bytes.
    """

    offset: int
    data: bytes

    @property
    def deleted(self) -> bool:
        """Whether the first byte says that this slot is free again."""
        return self.data[0] == DELETED

    @property
    def kind(self) -> str:
        """What the slot is, in words."""
        attributes = self.data[11]
        what = "file"
        if attributes & LONG_NAME == LONG_NAME:
            what = "part of a long name"
        elif attributes & LABEL:
            what = "volume label"
        elif attributes & FOLDER:
            what = "folder"
        return f"{what}, deleted" if self.deleted else what


@dataclass(frozen=True)
class Entry:
    """A file or folder as its folder describes it; times are local times without a zone.

    Attributes:
        folder: name of the folder it is in; empty for the root.
        name: its long name if it has one, else its short name; ``?`` for a lost first letter.
        short_name: its 8.3 name.
        is_folder: whether it is a folder.
        deleted: whether its entry is marked as deleted.
        first_cluster: number of its first cluster.
        size: its length in bytes.
        created: when it came to be on this volume.
        modified: when its contents were last written.
        slot: the 32 bytes that say so.
    """

    folder: str
    name: str
    short_name: str
    is_folder: bool
    deleted: bool
    first_cluster: int
    size: int
    created: datetime | None
    modified: datetime | None
    slot: Slot

    @property
    def path(self) -> str:
        """Folder and name."""
        return f"{self.folder}/{self.name}"


def read_entry(data: bytes) -> Entry:
    """Read the 32 bytes of one directory entry by themselves."""
    return entry_of("", Slot(0, data), [])


def local_time(date: int, time: int, hundredths: int = 0) -> datetime | None:
    """Read a FAT date and time, packed bits; None where they name no day.

    Bits of the date: 7 for years since 1980, 4 month, 5 day; of the time: 5 hour, 6 minute, 5 for
    pairs of seconds.
    """
    seconds = 2 * (time & 31) + hundredths // 100
    try:
        return datetime(
            1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, seconds
        )
    except ValueError:
        return None


def checksum(short_name: bytes) -> int:
    """Return the checksum that long-name parts keep of the 11 bytes of a short name."""
    total = 0
    for byte in short_name:
        total = ((total & 1) << 7) + (total >> 1) + byte & 0xFF
    return total


def entry_of(folder: str, slot: Slot, parts: list[Slot]) -> Entry:
    """Read a file's own slot and the slots before it that hold parts of its long name."""
    raw = layout.directory_entry(slot.data)
    first = b"?" if slot.deleted else slot.data[:1]
    base = (first + slot.data[1:8]).decode("latin-1").rstrip()
    extension = raw.extension.decode("latin-1").rstrip()
    short_name = f"{base}.{extension}" if extension else base
    return Entry(
        folder=folder,
        name=_long_name(slot, parts) or short_name,
        short_name=short_name,
        is_folder=bool(raw.attributes & FOLDER),
        deleted=slot.deleted,
        first_cluster=raw.first_cluster,
        size=raw.size,
        created=local_time(raw.created_date, raw.created_time, raw.created_hundredths),
        modified=local_time(raw.modified_date, raw.modified_time),
        slot=slot,
    )


def _long_name(slot: Slot, parts: list[Slot]) -> str:
    """Join the parts before a slot, the last part first, if their checksum fits its short name."""
    if not parts or any(part.deleted != slot.deleted for part in parts):
        return ""
    pieces = [layout.long_name_part(part.data) for part in reversed(parts)]
    text = b"".join(p.characters_1 + p.characters_2 + p.characters_3 for p in pieces)
    name = text.decode("utf-16-le", "replace").partition("\0")[0]
    first = name[:1].upper().encode("latin-1", "replace") if slot.deleted else slot.data[:1]
    fits = all(piece.checksum == checksum(first + slot.data[1:11]) for piece in pieces)
    return name if fits else ""
