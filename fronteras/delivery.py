"""What a participant fetches: the released notebook, their own evidence, the forms of answers."""

from __future__ import annotations

import io
import json
import zipfile
from functools import lru_cache
from pathlib import Path

from fronteras.attempts import Refusal
from fronteras.cohort import Cohort, load
from grading.cases import lab, lab_ids
from grading.evidence import own_case

STAMP = (2026, 1, 1, 0, 0, 0)
"""The time of all files in the zip, so that the same files give the same bytes."""


def lab_files(directory: Path, lab_id: str, username: str) -> bytes:
    """Return a zip of one person's files of a lab.

    Args:
        directory: the cohort's.
        lab_id: a lab of the cohort.
        username: of somebody in the roster.

    Raises:
        Refusal: if the lab has not been released.
    """
    cohort = load(directory)
    try:
        notebook = _notebook(cohort, lab_id).read_bytes()
    except FileNotFoundError as error:
        raise Refusal(404, "This lab is not released yet. Tell your instructor.") from error
    files = {f"{lab_id}.ipynb": notebook}
    if lab_id in lab_ids():
        case = own_case(cohort.private / "secret", username, lab_id)
        files |= lab(lab_id).files(case)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def max_points(cohort: Cohort, lab_id: str) -> float:
    """Return the most points that a released lab gives; 0 before it is released."""
    path = _notebook(cohort, lab_id)
    try:
        return _points(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return 0


def _notebook(cohort: Cohort, lab_id: str) -> Path:
    return cohort.release / lab_id / f"{lab_id}.ipynb"


@lru_cache(maxsize=128)
def _points(path: Path, modified: int) -> float:
    cells = json.loads(path.read_bytes())["cells"]
    graded = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    return float(sum(each["points"] for each in graded if each.get("grade")))
