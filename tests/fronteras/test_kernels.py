"""A kernel in its sandbox, spoken to without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from traitlets.config import Config

from fronteras.kernels import NoKernelSpecs, OurKernelSpecs
from grading.sandbox import hand_over


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder with a name short enough for sockets, whatever the test is called."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


def manager(tmp_path: Path, **settings: Any) -> AsyncKernelManager:
    home, run = tmp_path / "home", tmp_path / "run"
    home.mkdir()
    run.mkdir()
    hand_over(home)
    c = Config()
    c.SandboxProvisioner.update({"home": str(home), "memory_mb": 600, **settings})
    return AsyncKernelManager(
        config=c,
        transport="ipc",
        kernel_spec_manager=OurKernelSpecs(),
        connection_file=str(run / "kernel.json"),
    )


async def converse(
    km: AsyncKernelManager, talk: Callable[[Callable[[str], Any]], Coroutine[Any, Any, None]]
) -> None:
    """Start a kernel, let a test talk to it, and end it."""
    await km.start_kernel(cwd=str(Path(km.config.SandboxProvisioner.home)))
    client = km.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)

        async def run(code: str) -> str:
            said: list[str] = []

            def hear(message: dict[str, Any]) -> None:
                content = message["content"]
                if message["msg_type"] in ("stream", "error"):
                    said.append(content.get("text") or content["ename"])

            await client.execute_interactive(code, output_hook=hear, timeout=60)
            return "".join(said)

        await talk(run)
    finally:
        client.stop_channels()
        await km.shutdown_kernel(now=True)
        km.context.destroy()


def test_it_runs_restarts_and_leaves_nothing(tmp_path: Path) -> None:
    km = manager(tmp_path)

    async def talk(run: Callable[[str], Any]) -> None:
        assert await run("import os; print(os.getcwd())") == f"{tmp_path / 'home'}\n"
        assert await run("open('kept', 'w').close(); print(os.getuid() != 0)") == "True\n"

    asyncio.run(converse(km, talk))
    assert (tmp_path / "home" / "kept").exists()
    assert list((tmp_path / "run").iterdir()) == []


def test_its_limits_hold(tmp_path: Path) -> None:
    km = manager(tmp_path, processes=40, file_mb=1, open_files=100)

    async def talk(run: Callable[[str], Any]) -> None:
        assert await run("x = bytearray(700 * 2**20)") == "MemoryError"
        limits = "import resource as r; print([r.getrlimit(k)[1] for k in (r.RLIMIT_NPROC, "
        limits += "r.RLIMIT_FSIZE, r.RLIMIT_NOFILE, r.RLIMIT_CPU)])"
        assert await run(limits) == "[40, 1048576, 100, 3600]\n"

    asyncio.run(converse(km, talk))


def test_its_processes_together_hold_no_more_than_one_may(tmp_path: Path) -> None:
    """Six of 120 MiB each: none of them alone is over the limit of 600."""
    km = manager(tmp_path)
    code = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        mine = bytearray(120 * 2**20)
        mine[::4096] = b'x' * len(mine[::4096])
        time.sleep(60)
        os._exit(0)
"""

    async def talk(run: Callable[[str], Any]) -> None:
        await run(code)
        while await km.is_alive():
            await asyncio.sleep(0.2)

    asyncio.run(asyncio.wait_for(converse(km, talk), 60))


def test_it_sees_its_own_sockets_and_cannot_replace_the_key(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "other").mkdir()
    (tmp_path / "run" / "other" / "kernel.json").write_text("{}")
    (tmp_path / "run").rename(tmp_path / "kept")
    km = manager(tmp_path)
    (tmp_path / "kept" / "other").rename(tmp_path / "run" / "other")

    async def talk(run: Callable[[str], Any]) -> None:
        folder = Path(km.connection_file).parent
        seen = await run(f"import os; print(os.listdir({str(folder.parent)!r}))")
        assert seen == f"{[folder.name]}\n"
        assert await run(f"open({km.connection_file!r}, 'w')") == "OSError"
        assert await run(f"os.unlink({km.connection_file!r})") == "OSError"
        assert await run(f"os.rename({km.connection_file!r}, {str(folder / 'x')!r})") == "OSError"

    asyncio.run(converse(km, talk))


def test_without_a_home_or_over_tcp_it_does_not_start(tmp_path: Path) -> None:
    km = manager(tmp_path)
    km.transport = "tcp"
    with pytest.raises(ValueError, match=r"needs SandboxProvisioner\.home"):
        asyncio.run(km.start_kernel())
    km = AsyncKernelManager(kernel_spec_manager=OurKernelSpecs(), transport="ipc")
    with pytest.raises(ValueError, match=r"needs SandboxProvisioner\.home"):
        asyncio.run(km.start_kernel())


def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    km = manager(tmp_path)
    km.connection_file = str(tmp_path / ("long" * 25) / "kernel.json")
    with pytest.raises(ValueError, match="too long for a socket"):
        asyncio.run(km.start_kernel())


def test_only_our_kernel_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = tmp_path / "kernels" / "evil"
    evil.mkdir(parents=True)
    (evil / "kernel.json").write_text('{"argv": ["true"], "display_name": "Evil"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    specs = OurKernelSpecs().get_all_specs()
    assert list(specs) == ["python3"]
    provisioner = specs["python3"]["spec"]["metadata"]["kernel_provisioner"]
    assert provisioner["provisioner_name"] == "fronteras-sandbox"
    with pytest.raises(NoSuchKernel):
        OurKernelSpecs().get_kernel_spec("evil")


def test_formgrader_knows_no_kernel_at_all() -> None:
    assert NoKernelSpecs().get_all_specs() == {}
    with pytest.raises(NoSuchKernel):
        NoKernelSpecs().get_kernel_spec("python3")
