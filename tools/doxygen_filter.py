#!/usr/bin/env python3
"""Turns a header's plain comments into doxygen's: `// text` above a declaration, `; // text` behind one.

usage: tools/doxygen_filter.py HEADER     (docs/Doxyfile calls it for each)
"""
import re
import sys

CODE = r'((?:[^"\'/]|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'|/(?!/))*)'


def literal(text):
    """The comment as it stands: nothing in it is a command, a tag or a link."""
    return re.sub(r"([\\@<>#%&*_~`|\[\]])", r"\\\1", text)


def doxygen(lines):
    behind = False  # the comment that goes on belongs to what stands before it
    for line in lines:
        code, marker, comment = re.fullmatch(CODE + r"(?:(//)[/!]?(.*))?", line).groups()
        if not marker:
            yield code
            behind = False
            continue
        behind = bool(code.strip()) or (behind and len(code) > 10)
        yield f"{code}///{'<' if behind else ''}{literal(comment)}"


def main():
    with open(sys.argv[1], encoding="utf-8") as header:
        print("\n".join(doxygen(header.read().splitlines())))


if __name__ == "__main__":
    main()
