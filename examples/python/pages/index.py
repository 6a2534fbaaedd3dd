from site_parts.layout import page

LINKS = [
    "/build",
    "/fresh",
    "/json",
    "/nested/path",
    "/regenerate",
    "/revalidate",
    "/drafts",
    "/preview",
    "/posts/hello",
    "/live/now",
    "/docs/a/b",
]


def render():
    items = "".join(f'<li><a href="{link}">{link}</a></li>' for link in LINKS)
    return page("A Python site", f"<ul>{items}</ul>")
