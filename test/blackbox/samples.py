"""Small real files."""

import struct
import zlib


def png(width=8, height=8, seed=0):
    """A true PNG image of one grey per seed."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes((seed * 7 + x * y) % 256 for x in range(width)) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def pdf(text="Signpost"):
    return (b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n% "
            + text.encode() + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n")


def noise(size, seed=1):
    """Bytes that do not compress and that a seed makes again. The same on every run."""
    import random
    return random.Random(seed).randbytes(size)
