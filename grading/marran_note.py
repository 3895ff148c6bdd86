"""The acquisition note that lies beside the image: two sticks, one of which is the image."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

MAKES = (
    ("Nordsee", "Mini 8"), ("Alcatraz Data", "Key-8"), ("Puerto Byte", "Llave 8M"),
    ("Marlin", "Stick One"), ("Cumbre", "PB-08"), ("Lagoon", "Pocket 8"),
)  # fmt: skip


@dataclass(frozen=True)
class Note:
    """The note and the values in it that are not the image's.

    Attributes:
        text: the note.
        other_sha256: the SHA-256 it gives for the other stick.
    """

    text: str
    other_sha256: str


def acquisition_note(rng: Random, image: bytes) -> Note:
    """Write the note of one seed about its image."""
    own = (hashlib.sha256(image).hexdigest(), hashlib.md5(image, usedforsecurity=False).hexdigest())
    other = (rng.randbytes(32).hex(), rng.randbytes(16).hex())
    hashes = [own, other] if rng.random() < 0.5 else [other, own]
    found = datetime(2026, 3, 12, 6, rng.randrange(10, 50))
    lab = found + timedelta(hours=4, minutes=rng.randrange(60))
    start = lab + timedelta(hours=1, minutes=rng.randrange(60))
    first = rng.randrange(3, 9)
    exhibits = "\n".join(
        _exhibit(f"IM-{first + place:02}", rng, pair, start + timedelta(minutes=21 * place))
        for place, pair in enumerate(hashes)
    )
    shelf = f"evidence store, shelf {rng.randrange(2, 40)}".ljust(28)
    text = f"""\
COSTA LUMBRE - FORENSIC LABORATORY                                    ACQUISITION NOTE
======================================================================================
Case                 Operation Marejada, file CL-2026-{rng.randrange(1000, 9999)}
Offences             illegal access, computer-related fraud (Porto Sereno Port Authority)
Legal basis          search warrant {rng.randrange(100, 999)}/2026, executed 12 March 2026
Place of seizure     flat of Ivo Marran, Costa Lumbre; desk drawer
Requested by         Prosecutor Aldo Ferrán
Examiner             Tomás Rey, digital forensic examiner
All times            local time of Costa Lumbre, UTC-06:00, unless a line says otherwise

EXHIBITS
Two USB sticks. Each was read once, whole, from the first to the last sector.
{exhibits}
Write blocker        {rng.choice(("Tidewall WB-3", "Halyard U2", "Keel One"))}, serial \
{rng.randrange(10000, 99999)}; function tested before use, 12 March 2026
Read errors          none; 16384 sectors of 512 bytes read from each stick
Layout               no partition table: the file system begins with the first sector
Copies               the image of ONE of the two sticks is handed out as usb.img. Establish by
                     its hash value which exhibit you hold before you rely on it.

CLOCK AND TIME ZONE
The file system is FAT. It stores local time as the computer's clock showed it, without a
zone. The laptop found beside the sticks (exhibit IM-01) was set to Costa Lumbre time, UTC-06:00,
which has no summer time. Compared with a reference clock on {_when(start + timedelta(hours=2))}:
{rng.randrange(1, 3)} s slow. Whether the sticks were written by that laptop is not established.

CUSTODY
when (UTC-06:00)     released by                 received by                 reason
{_when(found)}     found in the flat           Officer Lucía Prado         seizure, sealed bags
{_when(lab)}     Officer Lucía Prado         Tomás Rey                   examination
{_when(start + timedelta(hours=3))}     Tomás Rey                   {shelf}sealed again
"""
    return Note(text, other[0])


def _exhibit(number: str, rng: Random, hashes: tuple[str, str], start: datetime) -> str:
    make, model = rng.choice(MAKES)
    serial = f"{rng.randrange(16**8):08X}"
    end = start + timedelta(minutes=rng.randrange(2, 6))
    return f"""\
  Exhibit {number}      USB stick, {make} {model}, serial {serial}, 8 MiB, sealed bag \
{rng.randrange(100000, 999999)}
    imaged           {_when(start)} to {end:%H:%M} (UTC-06:00)
    SHA-256          {hashes[0]}
    MD5              {hashes[1]}
"""


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
