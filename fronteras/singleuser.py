"""The participants' server: ``jupyterhub-singleuser`` as we pin it.

The spawner hands the environment over on standard input, so that the server's token stands
neither on a command line nor in a file nor in a ``/proc/.../environ``.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

CONFIG = Path(__file__).parent / "singleuser_config.py"
LIMITS = "FRONTERAS_LIMITS"
"""Names the kernels' limits: JSON of ``SandboxProvisioner``'s traits."""


def main() -> None:
    """Serve until the sandbox ends."""
    os.environ.update(json.load(sys.stdin))
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    for name in ("HOME", "JUPYTER_RUNTIME_DIR"):
        Path(os.environ[name]).mkdir(mode=0o700, exist_ok=True)
    from jupyterhub.singleuser import main as serve  # reads the environment when imported

    serve([f"--config={CONFIG}"])


if __name__ == "__main__":
    main()
