"""A released notebook as a page of the course site."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from mkdocs.structure.toc import AnchorLink, TableOfContents

_START = '<div class="jupyter-wrapper">'
_UNWANTED = re.compile(
    r"<style\b.*?</style>|<script\b.*?</script>"
    r'|<div class="zeroclipboard-container">.*?</clipboard-copy>\s*</div>'
    r'|<div class="clipboard-copy-txt"[^>]*>.*?</div>'
    r'|<div id="cell-\d+" class="clipboard-copy-txt">.*?</div>'
    r'|<a class="anchor-link"[^>]*>.*?</a>',
    re.DOTALL,
)
_HIGHLIGHT = re.compile(r'class="highlight-ipynb hl-[^"]*"')
_HEADING = re.compile(r'<h([1-6])\b[^>]*\bid="[^"]*"[^>]*>')


class NotebookFile(File):
    """A notebook that MkDocs takes for a page.

    mkdocs-static-i18n makes its own ``File`` objects, last of all plug-ins, and so undoes the mark
    that mkdocs-jupyter puts on a notebook: the site would serve raw JSON. So notebooks come after
    it, as files that know by themselves that they are pages.
    """

    def __init__(self, config: MkDocsConfig, lab: str, notebook: Path, locale: str) -> None:
        prefix = "" if locale == _default_language(config) else f"{locale}/"
        super().__init__(
            f"{locale}/labs/{lab}.ipynb",
            src_dir=None,
            dest_dir=config.site_dir,
            use_directory_urls=config.use_directory_urls,
            dest_uri=f"{prefix}labs/{lab}/index.html",
        )
        self.abs_src_path = str(notebook)
        self.lab = lab
        self.locale = self.locale_alternate_of = self.localization = locale
        self.norm_src_uri = f"labs/{lab}.ipynb"
        self.alternates = {locale: self}

    def is_documentation_page(self) -> bool:
        """A notebook is a page."""
        return True


def page_html(html: str, toc: TableOfContents) -> str:
    """Make what nbconvert wrote part of the site's own look.

    Its 600 kB of style, its scripts and their requests to other hosts go; code is highlighted by
    the theme; headings get the anchors that the table of contents names.

    Args:
        html: the page's content from mkdocs-jupyter.
        toc: the page's table of contents, which names other anchors than nbconvert's.
    """
    body = _UNWANTED.sub("", html[html.index(_START) :])
    anchors = iter(_anchors(toc))

    def heading(found: re.Match[str]) -> str:
        return f'<h{found[1]} id="{next(anchors, "")}">'

    return _HEADING.sub(heading, _HIGHLIGHT.sub('class="highlight"', body)).strip()


def _anchors(links: TableOfContents | list[AnchorLink]) -> list[str]:
    found: list[str] = []
    for link in links:
        found += [link.id, *_anchors(link.children)]
    return found


def _default_language(config: MkDocsConfig) -> str:
    language: str = config.plugins["i18n"].default_language
    return language
