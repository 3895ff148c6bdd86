from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from fronteras import address, demo, doctor, processes, running, serve
from fronteras.cli import main
from fronteras.cohort import CohortError, ServerSettings, load
from tests.fronteras.running_hub import RunningHub, free_port, until


@contextmanager
def serving(
    directory: Path, port: int, wait_for: str = "Stop it with", **options: object
) -> Iterator[subprocess.Popen[str]]:
    """Run ``fronteras serve`` until it says some words; it is killed if a test leaves it."""
    argv = [sys.executable, "-m", "fronteras.cli", "--cohort", str(directory), "serve"]
    output = directory.parent / "serve.txt"
    with output.open("w") as file:
        process = subprocess.Popen(
            [*argv, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **options,  # type: ignore[call-overload]
        )
    try:
        until(lambda: said(directory, wait_for) or process.poll() is not None, 240)
        assert process.poll() is None, output.read_text()
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def said(directory: Path, words: str) -> bool:
    return words in (directory.parent / "serve.txt").read_text()


def alive(directory: Path) -> list[str]:
    """Return the command lines of all processes that mention the cohort or work in it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (folder / "cmdline").read_bytes()
            places = command + (folder / "environ").read_bytes()
            here = Path(os.readlink(folder / "cwd")).is_relative_to(directory)
            if (str(directory).encode() in places or here) and int(folder.name) != os.getpid():
                found.append(command.replace(b"\0", b" ").decode())
    return found


def work(directory: Path, port: int) -> None:
    """Sign a participant in, start their server and a kernel that is busy."""
    hub = RunningHub(f"http://127.0.0.1:{port}", directory, directory / "hub" / "hub.log", None)  # type: ignore[arg-type]
    ana = hub.login("ana", demo.sign_ins(directory)["ana"])
    ana.start_server()
    kernel = ana.start_kernel()
    assert kernel.run("print(6 * 7)") == "42\n"
    kernel.socket.close()
    ana.session.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_end_leaves_no_process(cohort_directory: Path, number: signal.Signals) -> None:
    """SIGINT is ignored at the start, as a shell has it for what stands before ``&``."""
    port = free_port()

    def in_the_background() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    with serving(cohort_directory, port, preexec_fn=in_the_background) as process:
        server = running.server(cohort_directory)
        assert server == running.Server(process.pid, f"http://127.0.0.1:{port}/")
        assert said(cohort_directory, f"http://127.0.0.1:{port}/")
        assert said(cohort_directory, demo.sign_ins(cohort_directory)["ana"])

        again = CliRunner().invoke(main, ["--cohort", str(cohort_directory), "serve"])
        assert again.exit_code == 1
        assert f"is running at http://127.0.0.1:{port}/ (process {process.pid})" in again.stderr

        work(cohort_directory, port)
        assert len(alive(cohort_directory)) > 5
        process.send_signal(number)
        code = process.wait(60)
        assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)
        if number == signal.SIGKILL:  # the kernel tells the hub, which then has to end by itself
            until(lambda: not alive(cohort_directory))
        assert alive(cohort_directory) == []
        assert running.server(cohort_directory) is None
        assert doctor.port("127.0.0.1", port) is None


@pytest.mark.parametrize("step", ["Checking this machine", "Releasing the labs", "Starting"])
def test_a_start_can_be_stopped(cohort_directory: Path, step: str) -> None:
    with serving(cohort_directory, free_port(), wait_for=step) as process:
        process.terminate()
        assert process.wait(60) == 0
    assert said(cohort_directory, "Stopped.")
    assert alive(cohort_directory) == []


def test_a_hub_that_ends_is_reported_with_its_log(cohort_directory: Path) -> None:
    port = free_port()
    (cohort_directory / "hub_config_local.py").write_text("raise RuntimeError('by this test')\n")
    argv = ["--cohort", str(cohort_directory), "serve", "--port", str(port)]
    done = subprocess.run(
        [sys.executable, "-m", "fronteras.cli", *argv], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "Error: the hub ended: exit code" in done.stderr
    assert "RuntimeError: by this test" in done.stderr
    assert "hub.log" in done.stderr
    assert alive(cohort_directory) == []


def test_a_port_in_use_is_named(cohort_directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        argv = ["--cohort", str(cohort_directory), "serve", "--port", str(port)]
        result = CliRunner().invoke(main, argv)
    assert result.exit_code == 1
    assert f"Port {port} is in use" in result.stderr
    assert f"make serve PORT={port + 1}" in result.stderr


def test_a_machine_without_user_namespaces_gets_the_mend(cohort_directory: Path) -> None:
    """In a user namespace that may have no further ones, as a hardened kernel has it."""
    argv = f"{sys.executable} -m fronteras.cli --cohort {cohort_directory}"
    script = f"echo 0 > /proc/sys/user/max_user_namespaces && {argv}"
    for command in ("doctor", f"serve --port {free_port()}"):
        done = subprocess.run(
            ["unshare", "--user", "--map-root-user", "sh", "-c", f"{script} {command}"],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1, done.stdout
        assert "sudo sysctl user.max_user_namespaces=15000" in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_the_doctor_names_what_lacks(cohort_directory: Path) -> None:
    well = CliRunner().invoke(main, ["--cohort", str(cohort_directory), "doctor"])
    assert well.stdout.count("ok  ") + well.stdout.count("LACK") == 5
    full = doctor.examine(cohort_directory, ServerSettings(address="192.0.2.1", port=8123))
    troubles = {finding.name: finding.trouble for finding in full}
    assert "cannot listen at 192.0.2.1" in str(troubles["Port 8123 at 192.0.2.1"])
    assert "is no address" in str(doctor.port("no.such.host.example", 8123))


def test_ports_for_root_only_are_said_so() -> None:
    error = PermissionError(errno.EACCES, "Permission denied")
    assert "from 1024 on" in doctor._no_port("127.0.0.1", 80, error)


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (ServerSettings(), "http://127.0.0.1:8000/"),
        (ServerSettings(port=80), "http://127.0.0.1/"),
        (ServerSettings(address="::1"), "http://[::1]:8000/"),
        (ServerSettings(tls_certificate=Path("c"), tls_key=Path("k")), "https://127.0.0.1:8000/"),
        (ServerSettings(port=443, tls_certificate=Path("c")), "https://127.0.0.1/"),
        (ServerSettings(subdomain_host="https://course.example"), "https://course.example/"),
    ],
)
def test_one_address_is_given(settings: ServerSettings, url: str) -> None:
    assert address.public(settings) == url


def test_a_network_gets_an_address_it_can_reach() -> None:
    url = address.public(ServerSettings(address="0.0.0.0"))
    assert "0.0.0.0" not in url


def test_serving_a_network_in_the_clear_is_warned_of(
    cohort_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from rich.console import Console

    cohort = load(cohort_directory)
    serve._check(address.with_place(cohort, None, free_port()), Console(width=300))
    assert "without encryption" not in capsys.readouterr().out
    serve._check(address.with_place(cohort, "0.0.0.0", free_port()), Console(width=300))
    assert "without encryption" in capsys.readouterr().out


def test_descendants_are_ended_to_the_last(tmp_path: Path) -> None:
    """A child that ignores SIGTERM, and a grandchild that its parent has left."""
    script = (
        "import signal, subprocess, sys, time\n"
        "from pathlib import Path\n"
        "from fronteras import processes\n"
        "processes.adopt_orphans()\n"
        "subprocess.Popen(['sh', '-c', 'trap \"\" TERM; while :; do sleep 1; done'])\n"
        "subprocess.Popen(['sh', '-c', 'setsid sleep 600 & exit 0'])\n"
        "while len(processes.descendants()) < 3: time.sleep(0.05)\n"
        "print(processes.end_all(grace=0.5), processes.descendants())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    killed, rest = done.stdout.split(maxsplit=1)
    assert int(killed) >= 1
    assert rest == "[]\n"


def test_a_cohort_that_is_worked_on_is_not_served(cohort_directory: Path) -> None:
    with (
        running.stopped(cohort_directory),
        pytest.raises(CohortError, match="another command works on"),
        running.only_one(cohort_directory, "x"),
    ):
        pass
    assert processes.descendants() == []
