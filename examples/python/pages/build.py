# A build page: rendered once, when the site is built.
def render(data):
    return f"<h1>{data['text']}</h1>", {}


def data():
    return {"text": "Hello, World!"}
