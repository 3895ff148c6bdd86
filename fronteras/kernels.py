"""Kernels: each in a sandbox of its own, without network, reached over sockets in one folder.

The participant's server stands outside that sandbox. Nothing that it reads as configuration or
code can be written from within.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning import LocalProvisioner
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from traitlets import Integer, List, Unicode

from fronteras.memory import held_mb
from grading.sandbox import Limits, Sandbox, hand_over, python_paths

KERNELSPECS = Path(__file__).parent / "kernelspecs"
_SOCKET_PATH_LIMIT = 108


class OurKernelSpecs(KernelSpecManager):
    """Knows the kernels of this package and no others, whatever a participant installs."""

    kernel_dirs = List([str(KERNELSPECS)])
    ensure_native_kernel = False


class NoKernelSpecs(KernelSpecManager):
    """Knows no kernel: for a server that must never run what its notebooks hold."""

    kernel_dirs = List([])
    ensure_native_kernel = False

    def _find_spec_directory(self, kernel_name: str) -> None:
        """Find none: the base class would fall back to the interpreter's own kernel."""


class FewKernels(AsyncMappingKernelManager):
    """Runs so many kernels at once and no more: limits bind each of them, not their sum."""

    at_once = Integer(4, help="How many kernels may run at the same time.").tag(config=True)

    async def _async_start_kernel(self, **kwargs: Any) -> str:
        if len(self) >= self.at_once:
            raise HTTPError(
                429,
                f"{self.at_once} notebooks are running. Stop one that you no longer need, in the "
                "list of running notebooks, and open this one again.",
            )
        started: str = await super()._async_start_kernel(**kwargs)
        return started

    start_kernel = _async_start_kernel


class SandboxProvisioner(LocalProvisioner):
    """Starts a kernel in bubblewrap."""

    home = Unicode(help="The one folder that the kernel may write and read.").tag(config=True)
    memory_mb = Integer(
        1024, help="Memory of all its processes together, and address space of each, in MiB."
    ).tag(config=True)
    processes = Integer(128, help="Processes and threads of the kernel.").tag(config=True)
    cpu_seconds = Integer(3600, help="Processor time of each process, in s.").tag(config=True)
    file_mb = Integer(512, help="The largest file that it writes, in MiB.").tag(config=True)
    open_files = Integer(1024, help="Open files of each process.").tag(config=True)

    _folder: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Put the kernel's sockets into a folder of their own and its command into a sandbox.

        Raises:
            ValueError: if the kernel has no home or would not speak over ``ipc``.
        """
        manager = self.parent
        if not self.home or manager.transport != "ipc":
            raise ValueError(
                "a sandboxed kernel needs SandboxProvisioner.home and KernelManager.transport = "
                "'ipc': fronteras/singleuser_config.py sets both"
            )
        if self._folder is None:
            self._folder = self._own_folder(Path(manager.connection_file).parent)
            manager.connection_file = str(self._folder / "kernel.json")
            manager.ip = str(self._folder / "k")
        prepared = await super().pre_launch(**kwargs)
        hand_over(self._folder)
        connection = Path(manager.connection_file)
        prepared["cmd"] = self.sandbox(connection, prepared.get("cwd")).command(prepared["cmd"])
        # what a kernel prints outside its cells would fill the hub's log
        silence = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        return {**prepared, **silence, "env": {}, "cwd": "/"}

    async def poll(self) -> int | None:
        """Say whether it runs, as its manager asks every few seconds; end it if it grows too big.

        Each process alone is held to the limit at once. What they hold together is seen here.
        """
        if self.process and self.process.poll() is None and self._too_big(self.process.pid):
            await self.kill()
            return signal.SIGKILL
        status: int | None = await super().poll()
        return status

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the folder of sockets once the kernel is gone."""
        await super().cleanup(restart)
        if self._folder is not None and not restart:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def sandbox(self, connection: Path, work: str | None) -> Sandbox:
        """Return the kernel's room.

        Args:
            connection: the file with its sockets' names and key, in the folder of its sockets.
            work: the notebook's folder.
        """
        home = Path(self.home)
        environment = {
            "HOME": self.home,
            "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
            "IPYTHONDIR": "/tmp/ipython",  # noqa: S108 (the sandbox's own)
            "PYTHONNOUSERSITE": "1",
            "MALLOC_ARENA_MAX": "2",
        }
        return Sandbox(
            read_only=(*python_paths(), connection),
            writable=(home, connection.parent),
            work=Path(work) if work else home,
            environment=environment,
            limits=Limits(
                self.memory_mb, self.processes, self.cpu_seconds, self.file_mb, self.open_files
            ),
        )

    def _too_big(self, process: int) -> bool:
        try:
            held = held_mb(process)
        except PermissionError:
            self.log.warning("Kernel %s hides what it holds: ended", self.kernel_id)
            return True
        if held > self.memory_mb:
            self.log.warning("Kernel %s holds %s MiB: ended", self.kernel_id, held)
            return True
        return False

    def _own_folder(self, parent: Path) -> Path:
        folder = parent / str(self.kernel_id)
        if len(str(folder)) + len("/k-99") >= _SOCKET_PATH_LIMIT:
            raise ValueError(
                f"{folder} is too long for a socket: set a shorter JUPYTER_RUNTIME_DIR"
            )
        folder.mkdir(mode=0o700, parents=True)
        return folder
