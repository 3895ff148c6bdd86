"""A participant's server: its command, its room, its environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from traitlets.config import Config

from fronteras import server_config, singleuser, spawner
from fronteras.spawner import SandboxSpawner
from grading.sandbox import PACKAGES, UNPRIVILEGED, Sandbox, hand_over, python_paths

LIMITS = {"memory_mb": 700, "processes": 50, "cpu_seconds": 60, "kernels": 3}


def make(homes: Path, username: str = "ana") -> SandboxSpawner:
    made = SandboxSpawner(homes=str(homes), **LIMITS)
    user: Any = SimpleNamespace(name=username)
    made.user = user
    return made


def test_the_room_shows_one_home_and_what_the_server_runs(tmp_path: Path) -> None:
    room = make(tmp_path).sandbox()
    assert room.writable == (tmp_path / "ana",)
    ours = {path for path in room.read_only if path.is_relative_to(PACKAGES)}
    ours -= {path for path in ours if path.is_relative_to(sys.prefix)}
    assert {str(path.relative_to(PACKAGES)) for path in ours} == {
        "labs", "fronteras", "grading/__init__.py", "grading/sandbox.py"
    }  # fmt: skip
    assert (room.nests, room.network, room.work) == (True, True, tmp_path / "ana")


def test_the_server_s_own_home_is_not_the_participant_s(tmp_path: Path) -> None:
    environment = make(tmp_path).sandbox().environment
    assert environment["HOME"] == "/tmp/home"
    assert environment["JUPYTER_NO_CONFIG"] == "1"


def test_the_home_is_made_for_the_sandbox_s_user(tmp_path: Path) -> None:
    made = make(tmp_path / "homes")
    made.make_home()
    made.make_home()
    status = made.home.stat()
    assert status.st_mode & 0o777 == 0o700
    assert status.st_uid == (UNPRIVILEGED if os.geteuid() == 0 else os.geteuid())


@pytest.mark.parametrize("username", ["..", "a/b", "../ines"])
def test_a_home_is_right_below_the_homes(tmp_path: Path, username: str) -> None:
    with pytest.raises(ValueError, match="is not a home below"):
        make(tmp_path / "homes", username).make_home()


def test_a_home_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ana").symlink_to("/etc")
    with pytest.raises(ValueError, match="is not a home below"):
        make(tmp_path).make_home()


def test_no_secret_is_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SandboxSpawner, "get_env", lambda self: {"JUPYTERHUB_API_TOKEN": "s3cret"})
    command = make(tmp_path).command()
    assert not any("s3cret" in word for word in command)
    assert command[-4:] == [sys.executable, "-I", "-m", "fronteras.singleuser"]


def test_the_environment_says_who_where_and_how_much(tmp_path: Path) -> None:
    environment = make(tmp_path).user_env({"A": "b"})
    assert environment["A"] == "b"
    assert environment["JUPYTERHUB_ROOT_DIR"] == str(tmp_path / "ana")
    assert json.loads(environment[singleuser.LIMITS]) == LIMITS


def test_the_server_s_settings_know_our_kernels_only() -> None:
    c = Config()
    server_config.configure(c, "/homes/ana", LIMITS)
    assert c.ServerApp.kernel_spec_manager_class == "fronteras.kernels.OurKernelSpecs"
    assert c.KernelManager.transport == "ipc"
    assert c.SandboxProvisioner.home == c.ServerApp.root_dir == "/homes/ana"
    assert c.SandboxProvisioner.memory_mb == 700
    assert "kernels" not in c.SandboxProvisioner
    assert c.FewKernels.at_once == 3
    assert c.ServerApp.terminals_enabled is False
    assert c.ServerApp.jpserver_extensions["fronteras.serverextension"] is True
    assert c.ServerApp.reraise_server_extension_failures is True


def follow(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code behind ``fronteras/symlinks.py``, as the spawner does."""
    python = [sys.executable, "-I"]
    script = str(PACKAGES / "fronteras" / "symlinks.py")
    room = Sandbox((*python_paths(), Path(script)), (folder,), folder, {}, nests=True)
    command = room.command([*python, "-S", script, str(folder), *python, "-c", code])
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_no_link_in_the_home_is_followed_and_no_power_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "folder").symlink_to("/etc")
    hand_over(tmp_path)
    code = f"home = {str(tmp_path)!r}\n"
    code += """
import ctypes, os
print(os.getcwd())  # not the home: some programs read their settings from there
os.chdir(home)
print(open('file').read())
for path in ('link', 'folder/hosts'):
    try:
        open(path)
        print('followed')
    except OSError as error:
        print(error.strerror)
status = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())
print(int(status['CapEff'], 16), int(status['CapPrm'], 16))
print(ctypes.CDLL(None).mount(None, os.getcwd().encode(), None, 32 | 4096, None))
"""
    done = follow(tmp_path, code)
    loop = os.strerror(40)
    assert done.stdout == f"/\ntext\n{loop}\n{loop}\n0 0\n-1\n", done.stderr


def test_an_environment_that_does_not_fit_is_not_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    monkeypatch.setattr(
        SandboxSpawner, "get_env", lambda self: {"A": "b" * (spawner._PIPE_BYTES + 1)}
    )
    with pytest.raises(ValueError, match="too large"):
        asyncio.run(make(tmp_path).start())
