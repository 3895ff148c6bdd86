"""Running a submission: nbgrader's ``Execute`` with a kernel that is always in the sandbox."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, cast

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute
from traitlets import Integer, Unicode

from grading.cases import lab, lab_ids
from grading.evidence import own_case
from grading.outputs import rebuild
from grading.sandbox import hand_over

PROVISIONER = "fronteras-sandbox"
"""The entry point that starts a kernel in bubblewrap, or raises."""
MAX_CELL_OUTPUT = 1024 * 1024
"""The most that one cell may put out, in bytes of JSON; the rest is dropped."""
NOT_RUN = "not-run"
"""Key of ``cell.metadata.fronteras``: why a cell was not run, a sentence."""


class NoKernel(Exception):
    """No kernel started: no word of the participant's had run yet, so the machine is at fault."""


class SandboxKernelManager(AsyncKernelManager):
    """A kernel manager that knows one kernel: ours, in the sandbox, over local sockets."""

    home = Unicode(help="The one folder that the kernel sees of all that is not the system's.")

    @property
    def kernel_spec(self) -> KernelSpec:
        """The one kernel, whatever a notebook's metadata asks for."""
        return KernelSpec(
            argv=[sys.executable, "-P", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            interrupt_mode="message",
            metadata={
                "kernel_provisioner": {
                    "provisioner_name": PROVISIONER,
                    "config": {"home": self.home},
                }
            },
        )


class SandboxExecute(Execute):
    """Runs a notebook beside the participant's own evidence, within time and size.

    A dead kernel or too much time ends the run and not the scoring: what was answered before it
    counts, and the cells after it say why they were not run.
    """

    secret_file = Unicode(help="The cohort's secret, from which the evidence is made.").tag(
        config=True
    )
    overall_timeout = Integer(120, help="The most a whole notebook may take, in seconds.").tag(
        config=True
    )
    iopub_timeout = Integer(30, help="How long to wait for a cell's last output, in seconds.").tag(
        config=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, kernel_manager_class=SandboxKernelManager)
        self._over: str | None = None
        self._deadline = 0.0
        self._size, self._began = 0, False
        self._home = self._sockets = Path()

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run all cells; the kernel's folder is fresh and holds the participant's files only.

        Raises:
            NoKernel: if no kernel starts.
        """
        names = resources["nbgrader"]
        self._began = False
        self._over, self._deadline = None, time.monotonic() + self.overall_timeout
        metadata = json.loads(json.dumps(nb.metadata))
        with tempfile.TemporaryDirectory(prefix="fronteras-") as folder:
            self._home, self._sockets = Path(folder, "home"), Path(folder, "run")
            for place in (self._home, self._sockets):
                place.mkdir()
            self._evidence(names["assignment"], names["student"])
            hand_over(self._home)
            resources.setdefault("metadata", {})["path"] = str(self._home)
            try:
                nb, resources = super().preprocess(nb, resources, km)
            except Exception as error:
                if self._began:
                    raise
                raise NoKernel(f"{type(error).__name__}: {error}") from error
        # whatever the kernel said is the participant's to invent
        nb.metadata = NotebookNode(metadata)
        for cell in nb.cells:
            rebuild(cell)
        return nb, resources

    def create_kernel_manager(self) -> AsyncKernelManager:
        """Make the one kind of kernel; no name is ever looked up."""
        self.km = SandboxKernelManager(
            config=self.config,
            transport="ipc",
            home=str(self._home),
            connection_file=str(self._sockets / "kernel.json"),
        )
        return self.km

    async def async_execute_cell(
        self, cell: NotebookNode, cell_index: int, *args: Any, **kwargs: Any
    ) -> NotebookNode:
        """Run one cell, unless the run is over."""
        cell.metadata.pop("tags", None)
        self._size, self._began = 0, True
        if self._over is not None:
            return self._not_run(cell)
        remaining = self._deadline - time.monotonic()
        try:
            return await asyncio.wait_for(
                super().async_execute_cell(cell, cell_index, *args, **kwargs), max(remaining, 0.1)
            )
        except (DeadKernelError, CellTimeoutError):
            self._over = "The notebook ended the kernel, so this cell was not run."
        except TimeoutError:
            self._over = (
                f"The notebook took more than {self.overall_timeout} seconds, "
                "so this cell was not run."
            )
        return self._not_run(cell)

    execute_cell = run_sync(async_execute_cell)

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Take one message of the kernel, as long as the cell has not put out too much."""
        kind = msg["msg_type"]
        if kind.startswith("comm"):
            return None  # widgets hold no answers, and their state would be kept in the notebook
        if kind != "status":
            self._size += len(json.dumps(msg["content"], default=str))
            if self._size > MAX_CELL_OUTPUT:
                return None
        try:
            return cast("NotebookNode | None", super().process_message(msg, cell, cell_index))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.log.warning("the kernel sent something that is no message: %r", error)
            return None

    def _evidence(self, lab_id: str, participant: str) -> None:
        """Write what the lab puts beside the notebook; classic assignments have nothing."""
        if lab_id not in lab_ids():
            return
        case = own_case(Path(self.secret_file), participant, lab_id)
        for name, data in lab(lab_id).files(case).items():
            path = self._home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def _not_run(self, cell: NotebookNode) -> NotebookNode:
        cell.metadata.setdefault("fronteras", NotebookNode())[NOT_RUN] = self._over
        return cell
