"""The cross-check of a whole request: each field against the case, each mistake by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grading.preservation import compare as same
from grading.preservation.facts import FLOOR_DAYS, MARGIN, Facts

Rule = Callable[[Any, Facts], bool]


def defects(request: Mapping[str, Any], facts: Facts) -> dict[str, str]:
    """Return the fields that do not fit the case, in the form's order, each with a sentence.

    Args:
        request: a request of the right form.
        facts: the participant's case.
    """
    return {
        key: message for key, (fits, message) in _RULES.items() if not fits(request[key], facts)
    }


def _start(value: str, facts: Facts) -> bool:
    start, first = same.moment(value), facts.moments["mail"].utc
    return start is not None and first - MARGIN <= start <= first


def _end(value: str, facts: Facts) -> bool:
    end, last = same.moment(value), facts.moments["seen"].utc
    return end is not None and last <= end <= last + MARGIN


def _zone(value: str, facts: Facts) -> bool:
    return value.upper().removeprefix("UTC") == facts.home.utc_offset


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


_RULES: Mapping[str, tuple[Rule, str]] = {
    "date": (
        lambda value, facts: same.day(value) == facts.today,
        "date: the case file says which day it is.",
    ),
    "reference": (
        lambda value, facts: same.name(value) == same.name(facts.reference),
        "reference: it is not your case's own.",
    ),
    "status": (
        lambda value, facts: value == "new",
        "status: an extension needs an earlier request; is there one?",
    ),
    "language": (
        lambda value, facts: value in facts.host.request_languages,
        "language: the requested State's card does not take requests in it.",
    ),
    "action": (
        lambda value, facts: value == "preserve",
        "action: article 29 keeps data where they are; to have them is for a later request.",
    ),
    "to_party": (
        lambda value, facts: same.is_state(value, facts.host),
        "to_party: the request goes to the State where the provider keeps the data.",
    ),
    "to_contact": (
        lambda value, facts: same.is_contact(value, facts.host.contact_point),
        "to_contact: an urgent request goes to the desk that is open at night.",
    ),
    "from_party": (
        lambda value, facts: same.is_state(value, facts.home),
        "from_party: which State do you write for?",
    ),
    "from_contact": (
        lambda value, facts: same.is_contact(value, facts.home.contact_point),
        "from_contact: answers have to reach your own desk.",
    ),
    "time_zone": (
        _zone,
        "time_zone: the template asks for that of the requesting authority.",
    ),
    "confirm_with": (
        lambda value, facts: _digits(value) == _digits(facts.confirm_with),
        "confirm_with: section 1 of the case file names whom to call.",
    ),
    "operational_authority": (
        lambda value, facts: same.name(value) == same.name(facts.unit),
        "operational_authority: section 1 of the case file names it.",
    ),
    "legal_basis": (
        lambda value, facts: same.article(value) == 29,
        "legal_basis: that article is not the one for preservation in another Party.",
    ),
    "offences": (
        lambda value, facts: same.articles(value) == facts.articles,
        "offences: they do not match the prosecutor's sections.",
    ),
    "provider": (
        lambda value, facts: same.name(value) == same.name(facts.provider.name),
        "provider: it does not hold the address.",
    ),
    "address": (
        lambda value, facts: value == facts.address,
        "address: it is not the one from which the password was used.",
    ),
    "source_port": (
        lambda value, facts: value == facts.source_port,
        "source_port: it does not belong to the first successful sign-in.",
    ),
    "account": (
        lambda value, facts: same.account(value) == same.account(facts.account),
        "account: it is not the one to which answers were to go.",
    ),
    "url": (
        lambda value, facts: same.url(value) == same.url(facts.url),
        "url: it is not the false page's exact address.",
    ),
    "message_id": (
        lambda value, facts: same.account(value) == same.account(facts.message_id),
        "message_id: it is not the message's own.",
    ),
    "records": (
        lambda value, facts: same.codes(value) == facts.records,
        "records: more, or other, than the prosecutor's needs.",
    ),
    "start": (_start, "start: outside what the case carries, or not in UTC."),
    "end": (_end, "end: outside what the case carries, or not in UTC."),
    "needed_by": (
        lambda value, facts: same.day(value) == facts.first_lost[1],
        "needed_by: it is not the last day on which the first record can be saved.",
    ),
    "at_least_days": (
        lambda value, facts: value == FLOOR_DAYS,
        "at_least_days: state the period that article 29, paragraph 7, gives you at least.",
    ),
    "confidential": (
        lambda value, facts: value is True,
        "confidential: the suspect must not learn of the request.",
    ),
    "mutual_assistance": (
        lambda value, facts: value is True,
        "mutual_assistance: without that intention there is no request under article 29.",
    ),
}
