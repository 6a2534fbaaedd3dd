render = lambda: ("Hi", {})
