import base64
import copy
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.server_extensions.formgrader import handlers

from fronteras import feedback, scoring
from fronteras.attempts import Attempts
from fronteras.cohort import Cohort, load
from fronteras.nbgrader_config import config
from grading.outputs import NOT_SHOWN, clean, rebuild
from labs.answers import ANSWER_MIME
from tests.fronteras.harbour import LAB, answered, body, released

pytestmark = pytest.mark.filterwarnings(
    "ignore:Your element with mimetype:UserWarning",  # nbconvert, of what it rightly leaves out
)

PAYLOADS = [
    "<script>window.hit=1</script>",
    "<ScRiPt src=https://evil.example/x.js></sCrIpT>",
    "<img src=x onerror=window.hit=1>",
    "<img src='https://evil.example/beacon.png'>",
    "<svg onload=window.hit=1><script>window.hit=1</script></svg>",
    "<svg><style><img src=x onerror=window.hit=1></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=1 onerror=window.hit=1&gt;'>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "<iframe src=javascript:parent.hit=1></iframe>",
    "<object data=javascript:window.hit=1></object><embed src=data:text/html,x>",
    "<a href=javascript:window.hit=1 id=x>click</a>",
    "<a href='java\tscript:window.hit=1'>click</a>",
    "<a href='data:text/html,<script>window.hit=1</script>'>click</a>",
    "[click](javascript:window.hit=1)",
    "[click](data:text/html;base64,PHNjcmlwdD53aW5kb3cuaGl0PTE8L3NjcmlwdD4=)",
    "![x](x\"onerror=\"window.hit=1)",
    "<style>body{background:url(https://evil.example/x)}</style>",
    "<link rel=stylesheet href=https://evil.example/x.css><base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<form action=https://evil.example/><input name=a autofocus onfocus=window.hit=1></form>",
    "<details open ontoggle=window.hit=1>x</details>",
    "<video><source onerror=window.hit=1></video><audio src=x onerror=window.hit=1>",
    "<div style='position:fixed;inset:0;background:url(https://evil.example/x)'>x</div>",
    "<div id=nbgrader class='panel btn' onclick=window.hit=1 name=x>x</div>",
    "<noscript><p title=\"</noscript><img src=x onerror=window.hit=1>\">",
    "<template><script>window.hit=1</script></template>",
    "$$\\href{javascript:window.hit=1}{x}$$ `<script>window.hit=1</script>`",
    "</textarea></script><script>window.hit=1</script>",
    "<!-- --><script>window.hit=1</script><!-- -->",
    "```<script>\nwindow.hit=1\n```",
    "# <img src=x onerror=window.hit=1>\n\n| <script>window.hit=1</script> |\n|-|\n| x |",
]  # fmt: skip


class _Reader(HTMLParser):
    """Collects what could run or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "svg", "math", "style", "link", "base",
                   "meta", "form", "input", "video", "audio", "source", "template"):  # fmt: skip
            self.bad.append(tag)
        for name, value in attrs:
            text = (value or "").strip().lower()
            if name.startswith("on") or name in ("style", "srcdoc", "id", "name"):
                self.bad.append(name)
            if name in ("src", "href") and text.startswith(("javascript", "java\t", "data:text")):
                self.bad.append(text)
            if name == "src" and not text.startswith("data:image/"):
                self.bad.append(text)


def _bad(html: str) -> list[str]:
    reader = _Reader()
    reader.feed(html)
    return reader.bad


@pytest.mark.parametrize("payload", PAYLOADS)
def test_clean_html_neither_runs_nor_fetches(payload: str) -> None:
    assert _bad(clean(payload)) == []


def test_clean_keeps_what_an_answer_is_made_of() -> None:
    picture = f"data:image/png;base64,{base64.b64encode(b'x').decode()}"
    html = (
        f'<h2>A</h2><p><strong>b</strong> <a href="/series-2/#x">c</a></p>'
        f'<table><tbody><tr><td colspan="2">d</td></tr></tbody></table>'
        f'<img alt="e" src="{picture}">'
    )
    kept = clean(html)
    for part in ("<h2>", "<strong>", '"/series-2/#x"', 'colspan="2"', picture):
        assert part in kept
    assert clean('<div class="highlight panel">x</div>') == '<div class="highlight">x</div>'


def _rebuilt(*outputs: Any) -> list[NotebookNode]:
    cell = new_code_cell("1")
    cell.outputs = list(outputs)
    cell.execution_count = "<b>"
    rebuild(cell)
    assert cell.execution_count is None
    found: list[NotebookNode] = cell.outputs
    return found


def test_outputs_are_rebuilt_from_known_parts() -> None:
    data = {
        "application/javascript": "window.hit=1",
        "image/svg+xml": "<svg onload=window.hit=1>",
        "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
        "text/html": "<b onclick=window.hit=1>x</b>",
        "text/latex": "\\href{javascript:x}{y}",
        "image/png": '"><script>window.hit=1</script>',
        "image/jpeg": "aGk=\n",
        ANSWER_MIME: {"question": "berth", "answer": 1},
    }
    display, stream, error = _rebuilt(
        new_output("display_data", data=data, metadata={"image/png": {"width": '"onload="x'}}),
        {"output_type": "stream", "name": "<b>", "text": ["a", "b"]},
        {"output_type": "error", "ename": 1, "evalue": None, "traceback": "no list"},
    )
    assert set(display.data) == {"text/html", "image/jpeg", ANSWER_MIME}
    assert display.data["text/html"] == "<b>x</b>"
    assert display.metadata == {}
    assert (stream.name, stream.text) == ("stdout", "ab")
    assert (error.ename, error.traceback) == ("1", [])
    (only,) = _rebuilt({"output_type": "unknown"}, {"output_type": "display_data", "data": 7})
    assert only.data == {"text/plain": NOT_SHOWN}


def _hostile() -> NotebookNode:
    cells: list[Any] = [new_markdown_cell(payload) for payload in PAYLOADS]
    for payload in PAYLOADS:
        data = {"text/html": payload, "image/svg+xml": payload, "text/markdown": payload}
        cells.append(
            new_code_cell(
                payload,
                outputs=[
                    new_output("display_data", data=data),
                    new_output("display_data", data={"application/javascript": "window.hit=1"}),
                    new_output("display_data", data={"image/svg+xml": payload}),
                    new_output("display_data", data={"text/markdown": payload}),
                    new_output("display_data", data={"text/latex": payload}),
                    new_output("stream", name="stdout", text=payload),
                    new_output("error", ename=payload, evalue=payload, traceback=[payload]),
                ],
            )
        )
    return new_notebook(cells=cells)


@pytest.mark.parametrize("template", ["formgrade", "feedback"])
def test_the_exporters_of_formgrader_and_feedback_clean_by_themselves(
    harbour_cohort: Cohort, template: str
) -> None:
    """Even outputs that were never rebuilt, as another way into the folder would bring them."""
    made = config(harbour_cohort)
    made.HTMLExporter.template_name = template
    static = Path(handlers.static_path) / "node_modules" / "bootstrap" / "dist" / "css"
    made.HTMLExporter.extra_template_paths = [str(static)]
    resources = {"nbgrader": {"score": 0, "max_score": 0, "late_penalty": 0, "notebook": "x"}}
    extra = dict.fromkeys(
        ["assignment_id", "notebook_id", "submission_id", "index", "total", "base_url", "student",
         "last_name", "first_name", "notebook_path"], "x",
    ) | {"index": 0, "total": 1}  # fmt: skip
    exporter = HTMLExporter(config=made)

    def render(notebook: NotebookNode) -> str:
        page, _ = exporter.from_notebook_node(copy.deepcopy(notebook), resources=resources | extra)
        return str(page)

    furniture, hostile = _bad(render(new_notebook())), _bad(render(_hostile()))
    assert sorted(set(hostile) - set(furniture)) == []
    assert hostile.count("script") == furniture.count("script")
    assert "cdnjs" not in render(_hostile())
    assert "evil.example/beacon" not in render(new_notebook(cells=_hostile().cells[:1]))


def test_a_hostile_submission_makes_a_feedback_page_in_which_nothing_runs(
    harbour_cohort: Cohort, tmp_path: Path
) -> None:
    work = answered(released(harbour_cohort), prose="\n\n".join(PAYLOADS))
    code = "from IPython.display import HTML, display, Javascript, SVG\n" + "\n".join(
        f"display(HTML({payload!r}))" for payload in PAYLOADS
    )
    work["cells"].insert(
        2,
        {"cell_type": "code", "id": "evil", "metadata": {}, "source": f"{code}\n"
         "display(Javascript('window.hit=1'))\n"
         "display({'image/svg+xml': '<svg onload=window.hit=1>'}, raw=True)",
         "outputs": [], "execution_count": None},
    )  # fmt: skip
    store = Attempts(harbour_cohort.attempts)
    store.store(LAB, "ana", body(work), datetime.now(UTC))
    scoring.score(harbour_cohort.directory, store.pending()[0].folder)
    feedback.release_feedback(load(harbour_cohort.directory), LAB)
    page = feedback.page(harbour_cohort, LAB, "ana")
    assert page is not None
    furniture = {"script", "style", "meta", "id", "name", "link"}
    assert set(_bad(page.decode())) - furniture == set()
    assert b"cdnjs" not in page
    assert b"https://evil.example/beacon.png'>" not in page
