"""JupyterHub's configuration: who gets in, where servers run, which services.

``fronteras serve`` starts the hub with this file. All decisions are in ``fronteras/hub.py``, which
reads the cohort that FRONTERAS_COHORT names.
"""

import os
import signal
from pathlib import Path

from fronteras.hub import configure

# a shell starts what stands before "&" with SIGINT ignored, and all that we start would inherit it
signal.signal(signal.SIGINT, signal.default_int_handler)

c = get_config()  # noqa: F821 - JupyterHub puts it here
directory = Path(os.environ["FRONTERAS_COHORT"])
configure(c, directory, Path(os.environ["FRONTERAS_SITE"]))

# The way out for site administrators: this file gets the same ``c``, comes last and wins.
local = directory / "hub_config_local.py"
if local.exists():
    exec(compile(local.read_text(), str(local), "exec"), {"c": c})  # noqa: S102
