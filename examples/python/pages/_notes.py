# Not a page: its name starts with _.
