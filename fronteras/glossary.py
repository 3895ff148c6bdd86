"""The glossary: one page that is read as a page and explains its terms wherever they occur."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

_ENTRY = re.compile(r"^(?P<term>[^\s:#<*][^\n]*)\n: {3}(?P<text>.+(?:\n {4}.+)*)", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)(\{[^}]*\})?")
_SENTENCE = re.compile(r"(?<=[a-z0-9)])\. (?=[A-Z])")
_SHORT = re.compile(r"^(?P<long>.+?) \((?P<short>[^)]+)\)$")
_SKIPPED = r"<h(?P<level>[1-6])\b.*?</h(?P=level)>|<a\b.*?</a>|<pre\b.*?</pre>"
_EXPLAINED = re.compile(
    rf'(?P<skipped>{_SKIPPED})|<abbr title="(?P<title>[^"]*)">(?P<word>.*?)</abbr>', re.DOTALL
)
_ABBREVIATION = re.compile(r'<abbr title="[^"]*">(.*?)</abbr>', re.DOTALL)


@dataclass(frozen=True)
class Term:
    """A term and its explanation.

    Attributes:
        name: as the page prints it, for instance ``Mutual legal assistance (MLA)``.
        explanation: its first sentence, without markup, for a tooltip.
    """

    name: str
    explanation: str

    @property
    def anchor(self) -> str:
        """The fragment under which the glossary's page shows the term."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.split(" (")[0].lower()).strip("-")

    def forms(self) -> Iterator[str]:
        """Yield the spellings under which the term occurs in English running text."""
        short = _SHORT.match(self.name)
        names = [short["long"], short["short"]] if short else [self.name]
        for name in names:
            lower = name if name[:2].isupper() else name[0].lower() + name[1:]
            for form in dict.fromkeys((name, lower)):
                yield form
                yield f"{form[:-1]}ies" if form.endswith(("ty", "cy", "ry")) else f"{form}s"


def terms(page: str) -> list[Term]:
    """Read the terms of a glossary page: a Markdown definition list.

    Args:
        page: the page's Markdown.
    """
    return [Term(found["term"], _plain(found["text"])) for found in _ENTRY.finditer(page)]


def anchored(page: str) -> str:
    """Give every term of a glossary page an anchor of its own."""

    def anchor(found: re.Match[str]) -> str:
        term = Term(found["term"], "")
        return found[0].replace(term.name, f"{term.name} {{ #{term.anchor} }}", 1)

    return _ENTRY.sub(anchor, page)


def explained(markdown: str, glossary: list[Term]) -> str:
    """Append the explanations of those terms that a page uses, in the syntax of ``abbr``."""
    lines = [
        f"*[{form}]: {escape(term.explanation, quote=False)}"
        for term in glossary
        for form in term.forms()
        if form in markdown
    ]
    return "\n".join([markdown, "", *lines]) if lines else markdown


def first_only(html: str) -> str:
    """Keep an explanation where a term first occurs in running text; no page full of dots."""
    seen: set[str] = set()

    def keep(found: re.Match[str]) -> str:
        if found["skipped"]:
            return _ABBREVIATION.sub(r"\1", found["skipped"])
        if found["title"] in seen:
            return found["word"]
        seen.add(found["title"])
        return found[0].replace("<abbr ", '<abbr tabindex="0" ', 1)

    return _EXPLAINED.sub(keep, html)


def _plain(text: str) -> str:
    one_line = " ".join(text.split())
    sentence = _SENTENCE.split(_LINK.sub(r"\1", one_line), maxsplit=1)[0]
    return re.sub(r"[*_`]", "", sentence).rstrip(".") + "."
