"""The fictional region: its four States, read from their country cards (``labs/cards/*.json``).

The cards are what a contact point's officer knows about a State: the instruments it is bound by,
whom to write to and in what language, its providers and how long they keep what. Every State,
person, provider and date is invented; ``card.schema.json`` states the cards' form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from importlib.resources import files
from ipaddress import IPv4Address
from typing import Any

from labs.show import Html, table

BUDAPEST = "budapest"
"""The id of the Convention on Cybercrime (ETS 185) on a card."""
SCHEMA_FILE = "card.schema.json"
"""The cards' JSON Schema, beside them."""
LANGUAGES = {"en": "English", "es": "Spanish", "pt": "Portuguese", "fr": "French"}


@dataclass(frozen=True)
class Instrument:
    """A treaty, and what the State did about it; dates are ``None`` where it has not happened."""

    id: str
    name: str
    signed: date | None
    deposited: date | None
    in_force: date | None


@dataclass(frozen=True)
class Contact:
    """An authority that can be written to; languages by their codes, like ``fr``."""

    name: str
    phone: str
    mail: str
    hours: str
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """A kind of record that a provider holds.

    Attributes:
        code: the provider's own, for instance ``KH-4``.
        kind: what it is in any provider's hands, for instance ``sign-in-log``.
        name: what it holds.
        category: ``subscriber``, ``traffic`` or ``content``, as the State classes it.
        retention_days: how many days after the event an entry is kept; ``None`` where it stays as
            long as the customer keeps the account or the item.
    """

    code: str
    kind: str
    name: str
    category: str
    retention_days: int | None

    def last_day(self, event: date) -> date | None:
        """Return the last day on which an entry of that day (both UTC) can still be preserved."""
        return None if self.retention_days is None else event + timedelta(days=self.retention_days)


@dataclass(frozen=True)
class Provider:
    """A service provider.

    Attributes:
        kind: ``access``, ``hosting``, ``mail`` or ``exchange``.
        networks: its ranges of IPv4 addresses, first and last.
        domains: the domain names under which its customers have accounts and pages.
    """

    id: str
    name: str
    kind: str
    mail: str
    networks: tuple[tuple[str, str], ...]
    domains: tuple[str, ...]
    records: tuple[Record, ...]

    def has(self, address: str) -> bool:
        """Say whether an IPv4 address lies in one of the provider's ranges."""
        wanted = IPv4Address(address)
        return any(IPv4Address(a) <= wanted <= IPv4Address(b) for a, b in self.networks)

    def record(self, kind: str) -> Record:
        """Return the record of a kind.

        Raises:
            KeyError: if the provider holds none.
        """
        for record in self.records:
            if record.kind == kind:
                return record
        raise KeyError(f"{self.name} holds no record of the kind {kind!r}")


@dataclass(frozen=True)
class Card:
    """A State's country card.

    Attributes:
        request_languages: in which a preservation request is accepted, by their codes.
        request_rule: the same as a sentence.
        preservation_authoriser: who signs an order to a custodian.
        order_days: how long such an order lasts at first.
        order_renewable: whether it can be renewed.
        dual_criminality: for mutual legal assistance: ``required``, ``coercive-only`` (only for
            coercive measures) or ``not-required``.
        assistance_languages: in which a request for mutual legal assistance is accepted.
        authorisers: who authorises a production order, by category of data.
        holidays: of 2026, by date.
    """

    code: str
    name: str
    languages: tuple[str, ...]
    utc_offset: str
    instruments: tuple[Instrument, ...]
    contact_point: Contact
    central_authority: Contact
    request_languages: tuple[str, ...]
    request_rule: str
    preservation_authoriser: str
    order_days: int
    order_renewable: bool
    custodian_keeps_secret: bool
    dual_criminality: str
    assistance_languages: tuple[str, ...]
    authorisers: Mapping[str, str]
    providers: tuple[Provider, ...]
    holidays: Mapping[date, str]

    @property
    def zone(self) -> timezone:
        """The State's time zone; no State of the region changes its clocks."""
        return offset(self.utc_offset)

    def in_force(self, instrument: str = BUDAPEST) -> date | None:
        """Return since when an instrument binds the State, or ``None`` where it does not."""
        return next((one.in_force for one in self.instruments if one.id == instrument), None)

    def _repr_html_(self) -> str:
        from labs.cardview import card_html  # the view needs this module's classes

        return card_html(self)


def cards() -> dict[str, Card]:
    """Return the four States' cards by code: ``CK``, ``IV``, ``LU``, ``PS``."""
    return dict(_cards())


def card(state: str) -> Card:
    """Return a State's card by its code or its name.

    Raises:
        KeyError: if there is no such State.
    """
    for one in _cards().values():
        if state.strip().casefold() in (one.code.casefold(), one.name.casefold()):
            return one
    known = ", ".join(f"{one.code} ({one.name})" for one in _cards().values())
    raise KeyError(f"there is no State {state!r}; there are: {known}")


def card_files() -> dict[str, bytes]:
    """Return the cards as they lie on disk, by file name, for a lab's evidence."""
    return {f"{code}.json": _folder(f"{code}.json") for code in _cards()}


def card_schema() -> dict[str, Any]:
    """Return the JSON Schema of a card."""
    schema: dict[str, Any] = json.loads(_folder(SCHEMA_FILE))
    return schema


def providers() -> Html:
    """Return a table of all providers: State, addresses and domain names."""
    return table(
        ["provider", "State", "kind", "addresses", "domain names"],
        [
            (
                provider.name,
                f"{one.name} ({one.code})",
                provider.kind,
                ", ".join(f"{first} to {last}" for first, last in provider.networks),
                ", ".join(provider.domains),
            )
            for one in _cards().values()
            for provider in one.providers
        ],
    )


def offset(text: str) -> timezone:
    """Turn an offset like ``-05:00`` into a time zone.

    Raises:
        ValueError: if the text is not an offset.
    """
    zone = datetime.strptime(text, "%z").tzinfo
    assert isinstance(zone, timezone)
    return zone


def to_utc(local: str, zone: str) -> str:
    """Turn the time on a clock into UTC.

    Args:
        local: the date and time that the clock shows, like ``2026-03-02 22:41:07``.
        zone: how far that clock is from UTC, like ``-05:00`` or ``+02:00``.

    Returns:
        The same moment in UTC, like ``2026-03-03T03:41:07Z``.

    Raises:
        ValueError: if either text cannot be read, or the time names a zone itself.
    """
    moment = datetime.fromisoformat(local.strip())
    if moment.tzinfo is not None:
        raise ValueError(f"{local!r} already names its zone; leave that out: zone says it")
    aware = moment.replace(tzinfo=offset(zone)).astimezone(UTC)
    return aware.isoformat(timespec="seconds").replace("+00:00", "Z")


def _folder(name: str) -> bytes:
    return (files("labs") / "cards" / name).read_bytes()


@lru_cache
def _cards() -> Mapping[str, Card]:
    names = sorted(entry.name for entry in (files("labs") / "cards").iterdir())
    found = [_read(json.loads(_folder(name))) for name in names if name != SCHEMA_FILE]
    return {one.code: one for one in found}


def _read(data: dict[str, Any]) -> Card:
    order, assistance = data["preservation"], data["mutual_assistance"]
    return Card(
        code=data["code"],
        name=data["name"],
        languages=tuple(data["languages"]),
        utc_offset=data["utc_offset"],
        instruments=tuple(_instrument(one) for one in data["instruments"]),
        contact_point=_contact(data["contact_point"]),
        central_authority=_contact(data["central_authority"]),
        request_languages=tuple(data["requests"]["languages"]),
        request_rule=data["requests"]["rule"],
        preservation_authoriser=order["authoriser"],
        order_days=order["order_days"],
        order_renewable=order["renewable"],
        custodian_keeps_secret=order["custodian_keeps_secret"],
        dual_criminality=assistance["dual_criminality"],
        assistance_languages=tuple(assistance["languages"]),
        authorisers=data["authorisers"],
        providers=tuple(_provider(one) for one in data["providers"]),
        holidays={date.fromisoformat(day["date"]): day["name"] for day in data["holidays"]},
    )


def _instrument(data: dict[str, Any]) -> Instrument:
    dates = {
        name: data[name] and date.fromisoformat(data[name])
        for name in ("signed", "deposited", "in_force")
    }
    return Instrument(id=data["id"], name=data["name"], **dates)


def _contact(data: dict[str, Any]) -> Contact:
    return Contact(**{**data, "languages": tuple(data["languages"])})


def _provider(data: dict[str, Any]) -> Provider:
    networks = tuple((one["first"], one["last"]) for one in data["networks"])
    records = tuple(Record(**one) for one in data["records"])
    return Provider(
        **{**data, "networks": networks, "domains": tuple(data["domains"]), "records": records}
    )
