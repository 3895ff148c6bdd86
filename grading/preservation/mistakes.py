"""The names of mistakes: sentences that say what went wrong and never the answer."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from grading.preservation import compare as same
from grading.preservation.facts import CAP_DAYS, FLOOR_DAYS, MARGIN, Facts

REPLIES = {
    "political": "Read paragraph 5, letter a, again.",
    "essential": "Read paragraph 5, letter b, again: what may a Party protect by refusing?",
    "inform": "Read paragraph 6 again: who decides whether to go on?",
    "incomplete": "Read paragraph 2 again: a Party may ask for what a request has to state.",
    "criminality": "Read paragraph 3 again on dual criminality, and paragraph 4 on its limits.",
    "too short": "Read paragraph 7 again: for how long at least?",
    "no ground": "A reason is used that stands in no paragraph of article 29.",
}
"""By the theme of a reply that was judged wrongly."""


def time(facts: Facts, key: str, given: datetime | None) -> str:
    """Say how a moment's conversion into UTC went wrong; ``{moment}`` stands for its name."""
    right = facts.moments[key]
    face = right.local.replace(tzinfo=None)
    shift = right.shift
    if given is None:
        return "{moment}: no calendar has that day."
    if given == right.utc + shift:
        return "{moment}: you took the time on the clock for UTC."
    if given == right.utc + 2 * shift:
        return "{moment}: you moved the clock the wrong way."
    if given == face.replace(tzinfo=facts.home.zone):
        return "{moment}: that clock does not run on the victim's local time."
    if abs(given - right.utc) < timedelta(minutes=1):
        return "{moment}: right but for some seconds; or is it the line above or below?"
    return "{moment}: look again at which line gives it, and by which clock."


def address(facts: Facts, address: str) -> str:
    """Say whose address was taken for the attacker's."""
    if address == facts.victim_address:
        return "That is the victim's own address: you would preserve the victim's data."
    if address == facts.scanner_address:
        return "That is the loud stranger: it never got in. Look for a sign-in that succeeded."
    if address == facts.forged_address:
        return "That line of the mail comes from the sender; anybody can write it."
    return "From another address somebody signed in with the clerk's password."


def start(text: str, facts: Facts) -> str | None:
    """Say what is wrong with a window's start, or ``None`` where nothing is."""
    start, first = same.moment(text), facts.moments["mail"]
    if start is None:
        return "start: no calendar has that day."
    if first.utc - MARGIN <= start <= first.utc:
        return None
    if start == first.utc + first.shift:
        return "start: that is the gateway's local time, marked as UTC."
    if start.year < 2026:
        return "start: that is the investigator's wish; nothing in the file carries it."
    if start < first.utc - MARGIN:
        return "start: too early; before it nothing in the file concerns this provider."
    return "start: too late; something that concerns this provider happened before it."


def end(text: str, facts: Facts) -> str | None:
    """Say what is wrong with a window's end, or ``None`` where nothing is."""
    end, last = same.moment(text), facts.moments["seen"]
    if end is None:
        return "end: no calendar has that day."
    if last.utc <= end <= last.utc + MARGIN:
        return None
    if end == last.utc + last.shift:
        return "end: that is the local time of the State that wrote, marked as UTC."
    if end < last.utc:
        return "end: too early; the page and the account were still in use after it."
    return "end: too late; which is the last event that concerns the provider itself?"


def floor(facts: Facts, kept: date | None) -> str:
    """Say how the count of sixty days went wrong."""
    if kept is None:
        return "kept_until: no calendar has that day."
    for start in (facts.preserved_on, facts.today, facts.answered_on):
        if kept == start + timedelta(days=CAP_DAYS):
            return "kept_until: 90 days is article 16's cap on a domestic order, not this floor."
    if kept in {day + timedelta(days=FLOOR_DAYS) for day in (facts.today, facts.answered_on)}:
        return "kept_until: count from the day of the order to the custodian, and take it as day 0."
    if abs((kept - facts.kept_until).days) == 1:
        return "kept_until: a day off; the day of the order is day 0, and months differ in length."
    if (kept.day, kept.month - facts.preserved_on.month) == (facts.preserved_on.day, 2):
        return "kept_until: the Convention counts days, and two months are not sixty of them."
    return "kept_until: neither the right number of days nor the right day to start from."
