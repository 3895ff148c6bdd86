"""The region's country cards: sound by their schema, by treaty law, and against each other."""

import json
from datetime import date, timedelta
from ipaddress import IPv4Address, ip_network
from itertools import combinations
from pathlib import Path

import fastjsonschema
import pytest

import labs
from labs.forms import FORMATS
from labs.world import BUDAPEST, Card, card, card_files, card_schema, cards, providers, to_utc

DOCUMENTATION = [ip_network(f"{n}.0/24") for n in ("192.0.2", "198.51.100", "203.0.113")]
STATES = sorted(cards())


@pytest.fixture(params=STATES)
def state(request: pytest.FixtureRequest) -> Card:
    return card(request.param)


def test_every_card_on_disk_meets_the_schema() -> None:
    formats = {name: known.pattern for name, known in FORMATS.items()}
    valid = fastjsonschema.compile(card_schema(), formats=formats)
    folder = Path(labs.__file__).parent / "cards"
    found = [path for path in folder.iterdir() if path.name != "card.schema.json"]
    assert len(found) == 4
    for path in found:
        valid(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("harm", ["utc_offset", "contact_point", "preservation", "providers"])
def test_a_card_without_a_part_does_not_meet_the_schema(harm: str) -> None:
    data = json.loads(card_files()["CK.json"])
    del data[harm]
    with pytest.raises(fastjsonschema.JsonSchemaException):
        fastjsonschema.validate(card_schema(), data, formats={"date": FORMATS["date"].pattern})


def test_the_four_states_are_those_of_the_case() -> None:
    known = {one.code: (one.name, one.languages, one.utc_offset) for one in cards().values()}
    assert known == {
        "CK": ("Coral Keys", ("en",), "-05:00"),
        "LU": ("Costa Lumbre", ("es",), "-06:00"),
        "PS": ("Porto Sereno", ("pt",), "-03:00"),
        "IV": ("Île-du-Vent", ("fr",), "-04:00"),
    }


def test_the_convention_enters_into_force_as_it_says(state: Card) -> None:
    (convention,) = [one for one in state.instruments if one.id == BUDAPEST]
    assert convention.signed
    assert convention.deposited
    assert convention.signed <= convention.deposited
    months = convention.deposited.year * 12 + convention.deposited.month - 1 + 4
    assert convention.in_force == date(months // 12, months % 12 + 1, 1)
    assert convention.in_force < date(2026, 1, 1)


def test_no_date_is_given_for_what_was_not_verified(state: Card) -> None:
    for one in state.instruments:
        if one.id != BUDAPEST:
            assert one.in_force is None


def test_an_order_lasts_no_longer_than_article_16_allows(state: Card) -> None:
    assert 1 <= state.order_days <= 90
    assert state.order_renewable or state.order_days >= 60


def test_the_two_desks_of_a_state_differ(state: Card) -> None:
    assert state.contact_point.mail != state.central_authority.mail
    assert state.contact_point.phone != state.central_authority.phone
    assert "24" in state.contact_point.hours


def test_addresses_are_for_documentation_and_belong_to_one_provider() -> None:
    every = [provider for one in cards().values() for provider in one.providers]
    ranges = [tuple(map(IPv4Address, pair)) for one in every for pair in one.networks]
    for first, last in ranges:
        assert first < last
        assert any(first in net and last in net for net in DOCUMENTATION)
    for (a, b), (c, d) in combinations(ranges, 2):
        assert b < c or d < a
    assert every[0].has(str(ranges[0][0]))
    assert not every[0].has(str(ranges[-1][1]))


def test_codes_of_records_are_unique_and_their_days_tell_them_apart() -> None:
    every = [provider for one in cards().values() for provider in one.providers]
    codes = [record.code for one in every for record in one.records]
    assert len(codes) == len(set(codes))
    for one in every:
        days = [record.retention_days for record in one.records if record.retention_days]
        assert len(days) == len(set(days))


def test_the_last_day_counts_from_the_event() -> None:
    record = card("CK").providers[0].record("sign-in-log")
    day = date(2026, 2, 6)
    assert record.retention_days == 21
    assert record.last_day(day) == day + timedelta(days=21)
    assert card("CK").providers[0].record("files").last_day(day) is None
    with pytest.raises(KeyError, match="BrisaCoin holds no record"):
        card("CK").providers[1].record("files")


def test_a_state_is_found_by_code_or_name() -> None:
    assert card("iv") is card("Île-du-Vent") is card(" IV ")
    with pytest.raises(KeyError, match="there are: CK"):
        card("Atlantis")


def test_cards_show_themselves() -> None:
    shown = card("LU")._repr_html_()
    for text in ("contacto247@fiscalia.costalumbre.example", "lasts 60 days", "LT-8", "2019-09-01"):
        assert text in shown
    for one in cards().values():
        assert one.providers[0].name in providers()


@pytest.mark.parametrize(
    ("clock", "zone", "utc"),
    [
        ("2026-02-05 22:14:09", "-05:00", "2026-02-06T03:14:09Z"),
        ("2026-02-08 02:02:31", "+01:00", "2026-02-08T01:02:31Z"),
        ("2026-02-09 20:40", "-04:00", "2026-02-10T00:40:00Z"),
    ],
)
def test_clocks_are_moved_as_the_lesson_does(clock: str, zone: str, utc: str) -> None:
    assert to_utc(clock, zone) == utc


@pytest.mark.parametrize("clock", ["2026-02-05T22:14:09Z", "yesterday"])
def test_a_time_that_cannot_be_moved_is_refused(clock: str) -> None:
    with pytest.raises(ValueError, match=r"zone|isoformat"):
        to_utc(clock, "-05:00")
