"""Equivalent forms of an answer: what counts as the same name, moment, article or address."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime

from labs.world import Card, Contact

_ARTICLE = re.compile(r"^(?:art(?:icle|\.)? ?)?([0-9]{1,2})")


def name(text: str) -> str:
    """Reduce a name to what does not depend on case, accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def is_state(text: str, state: Card) -> bool:
    """Say whether a text is a State's code or its name."""
    return name(text) in (name(state.code), name(state.name))


def is_contact(text: str, contact: Contact) -> bool:
    """Say whether a text is an authority's mail address, telephone number or name."""
    given = text.strip().casefold().removeprefix("mailto:")
    digits = re.sub(r"[^0-9]", "", given)
    return (
        given == contact.mail.casefold()
        or digits == re.sub(r"[^0-9]", "", contact.phone)
        or name(text) == name(contact.name)
    )


def account(text: str) -> str:
    """Reduce an account's address or a Message-ID: brackets, case and a defanged @ or dot."""
    return _refanged(text.strip().strip("<>").casefold())


def url(text: str) -> str:
    """Reduce a web address: scheme and host without case, defanged or not, no final slash.

    The path keeps its case: to a web server it matters.
    """
    whole = re.sub(r"^hxxp", "http", _refanged(text.strip()), flags=re.IGNORECASE)
    scheme, mark, rest = whole.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.casefold()}{mark}{host.casefold()}{slash}{path}".rstrip("/")


def moment(text: str) -> datetime | None:
    """Read a time with its zone; ``None`` for a day that no calendar has."""
    try:
        return datetime.fromisoformat(text.replace(" ", "T", 1).replace("z", "Z"))
    except ValueError:
        return None


def day(text: str) -> date | None:
    """Read a date; ``None`` for a day that no calendar has."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def article(value: int | str) -> int:
    """Return the number of an article: 2 for ``2``, ``"2"``, ``"Art. 2"`` and ``"2(1)"``."""
    found = _ARTICLE.match(str(value).strip().casefold())
    return int(found[1]) if found else 0


def articles(values: Iterable[int | str]) -> tuple[int, ...]:
    """Return the numbers of articles, each once, sorted."""
    return tuple(sorted({article(value) for value in values}))


def codes(values: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of records in capitals, each once, sorted."""
    return tuple(sorted({value.strip().upper() for value in values}))


def _refanged(text: str) -> str:
    return text.replace("[.]", ".").replace("(.)", ".").replace("[at]", "@").replace("[@]", "@")
