"""Lab 2.6: the evidence read by other eyes, the keys by the Convention, the mistakes by name."""

import csv
import io
import json
import random
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from ipaddress import ip_address, summarize_address_range
from typing import Any

import pytest

from grading.cases import lab
from grading.model import Case
from grading.preservation.compare import article, url
from grading.preservation.facts import Facts, draw
from labs.plain import plain
from labs.world import card, cards
from tests.grading.cases import guesser

LAB = lab("s2-6-preservation-request")
SEEDS = range(50)


@pytest.fixture(params=SEEDS)
def case(request: pytest.FixtureRequest) -> Case[Facts]:
    return LAB.build(request.param)


def text_of(case: Case[Facts], name: str) -> str:
    return case.files[f"evidence/{name}"].decode()


def rows_of(case: Case[Facts]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(case, "logs.csv"))))


def owner(address: str) -> str | None:
    """Find a provider by its ranges as networks: another way than the cards' own."""
    for one in cards().values():
        for provider in one.providers:
            for first, last in provider.networks:
                for net in summarize_address_range(ip_address(first), ip_address(last)):
                    if ip_address(address) in net:
                        return provider.name
    return None


def written(text: str) -> str:
    """Return the date that a sentence writes out, like ``Saturday 21 March 2026, 00:37``."""
    found = re.search(r"\w+ \d+ \w+ 2026, \d\d:\d\d", text)
    assert found
    return found[0]


# The evidence, read without the facts


def test_the_moments_can_be_read_from_the_evidence_alone(case: Case[Facts]) -> None:
    facts, file = case.facts, text_of(case, "case-file.md")
    message = message_from_bytes(case.files["evidence/mail.eml"], policy=policy.default)
    (hop,) = [line for line in message.get_all("Received") if f" by mx1.{facts.domain} " in line]
    clock = re.search(r"log's clock runs at UTC(\+\d\d:\d\d)", file)
    assert clock
    opened = [row for row in rows_of(case) if row["detail"] == facts.url]
    victim = re.search(r"Internet through ([\d.]+\d)", file)
    assert victim
    inside = [
        row
        for row in rows_of(case)
        if row["event"] == "sign-in" and row["result"] == "ok" and row["address"] != victim[1]
    ]
    (name,) = re.findall(r"## 4\. Note from the contact point of (.*)", file)
    note = file.partition("## 4.")[2].partition("## 5.")[0].replace("\n> ", " ")
    (home,) = re.findall(r"the 24/7 contact point of ([^.]*)\.", file)
    (filed,) = re.findall(r"here: ([^|]*) \|", file)

    def at(text: str, zone: str, form: str) -> datetime:
        return datetime.strptime(f"{text} {zone}", f"{form} %z").astimezone(UTC)

    long = "%A %d %B %Y, %H:%M"
    assert {
        "mail": parsedate_to_datetime(hop.rpartition(";")[2].strip()).astimezone(UTC),
        "page": at(opened[0]["time"], clock[1], "%Y-%m-%d %H:%M:%S"),
        "sign_in": at(inside[0]["time"], clock[1], "%Y-%m-%d %H:%M:%S"),
        "seen": at(written(note), card(name).utc_offset, long),
        "complaint": at(written(filed), card(home).utc_offset, long),
    } == {key: one.utc for key, one in facts.moments.items()}
    assert len(opened) == 1
    assert {row["address"] for row in inside} == {facts.address}
    assert int(inside[0]["port"]) == facts.source_port
    assert f"[{facts.address}]" in hop


def test_the_mail_holds_the_identifiers(case: Case[Facts]) -> None:
    message = message_from_bytes(case.files["evidence/mail.eml"], policy=policy.default)
    assert message["Reply-To"] == case.facts.account
    assert message["Message-ID"] == case.facts.message_id
    assert case.facts.url in message.get_content()
    assert case.facts.account not in text_of(case, "case-file.md")


def test_each_address_belongs_where_the_story_says(case: Case[Facts]) -> None:
    facts = case.facts
    assert owner(facts.address) == facts.provider.name
    assert owner(facts.victim_address) == facts.home.providers[0].name
    assert owner(facts.scanner_address) == owner(facts.forged_address)
    assert owner(facts.scanner_address) == card(facts.third).providers[0].name
    assert len({facts.requesting, facts.requested, facts.third}) == 3
    denied = {row["result"] for row in rows_of(case) if row["address"] == facts.scanner_address}
    assert denied == {"denied"}


def test_the_evidence_does_not_name_the_answers(case: Case[Facts]) -> None:
    facts = case.facts
    prose = "".join(text_of(case, f"{n}.md") for n in ("case-file", "earlier-request", "replies"))
    for answer in (facts.address, facts.host.name, facts.provider.name, *facts.records):
        assert answer not in prose
    for moment in facts.moments.values():
        assert f"{moment.utc:%H:%M:%S}" not in prose


def test_the_cards_are_the_regions_own(case: Case[Facts]) -> None:
    for code in cards():
        assert json.loads(case.files[f"evidence/cards/{code}.json"])["code"] == code


# Of the same difficulty for all


def test_every_case_has_the_same_traps(case: Case[Facts]) -> None:
    facts = case.facts
    mail, seen = facts.moments["mail"], facts.moments["seen"]
    assert mail.local.date() == mail.utc.date() - timedelta(days=1)
    assert facts.log_clock not in (UTC, facts.home.zone)
    assert seen.clock != facts.home.zone
    assert mail.clock != facts.home.zone
    assert facts.moments["complaint"].utc > seen.utc + timedelta(hours=2)
    assert len(facts.articles) == 4
    categories = [facts.provider.record(kind).category for kind in facts.needs]
    assert categories.count("subscriber") == 1
    assert categories.count("traffic") == 2
    codes = sorted(reply.code for reply in facts.replies)
    assert codes[:3] == [0, 0, 0]
    assert {2, 5, 6} < set(codes)
    assert [reply.theme for reply in facts.replies].count("criminality") == 1


def test_there_is_time_to_act(case: Case[Facts]) -> None:
    facts = case.facts
    _, last = facts.first_lost
    assert facts.moments["complaint"].utc.date() < facts.today < last
    assert (last - facts.today).days in (1, 2, 3)
    assert facts.today < facts.preserved_on <= last
    assert facts.preserved_on < facts.answered_on


# The keys, counted in another way


def test_the_floor_is_the_sixtieth_day_and_the_order_ends_by_the_card(case: Case[Facts]) -> None:
    facts, day, count = case.facts, case.facts.preserved_on, 0
    while count < 60:
        day, count = day + timedelta(days=1), count + 1
    assert facts.kept_until == day
    reach, renewals = facts.order_ends, 0
    while reach < day:
        reach, renewals = reach + timedelta(days=facts.host.order_days), renewals + 1
    assert facts.renewals == renewals


def test_the_convention_binds_both_from_the_later_date(case: Case[Facts]) -> None:
    facts = case.facts
    assert facts.binding_since in (facts.home.in_force(), facts.host.in_force())
    for state in (facts.home, facts.host):
        since = state.in_force()
        assert since is not None
        assert since <= facts.binding_since < facts.today


def test_no_other_needed_record_is_lost_before_the_first(case: Case[Facts]) -> None:
    code, last = case.facts.first_lost
    held = {one.code: one for one in case.facts.provider.records}
    first = case.facts.moments["mail"].utc.date()
    others = [held[other].last_day(first) for other in case.facts.records if other != code]
    assert all(day is None or day > last for day in others)
    assert held[code].last_day(first) == last


# Mistakes are named


def said(question: str, answer: Any, seed: int = 3) -> tuple[float, str]:
    mark = LAB.questions[question].mark(plain(answer), LAB.build(seed).facts)
    return mark.points, mark.feedback


@pytest.mark.parametrize(
    ("question", "number", "words"),
    [
        ("times", 0, "the time on the clock for UTC"),
        ("times", 2, "the wrong way"),
        ("times", 3, "does not run on the victim's local time"),
        ("custodian", 0, "central authority"),
        ("custodian", 1, "victim's own address"),
        ("custodian", 2, "loud stranger"),
        ("custodian", 4, "Language says nothing"),
        ("window", 0, "local time, marked as UTC"),
        ("window", 1, "investigator's wish"),
        ("window", 2, "too late"),
        ("records", 0, "content that nobody needs"),
        ("records", 1, "everything the provider has"),
        ("expiry", 1, "deleted before that one"),
        ("offences", 1, "powers and ways of cooperation"),
        ("request", 1, "keeps data where they are"),
        ("request", 2, "open at night"),
        ("request", 4, "gives you at least"),
        ("request", 5, "not the one for preservation in another Party"),
        ("clocks", 0, "90 days is article 16's cap"),
        ("clocks", 1, "day of the order to the custodian"),
        ("replies", 0, "dual criminality"),
        ("replies", 5, "for how long at least"),
    ],
)
def test_a_classic_mistake_is_named(question: str, number: int, words: str) -> None:
    samples = LAB.samples(LAB.build(3).facts)[question]
    points, feedback = said(question, samples.wrong[number])
    assert points <= LAB.questions[question].points / 2
    assert words in feedback


def test_each_defect_of_a_request_counts() -> None:
    model = LAB.samples(LAB.build(3).facts)["request"].model
    harm = {"action": "seize", "legal_basis": "31", "at_least_days": 90}
    earned = []
    for count in range(4):
        keys = list(harm)[:count]
        earned.append(said("request", {**model, **{key: harm[key] for key in keys}})[0])
    assert earned == [12, 6, 3, 0]
    _, feedback = said("request", {**model, **harm})
    assert all(key in feedback for key in harm)


@pytest.mark.parametrize("value", ["2026-02-30", "2026-13-01"])
def test_a_day_that_no_calendar_has_is_an_answer_and_not_a_crash(value: str) -> None:
    for question in ("expiry", "offences", "clocks"):
        model = LAB.samples(LAB.build(3).facts)[question].model
        harmed = {key: value if "20" in str(old) else old for key, old in model.items()}
        assert said(question, harmed)[0] <= LAB.questions[question].points / 2


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_the_ends_of_time_are_no_crash(start: str) -> None:
    assert said("window", {"start": start, "end": start})[0] == 0
    assert said("times", dict.fromkeys(("mail", "page", "sign_in", "seen", "complaint"), start))


@pytest.mark.parametrize(
    ("text", "number"),
    [("29", 29), (" Art. 29", 29), ("Article 29(2)", 29), ("29.7", 29), (2, 2), ("x", 0)],
)
def test_articles_are_read_as_people_write_them(text: str | int, number: int) -> None:
    assert article(text) == number


def test_a_defanged_address_is_the_same_and_its_path_keeps_its_case() -> None:
    assert url("hxxps://a[.]example/Page/") == url("HTTPS://A.example/Page")
    assert url("https://a.example/page") != url("https://a.example/Page")


# Somebody who has the cards and the form, and reads no case file


def guess(rng: random.Random, form: Mapping[str, Any]) -> Any:
    """Draw an answer from the public cards and from what article 29 lets one expect."""
    answer = guesser.guess(rng, form)
    if isinstance(answer, dict):
        state = rng.choice(list(cards().values()))
        other = rng.choice(list(cards().values()))
        day = date(2026, 3, 1) + timedelta(days=rng.randrange(60))
        known = {
            "provider": state.providers[0].name,
            "party": state.code,
            "contact_point": state.contact_point.mail,
            "to_party": state.code,
            "to_contact": state.contact_point.mail,
            "from_party": other.code,
            "from_contact": other.contact_point.mail,
            "time_zone": other.utc_offset,
            "action": "preserve",
            "status": "new",
            "legal_basis": "29",
            "language": "en",
            "at_least_days": 60,
            "confidential": True,
            "mutual_assistance": True,
            "record": rng.choice(state.providers[0].records).code,
            "last_day": day.isoformat(),
            "days_left": rng.randint(1, 5),
            "kept_until": (day + timedelta(days=60)).isoformat(),
            "order_ends": (day + timedelta(days=state.order_days)).isoformat(),
            "renewals": rng.randint(0, 1),
            "articles": [2, *rng.sample(range(3, 9), 3)],
            "binding_since": str(state.in_force()),
        }
        letters = dict(zip("abcdef", rng.sample(range(1, 13), 6), strict=True))
        return {key: {**known, **letters}.get(key, value) for key, value in answer.items()}
    if form.get("minItems") == 8:
        return rng.sample([0, 0, 0, 2, 5, 5, 6, rng.choice([2, 5, 6])], 8)
    held = rng.choice(list(cards().values())).providers[0].records
    kinds = {
        name: [r.code for r in held if r.category == name] for name in ("subscriber", "traffic")
    }
    return [rng.choice(kinds["subscriber"]), *rng.sample(kinds["traffic"], 2)]


def test_drawing_is_quick_and_never_fails() -> None:
    assert len({draw(seed).reference for seed in range(300)}) > 280
