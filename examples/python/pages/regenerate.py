# A regenerated page: rendered at most every five seconds.
import time

BUILT = "when the site was built"


def render(data):
    return f"<h1>regenerated page, last rendered {data['time']}</h1>", {}


def data(request=None):
    # There is no request when the site is built.
    return {"time": time.time() if request else BUILT}


def config():
    return {"regenerate": {"every": 5}}
