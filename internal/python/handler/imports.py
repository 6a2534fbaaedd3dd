"""What import finds: Python's own modules for the program, the project's for the pages.

A project may have a file email.py, which the program must not import and its
pages must. This module comes first in the program, before what else it imports.
"""

from __future__ import annotations

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

before_modules = set(sys.modules)
before_path = sys.path[:]
sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) != os.path.realpath(HERE)]

OWN_MODULES: set[str] = set()  # imported by the program


def own_imports_done() -> None:
    """End what this module has begun. The program calls it after its last import."""
    OWN_MODULES.update(set(sys.modules) - before_modules)
    sys.path[:] = before_path


def use_path(root: str, packages: str) -> None:
    """Import from the project first, and then from its packages."""
    first = [root] + ([packages] if packages and os.path.isdir(packages) else [])
    sys.path[:] = first + [entry for entry in sys.path if entry not in first]
    # Pages get the project's own module where its name is one of Python's.
    for name in OWN_MODULES:
        file = os.path.join(root, name.partition(".")[0])
        if os.path.isfile(file + ".py") or os.path.isfile(os.path.join(file, "__init__.py")):
            sys.modules.pop(name, None)
