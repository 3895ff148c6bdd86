"""A participant's Jupyter server, without hub and sandbox, in front of a stub service."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.fronteras.stub_service import TOKEN, StubService

CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
READER = "the-readers-token"
_CONFIGURATION = """
from fronteras.interface import configure
c = get_config()
configure(c)
"""


@dataclass
class NotebookServer:
    """A server that a test starts, stops and starts again at the same address.

    Attributes:
        folder: of the test; the participant's home is made in it.
        stub: the scoring service.
        configuration: Python added to the server's own; ``c`` is its configuration.
        environment: added to the server's.
    """

    folder: Path
    stub: StubService
    configuration: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: _free_port())
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/user/ana/"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def start(self) -> None:
        self.home.mkdir(exist_ok=True)
        configuration = self.folder / "jupyter_server_config.py"
        configuration.write_text(_CONFIGURATION + self.configuration)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "notebook",
                    "--allow-root",
                    "--no-browser",
                    f"--config={configuration}",
                    f"--ServerApp.port={self.port}",
                    "--ServerApp.port_retries=0",
                    "--ServerApp.base_url=/user/ana/",
                    f"--ServerApp.root_dir={self.home}",
                    f"--IdentityProvider.token={READER}",
                ],
                env=self._environment(),
                stdout=log,
                stderr=log,
            )
        self._await_start()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=60)
            self._process = None

    def _environment(self) -> dict[str, str]:
        return {
            **{key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ},
            "HOME": str(self.folder),
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_DATA_DIR": str(self.folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
            "IPYTHONDIR": str(self.folder / "ipython"),
            "FRONTERAS_SERVICE_URL": self.stub.address,
            "JUPYTERHUB_API_TOKEN": TOKEN,
            **self.environment,
        }

    def _await_start(self) -> None:
        assert self._process is not None
        for _ in range(600):
            if self._process.poll() is not None:
                raise AssertionError(self.log.read_text())
            try:
                urllib.request.urlopen(f"{self.address}api?token={READER}").close()
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError(self.log.read_text())


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
