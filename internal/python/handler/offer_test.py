import importlib
import os
import sys
import tempfile
import unittest

from . import offer


class TestOffer(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.file = os.path.join(directory.name, "site.json")
        os.environ["JARGO_SITE"] = self.file
        self.addCleanup(os.environ.pop, "JARGO_SITE")
        self.addCleanup(offer._described.clear)
        self.addCleanup(offer._asked.clear)
        self.addCleanup(sys.modules.pop, "jargo", None)

    def write(self, text):
        with open(self.file, "w", encoding="utf-8") as out:
            out.write(text)

    def test_routes_come_with_the_file(self):
        offer.offer()
        jargo = importlib.import_module("jargo")
        self.assertEqual(jargo.routes(), [])
        self.write('{"later": 1, "routes": ["/", "/about"]}')
        self.assertEqual(jargo.routes(), ["/", "/about"])
        jargo.routes().append("changed")
        self.assertEqual(jargo.routes(), ["/", "/about"])

    def test_building(self):
        offer.offer()
        jargo = importlib.import_module("jargo")
        self.assertFalse(jargo.building())
        os.environ["JARGO_BUILDING"] = "1"
        self.addCleanup(os.environ.pop, "JARGO_BUILDING")
        self.assertTrue(jargo.building())

    def test_an_older_build_gives_none(self):
        self.write('{"other": 1}')
        self.assertEqual(offer.routes(), [])

    def test_assets(self):
        self.assertEqual(offer.asset("/style.css"), "/style.css")
        self.write('{"assets": {"/style.css": "/style.0123456789ab.css"}}')
        for _ in range(2):
            self.assertEqual(offer.asset("/style.css"), "/style.0123456789ab.css")
        with open(self.file + ".asked", encoding="utf-8") as asked:
            self.assertEqual(asked.read(), "/style.css\n")
        with self.assertRaisesRegex(FileNotFoundError, "there is no file public/style.css"):
            offer.asset("style.css")

    def test_a_missing_asset_is_a_mistake_while_the_site_is_developed(self):
        self.write('{"assets": {}}')
        os.environ["JARGO_SITE"], site = "", os.environ["JARGO_SITE"]
        self.addCleanup(os.environ.__setitem__, "JARGO_SITE", site)
        here, offer.HERE = offer.HERE, os.path.dirname(site)
        self.addCleanup(setattr, offer, "HERE", here)
        os.rename(site, os.path.join(os.path.dirname(site), "jargo.json"))
        self.assertEqual(offer.asset("/style.css"), "/style.css")
        os.environ["JARGO_DEV"] = "."
        self.addCleanup(os.environ.pop, "JARGO_DEV")
        with self.assertRaisesRegex(FileNotFoundError, "there is no file public/style.css"):
            offer.asset("/style.css")
