# A regenerated page with a parameter: what paths lists is rendered ahead,
# anything else at its first request.
from html import escape


def config():
    return {"regenerate": {"every": 60}}


def paths():
    return ["now"]


def data(request):
    return request.params["slug"]


def render(slug):
    return f"<h1>live: {escape(slug)}</h1>"
