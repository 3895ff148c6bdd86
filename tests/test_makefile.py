from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(__file__).resolve().parents[1]


def make(*arguments: str) -> str:
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_make_alone_explains_every_target() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    explained = dict(line.split(maxsplit=1) for line in make().splitlines())
    assert set(explained) == set(targets)
    assert {"setup", "serve", "test", "lint", "docs", "lock", "clean"} <= set(targets)


def test_serve_passes_on_where_to_listen() -> None:
    said = make("-n", "serve", "COHORT=var/x", "PORT=8123", "ADDRESS=0.0.0.0")
    assert "fronteras --cohort var/x serve --port 8123 --address 0.0.0.0" in said


def test_the_lock_names_hashes_and_no_registry() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    pins = re.findall(r"^[a-z0-9][^\n]*==.*?(?=^[a-z0-9]|\Z)", lock, re.MULTILINE | re.DOTALL)
    assert len(pins) > 100
    assert [pin for pin in pins if "--hash=sha256:" not in pin] == []
    proxy = (ROOT / "fronteras" / "proxy" / "package-lock.json").read_text()
    assert "resolved" not in proxy
    assert "integrity" in proxy


def test_a_step_runs_again_only_when_its_inputs_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    source = tmp_path / "input"
    source.write_text("one")
    ran: list[int] = []

    def step(prefix: str = sys.base_prefix) -> None:
        monkeypatch.setattr(sys, "base_prefix", prefix)
        bootstrap.step("x", [source], lambda: ran.append(1), "Doing x")

    step()
    step()
    assert len(ran) == 1
    source.write_text("two")
    step()
    assert len(ran) == 2
    step("/another/python")
    assert len(ran) == 3


def test_a_step_that_failed_runs_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    with pytest.raises(SystemExit, match="no network"):
        bootstrap.step("x", [], lambda: bootstrap.stop("no network"), "Doing x")
    ran: list[int] = []
    bootstrap.step("x", [], lambda: ran.append(1), "Doing x")
    assert ran == [1]


def test_what_the_tests_lack_is_said_as_a_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "bootstrap.py"), "tests"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "sudo apt-get install -y --no-install-recommends " in done.stderr
    for package in ("sleuthkit", "mtools", "chromium", "fonts-dejavu-core"):
        assert package in done.stderr


def test_a_python_without_venv_is_said_as_a_command(tmp_path: Path) -> None:
    """As on Debian without python3-venv: the module ``ensurepip`` is missing."""
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['ensurepip'] = None\n")
    script = "import bootstrap, pathlib; bootstrap.VENV = pathlib.Path('none'); bootstrap.main([])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_shell_scripts_parse() -> None:
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)
