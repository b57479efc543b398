#!/usr/bin/env python3
"""The style that ARCHITECTURE.md asks for, as a test: layers, lengths, banned calls, dead headers, names of what is not there.

usage: tools/style.py [ROOT]     exit 1 and a line for each finding
"""
import pathlib
import re
import sys

FILE_LINES, FUNCTION_LINES, COLUMNS = 500, 70, 100
CODE = {".cpp", ".hpp", ".ts", ".py", ".mjs"}

# What is not called, and what is called instead.
BANNED = [
    (r"\bstd::rand\b|\bsrand\(", "base/random.hpp"),
    (r"\bsprintf\(|\bstrcpy\(|\bstrcat\(|\bgets\(", "fmt::format"),
    (r"\bstd::regex\b", "a parser: std::regex recurses on its input"),
    (r"\batoi\(|\batol\(|\bstd::sto(i|l|ul|ull)\(", "parse_u64 of base/ascii.hpp"),
    (r"\bgmtime\(|\blocaltime\(|\bstrftime\(", "base/time.hpp"),
    (r"\busing namespace std;", "the names themselves"),
    (r"[^:.\w>]system\(", "fork and exec"),
    (r"\bstd::format\b|#include <format>", "fmt::format: libstdc++ 12 has no <format>"),
]
PRINTING = re.compile(r"\bstd::(cout|cerr)\b|[^fn]printf\(")


def modules(root):
    text = (root / "src/CMakeLists.txt").read_text()
    return re.findall(r"^signpost_module\((\w+)", text, re.M)


def check_layers(root, path, text, order):
    module = path.relative_to(root / "src").parts[0]
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'#include "(\w+)/', line)
        if not match:
            continue
        used = match.group(1)
        if used == "testing":
            if not re.search(r"_(test|fixture)\.[ch]pp$", path.name) and module != "testing":
                yield number, "testing/ is for tests alone"
        elif used not in order:
            yield number, f"{used}/ is no module of src/CMakeLists.txt"
        elif module in order and order.index(used) > order.index(module):
            yield number, f"{module} stands above {used} and may not include it"


def check_functions(text):
    """A function's body starts with a line that ends in '{' at column 0 of its text and ends with '}'."""
    start, lines = None, text.splitlines()
    for number, line in enumerate(lines, 1):
        if start is None and re.match(r"[A-Za-z].*[)\w] \{$|  .*\) (const )?(override )?\{$", line):
            if not re.match(r"\s*(namespace|class|struct|enum|union|extern|if|for|while|switch)\b", line):
                start, indent = number, len(line) - len(line.lstrip())
        elif start is not None and re.match(r" {0,%d}\}$" % indent, line):
            # A table written as a switch is one line a case, and reads better whole.
            cases = sum("case " in each for each in lines[start:number])
            if number - start + 1 - 2 * cases > FUNCTION_LINES:
                yield start, f"a function of {number - start + 1} lines (at most {FUNCTION_LINES})"
            start = None


def check_lines(path, text):
    lines = text.splitlines()
    if len(lines) > FILE_LINES:
        yield 1, f"{len(lines)} lines (at most {FILE_LINES})"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS and "http" not in line and path.suffix in {".cpp", ".hpp"}:
            yield number, f"{len(line)} columns (at most {COLUMNS})"


def check_calls(root, path, text):
    is_test = "_test." in path.name or "_fixture." in path.name
    printing_allowed = path.relative_to(root / "src").parts[0] in {"cli", "app", "testing"}
    for number, line in enumerate(text.splitlines(), 1):
        code = re.sub(r'"(\\.|[^"\\])*"', '""', line.split("//")[0])
        for pattern, instead in BANNED:
            if re.search(pattern, code) and not (is_test and re.search("sto|regex", pattern)):
                yield number, f"banned call; use {instead}"
        if PRINTING.search(code) and not is_test and not printing_allowed:
            yield number, "only cli and app print; use log/"


def check_header(path, text, included):
    if path.suffix != ".hpp":
        return
    if "#pragma once" not in text:
        yield 1, "no #pragma once"
    if not any(name.endswith(f"{path.parent.name}/{path.name}") for name in included):
        yield 1, "never included: delete it"


def check_names(root, path, text):
    """Documents, decisions and sources that a comment or a document names are there to be read."""
    for number, line in enumerate(text.splitlines(), 1):
        for name in re.findall(r"[\w./-]+\.md\b", line):
            if not any((base / name.lstrip("/")).exists() for base in (root, root / "docs", path.parent)):
                yield number, f"{name} is not there"
        for pair in re.findall(r"docs/adr/(\d{4})|\bADR (\d+)", line):
            if not list((root / "docs/adr").glob(f"{int(''.join(pair)):04d}-*.md")):
                yield number, f"there is no decision {''.join(pair)}"
        begin = r"`(?:src/)?" if path.suffix == ".md" else r"//.*?\b"
        for name in re.findall(begin + r"([a-z0-9_]+/[a-z0-9_/]+\.[ch]pp)", line):
            if not any((base / name).exists() for base in (root, root / "src")):
                yield number, f"{name} is not there"


def findings(root):
    order = modules(root)
    sources = sorted(p for p in (root / "src").rglob("*") if p.suffix in {".cpp", ".hpp"})
    texts = {p: p.read_text() for p in sources}
    included = {m for t in texts.values() for m in re.findall(r'#include "([^"]+)"', t)}
    for path, text in texts.items():
        checks = [
            check_layers(root, path, text, order), check_functions(text), check_lines(path, text),
            check_calls(root, path, text), check_header(path, text, included), check_names(root, path, text),
        ]
        for check in checks:
            for number, what in check:
                yield f"{path.relative_to(root)}:{number}: {what}"
    for path in [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]:
        for number, what in check_names(root, path, path.read_text()):
            yield f"{path.relative_to(root)}:{number}: {what}"
    for folder in ("web/src", "test", "bench", "tools", "fuzz"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in CODE and "node_modules" not in path.parts and path.is_file():
                for number, what in check_lines(path, path.read_text()):
                    yield f"{path.relative_to(root)}:{number}: {what}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    found = list(findings(root))
    print("\n".join(found), file=sys.stderr) if found else None
    print(f"style: {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
