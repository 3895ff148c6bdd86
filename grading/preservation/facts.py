"""What is true about one participant's case for the preservation request, drawn from a seed.

One strand of Operation Marejada: a false invoice, a page that asks for a password, a sign-in with
it. The participant is the duty officer of the requesting Party's contact point. Rules that are this
exercise's own, and not the Convention's, stand in the case file (``grading.preservation.files``).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from ipaddress import IPv4Address

from grading.preservation.texts import (
    ACCESS,
    CLERKS,
    CONDUCTS,
    CRIMINALITY,
    ELEMENTS,
    ESSENTIAL,
    INCOMPLETE,
    INFORM,
    LURES,
    NEEDS,
    NO_ELEMENT,
    NO_GROUND,
    PAGES,
    POLITICAL,
    REPLIES,
    TOO_SHORT,
    UNITS,
    VICTIMS,
    Conduct,
    Reply,
)
from labs.world import Card, Provider, card, cards

FLOOR_DAYS = 60
"""Article 29, paragraph 7: the requested Party keeps the data for at least so many days."""
CAP_DAYS = 90
"""Article 16, paragraph 2: a domestic order to a custodian lasts at most so long, renewable."""
MARGIN = timedelta(hours=1)
"""This exercise's own: how far a window may reach beyond the first and the last event."""
MOMENTS = ("mail", "page", "sign_in", "seen", "complaint")
"""The moments that the participant turns into UTC."""
_HEADER_HOURS = (-7, -6, -5, -4, -3)
_LOG_HOURS = (1, 2, 3)
_TRAFFIC = ("address-log", "sign-in-log", "mail-log", "page-log")


@dataclass(frozen=True)
class Moment:
    """An event, and the clock by which its source gives it."""

    utc: datetime
    clock: timezone

    @property
    def local(self) -> datetime:
        """The event as its source gives it."""
        return self.utc.astimezone(self.clock)

    @property
    def shift(self) -> timedelta:
        """How far that clock is ahead of UTC."""
        return self.clock.utcoffset(None)


@dataclass(frozen=True)
class Facts:
    """One participant's case.

    Attributes:
        requesting, requested, third: the States' codes; the red herring lies in the third.
        today: the date of the request, UTC.
        moments: by the names in ``MOMENTS``; all but ``complaint`` concern the provider.
        header_clock, log_clock: of the firm's mail gateway and of its sign-in log.
        address, source_port: from which the attacker first signed in.
        victim_address, scanner_address: the red herrings of the log.
        forged_address: the red herring of the mail's headers.
        needs: the kinds of records that the prosecutor's list of needs comes down to.
        conducts: what proceedings were opened for.
        sections: the numbers of the sections of domestic law, in the order of ``conducts``.
        elements: a letter of article 29, paragraph 2, to the paragraph that serves it.
        earlier: the earlier request's paragraphs, in order.
        replies: the answers to judge, in order.
        preserved_on, answered_on: the dates that the exercise supposes after sending.
    """

    requesting: str
    requested: str
    third: str
    victim: str
    domain: str
    clerk: str
    unit: str
    reference: str
    confirm_with: str
    today: date
    moments: Mapping[str, Moment]
    header_clock: timezone
    log_clock: timezone
    address: str
    source_port: int
    account: str
    url: str
    message_id: str
    victim_address: str
    scanner_address: str
    forged_address: str
    needs: tuple[str, ...]
    need_texts: tuple[str, ...]
    conducts: tuple[Conduct, ...]
    sections: tuple[int, ...]
    elements: Mapping[str, int]
    earlier: tuple[str, ...]
    replies: tuple[Reply, ...]
    preserved_on: date
    answered_on: date
    noise: int

    @property
    def home(self) -> Card:
        """The requesting Party's card."""
        return card(self.requesting)

    @property
    def host(self) -> Card:
        """The requested Party's card."""
        return card(self.requested)

    @property
    def third_name(self) -> str:
        """The name of the State to which the red herrings point."""
        return card(self.third).name

    @property
    def provider(self) -> Provider:
        """The custodian of the data."""
        return self.host.providers[0]

    @property
    def records(self) -> tuple[str, ...]:
        """The codes of the records to be preserved, sorted."""
        return tuple(sorted(self.provider.record(kind).code for kind in self.needs))

    @property
    def first_lost(self) -> tuple[str, date]:
        """The needed record that is deleted first, and the last day on which it can be saved."""
        first = self.moments["mail"].utc.date()
        dated = [
            (last, one.code)
            for one in map(self.provider.record, self.needs)
            if (last := one.last_day(first)) is not None
        ]
        last, code = min(dated)
        return code, last

    @property
    def articles(self) -> tuple[int, ...]:
        """The offences under investigation, as articles of the Convention."""
        return tuple(sorted(one.article for one in self.conducts))

    @property
    def binding_since(self) -> date:
        """Since when the Convention binds both States: the later of two dates."""
        since = [self.home.in_force(), self.host.in_force()]
        return max(day for day in since if day is not None)

    @property
    def kept_until(self) -> date:
        """The date until which article 29, paragraph 7, obliges the requested Party at least."""
        return self.preserved_on + timedelta(days=FLOOR_DAYS)

    @property
    def order_ends(self) -> date:
        """The last day of the first order to the custodian under the requested Party's law."""
        return self.preserved_on + timedelta(days=self.host.order_days)

    @property
    def renewals(self) -> int:
        """How often that order must be renewed so that the data are kept long enough."""
        return -(-FLOOR_DAYS // self.host.order_days) - 1


def draw(seed: int) -> Facts:
    """Draw a case; pure, the same for the same seed, and equally hard for all."""
    rng = random.Random(seed)  # noqa: S311 (evidence must be reproducible, not secret)
    requesting, requested, third = rng.sample(sorted(cards()), 3)
    provider = card(requested).providers[0]
    victim, domain = rng.choice(VICTIMS[requesting])
    moments, header_clock, log_clock = _moments(rng, requesting, third)
    needs = _needs(rng)
    first = moments["mail"].utc.date()
    last_days = [one.last_day(first) for one in map(provider.record, needs)]
    today = min(day for day in last_days if day) - timedelta(days=rng.randint(1, 3))
    conducts = (ACCESS, *sorted(rng.sample(CONDUCTS, 3), key=lambda one: one.article))
    elements, earlier = _earlier(rng)
    preserved_on = today + timedelta(days=1)
    addresses = _addresses(rng, provider, card(requesting).providers[0], card(third).providers[0])
    word = LURES[third][0]
    return Facts(
        requesting=requesting,
        requested=requested,
        third=third,
        victim=victim,
        domain=domain,
        clerk=rng.choice(CLERKS),
        unit=f"{rng.choice(UNITS)}, {card(requesting).name} Police",
        reference=f"{requesting}-{rng.randint(1000, 9999)}/2026",
        confirm_with=f"{card(requesting).contact_point.phone[:11]} {rng.randint(1000, 9999)}",
        today=today,
        moments=moments,
        header_clock=header_clock,
        log_clock=log_clock,
        address=addresses[0],
        source_port=rng.randint(20_000, 60_000),
        account=f"{word}.{rng.randint(100, 999)}@{provider.domains[0]}",
        url=f"https://{provider.domains[1]}/{_token(rng, 7)}/{rng.choice(PAGES)}",
        message_id=f"<{_token(rng, 12)}.{rng.randint(1000, 9999)}@{provider.domains[0]}>",
        victim_address=addresses[1],
        scanner_address=addresses[2],
        forged_address=addresses[3],
        needs=needs,
        need_texts=tuple(rng.choice(NEEDS[kind]) for kind in needs),
        conducts=conducts,
        sections=tuple(sorted(rng.sample(range(201, 260), len(conducts)))),
        elements=elements,
        earlier=earlier,
        replies=_replies(rng),
        preserved_on=preserved_on,
        answered_on=preserved_on + timedelta(days=rng.randint(1, 3)),
        noise=rng.getrandbits(32),
    )


def _moments(
    rng: random.Random, requesting: str, third: str
) -> tuple[dict[str, Moment], timezone, timezone]:
    home, away = card(requesting).zone, card(third).zone
    clocks = [timezone(timedelta(hours=hours)) for hours in _HEADER_HOURS]
    header = rng.choice([one for one in clocks if one != home])
    log = timezone(timedelta(hours=rng.choice(_LOG_HOURS)))
    span = partial(_span, rng)
    # Late in the evening by the gateway's clock: in UTC it is already the next day, for everybody.
    mail = datetime(2026, 3, rng.randint(2, 15), 22, 5, tzinfo=header) + span(0, 1.8)
    page = mail + span(10, 14)
    sign_in = page + span(20, 44)
    seen = _minute(sign_in + span(60, 130))
    morning = seen.astimezone(home).replace(hour=9, minute=0) + timedelta(days=1)
    complaint = _minute(morning + span(0, 7))
    times = (mail, page, sign_in, seen, complaint)
    sources = (header, log, log, away, home)
    moments = {
        name: Moment(time.astimezone(UTC), clock)
        for name, time, clock in zip(MOMENTS, times, sources, strict=True)
    }
    return moments, header, log


def _span(rng: random.Random, low: float, high: float) -> timedelta:
    return timedelta(seconds=rng.randint(int(low * 3600), int(high * 3600)))


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0)


def _needs(rng: random.Random) -> tuple[str, ...]:
    content: list[str] = rng.choice([[], ["mailbox"], ["files"]])
    kinds = [rng.choice(["customer", "payment"]), *rng.sample(_TRAFFIC, 2), *content]
    rng.shuffle(kinds)
    return tuple(kinds)


def _earlier(rng: random.Random) -> tuple[dict[str, int], tuple[str, ...]]:
    chosen: list[tuple[str, str]] = [(key, rng.choice(texts)) for key, texts in ELEMENTS.items()]
    chosen += [("", text) for text in NO_ELEMENT]
    rng.shuffle(chosen)
    numbers = {key: number for number, (key, _) in enumerate(chosen, 1) if key}
    return {key: numbers[key] for key in sorted(numbers)}, tuple(text for _, text in chosen)


def _replies(rng: random.Random) -> tuple[Reply, ...]:
    themes = (POLITICAL, ESSENTIAL, INFORM, INCOMPLETE, CRIMINALITY, TOO_SHORT, NO_GROUND)
    chosen = [rng.choice([one for one in REPLIES if one.theme == theme]) for theme in themes]
    chosen.append(rng.choice([one for one in REPLIES if one.code and one not in chosen]))
    rng.shuffle(chosen)
    return tuple(chosen)


def _addresses(
    rng: random.Random, custodian: Provider, home: Provider, third: Provider
) -> tuple[str, str, str, str]:
    scanner, forged = rng.sample(_range(third), 2)
    return rng.choice(_range(custodian)), rng.choice(_range(home)), scanner, forged


def _range(provider: Provider) -> list[str]:
    first, last = (int(IPv4Address(address)) for address in provider.networks[0])
    return [str(IPv4Address(number)) for number in range(first + 4, last - 3)]


def _token(rng: random.Random, length: int) -> str:
    return "".join(rng.choices("bcdfghjkmnpqrstvwxz23456789", k=length))
