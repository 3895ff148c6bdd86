"""Ivo Marran's USB stick in Operation Marejada: what he kept, deleted and overwrote on it.

Every seed gives other names, contents, places and times, and the same tasks: one archive deleted
and whole, a picture that is none, a note in slack, and deleted files of every fate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from grading.fatimage import CLUSTER, SECTOR, File, Folder, Geometry, Volume
from grading.marran_texts import Words
from grading.smallfiles import gif, jpeg, pdf, png, zip_archive

WHOLE, PART, LOST = "whole", "part", "lost"
SEIZED = date(2026, 3, 12)


@dataclass(frozen=True)
class Stick:
    """The volume and what is true about it.

    Attributes:
        volume: all that lies on the stick.
        work: name of the folder that held the deleted archive.
        archive: the deleted archive, whole.
        pay_host: host to which the button of the page in the archive leads.
        other_hosts: hosts that the page only shows or names.
        disguised: the file whose extension lies.
        true_type: what that file is.
        slack_file: the file behind whose end an older note survives.
        slack_address: the e-mail address in that note.
        other_addresses: e-mail addresses that files hold in the ordinary way.
        fates: of each deleted file, by name: whole, part or lost.
        overwritten_by_deleted: the lost file whose clusters no file uses today.
    """

    volume: Volume
    work: str
    archive: File
    pay_host: str
    other_hosts: tuple[str, ...]
    disguised: File
    true_type: str
    slack_file: File
    slack_address: str
    other_addresses: tuple[str, ...]
    fates: dict[str, str]
    overwritten_by_deleted: str


def stick(rng: Random) -> Stick:
    """Return the stick of one seed."""
    return _Builder(rng).stick()


class _Room:
    """Hands out runs of clusters, scattered over the volume, none of them twice."""

    ZONE = 64

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._zones = list(range(320, 7900, self.ZONE))
        rng.shuffle(self._zones)

    def run(self, clusters: int) -> tuple[int, ...]:
        start = self._zones.pop() + self._rng.randrange(self.ZONE - clusters)
        return tuple(range(start, start + clusters))


class _Builder:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.words = Words(rng)
        self.room = _Room(rng)
        self.makers: dict[str, Callable[[int], bytes]] = {
            "PDF": lambda size: pdf(self.words.lines(size)),
            "PNG": lambda size: png(self.pixels(size, 64)),
            "JPG": lambda size: jpeg(self.pixels(size, 80)),
            "TXT": lambda size: "\r\n".join(self.words.lines(size)).encode(),
            "CSV": lambda size: self.words.table(size).encode(),
        }

    def stick(self) -> Stick:
        rng = self.rng
        archive, pay_host, other_hosts = self.archive()
        deleted, covers, fates, hidden = self.deleted_and_covers()
        slack_file, note, address = self.slack()
        remnants = {**note, **self.orphan()}
        disguised, true_type = self.disguised()
        pictures = [self.live("JPG", rng.randrange(3000, 9000)) for _ in range(rng.randrange(4, 7))]
        contacts, others = self.contacts()
        papers = [
            self.live(rng.choice(("PDF", "TXT", "CSV")), rng.randrange(1500, 7000))
            for _ in range(rng.randrange(5, 9))
        ]
        work_name, photo_name, home_name = self.words.folders()
        rng.shuffle(deleted)
        with_archive = rng.randrange(1, 5)
        rng.shuffle(papers)
        near = rng.randrange(2, len(papers) - 1)
        work = [archive, *deleted[:with_archive], *papers[:near], covers[0]]
        home = [*deleted[with_archive:], *papers[near:], covers[1], slack_file]
        folders = [
            self.folder(work_name, work),
            self.folder(photo_name, [disguised, *pictures]),
            self.folder(home_name, home),
        ]
        rng.shuffle(folders)
        root: list[File | Folder] = [self.welcome(), *folders, covers[2], contacts]
        return Stick(
            volume=Volume(self.geometry(), tuple(root), remnants),
            work=work_name,
            archive=archive,
            pay_host=pay_host,
            other_hosts=other_hosts,
            disguised=disguised,
            true_type=true_type,
            slack_file=slack_file,
            slack_address=address,
            other_addresses=others,
            fates={archive.name: WHOLE, **fates},
            overwritten_by_deleted=hidden,
        )

    def geometry(self) -> Geometry:
        return Geometry(
            reserved_sectors=self.rng.randrange(1, 25),
            root_entries=self.rng.choice((256, 512, 768)),
            serial=self.rng.randrange(0x10000000, 0xFFFFFFFF),
            label=self.words.label(),
            formatted=self.moment(date(2025, 9, 1), 60),
        )

    def archive(self) -> tuple[File, str, tuple[str, ...]]:
        rng = self.rng
        page, pay_host, other_hosts = self.words.phishing_page()
        modified = datetime(2026, 2, rng.randrange(18, 28), rng.randrange(18, 24))
        modified += timedelta(minutes=rng.randrange(60), seconds=2 * rng.randrange(30))
        members = {
            "invoice.html": page.encode(),
            "logo.png": png(self.pixels(rng.randrange(1500, 3000), 48)),
            "readme.txt": self.words.template_notes().encode(),
        }
        size = len(zip_archive(members, modified))
        # The last cluster must be half empty or less, so that size and clusters tell apart.
        filler = (rng.randrange(120, 880) - size) % CLUSTER
        members["readme.txt"] += (self.words.filler(filler)).encode()
        data = zip_archive(members, modified - timedelta(minutes=rng.randrange(2, 40)))
        created = self.moment((modified + timedelta(days=1)).date(), 4)
        file = self.file(self.words.short("ZIP"), data, created=created, modified=modified)
        return replace(file, deleted=True), pay_host, other_hosts

    def deleted_and_covers(self) -> tuple[list[File], list[File], dict[str, str], str]:
        """Return five deleted files, the three files over them, the fates, the hidden loss."""
        rng = self.rng
        early = date(2026, 1, 10)
        kinds = rng.sample(("PDF", "PNG", "JPG"), 2)
        later = self.deleted(kinds[0], rng.randrange(5200, 9000), self.moment(date(2026, 2, 10), 9))
        lost = self.deleted(kinds[1], rng.randrange(1600, 3000), self.moment(early, 20))
        lost = replace(lost, clusters=later.clusters[: len(lost.clusters)])
        tail, head, under = (
            self.deleted(rng.choice(("PDF", "PNG", "JPG", "CSV")), size, self.moment(early, 30))
            for size in (*(rng.randrange(6200, 9500) for _ in range(2)), rng.randrange(2100, 4000))
        )
        cut = rng.randrange(2, 5)
        covers = [
            self.cover(tail.clusters[-cut:]),
            self.cover(head.clusters[: rng.randrange(2, 4)]),
            self.cover(under.clusters),
        ]
        fates = {later.name: WHOLE, lost.name: LOST, tail.name: PART, head.name: PART}
        return [later, lost, tail, head, under], covers, {**fates, under.name: LOST}, lost.name

    def cover(self, clusters: tuple[int, ...]) -> File:
        """Return a file that took over clusters of a deleted one."""
        kind = self.rng.choice(("TXT", "CSV"))
        # To the end of the last sector, so that nothing of the deleted file survives in slack.
        size = len(clusters) * CLUSTER - self.rng.randrange(20, SECTOR)
        data = self.makers[kind](len(clusters) * CLUSTER + 200)[:size]
        name = self.words.name(kind)
        return self.file(name, data, clusters=clusters, created=self.moment(date(2026, 2, 24), 13))

    def slack(self) -> tuple[File, dict[int, bytes], str]:
        """Return a file in two runs, what lay in its last cluster before, and the address there."""
        rng = self.rng
        first = self.room.run(rng.randrange(2, 5))
        last = self.room.run(1)
        size = len(first) * CLUSTER + rng.randrange(60, SECTOR)
        data = self.makers["TXT"](size + 200)[:size]
        name = self.words.long_name("TXT")
        file = self.file(
            name, data, clusters=first + last, created=self.moment(date(2026, 2, 20), 16)
        )
        note, address = self.words.old_note()
        start = rng.randrange(430, 500)
        before = self.words.filler(start) + note
        return file, {last[0]: before[:CLUSTER].encode()}, address

    def orphan(self) -> dict[int, bytes]:
        """Return a picture that no folder entry speaks of any more: only carving finds it."""
        data = png(self.pixels(self.rng.randrange(2500, 3500), 50))
        clusters = self.room.run(-(-len(data) // CLUSTER))
        return {c: data[at * CLUSTER :][:CLUSTER] for at, c in enumerate(clusters)}

    def disguised(self) -> tuple[File, str]:
        rng = self.rng
        kind = rng.choice(("zip", "pdf", "png", "gif"))
        listing = self.words.targets()
        if kind == "zip":
            data = zip_archive({"targets.csv": listing.encode()}, self.moment(date(2026, 2, 14), 9))
        elif kind == "pdf":
            data = pdf(listing.splitlines())
        else:
            rows = self.pixels(rng.randrange(3000, 6000), 60)
            data = png(rows) if kind == "png" else gif([bytes(p >> 1 for p in row) for row in rows])
        return self.file(self.words.picture_name(), data), kind

    def contacts(self) -> tuple[File, tuple[str, ...]]:
        text, addresses = self.words.contacts()
        return self.file(self.words.long_name("TXT"), text.encode()), addresses

    def welcome(self) -> File:
        return self.file("LEEME.TXT", self.words.welcome().encode())

    def live(self, kind: str, size: int) -> File:
        name = self.words.picture_name() if kind == "JPG" else self.words.name(kind)
        return self.file(name, self.makers[kind](size))

    def deleted(self, kind: str, size: int, created: datetime) -> File:
        modified = created - timedelta(days=self.rng.randrange(1, 40), seconds=86 * 60)
        file = self.file(
            self.words.name(kind), self.makers[kind](size), created=created, modified=modified
        )
        return replace(file, deleted=True)

    def folder(self, name: str, files: list[File]) -> Folder:
        self.rng.shuffle(files)
        return Folder(name, tuple(files), self.room.run(2), self.moment(date(2025, 11, 3), 40))

    def file(
        self,
        name: str,
        data: bytes,
        *,
        clusters: tuple[int, ...] = (),
        created: datetime | None = None,
        modified: datetime | None = None,
    ) -> File:
        created = created or self.moment(date(2025, 12, 1), 90)
        modified = modified or created + timedelta(hours=self.rng.randrange(1, 60))
        accessed = min(max(created, modified).date() + timedelta(days=2), SEIZED)
        place = clusters or self.room.run(-(-len(data) // CLUSTER))
        return File(name, data, place, created, modified, accessed)

    def moment(self, first: date, days: int) -> datetime:
        """Return a local time by day within some days; FAT keeps modification in even seconds."""
        rng = self.rng
        day = datetime(first.year, first.month, first.day) + timedelta(days=rng.randrange(days))
        seconds = rng.randrange(8 * 1800, 21 * 1800) * 2
        return day + timedelta(seconds=seconds)

    def pixels(self, size: int, width: int) -> list[bytes]:
        """Return rows of grey that vary smoothly, about ``size`` values in all."""
        a, b, c = (self.rng.randrange(1, 9) for _ in range(3))
        return [
            bytes((a * x + b * y + c * x * y // 32) % 251 for x in range(width))
            for y in range(max(1, size // width))
        ]
