# A regenerated page that shows more to an editor.
from html import escape

import jargo


def config():
    return {"regenerate": {"every": 3600}}


def data(request):
    # All but those in a draft share one rendering.
    if jargo.in_draft(request):
        return "A draft, seen by " + request.headers.get("user-agent", "somebody")
    return "What is published"


def render(text):
    return f"<h1>{escape(text)}</h1>"
