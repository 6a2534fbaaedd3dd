def render():
    return b"<feed/>", {"headers": {"Content-Type": "application/xml", "X-Feed": "small"}}
