"""The look of what nbgrader's pages show of a notebook: tables that can be read."""

from __future__ import annotations

from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets import Bool

TABLES = """
#notebook table, .rendered_html table { border-collapse: collapse; margin: .6em 0; }
#notebook caption, .rendered_html caption { text-align: left; font-weight: 600; }
#notebook th, #notebook td, .rendered_html th, .rendered_html td {
  padding: .25em .8em; border-bottom: 1px solid #d8d2c4; text-align: left; vertical-align: top;
}
"""


class PageStyle(Preprocessor):
    """Adds our style to formgrader's and feedback's pages, which bring none for tables."""

    enabled = Bool(True).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Add it after nbconvert's own style."""
        resources.setdefault("inlining", {}).setdefault("css", []).append(TABLES)
        return nb, resources
