"""The evidence of the preservation request's lab, written out from the facts.

The case file tells the facts in prose; the log and the mail hold what it leaves out.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from grading.preservation.facts import FLOOR_DAYS, Facts
from grading.preservation.texts import LURES, NO_PROCEEDINGS, OFFICERS, STAFF
from labs.world import card_files

LOG_COLUMNS = ("row", "time", "event", "user", "address", "port", "result", "detail")
_OK, _DENIED = "ok", "denied"


def evidence(facts: Facts) -> dict[str, bytes]:
    """Return the participant's files, path to bytes."""
    pages = {
        "case-file.md": _case_file(facts),
        "earlier-request.md": _earlier_request(facts),
        "replies.md": _replies(facts),
        "logs.csv": _log(facts),
    }
    return {
        **{f"evidence/{name}": text.encode() for name, text in pages.items()},
        "evidence/mail.eml": _mail(facts),
        **{f"evidence/cards/{name}": content for name, content in card_files().items()},
    }


def _case_file(facts: Facts) -> str:
    parts = (_opening, _report, _clocks, _sighting, _decision, _wish, _rules, _afterwards)
    return "\n\n".join(part(facts) for part in parts) + "\n"


def _opening(facts: Facts) -> str:
    desk = facts.home.contact_point
    return f"""# Case file {facts.reference}: Operation Marejada

## 1. Your part

You are the duty officer of the {desk.name}, the 24/7 contact point of {facts.home.name}. Today is
{_day(facts.today)} (UTC). The request that you are about to write is a new one; its reference is
{facts.reference}. The operational authority is the {facts.unit}. Whoever wants to confirm that the
request is genuine calls the supervisor at {facts.confirm_with}. The suspect knows nothing yet and
must not learn of the request."""


def _report(facts: Facts) -> str:
    inspector, _ = OFFICERS[facts.requesting]
    conduct = "\n".join(f"- {one.fact}" for one in facts.conducts)
    return f"""## 2. Police report ({inspector})

The victim is {facts.victim} (`{facts.domain}`), one of many along the coast to whom the sender of
the false harbour invoices wrote. The clerk `{facts.clerk}` received the message (`mail.eml`),
opened the page behind its link and typed a password there. A day or two later somebody used that
password from outside. What the victim reports:

{conduct}

The victim's own log of sign-ins and of pages opened is `logs.csv`. Its office goes out to the
Internet through {facts.victim_address}. The loudest stranger in the log is
{facts.scanner_address}: our national response team knows it as a measuring project that knocks at
every door of the Internet; none of its attempts succeeded. The language of the message made the
victim think of {facts.third_name} at once. {NO_PROCEEDINGS}"""


def _clocks(facts: Facts) -> str:
    complaint = _stamp(facts.moments["complaint"].local)
    rows = (
        (
            "`mail`",
            f"the victim's gateway `mx1.{facts.domain}` took the message over",
            "the line of `mail.eml` that the gateway wrote; the lines below it come from the "
            "sender and may be false",
            "the line names it",
        ),
        (
            "`page`",
            "the clerk opened the false page",
            "`logs.csv`",
            f"the log's clock runs at {facts.log_clock}: the server is rented abroad",
        ),
        (
            "`sign_in`",
            "the first successful sign-in from an address that is not the victim's",
            "`logs.csv`",
            "the same",
        ),
        (
            "`seen`",
            "the page and the account were last seen in use",
            "section 4",
            "the clock of the State that writes",
        ),
        (
            "`complaint`",
            "the victim went to the police",
            f"here: {complaint}",
            f"local time of {facts.home.name}",
        ),
    )
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"""## 3. Five moments and their clocks

| name | what happened | where it stands | by which clock |
|---|---|---|---|
{lines}"""


def _sighting(facts: Facts) -> str:
    return f"""## 4. Note from the contact point of {facts.third_name}

> We look into the same sender in a case of our own. One of our officers opened the page in the
> message and wrote to the account to which answers go: the page was there, and the message was
> taken. The last time was {_stamp(facts.moments["seen"].local)}, our local time. Neither the page
> nor the account is with a provider of ours."""


def _decision(facts: Facts) -> str:
    _, prosecutor = OFFICERS[facts.requesting]
    sections = "\n".join(
        f"| {number} | {one.section} |"
        for number, one in zip(facts.sections, facts.conducts, strict=True)
    )
    needs = "\n".join(f"{number}. {text};" for number, text in enumerate(facts.need_texts, 1))
    return f"""## 5. Decision of the prosecutor ({prosecutor})

Proceedings are open under these sections of the Criminal Code of {facts.home.name}:

| section | heading |
|---|---|
{sections}

To prove them I need from the provider in whose network the sign-in began:

{needs}

and nothing else. A request for mutual legal assistance will follow as soon as the judge has ruled.
Keep this confidential."""


def _wish(facts: Facts) -> str:
    inspector, _ = OFFICERS[facts.requesting]
    return f"""## 6. Note from {inspector}

> Ask for everything they have since 1 January 2020, mailbox, files, payments, the lot. We can sort
> it out later. And ask them to send it straight to us: we are in a hurry."""


def _rules(facts: Facts) -> str:
    return f"""## 7. Rules of this exercise

These rules are the exercise's own, so that every answer can be checked. The Convention does not
state them.

1. **Window.** It runs from the first to the last event that concerns the provider, that is the
   address, the account or the page. It may reach up to one hour beyond at each end, not more.
2. **Records.** Ask for the records on the provider's card that answer the prosecutor's needs, all
   of them and no others.
3. **Retention.** Count from the day (UTC) of the first event that concerns the provider, for every
   record. An entry of day D that is kept for N days can be preserved up to and including D + N.
4. **Sixty days.** Count from the day (UTC) on which the custodian was ordered to preserve: that is
   day 0, and the data must still be there on day {FLOOR_DAYS}. Orders under domestic law are
   counted in the same way; the next one starts on the last day of the one before.
5. **Language.** The requested State's card says in which languages it takes requests.
6. **Between two States** the Convention binds from the later of the two dates on their cards.
7. **Address.** An address may be shared by many customers, so give the source port of the first
   successful sign-in with it."""


def _afterwards(facts: Facts) -> str:
    return f"""## 8. For part E: after sending

Suppose that you sent the request on {_day(facts.today)}; that the requested State's contact point
had the custodian ordered to preserve on {_day(facts.preserved_on)}; and that its answer with a
ticket number reached you on {_day(facts.answered_on)}. All dates are UTC."""


def _earlier_request(facts: Facts) -> str:
    paragraphs = "\n".join(f"{number}. {text}" for number, text in enumerate(facts.earlier, 1))
    return f"""# An earlier request

A colleague wrote this in January, in another matter. It did its work, though it is untidy: the six
things that article 29, paragraph 2, asks for are in it, in no order, among others that are good
practice only.

{paragraphs}
"""


def _replies(facts: Facts) -> str:
    texts = "\n".join(f"{number}. {one.text}" for number, one in enumerate(facts.replies, 1))
    return f"""# Eight replies

Contact points that your office has written to answered as follows. Each answers a request for
preservation for an offence under articles 2 to 8 of the Convention, and each State is a Party.

{texts}
"""


def _mail(facts: Facts) -> bytes:
    _, text, subject = LURES[facts.third]
    took = facts.moments["mail"].local
    mx, clerk = f"mx1.{facts.domain}", f"{facts.clerk}@{facts.domain}"
    # The sender's own clock is wrong, and the oldest Received line is made up: both are bait.
    claimed = (took - timedelta(hours=5, minutes=12)).astimezone(timezone(timedelta(hours=8)))
    message = EmailMessage(policy=SMTP)
    for name, value in (
        (
            "Received",
            f"from {mx} ([{facts.victim_address}]) by store.{facts.domain} with LMTP; "
            f"{format_datetime(took + timedelta(seconds=9))}",
        ),
        (
            "Received",
            f"from localhost ([{facts.address}]) by {mx} with ESMTPS for <{clerk}>; "
            f"{format_datetime(took)}",
        ),
        (
            "Received",
            f"from harbour-invoices.example ([{facts.forged_address}]) by localhost with SMTP; "
            f"{format_datetime(claimed)}",
        ),
        ("Return-Path", "<bounce@harbour-invoices.example>"),
        ("From", "Harbour Invoices <billing@harbour-invoices.example>"),
        ("Reply-To", facts.account),
        ("To", clerk),
        ("Subject", subject),
        ("Date", format_datetime(claimed)),
        ("Message-ID", facts.message_id),
    ):
        message[name] = value
    message.set_content(text.format(url=facts.url) + "\n", cte="8bit")
    return message.as_bytes()


def _log(facts: Facts) -> str:
    rng = random.Random(facts.noise)  # noqa: S311 (evidence must be reproducible, not secret)
    rows = [*_office(facts, rng), *_stranger(facts, rng), *_attacker(facts, rng)]
    rows.sort(key=lambda row: row[0])
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(LOG_COLUMNS)
    for number, (moment, *rest) in enumerate(rows, 1):
        clock = moment.astimezone(facts.log_clock).strftime("%Y-%m-%d %H:%M:%S")
        writer.writerow([number, clock, *rest])
    return file.getvalue()


_Row = tuple[datetime, str, str, str, int, str, str]


def _office(facts: Facts, rng: random.Random) -> Iterator[_Row]:
    zone, own = facts.home.zone, facts.victim_address
    opening = facts.moments["mail"].local - timedelta(days=3)
    first = datetime(opening.year, opening.month, opening.day, 7, 30, tzinfo=zone)
    pages = (f"https://booking.{facts.domain}/berths", f"https://intranet.{facts.domain}/news")
    for _ in range(44):
        workdays = [day for day in range(13) if (first.weekday() + day) % 7 < 5]
        moment = first + timedelta(days=rng.choice(workdays), seconds=rng.randrange(10 * 3600))
        user, port = rng.choice((*STAFF, facts.clerk)), rng.randint(20_000, 60_000)
        if rng.random() < 0.4:
            yield moment, "page", user, own, port, _OK, rng.choice(pages)
        else:
            result = _OK if rng.random() < 0.85 else _DENIED
            yield moment, "sign-in", user, own, port, result, ""
    opened = facts.moments["page"].utc
    yield opened, "page", facts.clerk, own, rng.randint(20_000, 60_000), _OK, facts.url


def _stranger(facts: Facts, rng: random.Random) -> Iterator[_Row]:
    moment = facts.moments["mail"].utc - timedelta(days=2, seconds=rng.randrange(40_000))
    for user in rng.choices(("admin", "root", "test", "guest", *STAFF), k=14):
        port = rng.randint(20_000, 60_000)
        yield moment, "sign-in", user, facts.scanner_address, port, _DENIED, ""
        moment += timedelta(seconds=rng.randint(600, 30_000))


def _attacker(facts: Facts, rng: random.Random) -> Iterator[_Row]:
    first, seen = facts.moments["sign_in"].utc, facts.moments["seen"].utc
    typo = first - timedelta(seconds=rng.randint(20, 50))
    own = [rng.randint(20_000, 60_000) for _ in range(5)]
    yield typo, "sign-in", facts.clerk, facts.address, own[0], _DENIED, ""
    yield first, "sign-in", facts.clerk, facts.address, facts.source_port, _OK, ""
    spread = (seen - first) / 5
    for number, port in enumerate(own[1:], 1):
        moment = first + spread * number - timedelta(seconds=rng.randint(60, 9_000))
        whole = moment.replace(microsecond=0)
        yield whole, "sign-in", facts.clerk, facts.address, port, _OK, ""


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


def _stamp(moment: datetime) -> str:
    return f"{_day(moment.date())}, {moment:%H:%M}"
