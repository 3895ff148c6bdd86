"""A participant who reads no evidence: answers drawn from nothing but the form."""

import math
import random
import re
import string
from collections.abc import Callable, Mapping
from typing import Any

from labs.forms import FORMATS, problem
from labs.plain import canonical

Guess = Callable[[random.Random, Mapping[str, Any]], Any]
_TEXT = string.ascii_letters + string.digits + " ._-"


def guess(rng: random.Random, form: Mapping[str, Any]) -> Any:
    """Draw an answer of the right form; the form's own examples and limits are all it knows."""
    for word in ("anyOf", "oneOf"):
        if word in form:
            return guess(rng, {**without(form, word), **rng.choice(form[word])})
    for part in form.get("allOf", []):
        form = {**without(form, "allOf"), **part}
    if "const" in form:
        return form["const"]
    if "enum" in form:
        return rng.choice(form["enum"])
    kind = form.get("type", "string")
    return _KINDS[rng.choice(kind) if isinstance(kind, list) else kind](rng, form)


def without(form: Mapping[str, Any], word: str) -> dict[str, Any]:
    return {key: value for key, value in form.items() if key != word}


def mutated(rng: random.Random, form: Mapping[str, Any], best: Any, draw: Guess) -> Any:
    """Change about half of an answer's parts: the step of somebody who climbs by the points."""
    fresh = draw(rng, form)
    if isinstance(best, dict) and isinstance(fresh, dict):
        merged = {}
        for key in {**best, **fresh}:
            source = fresh if rng.random() < 0.5 else best
            if key in source:
                merged[key] = source[key]
        return merged
    if isinstance(best, list) and isinstance(fresh, list) and len(best) == len(fresh):
        return [new if rng.random() < 0.5 else old for old, new in zip(best, fresh, strict=True)]
    return fresh


def _object(rng: random.Random, form: Mapping[str, Any]) -> dict[str, Any]:
    properties = form.get("properties", {})
    names = set(form.get("required", ())) | {name for name in properties if rng.random() < 0.8}
    drawn = {name: guess(rng, properties.get(name, {})) for name in sorted(names)}
    other = form.get("additionalProperties")
    while isinstance(other, Mapping) and len(drawn) < form.get("minProperties", 1):
        drawn[guess(rng, form.get("propertyNames", {}))] = guess(rng, other)
    return drawn


def _array(rng: random.Random, form: Mapping[str, Any]) -> list[Any]:
    low = form.get("minItems", 0)
    size = rng.randint(low, min(form.get("maxItems", low + 3), low + 5))
    items = form.get("items", {})
    if isinstance(items, list):
        return [guess(rng, item) for item in items]
    drawn = [guess(rng, items) for _ in range(size)]
    if form.get("uniqueItems"):
        drawn = list({canonical(item): item for item in drawn}.values())
    return drawn


def _integer(rng: random.Random, form: Mapping[str, Any]) -> int:
    step = form.get("multipleOf", 1)
    low = form.get("minimum", form.get("exclusiveMinimum", -1) + 1)
    high = form.get("maximum", form.get("exclusiveMaximum", low + 100_001) - 1)
    return rng.randint(math.ceil(low / step), math.floor(high / step)) * step


def _number(rng: random.Random, form: Mapping[str, Any]) -> float:
    return rng.uniform(form.get("minimum", 0), form.get("maximum", 100_000))


def _text(rng: random.Random, form: Mapping[str, Any]) -> str:
    pattern = form.get("pattern")
    if "format" in form:
        pattern = FORMATS[form["format"]].pattern
    if pattern is not None:
        return _matching(rng, re._parser.parse(pattern))
    size = rng.randint(form.get("minLength", 1), min(form.get("maxLength", 20), 200))
    return "".join(rng.choices(_TEXT, k=size))


def _matching(rng: random.Random, tokens: Any) -> str:
    """Draw a text that a regular expression matches; look-arounds are left out."""
    return "".join(_token(rng, str(kind), value) for kind, value in tokens)


def _token(rng: random.Random, kind: str, value: Any) -> str:
    if kind == "LITERAL":
        return chr(value)
    if kind in ("ANY", "NOT_LITERAL", "CATEGORY"):
        if "SPACE" in str(value):
            return " "
        return rng.choice(string.digits if "DIGIT" in str(value) else string.ascii_lowercase)
    if kind == "IN":
        return _one_of(rng, value)
    if kind == "BRANCH":
        return _matching(rng, rng.choice(value[1]))
    if kind == "SUBPATTERN":
        return _matching(rng, value[3])
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, tokens = value
        return "".join(_matching(rng, tokens) for _ in range(rng.randint(low, min(high, low + 8))))
    return ""


def _one_of(rng: random.Random, choices: Any) -> str:
    if str(choices[0][0]) == "NEGATE":
        return rng.choice(string.ascii_letters)
    kind, value = rng.choice(choices)
    if str(kind) == "RANGE":
        return chr(rng.randint(*value))
    return _token(rng, str(kind), value)


_KINDS: dict[str, Guess] = {
    "object": _object,
    "array": _array,
    "integer": _integer,
    "number": _number,
    "string": _text,
    "boolean": lambda rng, _: rng.random() < 0.5,
    "null": lambda rng, _: None,
}


def fits(form: Mapping[str, Any], draw: Guess, rng: random.Random) -> Any:
    """Draw until the form is met, so that the guesser loses no attempt to a formality."""
    for _ in range(200):
        answer = draw(rng, form)
        if problem(form, answer) is None:
            return answer
    raise AssertionError(f"no answer of this form could be drawn: {dict(form)}")
