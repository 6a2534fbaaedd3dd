"""bench.py DIR PAGES: measures DIR/jargo. See run.sh."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
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
out.mkdir(exist_ok=True)
for file in sys.argv[2:]:
    spec = importlib.util.spec_from_file_location("", file)
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    body, info = page.render(page.data())
    (out / pathlib.Path(file).stem).write_text(body)
'''

FRESH = 50  # pages that get a python3 of their own; the rest is arithmetic


def best(work, times=5):
    """The shortest of several runs, and the least of the processors' time they took, in seconds.

    Each run gets a directory that is not there yet: file systems are slow where files were just deleted.
    """
    took, used = [], []
    for _ in range(times):
        out = Path(tempfile.mkdtemp(dir=sys.argv[1])) / "out"
        begun, before = time.perf_counter(), processors()
        work(out)
        took.append(time.perf_counter() - begun)
        used.append(processors() - before)
    return min(took), min(used)


def processors():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main():
    base, count = Path(sys.argv[1]), int(sys.argv[2])
    site, plain = base / "site", base / "plain.py"
    (site / "pages").mkdir(parents=True)
    files = []
    for n in range(count):
        file = site / "pages" / f"p{n}.py"
        file.write_text(PAGE.format(n=n))
        files.append(str(file))
    plain.write_text(PLAIN)

    def jargo(out):
        subprocess.run([base / "jargo", "build", "--out", out, site], check=True, stdout=subprocess.DEVNULL)

    def fresh(out):
        for file in files[:FRESH]:
            subprocess.run(["python3", plain, out, file], check=True)

    def loop(out):
        # On one core: taskset where there is one.
        pin = ["taskset", "-c", "0"] if shutil.which("taskset") else []
        subprocess.run([*pin, "python3", plain, out, *files], check=True)

    jargo(base / "built")
    loop(base / "looped")
    for n in range(count):
        built = (base / "built" / "static" / f"p{n}.html").read_text()
        assert built == (base / "looped" / f"p{n}").read_text(), "the two render different pages"
    (build, build_cpu), (each, each_cpu), (one, one_cpu) = best(jargo), best(fresh, 3), best(loop)
    each, each_cpu = each * count / FRESH, each_cpu * count / FRESH
    python = subprocess.run(["python3", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    print(f"{count} Python build pages, {python}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"                             time   processors")
    print(f"jargo build                {build:6.3f} s {build_cpu:10.3f} s")
    print(f"a fresh python3 each       {each:6.3f} s {each_cpu:10.3f} s   {each / build:6.1f} times jargo's time (at least 5)")
    print(f"one plain loop, one core   {one:6.3f} s {one_cpu:10.3f} s   jargo takes {build / one:.2f} of it (at most 1.3)")


main()
