from site_parts.layout import page


def render():
    return page("Not here", "<p>There is no such page.</p>")
