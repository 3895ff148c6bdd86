"""Nothing that a participant wrote runs in somebody else's browser.

Two walls: what a run put out is rebuilt before it is stored (``grading.outputs``), and Markdown
and HTML are cleaned again wherever formgrader and feedback pages render them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import pass_context
from markupsafe import Markup
from nbconvert.filters.markdown_mistune import (
    InvalidNotebook,
    IPythonRenderer,
    MarkdownWithMath,
)
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool

from grading.examiner import RUBRIC_TAG
from grading.outputs import clean


class _Renderer(IPythonRenderer):
    """Shows a picture's own text where the picture is not attached: the rest must stay readable."""

    def _embed_image_or_attachment(self, src: str) -> str:
        try:
            found: str = super()._embed_image_or_attachment(src)
        except InvalidNotebook:
            return ""
        return found


LONGEST = 20_000
"""How much Markdown of one cell is rendered, in characters; nobody grades a longer answer."""
MOST_FORMULAS = 50
_FORMULAS = ("\\begin", "\\\\[", "\\\\(")
"""Begin formulas for nbconvert, which takes quadratic time to find that they never end."""


@pass_context
def markdown2html(context: Mapping[str, Any], source: str) -> Markup:
    """Render Markdown for formgrader and feedback pages; a Jinja filter, set by its name.

    What would take long to render is shown as text: one answer must not stop the grading server.
    """
    if len(source) > LONGEST or sum(map(source.count, _FORMULAS)) > MOST_FORMULAS:
        return Markup("<pre>{}</pre>").format(source)
    cell = context.get("cell", {})
    renderer = _Renderer(escape=False, attachments=cell.get("attachments", {}))
    rendered = MarkdownWithMath(renderer=renderer).render(source)
    return Markup(clean(rendered))  # noqa: S704 - it has just been cleaned


def clean_html(element: object) -> Markup:
    """Clean what a cell put out; takes the place of nbconvert's own filter, by name."""
    text = element.decode(errors="replace") if isinstance(element, bytes) else str(element)
    return Markup(clean(text))  # noqa: S704 - it has just been cleaned


class HideRubric(NbGraderPreprocessor):
    """Takes the rubric out of feedback, unless the cohort shows it after grading."""

    show_rubric = Bool(False, help="Whether feedback pages hold the rubric.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Remove the cells that only graders see."""
        if not self.show_rubric:
            nb.cells = [
                cell for cell in nb.cells if RUBRIC_TAG not in cell.metadata.get("tags", [])
            ]
        return nb, resources
