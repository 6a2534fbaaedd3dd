"""What the pages share: the project's root is importable."""

from html import escape


def page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n"
        '<link rel="stylesheet" href="/style/site.css">\n'
        f"<h1>{escape(title)}</h1>\n{body}\n</html>\n"
    )
