def render():
    return "<!DOCTYPE html>\n<title>Broken</title>\n<h1>Our fault</h1>\n"
