"""What a run put out, rebuilt from parts of known types: a kernel can send anything."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from html import escape
from typing import Any

import nh3
from nbformat import NotebookNode
from nbformat.v4 import new_output

from labs.answers import ANSWER_MIME

_HARMLESS = """
    a abbr b blockquote br caption code col colgroup dd del details div dl dt em h1 h2 h3 h4 h5 h6
    hr i img ins kbd li mark ol p pre s small span strong sub summary sup table tbody td tfoot th
    thead tr u ul var
"""
TAGS = frozenset(_HARMLESS.split())
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "code": {"class"},
    "span": {"class"},
    "div": {"class"},
    "pre": {"class"},
}
PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*\Z")
HIGHLIGHT = re.compile(r"(highlight|hll|codehilite|language-\w+|[a-z]{1,2}\d?)\Z")
"""Class names that pygments gives; any other could dress an answer as the page's own furniture."""
PICTURES = ("image/png", "image/jpeg")
MOST_TAGS = 10_000
"""How many tags are cleaned as HTML: nested ones take quadratic time."""
NOT_SHOWN = "(An output of a kind that is not shown here.)"


def clean(html: str) -> str:
    """Return HTML with only harmless elements, and pictures that are in the page itself.

    No scripts, styles, frames, forms, SVG or MathML, no event handlers, no address but
    ``http``, ``https``, ``mailto`` and those within this site, and no picture fetched from
    anywhere: fetching one would tell its owner who graded when. With too many tags it is text.
    """
    if html.count("<") > MOST_TAGS:
        return f"<pre>{escape(html)}</pre>"
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if PICTURE.match(value) else None
    if name == "href":
        return None if value.strip().lower().startswith("data:") else value
    if name == "class":
        return " ".join(each for each in value.split() if HIGHLIGHT.match(each)) or None
    return value


def rebuild(cell: NotebookNode) -> None:
    """Rebuild a cell's outputs and its counter: text, clean HTML, pictures and answers stay."""
    if cell.cell_type == "code":
        count = cell.get("execution_count")
        cell.execution_count = count if type(count) is int else None
        cell.outputs = [new for old in cell.outputs if (new := _rebuilt(old)) is not None]


def _rebuilt(output: Mapping[str, Any]) -> NotebookNode | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=_text(output.get("text")))
    if kind == "error":
        lines = output.get("traceback")
        return new_output(
            "error",
            ename=_text(output.get("ename")),
            evalue=_text(output.get("evalue")),
            traceback=[_text(line) for line in lines] if isinstance(lines, list) else [],
        )
    if kind not in ("display_data", "execute_result"):
        return None
    found = output.get("data")
    data = _bundle(found if isinstance(found, dict) else {})
    if kind == "display_data":
        return new_output(kind, data=data)
    count = output.get("execution_count")
    return new_output(kind, data=data, execution_count=count if type(count) is int else None)


def _bundle(data: Mapping[str, Any]) -> dict[str, Any]:
    """Keep text, cleaned HTML, pictures and answers."""
    kept: dict[str, Any] = {}
    if "text/plain" in data:
        kept["text/plain"] = _text(data["text/plain"])
    if "text/html" in data:
        kept["text/html"] = clean(_text(data["text/html"]))
    if "text/markdown" in data:
        kept.setdefault("text/plain", _text(data["text/markdown"]))
    for mime in PICTURES:
        if mime in data and _is_base64(data[mime]):
            kept[mime] = _text(data[mime])
    if not kept:
        kept["text/plain"] = NOT_SHOWN
    if ANSWER_MIME in data:
        kept[ANSWER_MIME] = data[ANSWER_MIME]
    return kept


def _is_base64(data: object) -> bool:
    try:
        base64.b64decode("".join(_text(data).split()), validate=True)
    except binascii.Error:
        return False
    return True


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(_text(part) for part in value)
    return value if isinstance(value, str) else repr(value)
