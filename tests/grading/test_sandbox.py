"""The sandbox, really tried: as whoever runs the tests, and as a server would nest a kernel."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from grading import sandbox
from grading.sandbox import PACKAGES, Limits, Sandbox, SandboxUnavailable, hand_over, python_paths

LIMITS = Limits(memory_mb=512, processes=32, cpu_seconds=20, file_mb=16, open_files=128)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    hand_over(folder)
    return folder


def room(home: Path, **changes: Any) -> Sandbox:
    settings: dict[str, Any] = {
        "read_only": python_paths(),
        "writable": (home,),
        "work": home,
        "environment": {"HOME": str(home)},
        "limits": LIMITS,
    }
    return Sandbox(**{**settings, **changes})


def direct(inner: Sandbox, argv: list[str]) -> list[str]:
    return inner.command(argv)


def nested(inner: Sandbox, argv: list[str]) -> list[str]:
    """Run it within a sandbox of its own, where nobody is root: as an ordinary user does."""
    outer = Sandbox(
        (*inner.read_only, *sandbox._bwrap_paths()),
        inner.writable,
        inner.work,
        {},
        network=True,
        nests=True,
    )
    return outer.command(inner.room(argv))


Starts = Callable[[Sandbox, list[str]], list[str]]
both = pytest.mark.parametrize("start", [direct, nested])


def python(start: Starts, inner: Sandbox, code: str) -> subprocess.CompletedProcess[str]:
    command = start(inner, [sys.executable, "-c", code])
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_sandboxes_work_here() -> None:
    sandbox.check()


@both
def test_it_runs_python_with_labs_in_its_home(home: Path, start: Starts) -> None:
    done = python(start, room(home), "import labs, os; open('made', 'w').write(os.getcwd())")
    assert done.returncode == 0, done.stderr
    assert (home / "made").read_text() == str(home)


@both
def test_it_sees_nothing_else(home: Path, start: Starts, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    seen = python(start, room(home), "import os; print(sorted(os.listdir('/')))").stdout
    shown = {path.parts[1] for path in (*python_paths(), home)}  # on the way to what it needs
    assert not {"home", "var", "srv", "opt", "mnt", "sys", "run"} & set(eval(seen)) - shown
    ours = [PACKAGES / name for name in ("grading", "fronteras", "exercises")]
    for path in (tmp_path / "secret", "/etc/shadow", "/proc/1/root/etc/shadow", *ours):
        done = python(start, room(home), f"import os; print(os.path.exists({str(path)!r}))")
        assert done.stdout == "False\n", path


@both
def test_it_writes_only_its_home_and_its_scratch(home: Path, start: Starts) -> None:
    places = ["/", "/dev", "/etc", "/usr/lib", sys.prefix, str(PACKAGES / "labs"), "/proc/sys"]
    code = f"""
import os
for place in {places!r}:
    try:
        open(os.path.join(place, 'planted'), 'w')
    except OSError:
        continue
    print('wrote', place)
open('/tmp/scratch', 'w'); open('/dev/shm/scratch', 'w')
"""
    done = python(start, room(home), code)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert not Path("/tmp/scratch").exists()


@both
def test_it_is_nobody_and_stays_so(home: Path, start: Starts) -> None:
    code = """
import ctypes, os
status = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())
print(os.getuid() != 0, status['CapEff'].strip(), status['NoNewPrivs'].strip())
libc = ctypes.CDLL(None)
print(libc.unshare(0x10000000), libc.setuid(0), libc.mount(b'x', b'/tmp', b'tmpfs', 0, None))
"""
    done = python(start, room(home), code)
    expected = f"True {0:016x} 1\n-1 -1 -1\n"
    assert done.stdout == expected, done.stderr


@both
def test_it_sees_and_signals_only_its_own_processes(home: Path, start: Starts) -> None:
    other = subprocess.Popen(["sleep", "60"])
    try:
        code = f"""
import os
print(sorted(int(name) for name in os.listdir('/proc') if name.isdigit()))
try:
    os.kill({other.pid}, 9)
except ProcessLookupError:
    print('no such process')
"""
        done = python(start, room(home), code)
        assert done.stdout == "[1, 2]\nno such process\n"
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


@contextmanager
def web_server() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@both
@pytest.mark.parametrize("network", [False, True])
def test_network_only_where_it_is_given(home: Path, start: Starts, network: bool) -> None:
    with web_server() as port:
        code = f"""
import socket
try:
    socket.create_connection(('127.0.0.1', {port}), 5)
    print('reached')
except OSError as error:
    print('refused')
"""
        done = python(start, room(home, network=network), code)
    assert done.stdout == ("reached\n" if network else "refused\n"), done.stderr


def test_without_network_abstract_sockets_are_its_own_too(home: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("\0fronteras-test")
        listening.listen()
        code = "import socket; socket.socket(socket.AF_UNIX).connect('\\0fronteras-test')"
        assert "ConnectionRefusedError" in python(direct, room(home), code).stderr


@both
def test_the_environment_is_what_it_was_given(
    home: Path, start: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    done = python(start, room(home), "import os; print(sorted(os.environ))")
    assert set(eval(done.stdout)) <= {"HOME", "LANG", "LC_CTYPE", "PATH", "PWD"}


@both
def test_a_fork_bomb_ends_at_the_limit(home: Path, start: Starts) -> None:
    code = """
import os, time
born = 0
while True:
    try:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        born += 1
    except BlockingIOError:
        print(born)
        break
"""
    done = python(start, room(home), code)
    assert 0 < int(done.stdout) < 32


@both
def test_memory_ends_at_the_limit(home: Path, start: Starts) -> None:
    assert "MemoryError" in python(start, room(home), "bytearray(600 * 2**20)").stderr


@both
def test_files_and_scratch_end_at_the_limit(home: Path, start: Starts) -> None:
    code = """
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
block = bytes(2**20)
for place in ('big', '/tmp/big'):
    try:
        with open(place, 'wb') as file:
            for _ in range(40):
                file.write(block)
    except OSError as error:
        print(error.errno)
"""
    assert python(start, room(home), code).stdout.split() == ["27", "27"]


def test_processor_time_ends_at_the_limit(home: Path) -> None:
    limits = Limits(cpu_seconds=1)
    done = python(direct, room(home, limits=limits), "while True: pass")
    assert done.returncode in (128 + signal.SIGXCPU, 128 + signal.SIGKILL)


@both
def test_all_of_it_ends_with_who_started_it(home: Path, start: Starts) -> None:
    code = "import os, time; os.fork(); open('alive', 'w').close(); time.sleep(300)"
    process = subprocess.Popen(
        start(room(home), [sys.executable, "-c", code]), start_new_session=True
    )
    deadline = time.monotonic() + 30
    while not (home / "alive").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait()
    while _running(str(home)):
        assert time.monotonic() < deadline, _running(str(home))
        time.sleep(0.05)


def _running(mark: str) -> list[int]:
    """Return the processes whose command line names a path; the tests' own does not count."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (place / "cmdline").read_bytes() and int(place.name) != os.getpid():
                found.append(int(place.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def test_our_rooms_stay_hidden_within_a_path_that_is_shown(home: Path) -> None:
    """In an installed wheel they lie in site-packages, which every interpreter needs."""
    sight = room(home, read_only=(*python_paths(), PACKAGES))
    code = (
        f"import os; print([os.listdir(os.path.join({str(PACKAGES)!r}, name)) "
        "for name in ('grading', 'fronteras')])"
    )
    assert python(direct, sight, code).stdout == "[[], []]\n"


@pytest.mark.parametrize("path", ["/", "relative"])
def test_it_refuses_to_show_the_whole_machine(home: Path, path: str) -> None:
    with pytest.raises(ValueError, match="absolute paths below /"):
        room(home, read_only=(Path(path),)).command(["true"])


def test_python_paths_never_hold_the_machine() -> None:
    assert not {Path("/"), Path("/usr"), Path.home(), PACKAGES} & set(python_paths())


def test_without_bubblewrap_it_names_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.shutil, "which", lambda _name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    sandbox.bwrap.cache_clear()
    with pytest.raises(SandboxUnavailable, match="apt install bubblewrap"):
        sandbox.bwrap()


def test_where_namespaces_are_forbidden_it_names_the_mend(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A sandbox may not nest when it is told so: the kernel's answer is the real one."""
    script = tmp_path / "bwrap"
    script.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1")
    script.chmod(0o755)
    monkeypatch.setattr(sandbox, "bwrap", lambda: str(script))
    sandbox.check.cache_clear()
    with pytest.raises(SandboxUnavailable, match=r"No permissions to create new namespace\n.+"):
        sandbox.check()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has files to hand over")
def test_root_hands_a_tree_over_without_following_links(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("ours")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "link").symlink_to(outside)
    (tree / "file").write_text("theirs")
    hand_over(tree)
    owners = [tree.stat().st_uid, (tree / "file").stat().st_uid, outside.stat().st_uid]
    assert owners == [sandbox.UNPRIVILEGED, sandbox.UNPRIVILEGED, 0]
