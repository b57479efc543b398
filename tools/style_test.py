"""Each rule of style.py fires on a bad sample, and on nothing in a good one."""
import pathlib
import tempfile
import unittest

import style

GOOD = {
    "src/CMakeLists.txt": "signpost_module(base)\nsignpost_module(net DEPS base)\n",
    "src/base/a.hpp": "#pragma once\n",
    "src/net/b.cpp": '#include "base/a.hpp"\n\nint f() {\n  return 1;\n}\n',
}


def findings(**changed):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {**GOOD, **changed.pop("files", {})}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return list(style.findings(root))


class Rules(unittest.TestCase):
    def expect(self, part, name, text):
        found = findings(files={name: text})
        self.assertTrue(any(part in line for line in found), found)

    def test_a_good_tree_has_none(self):
        self.assertEqual(findings(), [])

    def test_layers(self):
        self.expect("may not include", "src/base/c.cpp", '#include "net/b.hpp"\n')
        self.expect("no module", "src/net/c.cpp", '#include "nowhere/b.hpp"\n')
        self.expect("tests alone", "src/net/c.cpp", '#include "testing/b.hpp"\n')

    def test_lengths(self):
        self.expect("lines (at most 500)", "src/net/c.cpp", "\n" * 501)
        self.expect("columns", "src/net/c.cpp", "//" + "a" * 99 + "\n")
        self.expect("a function of", "src/net/c.cpp", "int f() {\n" + "  g();\n" * 70 + "}\n")

    def test_calls(self):
        for call in ("std::rand()", "sprintf(a)", "std::regex r", "atoi(a)", "gmtime(a)",
                     " system(a)", "std::format(a)"):
            self.expect("banned call", "src/net/c.cpp", f"int a = {call};\n")
        self.expect("only cli and app print", "src/net/c.cpp", "void f() { std::cout << 1; }\n")

    def test_headers(self):
        self.expect("never included", "src/net/c.hpp", "#pragma once\n")
        self.expect("no #pragma once", "src/base/a.hpp", "\n")

    def test_names(self):
        self.expect("A.md is not there", "src/net/c.cpp", "// As A.md says.\n")
        self.expect("no decision 7", "src/net/c.cpp", "// Why: ADR 7.\n")
        self.expect("no decision 0007", "README.md", "docs/adr/0007\n")
        self.expect("net/d.hpp is not there", "src/net/c.cpp", "int a;  // as net/d.hpp does\n")
        self.expect("net/d.hpp is not there", "docs/a.md", "`src/net/d.hpp`\n")
        there = {"docs/adr/0007-a.md": "`net/b.cpp`\n", "src/net/c.cpp": "// docs/adr/0007-a.md, ADR 7, base/a.hpp\n"}
        self.assertEqual(findings(files=there), [])


if __name__ == "__main__":
    unittest.main()
