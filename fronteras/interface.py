"""How Jupyter Notebook is dressed for participants: our extension in, what distracts out.

``labextension/fronteras-lab/package.json`` disables whole plugins (news, debugger, extension
manager, Jupytext, nbgrader's own buttons); ``labextension/overrides.json`` sets settings.
"""

from __future__ import annotations

from pathlib import Path

from traitlets.config import Config

LABEXTENSION = Path(__file__).parent / "labextension"


def configure(config: Config) -> None:
    """Set a participant's Jupyter server up with our front end.

    Args:
        config: the server's configuration; Notebook's and JupyterLab's applications take the
            settings of ``LabServerApp``.
    """
    config.ServerApp.jpserver_extensions = {
        "fronteras.serverextension": True,
        "notebook": True,
        "jupyterlab": True,
        "notebook_shim": True,
        "jupyter_lsp": False,
        "jupyter_server_terminals": False,
        "jupyterlab_jupytext": False,
        "nbgrader.server_extensions.formgrader": False,
        "nbgrader.server_extensions.validate_assignment": False,
        "nbgrader.server_extensions.assignment_list": False,
        "nbgrader.server_extensions.course_list": False,
    }
    config.ServerApp.default_url = "/tree"
    config.LabServerApp.extra_labextensions_path = [str(LABEXTENSION)]
    config.LabServerApp.app_settings_dir = str(LABEXTENSION)
    config.LabApp.extension_manager = "readonly"
    config.LabApp.news_url = None
    config.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
