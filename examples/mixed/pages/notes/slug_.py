# A regenerated Python page with a parameter.
from html import escape


def paths():
    return ["one"]


def data(request):
    return request.params["slug"]


def render(slug):
    if slug == "none":
        raise LookupError(slug)
    return f"<!DOCTYPE html>\n<title>Note</title>\n<h1>Note {escape(slug)}</h1>\n"


def config():
    return {"regenerate": {"every": 60}}
