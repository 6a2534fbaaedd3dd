"""What went wrong in a page, as engine/protocol.go has it: a Failure."""

from __future__ import annotations

import collections
import os
import sys
from typing import Any, Optional

from .page import Page
from .render import ResultError


def failure_of(page: Page, step: str, error: BaseException, line: int = 0) -> dict[str, Any]:
    """An exception, with the lines of the user's files it went through, innermost first: or else one of the page's."""
    frames: collections.deque[dict[str, Any]] = collections.deque(maxlen=32)
    failure: dict[str, Any] = {"in": step, "type": type(error).__name__, "message": "", "frames": frames}
    own = [{"file": page.file, "line": line, "col": 1, "func": ""}] if line else []
    try:
        failure["message"] = str(error).strip().partition("\n")[0]
    except BaseException:
        pass  # its own fault
    if isinstance(error, ResultError):
        return dict(failure, type="", fix=error.fix, frames=own)
    if isinstance(error, SystemExit):
        failure["fix"] = "a page must not end the process: raise an exception instead"
    if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str) and "." not in error.name:
        known = error.name in getattr(sys, "stdlib_module_names", ())  # since Python 3.10
        if not known and not any(os.path.exists(os.path.join(page.root, error.name + end)) for end in ("", ".py")):
            failure["fix"] = f"if {error.name} is a package, add it to requirements.txt"
    if missing := missing_file(error):
        failure["missing"] = missing
    installed = installed_in(page.root)
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        file = user_file(page.root, code.co_filename, installed)
        if file:
            name = code.co_name if code.co_name != "<module>" else ""
            frames.appendleft({"file": file, "line": trace.tb_lineno, "func": name})
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        failure["message"] = str(error.msg or "")
        file = user_file(page.root, str(error.filename or ""), installed)
        if file:
            before = (error.text or "")[: max((error.offset or 1) - 1, 0)]
            column = len(before.encode(errors="replace")) + 1
            frames.appendleft({"file": file, "line": error.lineno or 1, "col": column, "func": ""})
    failure["frames"] = list(frames) or own
    return failure


def missing_file(error: Optional[BaseException]) -> str:
    """The file that there is not, as the page has named it, if an exception or one of its causes is about that; or ""."""
    for _ in range(10):
        if isinstance(error, FileNotFoundError) and error.filename:
            return os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes, os.PathLike)) else ""
        error = error and (error.__cause__ or error.__context__)
    return ""


def user_file(root: str, file: str, installed: set[str]) -> str:
    """The name of a file below the project, if it is the user's own; or ""."""
    if not file.startswith(root + os.sep) or file == __file__:
        return ""
    parts = os.path.relpath(file, root).split(os.sep)
    return "" if "site-packages" in parts or parts[0] in installed else "/".join(parts)


def installed_in(root: str) -> set[str]:
    """What pip install --target has put into the project."""
    names = set()
    for info in os.listdir(root):
        record = os.path.join(root, info, "RECORD")
        if info.endswith(".dist-info") and os.path.isfile(record):
            with open(record, encoding="utf-8") as file:
                names |= {line.partition(",")[0].partition("/")[0] for line in file}
    return names
