"""What a durable PUT waits for: in the storage library beside the bare file calls (bench_storage_put), and over HTTP."""

import os
import re
import subprocess

from procs import binary

MIB = 1 << 20
SIZES = {"4 KiB": 4096, "64 KiB": 64 << 10, "1 MiB": MIB}
ROW = re.compile(r"(bare|store|commit) +(\d+) B +(\d+) threads +p50 +(\d+) us +p99 +(\d+) us +(\d+) /s")

PUT = """
wrk.method, wrk.body = "PUT", string.rep("x", {size})
"""


def measure(directory, seconds):
    directory.mkdir()
    program = binary().parent / "bench/bench_storage_put"
    text = subprocess.run([program, directory, str(seconds)], capture_output=True, text=True, check=True).stdout
    print(f"\nDurable PUTs, without HTTP:\n\n```\n{text}```", flush=True)
    rows = {(what, int(size), int(threads)): (int(p50), int(rate)) for what, size, threads, p50, _, rate in ROW.findall(text)}
    targets = []
    for name, size in SIZES.items():
        one, many = rows["store", size, 1], rows["store", size, 16]
        targets += [(f"durable PUT {name}, p50: bare and a commit", one[0] / (rows["bare", size, 1][0] + rows["commit", size, 1][0]), "<=", 1.3),
                    (f"durable PUT {name}, 16 writers: one", many[1] / one[1], ">=", 4),
                    ("... and the bare calls' 16: one", rows["bare", size, 16][1] / rows["bare", size, 1][1], "", None)]
    return targets


def in_milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def load(way, directory, size, connections, seconds):
    """(p50 in milliseconds, requests a second)."""
    script = directory / "put.lua"
    script.write_text(PUT.format(size=size))
    url = f"http://{way.address.authority}{way.target('PUT', f'durable-{size}')}"
    text = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency", "-s", script, url], capture_output=True, text=True,
                          check=True, env=os.environ).stdout
    assert "Non-2xx" not in text, text
    return in_milliseconds(re.search(r"(?m)^\s+50%\s+(\S+)", text)[1]), float(re.search(r"Requests/sec:\s+(\S+)", text)[1])


def measure_http(way, directory, seconds):
    targets = []
    print("\n| over HTTP | p50 of one, ms | one, a second | 16, a second |\n|---|---:|---:|---:|")
    for name, size in SIZES.items():
        (p50, one), (_, many) = (load(way, directory, size, connections, seconds) for connections in (1, 16))
        print(f"| durable PUT {name} | {p50:.2f} | {one:,.0f} | {many:,.0f} |", flush=True)
        targets.append((f"durable PUT {name} over HTTP, 16 connections: one", many / one, ">=", 4))
    return targets
