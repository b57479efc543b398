"""docs/security-cases.md against the tests: what it names is there, each case stands there once, and the number of cases that are
proven does not sink unseen."""

import ast
import re

from procs import ROOT

PAGE = ROOT / "docs/security-cases.md"
COUNTS = {"A": 30, "B": 30, "C": 17, "D": 12, "E": 15, "F": 20, "G": 10, "H": 16, "I": 12, "J": 9, "K": 8, "L": 14, "M": 11, "N": 9, "O": 6,
          "P": 4, "Q": 7, "R": 4, "S": 2}
PROVEN_AT_LEAST = 202


def rows():
    """case -> what stands in its last column"""
    found = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"[A-S]\d+", cells[0]):
            assert cells[0] not in found, f"{cells[0]} stands there twice"
            found[cells[0]] = cells[-1]
    return found


def named_in(cell):
    return re.findall(r"`([\w.]+)::([\w.]+)`", cell)


def functions(path):
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


def is_there(file, name):
    if file.endswith(".py"):
        path = ROOT / "test/blackbox" / file
        return name.startswith("test_") and path.is_file() and name in functions(path)
    suite, _, test = name.partition(".")
    macro = re.compile(rf"^TEST(_F|_P)?\({suite}, {test}\)", re.M)
    return any(macro.search(path.read_text()) for path in (ROOT / "src").glob(f"*/{file}"))


def test_each_case_stands_there_once():
    assert list(rows()) == [f"{group}{n}" for group, count in COUNTS.items() for n in range(1, count + 1)]


def test_what_is_named_is_there():
    missing = [f"{case}: {file}::{name}" for case, cell in rows().items() for file, name in named_in(cell) if not is_there(file, name)]
    assert not missing, "\n".join(missing)


def test_a_case_has_a_test_or_a_reason():
    without = {case: cell for case, cell in rows().items() if not named_in(cell)}
    assert all(re.fullmatch(r"– .{15,}", cell) for cell in without.values()), without
    assert len(rows()) - len(without) >= PROVEN_AT_LEAST, len(rows()) - len(without)
