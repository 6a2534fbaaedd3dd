"""bench.py DIR PAGES: measures DIR/jargo. See run.sh."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

# A page with a little work to do: a table of its own numbers.
PAGE = '''import html

TITLE = "Page {n} & more"


def data():
    return [(i, i * {n} % 97, "item %d" % i) for i in range(40)]


def render(rows):
    cells = "".join(
        f"<tr><td>{{i}}</td><td>{{value}}</td><td>{{html.escape(name)}}</td></tr>\\n" for i, value, name in rows
    )
    return f"<!doctype html>\\n<title>{{html.escape(TITLE)}}</title>\\n<table>\\n{{cells}}</table>\\n", {{}}
'''

# What Jar does with a build page, and nothing else.
PLAIN = '''import importlib.util, pathlib, sys
sys.dont_write_bytecode = True
out = pathlib.Path(sys.argv[1])
for file in sys.argv[2:]:
    spec = importlib.util.spec_from_file_location("", file)
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    body, info = page.render(page.data())
    (out / pathlib.Path(file).stem).write_text(body)
'''

FRESH = 50  # pages that get a python3 of their own; the rest is arithmetic


def best(work, times=5):
    """The shortest of several runs, in seconds."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return min(took)


def main():
    base, count = Path(sys.argv[1]), int(sys.argv[2])
    site, out = base / "site", base / "plain"
    (site / "pages").mkdir(parents=True)
    out.mkdir()
    files = []
    for n in range(count):
        file = site / "pages" / f"p{n}.py"
        file.write_text(PAGE.format(n=n))
        files.append(str(file))
    plain = base / "plain.py"
    plain.write_text(PLAIN)
    log = open(os.devnull, "w")

    def jargo():
        subprocess.run([str(base / "jargo"), "build", str(site)], check=True, stdout=log)

    def fresh():
        for file in files[:FRESH]:
            subprocess.run(["python3", str(plain), str(out), file], check=True)

    def loop():
        # On one core: taskset where there is one.
        pin = ["taskset", "-c", "0"] if shutil.which("taskset") else []
        subprocess.run([*pin, "python3", str(plain), str(out), *files], check=True)

    jargo()
    for n in (0, count - 1):
        built = (site / ".vercel" / "output" / "static" / f"p{n}.html").read_text()
        loop() if n == 0 else None
        assert built == (out / f"p{n}").read_text(), "the two render different pages"
    build, each, one = best(jargo), best(fresh, 3) * count / FRESH, best(loop)
    python = subprocess.run(["python3", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    print(f"{count} Python build pages, {python}, {os.cpu_count()} cores")
    print(f"jargo build                {build:8.3f} s")
    print(f"a fresh python3 each       {each:8.3f} s   jargo is {each / build:.1f} times as fast (at least 5)")
    print(f"one plain loop, one core   {one:8.3f} s   jargo takes {build / one:.2f} of it (at most 1.3)")


main()
