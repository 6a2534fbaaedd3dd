# A literal segment precedes a parameter, in whatever language.
def render():
    return "<!DOCTYPE html>\n<title>Hello</title>\n<h1>Hello, says Python</h1>\n"


def config():
    return {"fresh": {}}
