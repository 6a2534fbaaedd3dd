"""The module jargo, which pages can import. A project's own module of that name comes before it."""

from __future__ import annotations

from .imports import HERE

import json
import os
import sys
import types
from typing import Any, Callable

_described: dict[str, Any] = {}
_asked: set[str] = set()


def described() -> dict[str, Any]:
    """What the build says of the site, kept once it is complete: when all pages have been loaded."""
    if _described:
        return _described
    try:
        with open(os.environ.get("JARGO_SITE") or os.path.join(HERE, "jargo.json"), encoding="utf-8") as file:
            found: dict[str, Any] = json.load(file)
    except FileNotFoundError:
        return {}
    if "routes" in found:
        _described.update(found)
    return found


def building() -> bool:
    """Whether the process is one of those that load and render pages while the site is built, and no function."""
    return os.environ.get("JARGO_BUILDING") == "1"


def routes() -> list[str]:
    """The paths of the site's pages, sorted and percent-encoded. There are none in config and paths, nor while a page is imported."""
    return list(described().get("routes", []))


def asset(name: str) -> str:
    """The URL of a public file, as "/style.css", with a hash of what is in it, which visitors keep for a year.

    While the site is built, or developed, it raises FileNotFoundError when there is no such file.
    """
    assets = described().get("assets")
    building = os.environ.get("JARGO_SITE", "")
    strict = building or os.environ.get("JARGO_DEV", "")
    if assets is None or name not in assets and not strict:
        return name
    if name not in assets:
        raise FileNotFoundError(f'jargo.asset("{name}"): there is no file public/{name.lstrip("/")}')
    if building and name not in _asked:
        with open(building + ".asked", "a", encoding="utf-8") as file:
            file.write(name + "\n")
        _asked.add(name)
    return assets[name]


def offer(*more: Callable[..., Any]) -> None:
    """Make the module one that pages can import."""
    module = types.ModuleType("jargo", "What a page can ask of its site.")
    for function in (asset, building, routes, *more):
        setattr(module, function.__name__, function)
    sys.modules[module.__name__] = module
