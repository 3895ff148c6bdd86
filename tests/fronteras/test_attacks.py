"""Attacks of a reviewer who had not seen the platform, against one real hub.

What worked once stands first; then what never did and is worth guarding.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from fronteras.demo import create_demo, sign_ins
from tests.fronteras.running_hub import Browser, RunningHub, running_hub

NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    folder = tmp_path_factory.mktemp("attacks")
    site = folder / "site"
    site.mkdir()
    (site / "index.html").write_text("<!doctype html><title>Course</title>")
    cohort = create_demo(folder / "demo", datetime.now(UTC))
    with running_hub(cohort.directory, site) as running:
        yield running


def enter(hub: RunningHub, username: str) -> Browser:
    return hub.login(username, sign_ins(hub.directory)[username])


@pytest.fixture(scope="module")
def ana(hub: RunningHub) -> Browser:
    """A participant whose server runs."""
    browser = enter(hub, "ana")
    browser.start_server()
    return browser


@pytest.fixture(scope="module")
def ines(hub: RunningHub) -> Browser:
    """The instructor."""
    return enter(hub, "ines")


# -- the participant's server runs nothing of the participant's

FORMATS = {"html": "lab", "markdown": "markdown", "python": "python"}


def test_a_template_in_a_home_is_not_rendered(ana: Browser) -> None:
    planted = (
        "import os, json\n"
        f"for name in {[*FORMATS.values(), 'base', 'classic']!r}:\n"
        "    os.makedirs(name, exist_ok=True)\n"
        "    for end in ('html', 'md', 'py'):\n"
        "        template = 'pl{{ 40 + 2 }}nted {{ cycler.__init__.__globals__.os.getcwd() }}'\n"
        "        open(f'{name}/index.{end}.j2', 'w').write(template)\n"
        f"open('page.ipynb', 'w').write({json.dumps(NOTEBOOK)!r})"
    )
    assert ana.run(planted) == ""
    for format_name in FORMATS:
        answer = ana.get(f"{ana.server}nbconvert/{format_name}/page.ipynb")
        assert answer.status_code == 200
        assert "pl42nted" not in answer.text


@pytest.mark.parametrize(
    "format_name",
    ["script", "pdf", "webpdf", "qtpdf", "latex", "rst", "asciidoc", "slides", "custom", "HTML"],
)
def test_formats_that_run_a_program_or_a_named_class_are_refused(
    ana: Browser, format_name: str
) -> None:
    named = {**NOTEBOOK, "metadata": {"language_info": {"nbconvert_exporter": "this.s"}}}
    place = f"{ana.server}nbconvert/{format_name}"
    assert ana.get(f"{place}/page.ipynb").status_code == 403
    sent = ana.send("POST", place, json={"content": named, "type": "notebook"})
    assert sent.status_code == 403
