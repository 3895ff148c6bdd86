"""The form of an answer: JSON Schema with a sentence for a participant when it does not fit.

The same forms are read in the participant's kernel, at once, and on the scoring side, again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import fastjsonschema

from labs.plain import Json, canonical

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Format:
    """A named format of text.

    Attributes:
        pattern: a regular expression that the whole text matches; linear in its length.
        description: what the text has to look like, to end the sentence "That is not ...".
    """

    pattern: str
    description: str


FORMATS = {
    "sha-256": Format(r"^[0-9a-fA-F]{64}\Z", "a SHA-256 value: 64 hexadecimal digits"),
    "md5": Format(r"^[0-9a-fA-F]{32}\Z", "an MD5 value: 32 hexadecimal digits"),
    "hex": Format(r"^([0-9a-fA-F]{2}){1,4096}\Z", "hexadecimal digits, two for each byte"),
    "date": Format(
        r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z", "a date like 2026-03-02"
    ),
    "utc-time": Format(
        r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9]"
        r"(:[0-5][0-9](\.[0-9]{1,6})?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])\Z",
        "a time with its zone, like 2026-03-02T14:05:09Z or 2026-03-02T09:05:09-05:00",
    ),
    "ipv4": Format(r"^([0-9]{1,3}\.){3}[0-9]{1,3}\Z", "an IPv4 address like 192.0.2.7"),
    "article": Format(
        r"^[0-9]{1,3}([.(][0-9a-z]{1,3}\)?){0,4}\Z", "an article number like 2 or 29.2"
    ),
}


def problem(schema: Schema, answer: Json) -> str | None:
    """Say what is wrong with the form of an answer.

    Args:
        schema: a JSON Schema (draft 7). A ``description`` in it words the failure:
            "This answer is a list of article numbers, like [2, 3]."
        answer: a plain value.

    Returns:
        A sentence for the participant, or ``None`` where the form is right.
    """
    if answer is None:
        return "There is no answer yet: the name still holds None."
    try:
        _validator(canonical(dict(schema)))(answer)
    except fastjsonschema.JsonSchemaValueException as error:
        return _sentence(schema, error)
    return None


@lru_cache(maxsize=512)
def _validator(schema: str) -> Any:
    formats = {name: known.pattern for name, known in FORMATS.items()}
    return fastjsonschema.compile(json.loads(schema), formats=formats, use_default=False)


def _sentence(schema: Schema, error: fastjsonschema.JsonSchemaValueException) -> str:
    place = ".".join(str(step) for step in error.path[1:])
    where = f" (at {place})" if place else ""
    if error.value is None:
        return f"There is no answer yet{where}: it still holds None."
    rule = error.rule_definition if error.rule == "format" else None
    if rule in FORMATS:
        return f"That is not {FORMATS[rule].description}{where}."
    described = (error.definition or {}).get("description") or schema.get("description")
    if described:
        return f"This answer should be {described}{where}."
    return f"The answer does not have the right form{where}: {error.message}."
