import importlib
import os
import sys
import tempfile
import unittest

from . import imports


class TestUsePath(unittest.TestCase):
    def setUp(self):
        root = tempfile.TemporaryDirectory()
        self.addCleanup(root.cleanup)
        self.root = root.name
        path, modules = sys.path[:], sys.modules.copy()
        self.addCleanup(lambda: (sys.path.__setitem__(slice(None), path), sys.modules.update(modules)))

    def write(self, *names):
        file = os.path.join(self.root, *names)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "w", encoding="utf-8") as out:
            out.write("OF_THE_PROJECT = True\n")

    def test_project_comes_before_python(self):
        import colorsys

        imports.OWN_MODULES.add("colorsys")  # as if the program had imported it
        self.addCleanup(imports.OWN_MODULES.discard, "colorsys")
        self.write("colorsys.py")
        imports.use_path(self.root, "")
        self.assertTrue(importlib.import_module("colorsys").OF_THE_PROJECT)
        self.assertFalse(hasattr(colorsys, "OF_THE_PROJECT"))

    def test_project_comes_before_packages(self):
        packages = os.path.join(self.root, "packages")
        self.write("packages", "only_in_packages.py")
        imports.use_path(self.root, packages)
        self.assertEqual(sys.path[:2], [self.root, packages])
        self.assertTrue(importlib.import_module("only_in_packages").OF_THE_PROJECT)

    def test_no_packages(self):
        imports.use_path(self.root, os.path.join(self.root, "none"))
        self.assertEqual(sys.path[0], self.root)
        self.assertNotIn(os.path.join(self.root, "none"), sys.path)
