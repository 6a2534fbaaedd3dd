# A fresh page for all paths below /docs.
from html import escape


def config():
    return {"fresh": {}}


def data(request):
    return request.params["path"].split("/")


def render(parts):
    return "<p>" + " › ".join(escape(part) for part in parts) + "</p>"
