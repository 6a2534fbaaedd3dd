from site_parts.layout import page


def render():
    return page("Broken", "<p>Our fault.</p>")
