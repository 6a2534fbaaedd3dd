"""A page: its file, its route, and how it is loaded."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import io
import os
import sys
import threading
import tokenize
import types
from importlib import _bootstrap  # type: ignore[attr-defined]
from typing import Any, Callable, Iterable, Optional

from .render import Request, Response, ResultError, call, content_type_of, respond, with_article


class Page:
    def __init__(
        self, root: str, file: str, pattern: str, kind: str = "", name: str = "", query: Iterable[str] = ()
    ) -> None:
        self.root = root
        self.file = file  # "pages/blog/slug_.py"
        self.pattern = pattern  # "/blog/{slug}"
        self.kind = kind  # "build", "fresh" or "regenerated"
        self.name = "/" + name  # where its function is: "/blog/[slug]"
        self.query = set(query)
        self.segments = split(pattern)
        self.lock = threading.Lock()
        self.module: Optional[types.ModuleType] = None

    def load(self) -> types.ModuleType:
        """Import the file, once for this process."""
        with self.lock:
            if self.module is None:
                self.module = self.run(os.path.join(self.root, *self.file.split("/")))
            return self.module

    def run(self, path: str) -> types.ModuleType:
        # Under this name an import statement of another file finds it, too, and
        # with the lock it waits until the module is complete. The names on the
        # way, as "pages.blog", need not be packages: import_module would ask it.
        name = self.file[: -len(".py")].replace(".", "_").replace("/", ".")
        with _bootstrap._ModuleLockManager(name):
            imported = sys.modules.get(name)
            if imported and getattr(imported, "__file__", None) == path:
                return imported
            spec = importlib.util.spec_from_file_location(name, path, loader=PageLoader(name, path))
            assert spec is not None
            return _bootstrap._load(spec)

    def respond(self, request: Optional[Request]) -> Response:
        process = os.getpid()
        try:
            response = respond(self.load(), request, content_type_of(self.pattern))
        finally:
            if os.getpid() != process:
                os._exit(0)  # a forked child of the page that has returned here
        if self.pattern in ("/404", "/500"):  # an error page has its status whatever it says
            response.status = int(self.pattern[1:])
        return response

    def lists(self, params: dict[str, str]) -> bool:
        """Whether paths has the path of these parameters."""
        paths = function_of(self.load(), "paths")
        return not params or paths is not None and "/".join(params.values()) in paths_of(call(paths, None))

    def match(self, parts: list[str]) -> Optional[dict[str, str]]:
        """The values of the parameters, if the segments of a path match the route."""
        params = {}
        for i, segment in enumerate(self.segments):
            if i >= len(parts):
                return None
            if not segment.startswith("{"):
                if parts[i] != segment:
                    return None
                continue
            catch_all = segment.endswith("...}")
            value = "/".join(parts[i:]) if catch_all else parts[i]
            # Pages use values as file names.
            if "\0" in value or any(part in ("", ".", "..") for part in value.split("/")):
                return None
            params[segment.strip("{.}")] = value
            if catch_all:
                return params
        return params if len(parts) == len(self.segments) else None


class PageLoader(importlib.machinery.SourceFileLoader):
    def source_to_code(self, data: Any, path: Any, **_: Any) -> Any:
        try:
            # With bytes, errors would have the wrong columns.
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            data = data.decode(encoding)
        except (SyntaxError, UnicodeDecodeError):
            pass  # compile reports it better
        return compile(data, path, "exec", dont_inherit=True)


def function_of(module: types.ModuleType, name: str) -> Optional[Callable[..., Any]]:
    """The function of that name, if there is one. A module that the page imports may have the name."""
    value = getattr(module, name, None)
    if callable(value):
        return value
    if value is not None and not isinstance(value, types.ModuleType):
        error = ResultError(f"it is {with_article(value)}, not a function")
        error.fix = f"write def {name}(): return …, or give it another name"
        raise error
    return None


def paths_of(values: Any) -> list[str]:
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise ResultError(f"paths returned {with_article(values)}: it returns a list of str")
    values = list(values)
    for value in values:
        if not isinstance(value, str):
            raise ResultError(f"paths returned {with_article(value)} in its list: each value is a str")
    return values


def split(path: str) -> list[str]:
    """The segments of a path, unescaped before. One slash at the end is ignored."""
    path = path[1:] if path.startswith("/") else path
    if len(path) > 1 and path.endswith("/"):
        path = path[:-1]
    return path.split("/") if path else []
