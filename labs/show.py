"""What a notebook shows: tables, pages of evidence and mail, as HTML or Markdown.

The objects show themselves as a cell's last value; nothing here needs IPython.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from email import message_from_bytes, policy
from html import escape
from pathlib import Path

CELL = "text-align:left;vertical-align:top;padding:.3em .8em;border-bottom:1px solid #8884"
"""The look of a table's cell, readable on a light and on a dark page."""


SHORT = 22
"""The most letters of a cell that is never broken over two lines: a time, an address."""


class Html(str):
    """A piece of HTML that a notebook shows instead of its text."""

    def _repr_html_(self) -> str:
        return str(self)


class Markdown(str):
    """A page of Markdown that a notebook shows laid out."""

    def _repr_markdown_(self) -> str:
        return str(self)


def table(
    head: Sequence[str], rows: Iterable[Sequence[object]], title: str = "", wide: bool = False
) -> Html:
    """Lay out a table; every text is escaped.

    Args:
        head: the columns' names; none for a table without a head.
        rows: the cells; an ``Html`` cell goes in as it is.
        title: a caption above the table.
        wide: whether it takes the whole width, the first column a third of it.
    """
    caption = (
        f'<caption style="caption-side:top;text-align:left;font-weight:bold">{escape(title)}'
        "</caption>"
        if title
        else ""
    )
    names = "".join(f'<th scope="col" style="{CELL}">{escape(name)}</th>' for name in head)
    columns = '<colgroup><col style="width:34%"></colgroup>' if wide else ""
    width = ";width:100%;table-layout:fixed" if wide else ""
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows)
    return Html(
        f'<table style="border-collapse:collapse;margin:.5em 0{width}">{caption}{columns}'
        f"{f'<thead><tr>{names}</tr></thead>' if head else ''}<tbody>{body}</tbody></table>"
    )


def _cell(value: object) -> str:
    text = str(value) if isinstance(value, Html) else escape(str(value))
    wrap = ";white-space:nowrap" if len(text) <= SHORT else ""
    return f'<td style="{CELL}{wrap}">{text}</td>'


def page(path: str | Path) -> Markdown:
    """Show a file of evidence that is written in Markdown."""
    return Markdown(Path(path).read_text(encoding="utf-8"))


def log(path: str | Path, **wanted: str) -> Html:
    """Show a log in CSV as a table, all of it or the rows that hold given texts.

    Args:
        path: the log's file; its first line names the columns.
        wanted: for a column's name, a text that it has to hold, for instance ``user="clerk"``.

    Raises:
        KeyError: if the log has no such column.
    """
    with Path(path).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        head = list(reader.fieldnames or ())
        for name in wanted:
            if name not in head:
                raise KeyError(f"{path} has no column {name!r}; it has: {', '.join(head)}")
        rows = [
            [row[name] for name in head]
            for row in reader
            if all(text.lower() in row[name].lower() for name, text in wanted.items())
        ]
    return table(head, rows, f"{Path(path).name}: {len(rows)} rows")


def mail(path: str | Path) -> Html:
    """Show a message with all its headers, from the top down as they stand in the file."""
    message = message_from_bytes(Path(path).read_bytes(), policy=policy.default)
    headers = table(["header", "value"], [(name, str(value)) for name, value in message.items()])
    body = message.get_body(preferencelist=("plain",))
    text = body.get_content() if body is not None else ""
    return Html(f'{headers}<pre style="white-space:pre-wrap">{escape(text)}</pre>')
