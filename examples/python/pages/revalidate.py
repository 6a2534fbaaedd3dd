# A fresh page that has /regenerate rendered again when its form is sent.
import jargo

FORM = '<form method="post"><button>Render /regenerate again</button></form>'


def config():
    return {"fresh": {}}


def data(request):
    if request.method != "POST":
        return False
    jargo.revalidate(request, "/regenerate")
    return True


def render(done):
    if not done:
        return FORM
    return "", {"status_code": 303, "headers": {"Location": "/regenerate"}}
