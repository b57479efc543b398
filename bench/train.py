#!/usr/bin/python3
"""./dev profile: the work by whose counts the release build is optimised, done once by a program that counts. Uploads and downloads of
the store; redirects, batches of URLs and proxied bytes of the gateway."""

import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "test/blackbox")]

import gateway  # noqa: E402
import load  # noqa: E402
import store  # noqa: E402
import tokens  # noqa: E402
from samples import noise  # noqa: E402

# Bytes: how often each of the objects is put and then asked for. Small ones most, for each costs a request and few bytes.
OBJECTS, SIZES = 50, {4 << 10: (6, 120), 64 << 10: (4, 600), 1 << 20: (2, 20), 5 << 20: (1, 5)}
REDIRECT_SECONDS, BATCHES, DOWNLOADS = 2, 30, 200


def use_store(directory):
    with ExitStack() as stack:
        way = store.start_store(stack, directory)
        for size, (puts, gets) in SIZES.items():
            bytes_of_all = noise(size, seed=size)
            keys = [f"{size}/{number}" for number in range(OBJECTS)]
            for key in keys * puts:
                way.put(key, bytes_of_all, 1)
            for key in keys * gets:
                way.get(key)


def use_gateway(directory):
    with ExitStack() as stack:
        behind = gateway.start_store(stack, directory / "store")
        keys = {"rs": tokens.RsaKey("rs-1"), "es": gateway.EcKey()}
        _, rows = gateway.put_big(behind, directory)
        program, pid = gateway.start_gateway(stack, directory / "gateway", behind.host, keys, gateway.FEW, rows)
        ways = gateway.gateway_ways(program, pid, keys, "to be counted", gateway.FEW)
        load.measure(list(ways.values()), 1, REDIRECT_SECONDS, directory)
        gateway.ask_batches(ways["HS256"], count=BATCHES)
        for size in gateway.BIG.values():
            gateway.download_cost(ways["HS256"].address, [pid], f"/files/big-{size}?delivery=proxy", ways["HS256"].headers, size,
                                  DOWNLOADS if size < 1 << 25 else 1)


def main():
    directory = Path(tempfile.mkdtemp(prefix="signpost-train-"))
    try:
        use_store(directory / "alone")
        use_gateway(directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
