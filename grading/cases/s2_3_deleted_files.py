"""Lab 2.3: the file system of a seized USB stick, and what was deleted from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from grading.fatimage import CLUSTER
from grading.marran_case import Facts, case
from grading.marran_notation import (
    deleted_file,
    digest,
    host,
    kind_of_file,
    number,
    same_name,
    serial,
)
from grading.marran_rubric import STATEMENT
from grading.marran_samples import samples
from grading.model import Case, Mark, question

__all__ = ["RUBRICS", "Facts", "build", "samples"]

PAGE = "series-2/s2-3-deleted-files/#"

SHA256 = {
    "type": "string",
    "pattern": r"^\s*([Ss][Hh][Aa]-?256\s*[:=]?\s*)?([0-9a-fA-F]{2}[ :]?){32}\s*$",
    "description": "a SHA-256 value: 64 hexadecimal digits",
}
NUMBER = {
    "anyOf": [
        {"type": "integer", "minimum": 0, "maximum": 2**32},
        {"type": "string", "pattern": r"^\s*(0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10})\s*$"},
    ],
    "description": "a whole number like 1234; write a hexadecimal one with 0x, like 0x4d2",
}
SERIAL = {
    "anyOf": [
        {"type": "integer", "minimum": 0, "maximum": 2**32},
        {"type": "string", "pattern": r"^\s*(0[xX])?[0-9a-fA-F]{4}[- ]?[0-9a-fA-F]{4}\s*$"},
    ],
    "description": 'a serial number: eight hexadecimal digits, like "1A2B-3C4D"',
}
NAME = {
    "type": "string",
    "pattern": r"^\s*\S[^\n]{0,120}$",
    "description": "a name, in quotation marks",
}
FATES = ("whole", "part", "lost")


def _fields(**fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form of an answer with named parts, none missing and none more."""
    example = ", ".join(f'"{name}": ...' for name in fields)
    return {
        "type": "object",
        "properties": {name: dict(form) for name, form in fields.items()},
        "required": list(fields),
        "additionalProperties": False,
        "description": f"of the form {{{example}}} with a value for each part",
    }


def build(seed: int) -> Case[Facts]:
    """Build the evidence of one seed: the image of a USB stick and its acquisition note."""
    return case(Random(seed))


@question(points=2, form=SHA256, see=f"{PAGE}trust-the-copy")
def image_sha256(answer: str, facts: Facts) -> Mark:
    """The image is the one the note speaks of."""
    given = digest(answer)
    if given == facts.image_sha256:
        return Mark(2, "Right: your copy is the one that the note describes under that value.")
    if given == facts.other_sha256:
        return Mark(0, "That value stands in the note for the other stick: compute your image's.")
    return Mark(0, "That is not the SHA-256 of evidence/usb.img, all of it.")


@question(
    points=3,
    form=_fields(bytes_per_cluster=NUMBER, data_area_at=NUMBER, serial=SERIAL),
    see=f"{PAGE}the-map-of-the-stick",
)
def volume(answer: dict[str, Any], facts: Facts) -> Mark:
    """Cluster size and start of the data area earn together, the serial by itself."""
    start = number(answer["data_area_at"])
    layout = start == facts.data_offset and number(answer["bytes_per_cluster"]) == CLUSTER
    given = serial(answer["serial"])
    points = 2 * layout + (given == facts.serial)
    if points == 3:
        return Mark(3, "Right: every cluster of the stick can be found from these numbers.")
    if given == _swapped(facts.serial):
        return Mark(points, "The serial number is stored low byte first: read it backwards.")
    if layout:
        return Mark(points, "The serial number is not right: four bytes from byte 39 on.")
    hint = facts.data_offset_mistakes.get(start)
    if hint:
        return Mark(points, hint)
    return Mark(points, "Bytes per cluster or the start of the data area is not right.")


@question(points=2, form=_fields(files=NUMBER, deleted=NUMBER), see=f"{PAGE}reading-a-folder")
def folder_count(answer: dict[str, Any], facts: Facts) -> Mark:
    """Both counts or nothing: each alone is easily guessed."""
    files, deleted = number(answer["files"]), number(answer["deleted"])
    if (files, deleted) == (facts.files, facts.deleted):
        return Mark(2, "Right: one file is one entry, however many slots its long name takes.")
    if deleted == facts.deleted_slots != facts.deleted or files + deleted == facts.slots:
        return Mark(0, "You counted slots: the parts of a long name are no files of their own.")
    if files == facts.files + facts.deleted:
        return Mark(0, "You counted deleted files among the files that are there.")
    if files == facts.files + 2:
        return Mark(0, "The entries . and .. are the folder itself and the one above it.")
    return Mark(0, "At least one of the two counts is not right.")


@question(points=2, form=NUMBER, see=f"{PAGE}reading-a-folder")
def start_cluster(answer: int | str, facts: Facts) -> Mark:
    """The first cluster of the deleted archive."""
    given, right = number(answer), facts.start_cluster
    if given == right:
        return Mark(2, "Right.")
    if given == right - 2:
        return Mark(0, "Clusters are numbered from 2, not from 0.")
    if given in (first_byte_of(facts), first_byte_of(facts) // 512):
        return Mark(0, "That is a place in bytes or sectors: the question asks for a cluster.")
    if given == int(f"{right:x}", 16 if not f"{right:x}".isdigit() else 10):
        return Mark(0, "You read hexadecimal digits as a decimal number.")
    if given == (right & 0xFF) << 8 | right >> 8:
        return Mark(0, "The two bytes are stored low byte first.")
    return Mark(0, "That is not the first cluster of the deleted archive.")


@question(points=1, form=NUMBER, see=f"{PAGE}reading-a-folder")
def size_bytes(answer: int | str, facts: Facts) -> Mark:
    """The exact size of the deleted archive."""
    given, size = number(answer), facts.size
    if given == size:
        return Mark(1, "Right.")
    if given in (-(-size // CLUSTER) * CLUSTER, -(-size // 512) * 512):
        return Mark(0, "That is the space it takes: the file ends before its last cluster does.")
    if given in (size // 1024, -(-size // 1024)):
        return Mark(0, "That is a number of clusters or kilobytes: the question asks for bytes.")
    return Mark(0, "That is not the size that the entry of the deleted archive gives.")


@question(points=2, form=NUMBER, see=f"{PAGE}the-map-of-the-stick")
def first_byte(answer: int | str, facts: Facts) -> Mark:
    """The byte of the image at which the archive begins."""
    given, cluster, data = number(answer), facts.start_cluster, facts.data_offset
    if given == first_byte_of(facts):
        return Mark(2, "Right: the file can be found with any tool from this number.")
    if given == data + cluster * CLUSTER:
        return Mark(0, "The first cluster of the data area is number 2, not 0: take 2 away.")
    if given == data + (cluster - 1) * CLUSTER:
        return Mark(0, "The first cluster of the data area is number 2, not 1.")
    if given in (cluster * CLUSTER, (cluster - 2) * CLUSTER):
        return Mark(0, "Count from the first byte of the image: the data area begins later.")
    if given == first_byte_of(facts) // 512:
        return Mark(0, "That is a sector: the question asks for a byte.")
    return Mark(0, "That is not where the first cluster of the archive begins.")


@question(points=5, form=SHA256, see=f"{PAGE}what-deletion-changes")
def recovered_sha256(answer: str, facts: Facts) -> Mark:
    """The deleted archive, recovered to the byte."""
    given = digest(answer)
    if given == facts.recovered_sha256:
        return Mark(5, "Right: the archive is recovered to the last byte.")
    hint = facts.recovered_mistakes.get(given)
    return Mark(0, hint or "That is not the SHA-256 of the deleted archive at its exact size.")


@question(points=3, form=NAME, see=f"{PAGE}what-deletion-changes")
def pay_host(answer: str, facts: Facts) -> Mark:
    """The host to which the page's payment link leads."""
    given = host(answer)
    if given == facts.pay_host:
        return Mark(3, "Right: the link leads to another host than the one it shows.")
    if given == facts.other_hosts[0]:
        return Mark(0, "That is what the reader sees: the link itself leads elsewhere (href).")
    if given in facts.other_hosts:
        return Mark(0, "That host stands in the page, but the payment link leads elsewhere.")
    return Mark(0, "The payment link of invoice.html does not lead to that host.")


@question(
    points=3,
    form={"type": "string", "format": "utc-time"},
    see=f"{PAGE}times-without-a-zone",
)
def modified_utc(answer: str, facts: Facts) -> Mark:
    """When the archive was last written, as an instant."""
    right, created = (datetime.fromisoformat(t) for t in (facts.modified_utc, facts.created_utc))
    try:
        given = datetime.fromisoformat(answer.replace("z", "Z")).astimezone(UTC)
    except (ValueError, OverflowError):
        return Mark(0, "There is no such day in the calendar.")
    away = given - right
    if not away:
        return Mark(3, "Right.")
    if away == timedelta(hours=-6):
        return Mark(0, "You took local time for UTC: the note says which zone the clock showed.")
    if away == timedelta(hours=-12):
        return Mark(0, "You went the wrong way: west of Greenwich, UTC is later than local time.")
    if abs(away) <= timedelta(hours=14) and away % timedelta(minutes=30) == timedelta(0):
        return Mark(0, "The zone is not right: read the note on the clock.")
    if given in (created, created - timedelta(hours=6)):
        return Mark(
            0, "That is when the file came to the stick: the question is when it was written."
        )
    if abs(away) < timedelta(minutes=1):
        return Mark(1, "The minute is right, the second is not.")
    return Mark(0, "That is not when the deleted archive was last written.")


@question(points=3, form=_fields(name=NAME, type=NAME), see=f"{PAGE}names-lie-first-bytes-do-not")
def disguised(answer: dict[str, str], facts: Facts) -> Mark:
    """The picture that is none; its type counts only with its name."""
    if not same_name(answer["name"], facts.disguised):
        return Mark(0, "That file is what its name says: compare the first bytes of each picture.")
    if kind_of_file(answer["type"]) == facts.true_type:
        return Mark(3, "Right: the extension is only part of a name.")
    if kind_of_file(answer["type"]) in ("jpg", "jpeg", "image/jpeg", "jfif"):
        return Mark(1, "That is what the extension says: the first bytes say something else.")
    return Mark(1, "The file is the right one; its first bytes stand for another type.")


@question(points=4, form=_fields(file=NAME, address=NAME), see=f"{PAGE}slack")
def slack_note(answer: dict[str, str], facts: Facts) -> Mark:
    """The address in the slack, and the file in whose last cluster it lies."""
    address = answer["address"].strip().casefold().removeprefix("mailto:").strip("<> .,")
    if address in facts.other_addresses:
        return Mark(0, "That address stands in a file in the ordinary way, not behind its end.")
    if address != facts.slack_address:
        return Mark(0, "That address is not the one that survives behind the end of a file.")
    if same_name(answer["file"], facts.slack_file):
        return Mark(4, "Right: the note is older than the file in whose last cluster it lies.")
    return Mark(2, "The address is right; find the file whose last cluster holds it.")


@question(
    points=4,
    form={
        "type": "object",
        "minProperties": 1,
        "maxProperties": 20,
        "additionalProperties": {
            "enum": [form for word in FATES for form in (word, word.title(), word.upper())],
            "description": 'one of "whole", "part", "lost"',
        },
        "description": 'of the form {"name": "whole", ...} with the name of each deleted file',
    },
    see=f"{PAGE}what-cannot-come-back",
)
def fates(answer: dict[str, str], facts: Facts) -> Mark:
    """What can be recovered of each deleted file; one slip costs half."""
    unknown = [name for name in answer if deleted_file(name, facts.fates) is None]
    given = {deleted_file(name, facts.fates): fate.casefold() for name, fate in answer.items()}
    slips = [name for name, fate in facts.fates.items() if given.get(name) != fate]
    points = 0 if unknown else {0: 4, 1: 2}.get(len(slips), 0)
    if unknown:
        return Mark(0, "At least one name is not that of a deleted file on this stick.")
    if not slips:
        return Mark(4, "Right: that is what the clusters of today allow to say.")
    if any(name not in given for name in slips):
        return Mark(points, "At least one deleted file on the stick has no verdict yet.")
    if facts.overwritten_by_deleted in slips:
        return Mark(
            points,
            "Free clusters need not hold the old file: a later file may have been deleted too. "
            "Compare the first bytes there with the name.",
        )
    return Mark(points, "At least one verdict is wrong: look at which clusters are in use today.")


def first_byte_of(facts: Facts) -> int:
    """Return the byte of the image at which the deleted archive begins."""
    return facts.data_offset + (facts.start_cluster - 2) * CLUSTER


def _swapped(number: int) -> int:
    return int.from_bytes(number.to_bytes(4, "big"), "little")


RUBRICS = {"statement": STATEMENT}
