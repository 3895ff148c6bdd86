"""Participants' servers: our code, one home, in a sandbox each."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from subprocess import Popen

from jupyterhub.spawner import LocalProcessSpawner
from jupyterhub.utils import random_port
from traitlets import Integer, Unicode

from fronteras import singleuser
from grading.sandbox import PACKAGES, UNPRIVILEGED, Limits, Sandbox, python_paths

_PIPE_BYTES = 65536
_SERVER_MB = 2048
"""Address space of a server, of which it uses 400 MiB: its participant chooses what it reads."""
_OURS = ("fronteras", "grading/__init__.py", "grading/sandbox.py")
"""What a server sees of our packages besides ``labs``."""


class SandboxSpawner(LocalProcessSpawner):
    """Starts ``fronteras.singleuser`` in bubblewrap.

    The server shares the machine's network, to be reached by the proxy and to reach the service;
    what a participant runs is in the kernels' sandboxes inside it and has none.
    """

    port: int  # the base class's trait
    homes = Unicode(help="The folder of all participants' homes.").tag(config=True)
    memory_mb = Integer(1024, help="Memory of a kernel's processes, in MiB.").tag(config=True)
    processes = Integer(128, help="Processes and threads of a kernel.").tag(config=True)
    cpu_seconds = Integer(3600, help="Processor time of each process, in s.").tag(config=True)
    kernels = Integer(4, help="How many kernels may run at the same time.").tag(config=True)

    @property
    def home(self) -> Path:
        """The participant's home, on the machine and, at the same place, in the sandbox."""
        return Path(self.homes) / str(self.user.name)

    def make_home(self) -> None:
        """Make the home if it is missing, for the user that the sandbox runs as.

        Raises:
            ValueError: if the home is not a folder right below ``homes``.
        """
        home = self.home
        if home.parent != Path(self.homes) or home.name == ".." or home.is_symlink():
            raise ValueError(f"{home} is not a home below {self.homes}")
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(home, UNPRIVILEGED, UNPRIVILEGED, follow_symlinks=False)

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add what is this participant's; there is no UNIX account to ask."""
        limits = {
            name: getattr(self, name)
            for name in ("memory_mb", "processes", "cpu_seconds", "kernels")
        }
        return {
            **env,
            "USER": str(self.user.name),
            "JUPYTERHUB_ROOT_DIR": str(self.home),
            singleuser.LIMITS: json.dumps(limits),
        }

    def sandbox(self) -> Sandbox:
        """Return the server's room: its home to write, the interpreter and our code to read."""
        environment = {
            "HOME": "/tmp/home",  # noqa: S108 - the sandbox's own; not the participant's home
            "JUPYTER_NO_CONFIG": "1",
            "JUPYTER_RUNTIME_DIR": "/tmp/run",  # noqa: S108
            "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
            "MALLOC_ARENA_MAX": "2",
        }
        return Sandbox(
            read_only=(*python_paths(), *(PACKAGES / name for name in _OURS)),
            writable=(self.home,),
            work=self.home,
            environment=environment,
            limits=Limits(max(_SERVER_MB, self.memory_mb), open_files=4096),
            network=True,
            nests=True,
        )

    def command(self) -> list[str]:
        """Return the whole command, from bubblewrap to the server."""
        isolated = [sys.executable, "-I"]
        no_links = [*isolated, "-S", str(PACKAGES / "fronteras" / "symlinks.py"), str(self.home)]
        return self.sandbox().command([*no_links, *isolated, "-m", "fronteras.singleuser"])

    async def start(self) -> tuple[str, int]:
        """Start the server and return where it will listen."""
        self.make_home()
        self.port = self.port or random_port()
        environment = json.dumps(self.get_env()).encode()
        if len(environment) > _PIPE_BYTES:
            raise ValueError("the server's environment is too large to hand over")
        read, write = os.pipe()
        os.write(write, environment)
        os.close(write)
        try:
            self.proc = Popen(self.command(), stdin=read, cwd="/", env={}, start_new_session=True)
        finally:
            os.close(read)
        self.pid = self.proc.pid
        return "127.0.0.1", self.port

    def move_certs(self, paths: dict[str, str]) -> dict[str, str]:
        """Keep the hub from writing into homes: there is no internal TLS on one machine."""
        raise NotImplementedError("JupyterHub.internal_ssl is not for servers on one machine")
