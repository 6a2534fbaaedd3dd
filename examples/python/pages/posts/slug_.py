# A build page with a parameter: paths lists its values.
from pathlib import Path

import smallmark  # of requirements.txt

from site_parts.layout import page

POSTS = Path(__file__).parent.parent.parent / "posts"


def paths():
    return sorted(post.stem for post in POSTS.glob("*.md"))


def data(request):
    return (POSTS / f"{request.params['slug']}.md").read_text(encoding="utf-8")


def render(text):
    return page("A post", smallmark.html(text))
