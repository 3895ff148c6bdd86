"""nbgrader's settings for a cohort: our sandbox, our examiner, nothing that runs in a browser.

Each cohort's ``nbgrader_config.py`` calls :func:`configure`, so that formgrader's buttons and the
plain ``nbgrader`` commands do in the cohort's directory what the scoring service does.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import nbgrader
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    GetGrades,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets import Unicode
from traitlets.config import Config

from fronteras.cohort import Cohort, CohortError, load
from fronteras.page_style import PageStyle
from fronteras.sanitize import HideRubric
from grading.examiner import Examiner
from grading.execute import SandboxExecute
from grading.prose import ReopenProse
from grading.restore import RestoreCells
from grading.solutions import GENERATE

log = logging.getLogger(__name__)

SANITIZE = [
    RestoreCells, ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells,
    CheckCellMetadata,
]  # fmt: skip
AUTOGRADE = [
    SandboxExecute, Examiner, LimitOutput, SaveAutoGrades, ReopenProse,
    AssignLatePenalties, CheckCellMetadata,
]  # fmt: skip
TEMPLATES = Path(__file__).parent / "page_templates"
FORMGRADER = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
FEEDBACK = [GetGrades, HideRubric, CSSHTMLHeaderPreprocessor, PageStyle]

CELL_TIMEOUTS = 4
"""A whole notebook may take as long as this many cells that run into their timeout."""


class Misconfigured(NbGraderPreprocessor):
    """Stands for all of scoring where the cohort's settings cannot be read."""

    reason = Unicode(help="What is wrong, with the mend.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Refuse.

        Raises:
            CohortError: always.
        """
        raise CohortError(self.reason)


def configure(c: Config, directory: Path) -> None:
    """Set all that nbgrader needs to know about a cohort.

    nbgrader reports an error in its settings and goes on with its own defaults, which run
    participants' code outside any sandbox. So where the cohort's settings are not right, this
    says so and leaves a configuration that scores nothing.

    Args:
        c: the configuration to write into; only ever set, never appended to.
        directory: the cohort's.
    """
    try:
        cohort = load(directory)
    except CohortError as error:
        log.error("%s", error)
        c.Autograde.sanitize_preprocessors = [Misconfigured]
        c.Autograde.autograde_preprocessors = [Misconfigured]
        c.GenerateFeedback.preprocessors = [Misconfigured]
        c.Misconfigured.reason = str(error)
        return
    _set(c, cohort)


def config(cohort: Cohort) -> Config:
    """Return nbgrader's configuration for a cohort that has been read already."""
    made = Config()
    _set(made, cohort)
    return made


def _set(c: Config, cohort: Cohort) -> None:
    _course(c, cohort)
    _scoring(c, cohort)
    _pages(c, cohort)
    _exchange(c)


def _course(c: Config, cohort: Cohort) -> None:
    c.CourseDirectory.course_id = cohort.id
    c.CourseDirectory.root = str(cohort.directory)
    c.CourseDirectory.db_url = cohort.gradebook_url
    c.GenerateAssignment.preprocessors = GENERATE


def _scoring(c: Config, cohort: Cohort) -> None:
    c.Autograde.sanitize_preprocessors = SANITIZE
    c.Autograde.autograde_preprocessors = AUTOGRADE
    c.RestoreCells.release = str(cohort.release)
    secret = str(cohort.private / "secret")
    c.SandboxExecute.secret_file = secret
    c.Examiner.secret_file = secret
    timeout = cohort.scoring.cell_timeout_seconds
    c.SandboxExecute.timeout = timeout
    c.SandboxExecute.overall_timeout = CELL_TIMEOUTS * timeout
    server = cohort.server
    c.SandboxProvisioner.memory_mb = server.memory_mb
    c.SandboxProvisioner.processes = server.processes
    c.SandboxProvisioner.cpu_seconds = min(server.cpu_seconds, CELL_TIMEOUTS * timeout)


def _pages(c: Config, cohort: Cohort) -> None:
    c.HTMLExporter.preprocessors = [PageStyle]  # for formgrader
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = {
        "markdown2html": "fronteras.sanitize.markdown2html",
        "clean_html": "fronteras.sanitize.clean_html",
    }
    c.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), str(FORMGRADER)]
    c.GenerateFeedback.preprocessors = FEEDBACK
    c.HideRubric.show_rubric = cohort.scoring.show_rubric


def _exchange(c: Config) -> None:
    c.ExchangeFactory.exchange = "fronteras.exchange.Exchange"
    c.ExchangeFactory.list = "fronteras.exchange.List"
    c.ExchangeFactory.release_assignment = "fronteras.exchange.ReleaseAssignment"
    c.ExchangeFactory.collect = "fronteras.exchange.Collect"
    c.ExchangeFactory.release_feedback = "fronteras.exchange.ReleaseFeedback"
    c.ExchangeFactory.fetch_assignment = "fronteras.exchange_http.FetchAssignment"
    c.ExchangeFactory.submit = "fronteras.exchange_http.Submit"
    c.ExchangeFactory.fetch_feedback = "fronteras.exchange_http.FetchFeedback"
