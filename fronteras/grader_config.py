"""What formgrader's server may do: show, score and release; never run what a notebook holds."""

from __future__ import annotations

import os
from pathlib import Path

from traitlets.config import Config

from fronteras import nbgrader_config


def configure(c: Config, directory: Path, prefix: str) -> None:
    """Set formgrader's server up; scoring itself runs in sandboxes (``grading.execute``).

    Args:
        c: the configuration to write into; only ever set, never appended to.
        directory: the cohort's.
        prefix: the service's address, ``/services/<cohort id>/``.
    """
    c.ServerApp.jpserver_extensions = {
        "jupyterlab": True,
        "nbgrader.server_extensions.formgrader": True,
        "notebook": True,
    }
    c.ServerApp.root_dir = str(directory)
    # the hub cannot tell it, since the service has no url that the hub would wait for
    c.HubOAuth.oauth_redirect_uri = f"{prefix}oauth_callback"
    c.ServerApp.default_url = "/formgrader"
    c.ServerApp.allow_root = os.geteuid() == 0
    c.ServerApp.terminals_enabled = False
    c.ServerApp.reraise_server_extension_failures = True
    c.ServerApp.kernel_spec_manager_class = "fronteras.kernels.NoKernelSpecs"
    c.ServerApp.contents_manager_class = "fronteras.course_files.CourseFiles"
    # JupyterLab shows formgrader in a frame of its own
    c.ServerApp.tornado_settings = {
        "headers": {"Content-Security-Policy": "frame-ancestors 'self'"}
    }
    c.LabApp.extension_manager = "readonly"
    c.LabApp.news_url = None
    c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    nbgrader_config.configure(c, directory)
