"""What we set and switch off in JupyterLab and Notebook must still exist there."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import jupyterlab
import notebook
import pytest
from traitlets.config import Config

from fronteras.interface import LABEXTENSION, configure

SCHEMAS = Path(sys.prefix) / "share/jupyter/lab/schemas"
OVERRIDES = json.loads((LABEXTENSION / "overrides.json").read_text())
PACKAGE = json.loads((LABEXTENSION / "fronteras-lab/package.json").read_text())


def test_both_applications_find_our_extension_and_settings() -> None:
    config = Config()
    configure(config)
    assert config.LabServerApp.extra_labextensions_path == [str(LABEXTENSION)]
    assert (Path(config.LabServerApp.app_settings_dir) / "overrides.json").is_file()
    assert config.ServerApp.jpserver_extensions["fronteras.serverextension"] is True
    assert config.LabApp.news_url is None
    build = PACKAGE["jupyterlab"]["_build"]
    assert (LABEXTENSION / PACKAGE["name"] / build["load"]).is_file()


@pytest.mark.parametrize("plugin", sorted(OVERRIDES))
def test_every_setting_exists(plugin: str) -> None:
    package, name = plugin.split(":")
    schema = json.loads((SCHEMAS / package / f"{name}.json").read_text())
    assert OVERRIDES[plugin].keys() <= schema["properties"].keys()


@pytest.fixture(scope="module")
def plugins() -> set[str]:
    """The ids of all plugins in JupyterLab's and Notebook's own bundles."""
    bundles = [
        path
        for package in (jupyterlab, notebook)
        for path in (Path(package.__file__).parent / "static").glob("*.js")
    ]
    identity = re.compile(r'"(@[a-z-]+/[a-z-]+:[a-zA-Z-]+)"')
    return {each for path in bundles for each in identity.findall(path.read_text())}


@pytest.mark.parametrize("disabled", PACKAGE["jupyterlab"]["disabledExtensions"])
def test_every_plugin_that_is_switched_off_exists(disabled: str, plugins: set[str]) -> None:
    installed = Path(sys.prefix) / "share/jupyter/labextensions" / disabled / "package.json"
    assert (
        installed.is_file()
        or disabled in plugins
        or any(plugin.startswith(f"{disabled}:") for plugin in plugins)
    )
