"""What MkDocs does at its events for the course site; ``mkdocs.yml`` names this module."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from fronteras import glossary
from fronteras.notebook_pages import NotebookFile, page_html
from fronteras.release import released_notebooks

LAB_PANEL = "<!-- lab -->"
"""Where a lab's page wants its panel; without it the panel follows the title."""
_SESSION = re.compile(r"^### (\d)\.(\d) .*$", re.MULTILINE)
_TITLE = re.compile(r"^# .*$", re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Write out the navigation's lines with ``*``: a new lesson page enters by itself."""
    config.nav = _expanded(config.nav, Path(config.docs_dir) / "en")
    return config


@event_priority(-200)  # after mkdocs-static-i18n, which would undo it
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the labs' released notebooks."""
    root = Path(config.config_file_path).parent
    for lab, notebook in sorted(released_notebooks(root / "build" / "released").items()):
        files.append(NotebookFile(config, lab, notebook, _language(config)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Mark the lab's panel and the sessions that stand, and explain the glossary's terms."""
    if isinstance(page.file, NotebookFile):
        return markdown
    if page.file.norm_src_uri == "glossary.md":
        return glossary.anchored(markdown)
    if "lab" in page.meta and LAB_PANEL not in markdown:
        markdown = _TITLE.sub(lambda title: f"{title[0]}\n\n{LAB_PANEL}\n", markdown, count=1)
    if page.file.norm_src_uri.startswith("series-") and page.is_index:
        markdown = _with_states(markdown, page, _furniture(config), files)
    source = files.get_file_from_path(f"{_language(config)}/glossary.md")
    return glossary.explained(markdown, glossary.terms(source.content_string) if source else [])


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Give notebooks the site's look; keep one explanation of a term on a page."""
    if isinstance(page.file, NotebookFile):
        page.meta["lab"], page.meta["notebook"] = page.file.lab, True
        return page_html(html, page.toc)
    return glossary.first_only(html)


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:
    """Hand the page furniture's words and the lists of labs to the templates."""
    env.globals["words"] = _furniture(config)
    pages = [file.page for file in files.documentation_pages() if file.page is not None]
    lab_pages = [page for page in pages if "lab" in page.meta]
    env.globals["labs"] = {
        page.meta["lab"]: {"title": page.title, "url": page.url}
        for page in lab_pages
        if "notebook" not in page.meta
    }
    env.globals["notebooks"] = {
        page.meta["lab"]: page.url for page in lab_pages if "notebook" in page.meta
    }
    return env


def _language(config: MkDocsConfig) -> str:
    language: str = config.theme["language"]
    return language


def _furniture(config: MkDocsConfig) -> dict[str, Any]:
    path = Path(config.docs_dir) / _language(config) / "furniture.json"
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return words


def _expanded(nav: Any, folder: Path) -> Any:
    if isinstance(nav, dict):
        return {title: _expanded(item, folder) for title, item in nav.items()}
    if not isinstance(nav, list):
        return nav
    items: list[Any] = []
    for item in nav:
        if isinstance(item, str) and "*" in item:
            found = sorted(path.relative_to(folder).as_posix() for path in folder.glob(item))
            items += [name for name in found if name not in nav]
        else:
            items.append(_expanded(item, folder))
    return items


def _with_states(markdown: str, page: Page, words: dict[str, Any], files: Files) -> str:
    folder = Path(page.file.src_uri).parent.as_posix()

    def state(found: re.Match[str]) -> str:
        start = f"{folder}/s{found[1]}-{found[2]}-"
        for file in files:
            if file.src_uri.startswith(start) and file.src_uri.endswith(".md"):
                name = Path(file.src_uri).name
                return f"{found[0]}\n\n[{words['open_lesson']}]({name}){{ .session-open }}\n"
        return f"{found[0]}\n\n{words['in_preparation']}\n{{ .session-later }}\n"

    return _SESSION.sub(state, markdown)
