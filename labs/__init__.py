"""What participants' notebooks import: readers of evidence, the world's public cards, ``check``.

Pure Python: it runs unchanged in CPython and in Pyodide.
"""

from labs.answers import check

__all__ = ["check"]
