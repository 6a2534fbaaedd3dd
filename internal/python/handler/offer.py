"""The module jargo, which pages can import. A project's own module of that name comes before it."""

from __future__ import annotations

from .imports import HERE

import json
import os
import sys
import types
from typing import Any

_described: dict[str, Any] = {}


def described() -> dict[str, Any]:
    """What the build says of the site, read when it is first there: once all pages have been loaded."""
    if not _described:
        try:
            with open(os.environ.get("JARGO_SITE") or os.path.join(HERE, "jargo.json"), encoding="utf-8") as file:
                _described.update(json.load(file))
        except FileNotFoundError:
            pass
    return _described


def routes() -> list[str]:
    """The paths of the site's pages, sorted and percent-encoded. There are none in config and paths, nor while a page is imported."""
    return list(described().get("routes", []))


def offer() -> None:
    """Make the module one that pages can import."""
    module = types.ModuleType("jargo", "What a page can ask of its site.")
    for function in (routes,):
        setattr(module, function.__name__, function)
    sys.modules[module.__name__] = module
