# Its visitors see 500.py, and the log says why.
def render():
    raise ValueError("out of order")


def config():
    return {"fresh": {}}
