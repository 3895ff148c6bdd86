"""The words on Ivo Marran's stick: names of files, harmless papers, the page of the fraud.

All fictional; addresses end in ``.example`` (RFC 2606), and nothing here works as malware.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

PLACES = (
    "harbour", "quay", "lighthouse", "market", "ferry", "beach", "island", "sunset", "boats",
    "garden", "river", "bridge", "station", "kitchen", "balcony", "museum",
)  # fmt: skip
SUBJECTS = (
    "rent", "budget", "recipe", "football", "insurance", "holiday", "course", "printer", "garage",
    "bicycle", "dentist", "library", "concert", "letter", "taxes", "music", "fishing", "chess",
    "shopping", "birthday", "visa", "phone", "internet", "laundry",
)  # fmt: skip
KINDS = ("list", "plan", "notes", "draft", "copy", "table", "receipt", "summary")
FOLDERS = (
    ("WORK", "OFFICE", "CLIENTS", "PROJECTS", "JOBS", "Business", "Trabajo", "Orders"),
    ("PHOTOS", "PICTURES", "CAMERA", "IMAGES", "DCIM", "Fotos", "Album", "Snapshots"),
    ("HOME", "PRIVATE", "MISC", "FLAT", "PERSONAL", "Casa", "Papers", "Varios"),
)
LABELS = ("GALERNA", "MARINA", "BLUE", "STICK", "TEMPORAL", "BRISA", "SUR", "PUERTO", "GAVIOTA")
ARCHIVES = ("INVOICE", "HARBOUR", "BILLING", "PAYMENT", "LETTERS", "PORTBILL", "TEMPLATE", "KIT")
SENTENCES = (
    "The ferry leaves at a quarter past seven and again at noon.",
    "Ask the neighbour about the key before the weekend.",
    "Two kilos of rice, coffee, limes, and a bulb for the hall.",
    "The landlord wants the rent by the fifth of the month.",
    "Next match on Sunday if the pitch is dry.",
    "The bicycle needs a new chain and the left brake squeaks.",
    "Remember to return the library books.",
    "The course begins again in April, room twelve.",
    "Dentist on Tuesday, bring the insurance card.",
    "The printer only works when the cable is pushed to the left.",
    "Grandmother's recipe says half a cup, not a whole one.",
    "Rain is forecast until Thursday, so no fishing.",
)
FIRST_NAMES = ("ana", "luis", "marta", "diego", "rosa", "pablo", "ines", "tomas", "clara", "hugo")
BOXES = ("norte", "faro", "marea", "viento", "ancla", "duna", "coral", "niebla")
MAIL = ("ventmail.example", "lumbretelecom.example")
HOSTS = ("billing", "secure", "pay", "portal", "settle", "invoice", "account", "checkout")


class Words:
    """Draws names and texts for one stick; no name twice, not even without its first letter."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._used: set[str] = set()

    def name(self, kind: str) -> str:
        """Return the name of a paper: an 8.3 name or a long one."""
        return self.short(kind) if self.rng.random() < 0.5 else self.long_name(kind)

    def short(self, kind: str) -> str:
        """Return an upper-case 8.3 name, for an archive one of its own kind."""
        stems = ARCHIVES if kind == "ZIP" else tuple(word.upper() for word in SUBJECTS)
        return self._fresh(
            lambda: f"{self.rng.choice(stems)[:6]}{self.rng.randrange(10, 100)}.{kind}"
        )

    def long_name(self, kind: str) -> str:
        """Return a name with a space and lower-case letters."""
        return self._fresh(
            lambda: (
                f"{self.rng.choice(SUBJECTS).title()} {self.rng.choice(KINDS)} "
                f"{self.rng.randrange(10, 100)}.{kind.lower()}"
            )
        )

    def picture_name(self) -> str:
        """Return a name as cameras give it."""
        return self._fresh(lambda: f"IMG_{self.rng.randrange(1000, 9999)}.JPG")

    def folders(self) -> tuple[str, str, str]:
        """Return the names of the folders of work, pictures and the rest."""
        work, photos, home = (self.rng.choice(names) for names in FOLDERS)
        return work, photos, home

    def label(self) -> str:
        """Return the volume's label."""
        return f"{self.rng.choice(LABELS)}{self.rng.randrange(10, 100)}"

    def lines(self, size: int) -> list[str]:
        """Return lines of harmless prose, about ``size`` characters in all."""
        lines: list[str] = []
        while sum(map(len, lines)) + 2 * len(lines) < size:
            lines.append(self.rng.choice(SENTENCES))
        return lines

    def filler(self, size: int) -> str:
        """Return harmless prose of exactly ``size`` characters."""
        return " ".join(self.lines(size))[:size].ljust(size, ".")

    def table(self, size: int) -> str:
        """Return a table of spending as CSV, about ``size`` characters."""
        rows = ["day;what;amount"]
        while sum(map(len, rows)) + 2 * len(rows) < size:
            day = f"2026-{self.rng.randrange(1, 3):02}-{self.rng.randrange(1, 29):02}"
            amount = f"{self.rng.randrange(2, 90)}.{self.rng.randrange(100):02}"
            rows.append(f"{day};{self.rng.choice(SUBJECTS)};{amount}")
        return "\r\n".join(rows)

    def welcome(self) -> str:
        """Return the text of the file that the notebook's worked example reads."""
        place, number = self.rng.choice(PLACES), self.rng.randrange(100, 1000)
        return (
            f"If you find this stick, please leave it at the {place} desk, box {number}.\r\n"
            f"Thank you. I. M.\r\n{self.filler(self.rng.randrange(1100, 1900))}\r\n"
        )

    def contacts(self) -> tuple[str, tuple[str, ...]]:
        """Return a list of acquaintances and the addresses in it."""
        names = self.rng.sample(FIRST_NAMES, 5)
        found = tuple(
            f"{name}-{self.rng.randrange(1000, 10000)}@{self.rng.choice(MAIL)}" for name in names
        )
        rows = [f"{name.title()}: {address}" for name, address in zip(names, found, strict=True)]
        return "\r\n".join([*rows, *self.lines(self.rng.randrange(700, 1500))]), found

    def old_note(self) -> tuple[str, str]:
        """Return what is left of an older note, and the e-mail address in it."""
        address = f"{self.rng.choice(BOXES)}-{self.rng.randrange(1000, 10000)}@ventmail.example"
        day = self.rng.randrange(5, 9)
        note = (
            f"\r\nsecond half goes to the usual wallet. New drop box from {day} March: {address} "
            "- do not write to the old one again, and wipe this after reading."
        )
        return f"{self.filler(80)}{note}", address

    def targets(self) -> str:
        """Return a list of people at the port authority with the day of their letter."""
        rows = ["address,letter,day"]
        for number in range(12):
            name = self.rng.choice(FIRST_NAMES)
            rows.append(f"{name}.{self.rng.randrange(100, 1000)}@apps.example,{number + 1},2 March")
        return "\n".join(rows)

    def template_notes(self) -> str:
        """Return the remarks that lie beside the page in the archive."""
        return "Change name and amount before each letter. Send on Monday before nine.\r\n"

    def phishing_page(self) -> tuple[str, str, tuple[str, ...]]:
        """Return the page of the false invoice, the host its button leads to, the other hosts."""
        rng = self.rng
        host = f"{rng.choice(HOSTS)}-{rng.randrange(1000, 10000)}.harbour-invoices.example"
        image_host = f"img{rng.randrange(10, 100)}.harbour-invoices.example"
        amount = f"{rng.randrange(1000, 9000):,}.{rng.randrange(100):02}"
        page = f"""<!DOCTYPE html>
<html><head><title>Invoice {rng.randrange(10000, 99999)}</title></head><body>
<img src="https://{image_host}/logo.png" alt="Harbour Invoices">
<p>Port Authority of Porto Sereno</p>
<p>Dear [NAME], the amount of EUR {amount} for berth fees is due.</p>
<p><a href="https://{host}/session?id=[ID]">https://apps.example/payments</a></p>
<p>Questions: <a href="mailto:billing@harbour-invoices.example">billing</a></p>
</body></html>
"""
        return page, host, ("apps.example", image_host, "harbour-invoices.example")

    def _fresh(self, draw: Callable[[], str]) -> str:
        for _ in range(10_000):
            name = draw()
            tail = name.upper()[1:]
            if tail not in self._used:
                self._used.add(tail)
                return name
        raise RuntimeError("no fresh name is left on this stick")
