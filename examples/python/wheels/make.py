"""Makes smallmark-1.0-py3-none-any.whl, the package that the example asks for."""

import base64
import hashlib
import zipfile
from pathlib import Path

SOURCE = '''"""Markdown, the smallest part of it."""

import html as escaping
import re


def html(text: str) -> str:
    blocks = [block.strip() for block in text.split("\\n\\n") if block.strip()]
    return "\\n".join(_block(block) for block in blocks)


def _block(block: str) -> str:
    if block.startswith("# "):
        return f"<h2>{_line(block[2:])}</h2>"
    return f"<p>{_line(block)}</p>"


def _line(text: str) -> str:
    return re.sub(r"\\\\*(.+?)\\\\*", r"<em>\\\\1</em>", escaping.escape(text, quote=False))
'''.replace("\\\\", "\\")

INFO = "smallmark-1.0.dist-info/"
FILES = {
    "smallmark.py": SOURCE,
    INFO + "METADATA": "Metadata-Version: 2.1\nName: smallmark\nVersion: 1.0\n",
    INFO + "WHEEL": "Wheel-Version: 1.0\nGenerator: make.py\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def record() -> str:
    lines = []
    for name, text in FILES.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(text.encode())}\n")
    return "".join(lines) + INFO + "RECORD,,\n"


with zipfile.ZipFile(Path(__file__).with_name("smallmark-1.0-py3-none-any.whl"), "w") as wheel:
    for name, text in {**FILES, INFO + "RECORD": record()}.items():
        wheel.writestr(zipfile.ZipInfo(name), text)
