def render():
    return "<h1>fresh, and nothing to say about it</h1>", {"status_code": 202, "headers": {"X-Fresh": "yes"}}


def config():
    return {"fresh": {}}
