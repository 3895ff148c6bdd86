"""The form of a preservation request under article 29, and the letter that it makes.

Fields 1 to 7 follow the published fields of the Cybercrime Convention Committee's template
T-CY(2018)11 of 9 July 2018. All others are this exercise's own form: what article 29, paragraph 2,
of the Budapest Convention (ETS 185) asks for, cut into values that can be checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from labs.show import Html, table
from labs.world import LANGUAGES, Record, cards

OWN = "this exercise's own"
_PATTERN = {
    "mail": r"^[^@\s]{1,64}@[^@\s]{3,128}\Z",
    "url": r"^([Hh][Tt][Tt][Pp][Ss]?|[Hh][Xx][Xx][Pp][Ss]?)://[^\s]{3,300}\Z",
    "record": r"^[A-Za-z]{2}-[0-9]{1,2}\Z",
    "offset": r"^(UTC|utc)?[+-][0-9]{2}:[0-9]{2}\Z",
    "law": r"^([Aa]rt(icle|\.)? ?)?[0-9]{1,2}([.( ]{1,2}[0-9a-z]{1,2}\)?){0,3}\Z",
}
RECORD = {
    "type": "string",
    "pattern": _PATTERN["record"],
    "description": "a record's code, like AB-1",
}
RECORDS = {
    "type": "array",
    "minItems": 1,
    "maxItems": 40,
    "uniqueItems": True,
    "items": RECORD,
    "description": 'a list of codes from the provider\'s card, like ["AB-1", "AB-2"]',
}
ARTICLES = {
    "type": "array",
    "minItems": 1,
    "maxItems": 20,
    "items": {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 48},
            {"type": "string", "pattern": _PATTERN["law"]},
        ]
    },
    "description": "a list of article numbers, like [10, 11]",
}
ADDRESS = {"type": "string", "format": "ipv4"}
PORT = {"type": "integer", "minimum": 1, "maximum": 65535, "description": "a port: 1 to 65535"}
MAIL = {"type": "string", "pattern": _PATTERN["mail"], "description": "a mail address"}
ACCOUNT = {**MAIL, "description": "the account's mail address"}
URL = {
    "type": "string",
    "pattern": _PATTERN["url"],
    "description": "a whole web address, like https://www.example/page",
}
NAME = {"type": "string", "minLength": 2, "maxLength": 120, "description": "a text"}
MESSAGE_ID = {
    "type": "string",
    "pattern": r"^<?[^@<>\s]{1,100}@[^@<>\s]{1,100}>?\Z",
    "description": "a Message-ID, like <abc@mail.example>",
}
MOMENT = {"type": "string", "format": "utc-time"}
DAY = {"type": "string", "format": "date"}


@dataclass(frozen=True)
class Field:
    """A field of the form.

    Attributes:
        key: its name in the request.
        section: the part of the letter that it stands in.
        label: what a reader of the letter sees.
        origin: the number of the template's field, or that it is this exercise's own.
        form: JSON Schema of its value.
    """

    key: str
    section: str
    label: str
    origin: str
    form: Mapping[str, Any]


def _published(number: int) -> str:
    return f"T-CY(2018)11, field {number}"


def _choice(*values: str) -> dict[str, Any]:
    listed = ", ".join(f'"{value}"' for value in values)
    return {"enum": list(values), "description": f"one of: {listed}"}


_TRUTH = {"type": "boolean", "description": "True or False"}
HEAD, PARTIES, LAW, DATA, WHY = (
    "The request",
    "From and to",
    "Offence and legal basis",
    "Data to be preserved",
    "Necessity and undertakings",
)
FIELDS = (
    Field("date", HEAD, "Date (UTC)", _published(1), DAY),
    Field("reference", HEAD, "Reference", _published(2), {**NAME, "maxLength": 60}),
    Field("status", HEAD, "Status", _published(3), _choice("new", "extension")),
    Field("language", HEAD, "Language of the request", OWN, _choice("en", "es", "pt", "fr")),
    Field("action", HEAD, "What is asked for", OWN, _choice("preserve", "disclose", "seize")),
    Field("to_party", PARTIES, "Requested Party", _published(4), NAME),
    Field("to_contact", PARTIES, "Requested authority, mail", _published(4), MAIL),
    Field("from_party", PARTIES, "Requesting Party", _published(5), NAME),
    Field("from_contact", PARTIES, "Requesting authority, mail", _published(5), MAIL),
    Field(
        "time_zone",
        PARTIES,
        "Requesting authority, time zone",
        _published(5),
        {"type": "string", "pattern": _PATTERN["offset"], "description": "an offset like -05:00"},
    ),
    Field("confirm_with", PARTIES, "Contact for confirmation", _published(6), NAME),
    Field("operational_authority", PARTIES, "Operational authority", _published(7), NAME),
    Field(
        "legal_basis",
        LAW,
        "Article under which the request is made",
        OWN,
        {
            "type": "string",
            "pattern": _PATTERN["law"],
            "description": 'an article number in quotation marks, like "12"',
        },
    ),
    Field("offences", LAW, "Offences (articles of the Convention)", OWN, ARTICLES),
    Field(
        "summary",
        LAW,
        "Brief summary of the facts",
        OWN,
        {
            "type": "string",
            "minLength": 60,
            "maxLength": 2000,
            "description": "two to six sentences, 60 to 2,000 characters",
        },
    ),
    Field("provider", DATA, "Custodian of the data", OWN, NAME),
    Field("address", DATA, "IP address", OWN, ADDRESS),
    Field("source_port", DATA, "Source port", OWN, PORT),
    Field("account", DATA, "Account", OWN, ACCOUNT),
    Field("url", DATA, "Web address", OWN, URL),
    Field("message_id", DATA, "Message-ID", OWN, MESSAGE_ID),
    Field("records", DATA, "Records to be preserved", OWN, RECORDS),
    Field("start", DATA, "From (UTC)", OWN, MOMENT),
    Field("end", DATA, "To (UTC)", OWN, MOMENT),
    Field("needed_by", WHY, "Last day to act (UTC)", OWN, DAY),
    Field(
        "at_least_days",
        WHY,
        "Period that article 29(7) guarantees at least (days)",
        OWN,
        {"type": "integer", "minimum": 1, "maximum": 400, "description": "a number of days"},
    ),
    Field("confidential", WHY, "Keep the request confidential", OWN, _TRUTH),
    Field("mutual_assistance", WHY, "A request for mutual assistance will follow", OWN, _TRUTH),
)
"""All fields of the form, in the letter's order."""

REQUEST_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": [field.key for field in FIELDS],
    "additionalProperties": False,
    "properties": {field.key: dict(field.form) for field in FIELDS},
    "description": "a request with every field of the form",
}
"""JSON Schema (draft 7) of a preservation request."""


def fields() -> Html:
    """Return the form as a table: every field, what it is for and where it comes from."""
    return table(
        ["name", "field", "value", "from"],
        [(one.key, one.label, _expected(one.form), one.origin) for one in FIELDS],
    )


def letter(request: Mapping[str, Any] | None) -> Html:
    """Lay out a request as the letter that a duty officer would read.

    Fields that are still empty, and names that the form does not have, are shown as such, so that
    the letter serves as a preview.

    Args:
        request: values by the names in ``FIELDS``; ``None`` stands for an empty form.
    """
    filled = dict(request or {})
    parts = ["<h3>Request for expedited preservation of stored computer data</h3>"]
    for section in dict.fromkeys(one.section for one in FIELDS):
        rows = [
            (one.label, _shown(one.key, filled.pop(one.key, None)))
            for one in FIELDS
            if one.section == section
        ]
        parts.append(table([], rows, section, wide=True))
    if filled:
        names = escape(", ".join(str(name) for name in filled))
        parts.append(f'<p style="color:#b45309">Not in the form: {names}</p>')
    return Html(
        f'<div style="border:1px solid #8886;padding:.5em 1.5em;max-width:52em">{"".join(parts)}'
        "</div>"
    )


def _expected(form: Mapping[str, Any]) -> str:
    if form.get("format") == "date":
        return "a date like 2026-01-31"
    if form.get("format") == "utc-time":
        return "a time in UTC like 2026-01-31T14:05:09Z"
    if form.get("format") == "ipv4":
        return "an IPv4 address like 192.0.2.7"
    return str(form["description"])


def _shown(key: str, value: object) -> str | Html:
    if value is None or value in ("", []):
        return Html('<i style="color:#b45309">still empty</i>')
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key == "records" and isinstance(value, (list, tuple, set)):
        return Html("<br>".join(escape(_record(str(code))) for code in value))
    if isinstance(value, (list, tuple, set)):
        return ", ".join(str(item) for item in value)
    if key in ("to_party", "from_party") and value in cards():
        return f"{cards()[str(value)].name} ({value})"
    return LANGUAGES.get(str(value), str(value)) if key == "language" else str(value)


def _record(code: str) -> str:
    held = {record.code: record for record in _records()}
    found = held.get(code.upper())
    return f"{found.code}: {found.name}" if found else f"{code}: on no provider's card"


def _records() -> list[Record]:
    return [one for card in cards().values() for each in card.providers for one in each.records]
