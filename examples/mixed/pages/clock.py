# A regenerated Python page.
import time


def data(request):
    return time.strftime("%H:%M:%S") if request else "build time"


def render(now):
    return f"<!DOCTYPE html>\n<title>Clock</title>\n<h1>{now}</h1>\n"


def config():
    return {"regenerate": {"every": 5}}
