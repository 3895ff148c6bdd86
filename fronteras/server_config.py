"""What a participant's server may do: one home, our kernels in their sandboxes, no terminal."""

from __future__ import annotations

from collections.abc import Mapping

from traitlets.config import Config

from fronteras import interface

KERNEL_IDLE_SECONDS = 3600
"""After this long without a cell running, a kernel is stopped; the notebook stays."""


def configure(c: Config, home: str, limits: Mapping[str, int]) -> None:
    """Set up a participant's server.

    Args:
        c: the configuration to write into; only ever set, never appended to.
        home: the participant's folder.
        limits: traits of ``SandboxProvisioner``, and ``kernels``: how many may run at once.
    """
    kernel_limits = {name: value for name, value in limits.items() if name != "kernels"}
    _kernels(c, home, kernel_limits, limits["kernels"])
    _server(c, home)
    interface.configure(c)


def _kernels(c: Config, home: str, limits: Mapping[str, int], at_once: int) -> None:
    c.ServerApp.kernel_spec_manager_class = "fronteras.kernels.OurKernelSpecs"
    c.ServerApp.kernel_manager_class = "fronteras.kernels.FewKernels"
    c.FewKernels.at_once = at_once
    c.MappingKernelManager.cull_idle_timeout = KERNEL_IDLE_SECONDS
    c.MappingKernelManager.cull_connected = True
    c.KernelProvisionerFactory.default_provisioner_name = "fronteras-sandbox"
    c.KernelManager.transport = "ipc"
    c.SandboxProvisioner.home = home
    for name, value in limits.items():
        c.SandboxProvisioner[name] = value


def _server(c: Config, home: str) -> None:
    c.ServerApp.root_dir = home
    c.ServerApp.terminals_enabled = False
    c.ServerApp.reraise_server_extension_failures = True
    c.ServerApp.allow_root = False
    c.ServerApp.quit_button = False
    # templates are code, and nbconvert looks for them in the current folder too
    c.TemplateExporter.extra_template_basedirs = []
    c.ContentsManager.allow_hidden = False
    c.FileContentsManager.always_delete_dir = True
    c.JupyterNotebookApp.custom_css = False
