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
from typing import Any, Iterable, Optional

from .render import Request, Response, content_type_of, respond


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


def split(path: str) -> list[str]:
    """The segments of a path, unescaped before. One slash at the end is ignored."""
    path = path[1:] if path.startswith("/") else path
    if len(path) > 1 and path.endswith("/"):
        path = path[:-1]
    return path.split("/") if path else []
