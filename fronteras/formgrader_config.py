"""All settings of formgrader's server; Jupyter reads no other file."""

import os
from pathlib import Path

from fronteras.grader_config import configure

c = get_config()  # type: ignore[name-defined] # noqa: F821 - Jupyter puts it here
directory, prefix = os.environ["FRONTERAS_COHORT"], os.environ["JUPYTERHUB_SERVICE_PREFIX"]
configure(c, Path(directory), prefix)
