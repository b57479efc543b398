#!/usr/bin/python3
"""Writes chunked_botocore.txt: bodies that botocore frames as aws-chunked with a checksum behind them.

Run with Debian's python3-botocore:  /usr/bin/python3 make_chunked_botocore.py > chunked_botocore.txt
The format is in README.md.
"""

import io

import botocore
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum, Sha1Checksum, Sha256Checksum

CHECKSUMS = {"x-amz-checksum-crc32": Crc32Checksum, "x-amz-checksum-sha1": Sha1Checksum,
             "x-amz-checksum-sha256": Sha256Checksum}
PATTERN = bytes(range(0x20, 0x7F)) + b"\r\n0\r\n\r\n"  # the end of a body is no end within data


def escape(data):
    return "".join("\\x%02x" % c if c < 0x20 or c == 0x5C else chr(c) for c in data)


def main():
    print("# Made by make_chunked_botocore.py with botocore " + botocore.__version__ + ". Do not edit.\n")
    for name, checksum in CHECKSUMS.items():
        for size in (0, 1, 7, 16, 255, 256, 1000):
            for chunk in (1, 16, 100, 4096):
                if size // chunk > 100:
                    continue
                data = (PATTERN * 10)[:size]
                wire = AwsChunkedWrapper(io.BytesIO(data), checksum_cls=checksum, checksum_name=name, chunk_size=chunk).read()
                whole = checksum()
                whole.update(data)
                print(f"chunked\nchunk\t{chunk}\ntrailer\t{name}\t{whole.b64digest()}\ndata\t{escape(data)}\nwire\t{escape(wire)}\n")


if __name__ == "__main__":
    main()
