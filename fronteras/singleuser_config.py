"""All settings of a participant's server; Jupyter reads no other file."""

import json
import os

from fronteras.server_config import configure
from fronteras.singleuser import LIMITS

c = get_config()  # type: ignore[name-defined] # noqa: F821 - Jupyter puts it here
configure(c, os.environ["JUPYTERHUB_ROOT_DIR"], json.loads(os.environ[LIMITS]))
