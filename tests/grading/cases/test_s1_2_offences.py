"""The bank of the lab s1-2-offences, and how its questions treat people and machines."""

import itertools
import json
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from grading.casefile import COUNTS, GROUPS, RULES, SOUND, draw
from grading.cases import Lab, lab
from grading.offences import Key, bank, tags
from labs.plain import plain
from tests.grading.cases import guesser
from tests.grading.cases.test_every_lab import page_of

SEEDS = range(50)
ATTEMPTS = {3, 4, 5, 7, 8}
"""The offences whose attempt article 11, paragraph 2, covers (and parts of 9)."""


@pytest.fixture(scope="module")
def offences() -> Lab:
    return lab("s1-2-offences")


def guess(rng: random.Random, form: Mapping[str, Any]) -> Any:
    """What somebody draws who knows the bank's habits: few articles, most often one."""
    if form.get("type") != "object" or "additionalProperties" not in form:
        return guesser.guess(rng, form)
    if not form.get("required") or "I" in form["required"]:
        return guesser.guess(rng, form)
    usual = [pattern.key.articles for pattern in bank().patterns]
    return {name: list(rng.choice(usual)) for name in form["required"]}


# The bank


def test_the_bank_is_large_and_every_case_is_drawn_alike() -> None:
    size = Counter(pattern.stratum for pattern in bank().patterns)
    assert size.total() >= 72
    assert len({pattern.id for pattern in bank().patterns}) == size.total()
    drawn = Counter(itertools.chain(*GROUPS.values()))
    assert set(size) == set(drawn)
    assert all(size[stratum] >= 3 * number for stratum, number in drawn.items())
    for stratum in {*itertools.chain(*COUNTS), *SOUND}:
        assert size[stratum] > drawn[stratum]


def keys() -> list[Key]:
    roles = (variant[0] for role in bank().roles for variant in role.variants)
    return [*(pattern.key for pattern in bank().patterns), *roles]


def test_keys_are_sound() -> None:
    for key in keys():
        assert key.articles == tuple(sorted(set(key.articles)))
        assert set(key.articles) <= {0, *range(2, 13)}
        assert not set(key.articles) & set(key.may)
        assert 0 not in key.articles or key.articles == (0,)
        assert key.fits(key.articles)
        assert not key.fits(key.classic)
        assert set(key.may) <= {4, 6, 7}


def test_hints_name_no_article() -> None:
    for key in keys():
        assert "article 11" in key.hint or not any(c.isdigit() for c in key.hint), key.hint


def test_articles_11_and_12_never_stand_alone_and_attempts_are_those_of_article_11() -> None:
    for pattern in bank().patterns:
        offence = set(pattern.key.articles) - {0, 11, 12}
        if {11, 12} & set(pattern.key.articles):
            assert offence
            assert pattern.paragraph
        if pattern.paragraph == "11.2":
            assert offence <= ATTEMPTS
        if pattern.elements == ("attempt",):
            assert not set(pattern.key.classic) - {11} <= ATTEMPTS
        assert bool(pattern.paragraph) == bool({11, 12} & set(pattern.key.articles))
        assert bool(pattern.elements) == (pattern.key.articles == (0,))
        assert not pattern.open or pattern.key.articles == (2,)


def test_material_of_article_9_is_coded_and_never_described() -> None:
    for pattern in bank().patterns:
        if 9 in pattern.key.articles:
            assert "no description is given" in pattern.text
            assert len(pattern.text.split()) < 60


def test_facts_never_name_an_article() -> None:
    for pattern in bank().patterns:
        for word in ("article", "offence", "without right", "unlawful", "illegal"):
            assert word not in pattern.text.lower().replace("in every detail", ""), pattern.id


# The case file


def test_each_case_file_has_the_same_make_up(offences: Lab) -> None:
    for seed in SEEDS:
        drawn = draw(seed)
        assert [one.number for one in drawn.patterns] == list(range(1, 25))
        ids = [one.pattern.id for one in drawn.patterns]
        assert len(set(ids)) == 24
        for letter, group in drawn.groups.items():
            assert sorted(one.pattern.stratum for one in group) == sorted(GROUPS[letter])
        facts = offences.build(seed).facts
        assert (len(facts.none), len(facts.ancillary), len(facts.lost)) == (4, 4, 2)
        assert [one.letter for one in drawn.actors] == list("ABCDEF")
        assert "Ivo Marran" in {one.name for one in drawn.actors}
        assert sum(not one.key.fits(one.draft) for one in drawn.counts) == 4


def test_the_evidence_is_filled_in_and_holds_no_key(offences: Lab) -> None:
    for seed in SEEDS:
        case = offences.build(seed)
        text = case.files["evidence/case-file.json"].decode()
        readable = case.files["evidence/case-file.md"].decode()
        assert not any(mark in text + readable for mark in ("{p}", "{s}", "{c}", "{n}"))
        for one in case.facts.drawn.patterns:
            assert one.pattern.id not in text
            assert one.text in readable
        (shown,) = {
            frozenset(row) for group in json.loads(text)["groups"].values() for row in group
        }
        assert shown == {"number", "place", "date", "text"}


def test_neighbours_see_different_patterns() -> None:
    seen = [{one.pattern.id for one in draw(seed).patterns} for seed in SEEDS]
    common = [len(one & other) for one, other in itertools.combinations(seen, 2)]
    assert sum(common) / len(common) < 24 / 3


def test_the_report_is_in_the_order_of_time() -> None:
    for seed in SEEDS:
        days = [int(day.split()[0]) for day, _ in draw(seed).report]
        assert days == sorted(days)


def test_the_rules_on_the_page_are_those_of_the_case_file() -> None:
    page = " ".join(page_of("s1-2-offences").read_text(encoding="utf-8").split())
    for rule in RULES:
        assert rule in page


# The questions


@pytest.mark.parametrize("seed", SEEDS)
def test_samples_hold_over_many_case_files(offences: Lab, seed: int) -> None:
    facts = offences.build(seed).facts
    for key, samples in offences.samples(facts).items():
        question = offences.questions[key]
        for answer in (samples.model, *samples.right):
            assert question.mark(plain(answer), facts).points == question.points, (key, answer)
        for answer in samples.wrong:
            assert question.mark(plain(answer), facts).points <= question.points / 2, (key, answer)


@pytest.mark.parametrize(
    "written", [2, 2.0, "2", " 2 ", "art. 2", "Article 2", [2, "2"], ["Art 2"], (2, 2), {2}]
)
def test_an_article_may_be_written_in_many_ways(offences: Lab, written: Any) -> None:
    facts = offences.build(1).facts
    model = offences.samples(facts)["actors"].model
    letter = next(name for name, articles in model.items() if 2 in articles)
    rest = [article for article in model[letter] if article != 2]
    given = list(plain(written)) if isinstance(plain(written), list) else [written]
    answer = plain({**model, letter: [*given, *rest]})
    assert offences.questions["actors"].mark(answer, facts).points == 8
    assert tags(plain(written)) == (2,)


@pytest.mark.parametrize("written", [1, True, 13, "22", "2-4", "two", 2.5, [], [[2]], [1], None])
def test_what_is_no_article_is_said_at_once(offences: Lab, written: Any) -> None:
    facts = offences.build(1).facts
    model = offences.samples(facts)["group_a"].model
    mark = offences.questions["group_a"].mark(plain({**model, 1: written}), facts)
    assert mark.points == 0
    expected = "There is no answer yet" if written is None else "This answer should be"
    assert expected in mark.feedback


def test_points_fall_by_thresholds(offences: Lab) -> None:
    facts = offences.build(2).facts
    model = offences.samples(facts)["group_b"].model
    points = []
    answer = dict(model)
    for number in model:
        points.append(offences.questions["group_b"].mark(plain(answer), facts).points)
        answer[number] = [9]
    assert points == [6, 3, 1.5, 0, 0, 0]


def test_what_a_careful_expert_might_add_is_not_held_against_anybody(offences: Lab) -> None:
    for seed in SEEDS:
        facts = offences.build(seed).facts
        for one in facts.drawn.groups["C"]:
            key = one.pattern.key
            model = offences.samples(facts)["group_c"].model
            fuller = {**model, one.number: [*key.articles, *key.may]}
            assert offences.questions["group_c"].mark(plain(fuller), facts).points == 6


def test_a_correction_that_strikes_what_is_not_there_is_wrong(offences: Lab) -> None:
    facts = offences.build(3).facts
    model = offences.samples(facts)["charges"].model
    absent = next(n for n in range(2, 13) if n not in facts.drawn.counts[0].draft)
    answer = {**model, "I": {**model["I"], "strike": [*model["I"]["strike"], absent]}}
    assert offences.questions["charges"].mark(plain(answer), facts).points == 3


def test_who_is_far_off_learns_nothing_about_single_patterns(offences: Lab) -> None:
    """The same sentence for every answer with fewer than four right: no oracle to climb by."""
    facts = offences.build(4).facts
    question = offences.questions["group_d"]
    model = offences.samples(facts)["group_d"].model
    told = set()
    for kept in itertools.combinations(model, 3):
        answer = {number: model[number] if number in kept else [9] for number in model}
        told.add(question.mark(plain(answer), facts).feedback)
    assert len(told) == 1


def test_somebody_who_changes_one_pattern_at_a_time_gains_little(offences: Lab) -> None:
    """An attack that knows the strata: permute what a group must hold, keep what earned most."""
    rng = random.Random(9)
    gained = []
    for seed in SEEDS:
        facts, total = offences.build(seed).facts, 0.0
        for letter, strata in GROUPS.items():
            question = offences.questions[f"group_{letter.lower()}"]
            names = question.form["required"]
            best, points = None, 0.0
            for _ in range(5):
                usual = [rng.choice(bank().stratum(name)).key.articles for name in strata]
                answer = dict(zip(names, map(list, rng.sample(usual, 6)), strict=True))
                if best is not None:
                    one, other = rng.sample(names, 2)
                    answer = {**best, one: best[other], other: best[one]}
                earned = question.mark(plain(answer), facts).points
                if earned > points:
                    best, points = answer, earned
            total += points
        gained.append(total)
    assert sum(gained) / len(gained) < 0.1 * sum(q.points for q in offences.questions.values())
