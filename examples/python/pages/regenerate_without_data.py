def render():
    return "<h1>regenerated, not rendered ahead</h1>", {}


def config():
    return {"regenerate": {"every": 5}, "fallback": False}
