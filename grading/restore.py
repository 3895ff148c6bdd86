"""A submission put back into the shape of the released notebook, whatever was done to it.

From the participant come the text and the order of cells and nothing else: no metadata, tags,
outputs, kernel. So no cell is skipped, no check is missing or doubled, and nbgrader's own
preprocessors find what they expect.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
PICTURES = ("image/png", "image/jpeg", "image/gif")
"""What may be attached to a written answer."""
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*\Z")

Cell = dict[str, Any]


def restored(released: Mapping[str, Any], submitted: Mapping[str, Any]) -> NotebookNode:
    """Return the submission in the released notebook's shape.

    A released cell is known by its ``grade_id``. A check cell stands once, where its last copy
    stood, with the released text; a deleted one comes back behind its answer cell, or at the end.
    A written answer that was split stands once, its parts joined. A deleted answer cell of code
    stays deleted: its first text would set the name to ``None`` again.

    Args:
        released: the released notebook, nbformat 4.
        submitted: the participant's, nbformat 4.

    Returns:
        A new notebook; neither argument is changed.
    """
    originals = {
        name: cell for cell in released["cells"] if (name := _grade_id(cell)) and _kept(cell)
    }
    cells = [_plain(cell) for cell in submitted["cells"]]
    stands = (_once(cells, index, originals) for index in range(len(cells)))
    kept = [cell for cell in stands if cell is not None]
    for grade_id, original in originals.items():
        present = any(_grade_id(cell) == grade_id for cell in kept)
        if original["metadata"]["nbgrader"]["grade"] and not present:
            kept.insert(_place(kept, originals, grade_id), _from_original(original))
    _unique_ids(kept)
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": dict(released["metadata"]),
        "cells": kept,
    }
    return cast(NotebookNode, nbformat.from_dict(notebook))


class RestoreCells(NbGraderPreprocessor):
    """nbgrader's preprocessor for ``restored``: first of ``Autograde.sanitize_preprocessors``."""

    release = Unicode(help="The folder of the released notebooks, by lab.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Restore a submission from its lab's released notebook."""
        names = resources["nbgrader"]
        path = Path(self.release) / names["assignment"] / f"{names['notebook']}.ipynb"
        return restored(nbformat.read(path, as_version=4), nb), resources


def _grade_id(cell: Mapping[str, Any]) -> str | None:
    found = cell.get("metadata", {}).get("nbgrader")
    grade_id = found.get("grade_id") if isinstance(found, dict) else None
    return grade_id if isinstance(grade_id, str) and grade_id else None


def _kept(cell: Mapping[str, Any]) -> bool:
    """Say whether nbgrader keeps a cell; it trips over others that have a ``grade_id``."""
    return any(cell["metadata"]["nbgrader"].get(key) for key in ("grade", "solution", "locked"))


def _plain(cell: Mapping[str, Any]) -> Cell:
    """Return a cell's text alone, still with the ``grade_id`` that it claims."""
    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    kind, claimed = cell["cell_type"], _grade_id(cell)
    if kind == "raw":  # exporters print raw cells as they are
        kind, source = "markdown", "\n".join(f"    {line}" for line in source.splitlines())
    plain: Cell = {
        "cell_type": kind,
        "id": str(cell.get("id", "")),
        "metadata": {"nbgrader": {"grade_id": claimed}} if claimed else {},
        "source": source,
    }
    if kind == "code":
        return plain | {"outputs": [], "execution_count": None}
    pictures = _pictures(cell.get("attachments"))
    return plain | ({"attachments": pictures} if pictures else {})


def _pictures(attachments: object) -> dict[str, dict[str, str]]:
    """Return the attached pictures whose data is what it should be."""
    kept: dict[str, dict[str, str]] = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        data = {
            mime: text
            for mime, text in (bundle.items() if isinstance(bundle, dict) else ())
            if mime in PICTURES and isinstance(text, str) and BASE64.match(text)
        }
        if data and re.fullmatch(r"[\w .-]{1,120}", name):
            kept[name] = data
    return kept


def _once(cells: list[Cell], index: int, originals: Mapping[str, Any]) -> Cell | None:
    """Return what stands in a cell's place; ``None`` where a later copy stands for it."""
    cell = cells[index]
    grade_id = _grade_id(cell)
    original = originals.get(grade_id) if grade_id else None
    if original is None:
        return cell | {"metadata": {}}
    nbgrader = original["metadata"]["nbgrader"]
    later = any(_grade_id(other) == grade_id for other in cells[index + 1 :])
    if not nbgrader["solution"]:
        return None if later else _from_original(original)
    if original["cell_type"] == "code":
        if later or cell["cell_type"] != "code":
            return cell | {"metadata": {}}
        return cell | {"id": original["id"], "metadata": dict(original["metadata"])}
    if later:
        return None
    same = [other for other in cells if _grade_id(other) == grade_id]
    texts = [other["source"] for other in same if other["source"] != original["source"]]
    pictures = {key: value for other in same for key, value in other.get("attachments", {}).items()}
    answer = _from_original(original) | {"source": "\n\n".join(texts) or original["source"]}
    if len(same) == 1:
        answer["source"] = cell["source"]
    return answer | ({"attachments": pictures} if pictures else {})


def _from_original(original: Mapping[str, Any]) -> Cell:
    cell: Cell = {
        "cell_type": original["cell_type"],
        "id": original["id"],
        "metadata": dict(original["metadata"]),
        "source": original["source"],
    }
    return cell | ({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {})


def _place(kept: list[Cell], originals: Mapping[str, Any], grade_id: str) -> int:
    """Return where a deleted check cell comes back: behind the released cell before it."""
    names = list(originals)
    before = names[names.index(grade_id) - 1] if names.index(grade_id) else None
    for index, cell in enumerate(kept):
        if before == f"{grade_id}-answer" and _grade_id(cell) == before:
            return index + 1
    return len(kept)


def _unique_ids(cells: list[Cell]) -> None:
    """Give each cell an id of the right form: the graded ones keep theirs."""
    taken = {cell["id"] for cell in cells if _grade_id(cell)}
    for number, cell in enumerate(cells):
        if _grade_id(cell):
            continue
        if not CELL_ID.match(cell["id"]) or cell["id"] in taken:
            cell["id"] = f"cell-{number}"
            while cell["id"] in taken:
                cell["id"] += "x"
        taken.add(cell["id"])
