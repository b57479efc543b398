#!/usr/bin/python3
"""./dev bench presign: what one pre-signed URL costs, beside the hash that it cannot do without, boto3, the AWS SDK for
JavaScript and minio-js; what verifying it costs; and how many lines a second `signpost presign --batch` signs. Prints a table
and each target's figure. All is CPU time of one run; the figures to trust are the ratios between its rows."""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "test/blackbox")]

from procs import binary, clean_environment  # noqa: E402

os.environ["BOTO_DISABLE_CRT"] = "true"
import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402

KEY_ID, KEY = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
OBJECT_KEY = "users/4f0c2a19/photos/2026/11/24/" + ("a-key-as-long-as-those-that-bench_presign-signs-" * 3)[:113]
ENDPOINT = "https://s3.us-east-1.example.com"


def ours(rounds):
    """{name: (nanoseconds, allocations)}, the medians of the rounds."""
    found = {}
    for _ in range(rounds):
        done = subprocess.run([ROOT / "build/release/bench/bench_presign"], capture_output=True, text=True, check=True)
        for line in done.stdout.splitlines():
            name, *figures = line.split("\t")
            found.setdefault(name, []).append([float(figure) for figure in figures])
    return {name: tuple(statistics.median(column) for column in zip(*lines)) for name, lines in found.items()}


def boto3_cost(rounds, calls=1000):
    client = boto3.client("s3", endpoint_url=ENDPOINT, region_name="us-east-1", aws_access_key_id=KEY_ID,
                          aws_secret_access_key=KEY, config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
    best = float("inf")
    for _ in range(rounds):
        before = time.process_time_ns()
        for i in range(calls):
            client.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": f"{OBJECT_KEY}{i}"}, ExpiresIn=180)
        best = min(best, (time.process_time_ns() - before) / calls)
    return best


def node_costs(rounds):
    environment = clean_environment({"BENCH_KEY_ID": KEY_ID, "BENCH_KEY": KEY, "BENCH_OBJECT_KEY": OBJECT_KEY,
                                     "BENCH_ROUNDS": str(rounds), "NODE_ENV": "production"})
    done = subprocess.run(["node", HERE / "peers/presign.mjs"], capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


def batch_cost(rounds, lines):
    """CPU nanoseconds and wall nanoseconds of a line of `signpost presign --batch`, from a file to nowhere."""
    environment = clean_environment({"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": KEY, "HOME": "/nonexistent"})
    command = [binary(), "presign", "get", "--batch", "--endpoint", ENDPOINT]
    best = (float("inf"), float("inf"))
    with tempfile.NamedTemporaryFile("w+", prefix="signpost-bench-") as source:
        source.writelines(f"s3://photos/{OBJECT_KEY}{i}\n" for i in range(lines))
        source.flush()
        for _ in range(rounds):
            source.seek(0)
            used, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter_ns()
            subprocess.run(command, stdin=source, stdout=subprocess.DEVNULL, check=True, env=environment)
            wall, after = time.perf_counter_ns() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = (after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime) * 1e9
            best = min(best[0], cpu / lines), min(best[1], wall / lines)
        source.seek(0)
        signed = subprocess.run(command, stdin=source, capture_output=True, check=True, env=environment).stdout
        if signed.count(b"&X-Amz-Signature=") != lines or signed.count(b"\n") != lines:
            raise RuntimeError("not a URL for each line")
    return best


def targets(mine, peers, batch):
    """(what, figure, at most or at least, bound)."""
    floor, sign, verify = (mine[name][0] for name in ("floor", "presign", "verify"))
    return [("one URL : the hash floor", sign / floor, "<=", 1.25),
            ("URLs a second, one core", 1e9 / sign, ">=", 1_400_000),
            ("heap allocations of a URL, its text among them", mine["presign"][1], "<=", 1),
            ("verifying : signing", verify / sign, "<=", 1.5),
            ("lines a second of `presign --batch`, CPU time", 1e9 / batch[0], ">=", 600_000),
            ("lines a second of `presign --batch`, on the clock", 1e9 / batch[1], "", None),
            *((f"{name} : Signpost", cost / sign, "", None) for name, cost in peers.items())]


def report(mine, peers, batch, rows):
    sign = mine["presign"][0]
    costs = {"the hash floor: SHA-256 of 400 bytes, HMAC of 133": mine["floor"][0], "Signpost, one URL": sign,
             "Signpost, verifying it": mine["verify"][0], "`signpost presign --batch`, a line": batch[0], **peers}
    out = ["| CPU time | ns | a second | : Signpost |", "|---|---:|---:|---:|"]
    out += [f"| {name} | {cost:,.0f} | {1e9 / cost:,.0f} | {cost / sign:.2f} |" for name, cost in costs.items()]
    out += ["", "| target | measured | bound | |", "|---|---:|---:|---|"]
    for what, figure, relation, bound in rows:
        met = "" if bound is None else "met" if (figure <= bound if relation == "<=" else figure >= bound) else "MISSED"
        shown = f"{figure:,.0f}" if figure >= 1000 else f"{figure:.2f}"
        out.append(f"| {what} | {shown} | {relation} {'' if bound is None else f'{bound:,}'} | {met} |")
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    out += ["", f"One thread each, {os.cpu_count()} cores of {model}, Linux {platform.release()}, "
                f"{time.strftime('%Y-%m-%d', time.gmtime())}; one run of `./dev bench presign`. Compare rows, not machines."]
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lines", type=int, default=1_000_000, help="of the batch")
    options = parser.parse_args()
    node = node_costs(options.rounds)
    peers = {"minio-js": node["minio"], "boto3": boto3_cost(options.rounds), "AWS SDK for JavaScript": node["aws_sdk"]}
    mine, batch = ours(options.rounds), batch_cost(options.rounds, options.lines)
    print(report(mine, peers, batch, targets(mine, peers, batch)))


if __name__ == "__main__":
    main()
