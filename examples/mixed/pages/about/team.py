def render():
    return "<!DOCTYPE html>\n<title>Team</title>\n<h1>The team, in Python</h1>\n"
