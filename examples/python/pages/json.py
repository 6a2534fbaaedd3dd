# Not only HTML: the type comes from the headers.
import json


def render():
    return json.dumps({"foo": "bar"}), {"headers": {"Content-Type": "application/json"}}
