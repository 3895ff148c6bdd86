"""A reader of the case file of the lab s1-2-offences: shows its parts in a notebook."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

from labs.show import Html, table

PATH = Path("evidence/case-file.json")
"""Where the case file lies, from the notebook's folder; ``case-file.md`` beside it is the same."""


class CaseFile:
    """The case file beside a notebook.

    Args:
        path: the JSON file.

    Raises:
        FileNotFoundError: if it is not there, with what to do about it.
    """

    def __init__(self, path: Path = PATH) -> None:
        try:
            self._content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise FileNotFoundError(
                f"{path} is missing. Open the lab from the course site again: it puts the lab's "
                "files back and keeps your work."
            ) from error

    def rules(self) -> Html:
        """Show the rules by which the facts are tagged."""
        rows = [(number, rule) for number, rule in enumerate(self._content["rules"], 1)]
        return table([], rows, "The rules")

    def group(self, name: str) -> Html:
        """Show the fact patterns of a group.

        Args:
            name: ``"A"``, ``"B"``, ``"C"`` or ``"D"``.

        Raises:
            KeyError: if there is no such group.
        """
        groups: dict[str, list[dict[str, Any]]] = self._content["groups"]
        if name not in groups:
            raise KeyError(f"There is no group {name!r}; there are: {', '.join(groups)}")
        rows = [
            (
                bold(f"**{each['number']}**"),
                bold(f"{each['place']}, {each['date']}. {each['text']}"),
            )
            for each in groups[name]
        ]
        return table(["No.", "Facts"], rows, f"Group {name}")

    def marejada(self) -> Html:
        """Show the report on Operation Marejada and who is who in it."""
        report = [(Html(_no_break(day)), bold(text)) for day, text in self._content["report"]]
        actors = [
            (bold(f"**{letter}**"), bold(f"**{name}**, {description}"))
            for letter, name, description in self._content["actors"]
        ]
        happened = table(["2026", "What happened"], report, "Operation Marejada: the report")
        return Html(happened + table(["Letter", "Who this is"], actors, "The people in it"))

    def charges(self) -> Html:
        """Show the draft charge sheet."""
        rows = [
            (
                bold(f"**{each['count']}**"),
                bold(each["text"]),
                ", ".join(map(str, each["articles"])),
            )
            for each in self._content["charges"]
        ]
        return table(["Count", "Facts", "Articles in the draft"], rows, "Draft charge sheet")


def bold(text: str) -> Html:
    """Return text as HTML, escaped, with ``**this**`` in bold."""
    return Html(re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text, quote=False)))


def _no_break(text: str) -> str:
    return escape(text).replace(" ", "&nbsp;")
