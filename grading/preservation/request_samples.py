"""Samples of the lab's second half: offences, the whole request, its clocks, the replies."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from grading.model import Samples
from grading.preservation.facts import CAP_DAYS, Facts

SUMMARY = (
    "A false invoice led a clerk to a page at your provider, where a password was typed. It was "
    "then used from an address of the same provider to enter the victim's booking system."
)


def z(moment: datetime) -> str:
    """Write a moment in UTC, like ``2026-03-02T14:05:09Z``."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def face(facts: Facts, key: str) -> str:
    """Write what the clock showed as if it were UTC: the classic mistake."""
    return facts.moments[key].local.replace(tzinfo=None).isoformat() + "Z"


def offences(facts: Facts) -> Samples:
    """Return the samples of ``offences``."""
    model = {"articles": list(facts.articles), "binding_since": facts.binding_since.isoformat()}
    other = [number for number in range(3, 9) if number not in facts.articles]
    deposited = max(
        one.deposited
        for state in (facts.home, facts.host)
        for one in state.instruments
        if one.deposited is not None
    )
    return Samples(
        model,
        [
            {**model, "articles": [str(number) for number in facts.articles]},
            {**model, "articles": [f"Art. {number}" for number in reversed(facts.articles)]},
            {**model, "binding_since": facts.binding_since},
        ],
        [
            {**model, "articles": [*facts.articles, 10]},
            {**model, "articles": [*facts.articles, 29]},
            {**model, "articles": [*facts.articles, other[0]]},
            {**model, "articles": list(facts.articles)[1:]},
            {**model, "articles": list(range(2, 9))},
            {**model, "binding_since": deposited},
            {**model, "binding_since": "2004-07-01"},
        ],
    )


def complete(facts: Facts) -> dict[str, Any]:
    """Return a request without a fault."""
    return {
        "date": facts.today.isoformat(),
        "reference": facts.reference,
        "status": "new",
        "language": facts.host.request_languages[0],
        "action": "preserve",
        "to_party": facts.requested,
        "to_contact": facts.host.contact_point.mail,
        "from_party": facts.requesting,
        "from_contact": facts.home.contact_point.mail,
        "time_zone": facts.home.utc_offset,
        "confirm_with": facts.confirm_with,
        "operational_authority": facts.unit,
        "legal_basis": "29",
        "offences": list(facts.articles),
        "summary": SUMMARY,
        "provider": facts.provider.name,
        "address": facts.address,
        "source_port": facts.source_port,
        "account": facts.account,
        "url": facts.url,
        "message_id": facts.message_id,
        "records": list(facts.records),
        "start": z(facts.moments["mail"].utc),
        "end": z(facts.moments["seen"].utc),
        "needed_by": facts.first_lost[1].isoformat(),
        "at_least_days": 60,
        "confidential": True,
        "mutual_assistance": True,
    }


def request(facts: Facts) -> Samples:
    """Return the samples of ``request``."""
    model = complete(facts)
    no_english = next(
        code for code in ("pt", "es", "fr") if code not in facts.host.request_languages
    )
    return Samples(
        model,
        [
            {**model, "date": facts.today, "legal_basis": "Article 29(1)"},
            {**model, "to_party": facts.host.name, "from_party": facts.home.name.lower()},
            {
                **model,
                "time_zone": f"UTC{facts.home.utc_offset}",
                "start": facts.moments["mail"].utc,
            },
            {**model, "language": facts.host.request_languages[-1]},
        ],
        [
            {**model, "start": face(facts, "mail")},
            {**model, "action": "disclose"},
            {**model, "to_contact": facts.host.central_authority.mail},
            {**model, "start": "2020-01-01T00:00:00Z"},
            {**model, "at_least_days": CAP_DAYS},
            {**model, "legal_basis": "16"},
            {**model, "address": facts.victim_address},
            {**model, "language": no_english},
            {**model, "records": [one.code for one in facts.provider.records]},
            {**model, "mutual_assistance": False},
            {key: value for key, value in model.items() if key != "summary"},
        ],
    )


def clocks(facts: Facts) -> Samples:
    """Return the samples of ``clocks``."""
    kept, ends = facts.kept_until, facts.order_ends
    model = {
        "kept_until": kept.isoformat(),
        "order_ends": ends.isoformat(),
        "renewals": facts.renewals,
    }

    def until(day: date) -> dict[str, Any]:
        return {**model, "kept_until": day.isoformat()}

    return Samples(
        model,
        [
            {**model, "kept_until": kept, "order_ends": ends},
            {**model, "order_ends": ends},
            dict(reversed(model.items())),
        ],
        [
            until(facts.preserved_on + timedelta(days=CAP_DAYS)),
            until(facts.today + timedelta(days=60)),
            until(facts.answered_on + timedelta(days=60)),
            until(kept - timedelta(days=1)),
            {**model, "order_ends": (ends + timedelta(days=1)).isoformat()},
            {**model, "renewals": facts.renewals + 1},
            until(facts.preserved_on + timedelta(days=30)),
        ],
    )


def replies(facts: Facts) -> Samples:
    """Return the samples of ``replies``."""
    model = [one.code for one in facts.replies]
    refused = [5 if one.theme == "criminality" else one.code for one in facts.replies]
    short = [2 if one.theme == "too short" else one.code for one in facts.replies]
    both = [5 if one.code == 0 else one.code for one in facts.replies]
    return Samples(
        model,
        [tuple(model), [str(code) for code in model], [*map(str, model[:4]), *model[4:]]],
        [
            refused,
            both,
            [5 if code == 6 else code for code in model],
            [0] * 8,
            [5] * 8,
            short,
            [6 if code == 2 else code for code in model],
        ],
    )
