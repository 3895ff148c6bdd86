"""Session 2.6: write a request for expedited preservation under article 29 of ETS 185."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from grading.model import Case, Mark, question
from grading.preservation import compare as same
from grading.preservation import mistakes
from grading.preservation.facts import MOMENTS, Facts, draw
from grading.preservation.files import evidence
from grading.preservation.form import defects
from grading.preservation.rubric import RUBRICS
from grading.preservation.samples import samples
from labs.request import (
    ACCOUNT,
    ADDRESS,
    ARTICLES,
    DAY,
    MESSAGE_ID,
    MOMENT,
    NAME,
    PORT,
    RECORD,
    RECORDS,
    REQUEST_SCHEMA,
    URL,
)
from labs.world import card

__all__ = ["RUBRICS", "Facts", "build", "samples"]

_PAGE = "series-2/s2-6-preservation-request/"


def build(seed: int) -> Case[Facts]:
    """Make one participant's case; pure and deterministic."""
    facts = draw(seed)
    return Case(evidence(facts), facts)


def _named(description: str, **properties: Any) -> dict[str, Any]:
    """Return the form of an answer with names, all of them required."""
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
        "description": description,
    }


_PARAGRAPH = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 12},
        {"type": "string", "pattern": r"^(1[0-2]|[1-9])\Z"},
    ],
    "description": "the number of a paragraph, 1 to 12",
}
_BEARING = {
    "anyOf": [{"enum": [0, 2, 5, 6]}, {"enum": ["0", "2", "5", "6"]}],
    "description": "one of 0, 2, 5 and 6",
}


@question(
    points=4,
    form=_named(
        "the number of a paragraph for each letter from a to f",
        **dict.fromkeys("abcdef", _PARAGRAPH),
    ),
    see=f"{_PAGE}#elements",
)
def elements(answer: dict[str, int | str], facts: Facts) -> Mark:
    """Find the six elements of article 29, paragraph 2, in an earlier request."""
    given = {letter: int(number) for letter, number in answer.items()}
    wrong = [letter for letter, number in facts.elements.items() if given[letter] != number]
    if not wrong:
        return Mark(4, "All six elements found. What is left over is good practice, not law.")
    if {"c", "d"} <= set(wrong) and given["c"] == facts.elements["d"]:
        return Mark(0, "Letter c asks which data; letter d asks who holds them, or where.")
    if {"e", "f"} <= set(wrong) and given["e"] == facts.elements["f"]:
        return Mark(0, "Letter e asks why it must be done at all; letter f what will follow it.")
    return Mark(0, "{count} of the six letters point to another paragraph.", {"count": len(wrong)})


@question(
    points=5,
    form=_named("a time in UTC for each of the five moments", **dict.fromkeys(MOMENTS, MOMENT)),
    see=f"{_PAGE}#times",
)
def times(answer: dict[str, str], facts: Facts) -> Mark:
    """Turn five moments, given by four clocks, into UTC."""
    given = {key: same.moment(answer[key]) for key in MOMENTS}
    wrong = [key for key in MOMENTS if given[key] != facts.moments[key].utc]
    if not wrong:
        return Mark(5, "All five moments are right, to the second.")
    points = {1: 2.5, 2: 1}.get(len(wrong), 0)
    first = wrong[0]
    return Mark(points, mistakes.time(facts, first, given[first]), {"moment": first})


@question(
    points=6,
    form=_named(
        "an address, the provider, its State and its contact point",
        address=ADDRESS,
        provider=NAME,
        party=NAME,
        contact_point=NAME,
    ),
    see=f"{_PAGE}#addressee",
)
def custodian(answer: dict[str, str], facts: Facts) -> Mark:
    """Find whose address it was, in which State, and whom to write to."""
    if answer["address"] != facts.address:
        return Mark(0, mistakes.address(facts, answer["address"]))
    if same.name(answer["provider"]) != same.name(facts.provider.name):
        return Mark(1, "The address is right; its range belongs to another provider.")
    if same.is_state(answer["party"], card(facts.third)):
        return Mark(1, "Language says nothing: the State is the one where the provider keeps data.")
    if not same.is_state(answer["party"], facts.host):
        return Mark(1, "The provider is right, but it keeps its data in another State.")
    if same.is_contact(answer["contact_point"], facts.host.central_authority):
        return Mark(
            3,
            "That is the central authority, for mutual legal assistance in office hours; an "
            "urgent preservation request goes to another desk of that State.",
        )
    if not same.is_contact(answer["contact_point"], facts.host.contact_point):
        return Mark(3, "The State is right; that is not how its card names the addressee.")
    return Mark(6, "Address, custodian, State and addressee are right.")


@question(
    points=5,
    form=_named(
        "an account, a web address, a Message-ID and a source port",
        account=ACCOUNT,
        url=URL,
        message_id=MESSAGE_ID,
        source_port=PORT,
    ),
    see=f"{_PAGE}#identifiers",
)
def identifiers(answer: dict[str, Any], facts: Facts) -> Mark:
    """Copy the exact values by which the provider can find the data."""
    wrong = {
        "account": same.account(answer["account"]) != same.account(facts.account),
        "url": same.url(answer["url"]) != same.url(facts.url),
        "message_id": same.account(answer["message_id"]) != same.account(facts.message_id),
        "source_port": answer["source_port"] != facts.source_port,
    }
    names = [key for key, bad in wrong.items() if bad]
    if not names:
        return Mark(5, "All four identifiers are exact.")
    if wrong["account"] and "harbour-invoices" in answer["account"].casefold():
        message = "account: the sender's address is made up; answers were to go elsewhere."
    elif wrong["url"] and same.url(answer["url"]).casefold() == same.url(facts.url).casefold():
        message = "url: in the path of a web address capitals matter."
    else:
        message = (
            "Not exact yet: {names}. A provider searches for what you write, letter by letter."
        )
    return Mark(2.5 if len(names) == 1 else 0, message, {"names": ", ".join(names)})


@question(
    points=6,
    form=_named("a start and an end, both in UTC", start=MOMENT, end=MOMENT),
    see=f"{_PAGE}#window",
)
def window(answer: dict[str, str], facts: Facts) -> Mark:
    """State the period, no wider than the case carries."""
    trouble = [mistakes.start(answer["start"], facts), mistakes.end(answer["end"], facts)]
    found = [message for message in trouble if message]
    if not found:
        return Mark(6, "The window holds all that concerns the provider, and no more.")
    return Mark(1 if len(found) == 1 else 0, found[0])


@question(points=5, form=RECORDS, see=f"{_PAGE}#records")
def records(answer: list[str], facts: Facts) -> Mark:
    """Choose the records that the case needs, and no others."""
    given, wanted = set(same.codes(answer)), set(facts.records)
    held = {one.code: one for one in facts.provider.records}
    extra, missing = given - wanted, wanted - given
    if not extra and not missing:
        return Mark(5, "These records answer every need, and nothing is asked for beyond them.")
    points = 2 if len(extra) + len(missing) == 1 else 0
    if extra - set(held):
        return Mark(0, "A code on your list is not on the card of the provider concerned.")
    if len(given) == len(held):
        return Mark(0, "That is everything the provider has. Ask for what the case needs.")
    if any(held[code].category == "content" for code in extra):
        return Mark(points, "You ask for content that nobody needs: the most intrusive of all.")
    if extra and missing:
        return Mark(0, "One record is asked for without need, and one that is needed is not.")
    if extra:
        return Mark(points, "You ask for a record that the prosecutor's needs do not carry.")
    return Mark(points, "One of the prosecutor's needs is answered by no record on your list.")


@question(
    points=5,
    form=_named(
        "a record's code, a date and a number of days",
        record=RECORD,
        last_day=DAY,
        days_left={"type": "integer", "minimum": 0, "maximum": 400},
    ),
    see=f"{_PAGE}#retention",
)
def expiry(answer: dict[str, Any], facts: Facts) -> Mark:
    """Say which record is lost first, and when."""
    code, last = facts.first_lost
    given = same.day(answer["last_day"])
    if same.codes([answer["record"]]) != (code,):
        return Mark(0, "Another of the records that the case needs is deleted before that one.")
    if given == last and answer["days_left"] == (last - facts.today).days:
        return Mark(5, "That is the day by which the order must reach the provider.")
    if given == last:
        return Mark(2.5, "The day is right; count again how many days remain from today.")
    if given == last - timedelta(days=1):
        return Mark(1, "A day early: the first event has another date in UTC, or D + N was missed.")
    return Mark(1, "The record is right. Count from the first event's day in UTC.")


@question(
    points=4,
    form=_named(
        "a list of articles and a date",
        articles=ARTICLES,
        binding_since=DAY,
    ),
    see=f"{_PAGE}#offences",
)
def offences(answer: dict[str, Any], facts: Facts) -> Mark:
    """Name the offences as articles of the Convention, and since when it binds both States."""
    given, wanted = set(same.articles(answer["articles"])), set(facts.articles)
    if given & {14, 15, 16, 18, 23, 25, 29, 31, 35}:
        return Mark(0, "articles: powers and ways of cooperation are not offences.")
    if 10 in given:
        return Mark(0, "articles: no proceedings are open about the films on the telephone.")
    if given != wanted:
        if given > wanted:
            return Mark(0, "articles: more offences than the prosecutor's sections carry.")
        return Mark(0, "articles: compare each section's heading with articles 2 to 8.")
    since = same.day(answer["binding_since"])
    if since == facts.binding_since:
        return Mark(4, "Offences and date are right.")
    if since in (facts.home.in_force(), facts.host.in_force()):
        return Mark(2, "binding_since: on that day the Convention bound only one of the two.")
    return Mark(2, "binding_since: the cards give the dates of entry into force; use those.")


@question(points=12, form=REQUEST_SCHEMA, see=f"{_PAGE}#request")
def request(answer: dict[str, Any], facts: Facts) -> Mark:
    """Write the whole request; form by its schema, each field against the case."""
    found = defects(answer, facts)
    if not found:
        return Mark(12, "A duty officer can act on this request at three in the morning.")
    points = {1: 6, 2: 3}.get(len(found), 0)
    if len(found) == 1:
        (message,) = found.values()
        return Mark(points, message)
    return Mark(
        points,
        "Fields to look at again: {fields}. Where a part above asked for the same, its feedback "
        "says more.",
        {"fields": ", ".join(found)},
    )


@question(
    points=5,
    form=_named(
        "two dates and a number",
        kept_until=DAY,
        order_ends=DAY,
        renewals={"type": "integer", "minimum": 0, "maximum": 60},
    ),
    see=f"{_PAGE}#clocks",
)
def clocks(answer: dict[str, Any], facts: Facts) -> Mark:
    """Count the floor of article 29, paragraph 7, and the order under domestic law."""
    kept, ends = same.day(answer["kept_until"]), same.day(answer["order_ends"])
    if kept != facts.kept_until:
        return Mark(0, mistakes.floor(facts, kept))
    if ends != facts.order_ends:
        return Mark(2, "order_ends: the requested State's card says how long its orders last.")
    if answer["renewals"] != facts.renewals:
        return Mark(2, "renewals: how many more orders, each as long as the first, reach that day?")
    return Mark(5, "Both clocks are right. Put the earlier date in your diary, with a margin.")


@question(
    points=4,
    form={
        "type": "array",
        "minItems": 8,
        "maxItems": 8,
        "items": _BEARING,
        "description": "a list of eight numbers, each 0, 2, 5 or 6",
    },
    see=f"{_PAGE}#refusal",
)
def replies(answer: list[int | str], facts: Facts) -> Mark:
    """Say which paragraph of article 29 bears each answer of a requested Party."""
    pairs = zip(answer, facts.replies, strict=True)
    wrong = [reply for given, reply in pairs if int(given) != reply.code]
    if not wrong:
        return Mark(4, "All eight are judged rightly.")
    return Mark(2 if len(wrong) == 1 else 0, mistakes.REPLIES[wrong[0].theme])
