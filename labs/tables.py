"""Tables that a notebook shows as HTML and a terminal as text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

STYLE = (
    "<style>.fr-table{border-collapse:collapse;font-size:.92em;margin:.4em 0}"
    ".fr-table caption{text-align:left;font-weight:600;padding:.2em 0}"
    ".fr-table th,.fr-table td{text-align:left!important;padding:.2em .7em;vertical-align:top;"
    "border-bottom:1px solid rgba(127,127,127,.35);white-space:pre-wrap}"
    ".fr-table th{border-bottom:2px solid rgba(127,127,127,.6)}"
    ".fr-table td.n{text-align:right!important;font-variant-numeric:tabular-nums}"
    ".fr-table.mono td{font-family:monospace;white-space:pre}"
    ".fr-table mark{background:#fde68a;color:#111}</style>"
)


class Table:
    """Rows under headings.

    Args:
        caption: one line that says what the table shows.
        headings: names of the columns.
        rows: values; numbers stand to the right.
        marked: indices of rows to highlight.
        monospace: whether columns of characters have to line up.
    """

    def __init__(
        self,
        caption: str,
        headings: Sequence[str],
        rows: Sequence[Sequence[object]],
        marked: Sequence[int] = (),
        monospace: bool = False,
    ) -> None:
        self.caption = caption
        self.headings = headings
        self.rows = rows
        self.marked = frozenset(marked)
        self.monospace = monospace

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self.headings)
        body = "".join(
            f"<tr>{''.join(_cell(value, number in self.marked) for value in row)}</tr>"
            for number, row in enumerate(self.rows)
        )
        kind = "fr-table mono" if self.monospace else "fr-table"
        return (
            f'{STYLE}<table class="{kind}"><caption>{escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def __repr__(self) -> str:
        lines = [[str(value) for value in row] for row in (self.headings, *self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
        return "\n".join([self.caption, *text])


def _cell(value: object, marked: bool) -> str:
    text = escape(str(value))
    kind = ' class="n"' if isinstance(value, int) else ""
    return f"<td{kind}>{f'<mark>{text}</mark>' if marked else text}</td>"
