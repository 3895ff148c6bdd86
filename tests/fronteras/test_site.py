"""The course site: built strictly, whole or not at all, with nothing in it that scores."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest
from jinja2 import Template

from fronteras import glossary, site
from fronteras.cli import main
from fronteras.places import EXERCISES, REPOSITORY
from grading.cases import lab
from tests.fronteras.built_site import build

NOTEBOOKS = sorted(path.stem for path in EXERCISES.glob("*/*.ipynb"))
LESSONS = {
    found[1]: path
    for path in sorted((REPOSITORY / "docs" / "en").glob("series-*/s*.md"))
    if (found := re.search(r"^lab: (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE))
}
FETCHING = {"script": "src", "img": "src", "source": "src", "iframe": "src", "link": "href"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("site") / "site"
    assert build(output) == "True"
    return output


def pages(built: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(built.rglob("*.html")):
        yield path.relative_to(built).as_posix(), path.read_text(encoding="utf-8")


class Fetched(HTMLParser):
    """Collects what a page makes a browser fetch."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        address = values.get(FETCHING.get(tag, ""))
        if address and values.get("rel") not in ("next", "prev", "canonical", "alternate"):
            self.addresses.append(address)


def test_is_built_once_and_again_when_its_sources_changed(built: Path) -> None:
    assert build(built) == "False"
    (built / site.FINGERPRINT).write_text("0" * 64, encoding="ascii")
    (built / "left-over.html").touch()
    assert build(built) == "True"
    assert not (built / "left-over.html").exists()
    assert [path.name for path in built.parent.iterdir()] == ["site"]


def test_no_page_makes_a_browser_ask_another_host(built: Path) -> None:
    for name, html in pages(built):
        outside = [each for each in Fetched(html).addresses if re.match(r"(\w+:)?//", each)]
        assert not outside, name
    for path in [*built.rglob("*.css"), *built.rglob("*.svg")]:
        assert not re.search(r"(url\(|@import|href=)[\s\"']*(https?:)?//", path.read_text()), path


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_released_notebook_is_a_page_of_the_site(built: Path, name: str) -> None:
    html = (built / "labs" / name / "index.html").read_text(encoding="utf-8")
    assert 'class="jp-Cell' in html
    assert '"cell_type"' not in html
    assert "mathjax" not in html.lower()
    assert "<style" not in html.split("<article")[1]
    assert f'data-lab="{name}"' in html
    assert len(html.encode()) < 200_000
    ids = set(re.findall(r'\bid="([^"]+)"', html))
    assert {each for each in re.findall(r'href="#([^"]+)"', html) if each} <= ids


def test_nothing_of_the_scoring_side_is_in_the_site(built: Path) -> None:
    texts = {path: path.read_bytes() for path in built.rglob("*") if path.is_file()}
    secrets = [b"grading.cases", b"def build(seed", b"samples(facts"]
    for lab_id in NOTEBOOKS:
        for rubric in lab(lab_id).rubrics.values():
            secrets += [line.strip().encode() for line in rubric.splitlines() if len(line) > 40]
    for path, text in texts.items():
        assert not [secret for secret in secrets if secret in text], path


@pytest.mark.parametrize("lab_id", LESSONS)
def test_a_lesson_holds_its_labs_panel(built: Path, lab_id: str) -> None:
    lesson = LESSONS[lab_id]
    html = (built / lesson.parent.name / lesson.stem / "index.html").read_text(encoding="utf-8")
    assert html.count(f'data-lab="{lab_id}"') == 1
    assert f'href="/services/fronteras/open?lab={lab_id}"' in html
    if lab_id in NOTEBOOKS:
        assert f'href="../../labs/{lab_id}/"' in html
    series = (built / lesson.parent.name / "index.html").read_text(encoding="utf-8")
    assert re.search(rf'class="session-open" href="{lesson.stem}/"', series)


@pytest.mark.parametrize("lab_id", NOTEBOOKS)
def test_feedback_points_to_places_that_exist(built: Path, lab_id: str) -> None:
    for question in lab(lab_id).questions.values():
        path, _, anchor = question.see.partition("#")
        html = (built / path / "index.html").read_text(encoding="utf-8")
        assert f'id="{anchor}"' in html, question.see


def test_sessions_without_a_lesson_say_so(built: Path) -> None:
    html = (built / "series-3" / "index.html").read_text(encoding="utf-8")
    assert html.count('class="session-later"') == 5
    assert 'class="session-open"' not in html


def test_every_page_of_the_navigation_has_a_description(built: Path) -> None:
    lessons = {f"{path.parent.name}/{path.stem}/index.html" for path in LESSONS.values()}
    general = re.compile(r'<meta name="description" content="Training workshops on')
    for name, html in pages(built):
        if name != "404.html" and not name.startswith("labs/") and name not in lessons:
            assert name == "index.html" or not general.search(html), name


def test_the_guides_name_only_commands_that_exist() -> None:
    guide = "\n".join(
        path.read_text(encoding="utf-8") for path in (REPOSITORY / "docs" / "en").rglob("*.md")
    )
    lines = set(re.findall(r"(?:^|`)fronteras ([^`\n]+)", guide, re.MULTILINE))
    assert len(lines) > 10
    for line in lines:
        words = re.sub(r"--cohort \S+ ", "", line).split()
        command: click.Command = main
        while isinstance(command, click.Group):
            name = words.pop(0)
            assert name in command.commands, line
            command = command.commands[name]
        known = {option for each in command.params for option in each.opts}
        assert {word for word in words if re.match("--?[a-z]", word)} <= known, line


def test_a_broken_link_stops_the_build_and_keeps_the_old_site(tmp_path: Path) -> None:
    root = _copy(tmp_path)
    (root / "docs/en/study.md").write_text("# Study\n\n[Gone](gone.md)\n", encoding="utf-8")
    old = tmp_path / "site"
    old.mkdir()
    (old / "index.html").write_text("old")
    assert re.search(r"study\.md.*gone\.md", build(old, root))
    assert (old / "index.html").read_text() == "old"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".site-")]


def test_a_language_is_a_folder(tmp_path: Path) -> None:
    root = _copy(tmp_path)
    shutil.copytree(root / "docs/en", root / "docs/fr")
    (root / "docs/fr/study.md").write_text("# Étudier seul\n\n[Accueil](index.md)\n")
    settings = (root / "mkdocs.yml").read_text(encoding="utf-8")
    english = "        - locale: en\n"
    french = "        - locale: fr\n          name: Français\n"
    assert english in settings
    (root / "mkdocs.yml").write_text(settings.replace(english, french + english))
    output = tmp_path / "site"
    assert build(output, root) == "True"
    page = (output / "fr" / "study" / "index.html").read_text(encoding="utf-8")
    assert "Étudier seul" in page
    assert '<html lang="fr"' in page
    for name in NOTEBOOKS:
        assert (output / "fr" / "labs" / name / "index.html").is_file()
        assert (output / "labs" / name / "index.html").is_file()


def _copy(tmp_path: Path) -> Path:
    root = tmp_path / "copy"
    for name in ("mkdocs.yml", "docs", "exercises", "fronteras"):
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            root.mkdir()
            shutil.copy(source, root / name)
    return root


GLOSSARY = """# Glossary

Mutual legal assistance (MLA)
:   The *formal* way, see [the network](network.md). More of it.

Hash value
:   A short
    fingerprint.
"""


def test_terms_are_read_from_the_page() -> None:
    first, second = glossary.terms(GLOSSARY)
    assert first.explanation == "The formal way, see the network."
    assert first.anchor == "mutual-legal-assistance"
    assert {"MLA", "MLAs", "mutual legal assistance"} <= set(first.forms())
    assert second.explanation == "A short fingerprint."
    assert "Hash value { #hash-value }" in glossary.anchored(GLOSSARY)


def test_only_terms_that_a_page_uses_are_explained() -> None:
    text = glossary.explained("Compare the hash values.", glossary.terms(GLOSSARY))
    assert "*[hash values]: A short fingerprint." in text
    assert "MLA" not in text


def test_a_term_is_explained_once_and_in_running_text() -> None:
    word = '<abbr title="A short fingerprint.">hash</abbr>'
    html = f"<h2>The {word}</h2><p><a href='x'>{word}</a> {word}, {word}</p>"
    explained = word.replace("<abbr", '<abbr tabindex="0"')
    assert glossary.first_only(html) == (
        f"<h2>The hash</h2><p><a href='x'>hash</a> {explained}, hash</p>"
    )


def test_the_course_explains_fifty_terms() -> None:
    page = (REPOSITORY / "docs/en/glossary.md").read_text(encoding="utf-8")
    found = glossary.terms(page)
    assert len(found) >= 50
    assert len({term.anchor for term in found}) == len(found)
    assert all(20 < len(term.explanation) < 220 for term in found)


def test_the_furniture_has_every_word_that_the_templates_use() -> None:
    words = json.loads((REPOSITORY / "docs/en/furniture.json").read_text(encoding="utf-8"))
    theme = REPOSITORY / "fronteras" / "theme"
    named = re.compile(r"\bwords((?:\.\w+)+)")
    used = {name for path in theme.rglob("*.html") for name in named.findall(path.read_text())}
    of_script = re.compile(r"\bwords(\.(?:progress|status|panel)\.\w+)")
    used |= set(of_script.findall((theme / "assets" / "fronteras.js").read_text()))
    assert len(used) > 30
    for name in used:
        defined = Template("{{ words" + name + " is defined }}").render(words=words)
        assert defined == "True", name
