"""What is true about one participant's image of Ivo Marran's stick."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from random import Random

from grading.fatimage import CLUSTER, SECTOR, image
from grading.marran_note import acquisition_note
from grading.marran_stick import Stick, stick
from grading.model import Case

COSTA_LUMBRE = timezone(timedelta(hours=-6))


@dataclass(frozen=True)
class Facts:
    """The key of one case: right values, and the wrong ones that classic mistakes lead to.

    Attributes:
        image_sha256: of the image.
        other_sha256: the note's value for the other stick.
        serial: the volume's serial number.
        data_offset: byte at which cluster 2 begins.
        data_offset_mistakes: wrong value to the mistake it shows.
        files: ordinary files in the archive's folder.
        deleted: entries of deleted files there.
        slots: all slots of that folder that were ever used.
        deleted_slots: slots there whose first byte is E5, parts of long names among them.
        archive_name: the deleted archive's 8.3 name.
        start_cluster: its first cluster.
        size: its length in bytes.
        recovered_sha256: of its contents.
        recovered_mistakes: wrong SHA-256 to the mistake it shows.
        pay_host: host to which the page's button leads.
        other_hosts: hosts that the page only shows or names.
        modified_utc: when the archive was last written, ISO 8601.
        created_utc: when it came to be on the stick, ISO 8601.
        disguised: name of the file whose extension lies.
        true_type: its real type.
        slack_file: name of the file behind whose end the note survives.
        slack_address: the e-mail address in the note.
        other_addresses: addresses that files hold in the ordinary way.
        live_files: names of the files that are there.
        fates: name of each deleted file to whole, part or lost.
        overwritten_by_deleted: the lost file whose clusters are free today.
    """

    image_sha256: str
    other_sha256: str
    serial: int
    data_offset: int
    data_offset_mistakes: Mapping[int, str]
    files: int
    deleted: int
    slots: int
    deleted_slots: int
    archive_name: str
    start_cluster: int
    size: int
    recovered_sha256: str
    recovered_mistakes: Mapping[str, str]
    pay_host: str
    other_hosts: tuple[str, ...]
    modified_utc: str
    created_utc: str
    disguised: str
    true_type: str
    slack_file: str
    slack_address: str
    other_addresses: tuple[str, ...]
    live_files: tuple[str, ...]
    fates: Mapping[str, str]
    overwritten_by_deleted: str


def case(rng: Random) -> Case[Facts]:
    """Draw a stick, write its image and its acquisition note, and note what is true of them."""
    found = stick(rng)
    disk = image(found.volume)
    note = acquisition_note(rng, disk)
    files = {"evidence/usb.img": disk, "evidence/acquisition.txt": note.text.encode("utf-8")}
    return Case(files, _facts(found, disk, note.other_sha256))


def _facts(found: Stick, disk: bytes, other_sha256: str) -> Facts:
    geometry = found.volume.geometry
    archive = found.archive
    work = found.volume.folder(found.work)
    slots = _slots(disk, [geometry.cluster_offset(cluster) for cluster in work.clusters])
    return Facts(
        image_sha256=_sha256(disk),
        other_sha256=other_sha256,
        serial=geometry.serial,
        data_offset=geometry.data_offset,
        data_offset_mistakes=_offset_mistakes(found),
        files=sum(not file.deleted for file in work.files),
        deleted=sum(file.deleted for file in work.files),
        slots=len(slots),
        deleted_slots=sum(slot[0] == 0xE5 for slot in slots),
        archive_name=archive.name,
        start_cluster=archive.clusters[0],
        size=len(archive.data),
        recovered_sha256=_sha256(archive.data),
        recovered_mistakes=_recovery_mistakes(found, disk),
        pay_host=found.pay_host,
        other_hosts=found.other_hosts,
        modified_utc=_utc(archive.modified),
        created_utc=_utc(archive.created.replace(microsecond=0)),
        disguised=found.disguised.name,
        true_type=found.true_type,
        slack_file=found.slack_file.name,
        slack_address=found.slack_address,
        other_addresses=found.other_addresses,
        live_files=tuple(file.name for _, file in found.volume.files() if not file.deleted),
        fates=found.fates,
        overwritten_by_deleted=found.overwritten_by_deleted,
    )


def _slots(disk: bytes, offsets: list[int]) -> list[bytes]:
    slots = [disk[at : at + 32] for start in offsets for at in range(start, start + CLUSTER, 32)]
    return [slot for slot in slots if slot[0]]


def _offset_mistakes(found: Stick) -> dict[int, str]:
    geometry = found.volume.geometry
    root = geometry.root_entries * 32
    fat = geometry.fat_sectors * SECTOR
    right = geometry.data_offset
    return {
        right // SECTOR: "That is a number of sectors: the question asks for bytes.",
        right - root: "That is where the root folder begins: the data area lies behind it.",
        right - fat: "You left out one FAT: count as many as the boot sector says.",
        right - geometry.reserved_sectors * SECTOR: "You left out the reserved sectors.",
        right + 2 * CLUSTER: "Cluster 2 is the first one: the data area begins with it.",
    }


def _recovery_mistakes(found: Stick, disk: bytes) -> dict[str, str]:
    geometry, archive = found.volume.geometry, found.archive
    start, size = geometry.cluster_offset(archive.clusters[0]), len(archive.data)
    whole = len(archive.clusters) * CLUSTER
    shifted = start + 2 * CLUSTER
    early = start - 2 * CLUSTER
    slack = "That is the hash of whole clusters, slack included: cut the file at its exact size."
    numbering = "You started two clusters off: the first cluster of the data area is number 2."
    return {
        _sha256(disk[start : start + whole]): slack,
        _sha256(disk[start : start + -(-size // SECTOR) * SECTOR]): slack,
        _sha256(disk[shifted : shifted + size]): numbering,
        _sha256(disk[early : early + size]): numbering,
        _sha256(disk[start : start + CLUSTER]): "That is the hash of the first cluster alone.",
        _sha256(disk): "That is the hash of the whole image.",
        _sha256(b""): "That is the hash of nothing: zero bytes.",
    }


def _utc(local: datetime) -> str:
    moment = local.replace(tzinfo=COSTA_LUMBRE).astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
