# Lets an editor see drafts: who knows EDITOR_PASSWORD of the environment, without which there are no editors.
import hmac
import os
from urllib.parse import parse_qs

import jargo

FORM = """<form method="post">
<input type="password" name="password" aria-label="Password">
<button name="do" value="begin">See drafts</button>
<button name="do" value="end">See what is published</button>
</form>"""


def config():
    return {"fresh": {}}


def data(request):
    """The headers that begin or end drafts, or None."""
    sent = parse_qs(request.body) if isinstance(request.body, str) else {}
    do, password = (sent.get(name, [""])[0] for name in ("do", "password"))
    if do == "end":
        return jargo.end_draft(request)
    if do == "begin" and is_editor(password):
        return jargo.draft(request)
    return None


def is_editor(password):
    want = os.environ.get("EDITOR_PASSWORD", "")
    return want != "" and hmac.compare_digest(password.encode(), want.encode())


def render(headers):
    if headers is None:
        return FORM
    return "", {"status_code": 303, "headers": {"Location": "/drafts", **headers}}
