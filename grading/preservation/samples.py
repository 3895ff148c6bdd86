"""Right and wrong answers of the preservation request's lab, for one participant's facts."""

from __future__ import annotations

from datetime import timedelta, timezone

from grading.model import Samples
from grading.preservation.facts import MOMENTS, Facts
from grading.preservation.request_samples import clocks, face, offences, replies, request, z


def samples(facts: Facts) -> dict[str, Samples]:
    """Return the samples by question id."""
    return {
        "elements": _elements(facts),
        "times": _times(facts),
        "custodian": _custodian(facts),
        "identifiers": _identifiers(facts),
        "window": _window(facts),
        "records": _records(facts),
        "expiry": _expiry(facts),
        "offences": offences(facts),
        "request": request(facts),
        "clocks": clocks(facts),
        "replies": replies(facts),
    }


def _elements(facts: Facts) -> Samples:
    model = dict(facts.elements)
    swapped = {**model, "c": model["d"], "d": model["c"]}
    return Samples(
        model,
        [
            dict(reversed(model.items())),
            {key: str(number) for key, number in model.items()},
            {**model, "a": str(model["a"])},
        ],
        [
            swapped,
            {**model, "e": model["f"], "f": model["e"]},
            {**model, "a": model["b"], "b": model["a"]},
            {key: number for number, key in enumerate("abcdef", 1)},
            {key: 13 - number for key, number in model.items()},
            sorted(model.values()),
        ],
    )


def _times(facts: Facts) -> Samples:
    utc = {key: facts.moments[key].utc for key in MOMENTS}
    model = {key: z(moment) for key, moment in utc.items()}
    wrong_way = {key: z(one.utc + 2 * one.shift) for key, one in facts.moments.items()}
    home = {key: z(one.local.replace(tzinfo=facts.home.zone)) for key, one in facts.moments.items()}
    return Samples(
        model,
        [
            dict(utc),
            {key: facts.moments[key].local.isoformat(sep=" ") for key in MOMENTS},
            {key: moment.astimezone(timezone(timedelta(hours=9))) for key, moment in utc.items()},
        ],
        [
            {key: face(facts, key) for key in MOMENTS},
            {**model, "mail": face(facts, "mail")},
            wrong_way,
            home,
            {**model, "sign_in": z(utc["sign_in"] - timedelta(seconds=27))},
            {**model, "mail": "2026-02-30T01:00:00Z"},
        ],
    )


def _custodian(facts: Facts) -> Samples:
    host, desk = facts.host, facts.host.contact_point
    model = {
        "address": facts.address,
        "provider": facts.provider.name,
        "party": host.code,
        "contact_point": desk.mail,
    }
    return Samples(
        model,
        [
            {**model, "party": host.name.upper(), "provider": facts.provider.name.lower()},
            {**model, "contact_point": desk.phone},
            {**model, "contact_point": desk.name, "provider": facts.provider.id},
        ],
        [
            {**model, "contact_point": host.central_authority.mail},
            {**model, "address": facts.victim_address},
            {**model, "address": facts.scanner_address},
            {**model, "address": facts.forged_address},
            {**model, "party": facts.third},
            {**model, "party": facts.requesting},
            {**model, "contact_point": facts.provider.mail},
            {**model, "contact_point": facts.home.contact_point.mail},
        ],
    )


def _identifiers(facts: Facts) -> Samples:
    model = {
        "account": facts.account,
        "url": facts.url,
        "message_id": facts.message_id,
        "source_port": facts.source_port,
    }
    scheme, _, rest = facts.url.partition("://")
    host, _, path = rest.partition("/")
    return Samples(
        model,
        [
            {**model, "account": facts.account.upper(), "message_id": facts.message_id.strip("<>")},
            {**model, "url": f"hxxps://{host.replace('.', '[.]')}/{path}"},
            {**model, "url": f"{scheme.upper()}://{host.upper()}/{path}/"},
        ],
        [
            {**model, "account": "billing@harbour-invoices.example"},
            {**model, "account": f"{facts.clerk}@{facts.domain}"},
            {**model, "url": f"https://{host}/"},
            {**model, "url": facts.url.upper()},
            {**model, "source_port": 443},
            {**model, "message_id": f"<{facts.account}>"},
        ],
    )


def _window(facts: Facts) -> Samples:
    first, last = facts.moments["mail"].utc, facts.moments["seen"].utc
    model = {"start": z(first), "end": z(last)}
    hour = timedelta(hours=1)
    return Samples(
        model,
        [
            {"start": first, "end": last + timedelta(minutes=30)},
            {"start": facts.moments["mail"].local - hour, "end": facts.moments["seen"].local},
            {"start": z(first - hour / 2), "end": z(last + hour).replace("T", " ")},
        ],
        [
            {"start": face(facts, "mail"), "end": face(facts, "seen")},
            {"start": "2020-01-01T00:00:00Z", "end": z(last)},
            {"start": z(first), "end": z(facts.moments["complaint"].utc)},
            {"start": z(facts.moments["sign_in"].utc), "end": z(last)},
            {"start": z(first - timedelta(days=3)), "end": z(last)},
            {"start": z(first), "end": z(facts.moments["sign_in"].utc)},
            {"start": "2020-01-01T00:00:00Z", "end": f"{facts.today.isoformat()}T23:59:59Z"},
        ],
    )


def _records(facts: Facts) -> Samples:
    model = list(facts.records)
    held = {one.code: one for one in facts.provider.records}
    spare = [code for code in held if code not in model]
    content = [code for code in spare if held[code].category == "content"]
    return Samples(
        model,
        [model[::-1], [code.lower() for code in model], tuple(model), set(model)],
        [
            [*model, content[0]],
            list(held),
            model[1:],
            [*model[1:], spare[0]],
            spare,
            [code.replace(code[:2], "ZZ") for code in model],
        ],
    )


def _expiry(facts: Facts) -> Samples:
    code, last = facts.first_lost
    left = (last - facts.today).days
    model = {"record": code, "last_day": last.isoformat(), "days_left": left}
    timed = [one for one in facts.provider.records if one.code in facts.records]
    later = next(one for one in timed if one.code != code)
    before = last - timedelta(days=1)
    return Samples(
        model,
        [
            {**model, "last_day": last},
            {**model, "record": code.lower()},
            {"days_left": left, "last_day": last, "record": code.lower()},
        ],
        [
            {**model, "last_day": before.isoformat(), "days_left": left - 1},
            {**model, "record": later.code},
            {**model, "last_day": (last + timedelta(days=1)).isoformat(), "days_left": left + 1},
            {**model, "days_left": left + 1},
            {**model, "last_day": (facts.today + timedelta(days=60)).isoformat(), "days_left": 60},
            {**model, "last_day": "2026-04-31"},
        ],
    )
