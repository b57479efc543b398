"""Disks that can really be full: a file system of a few MiB, in memory or on a loop device, mounted for one test."""

import os
import subprocess
from contextlib import contextmanager

import pytest

MIB = 1024 * 1024


def _mount(kind, where, size, inodes):
    if kind == "tmpfs":
        return ["mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes={inodes}", "tmpfs", str(where)]
    image = where.with_suffix(".img")
    with open(image, "wb") as file:
        file.truncate(size)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", "-N", str(inodes), str(image)], check=True, capture_output=True)
    return ["mount", "-o", "loop", str(image), str(where)]


@contextmanager
def small_disk(directory, kind="tmpfs", size=64 * MIB, inodes=4096):
    """Where it is mounted. Skips, and says why, where nobody may mount."""
    where = directory / "disk"
    where.mkdir()
    try:
        done = subprocess.run(_mount(kind, where, size, inodes), capture_output=True, text=True, check=False)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no {kind} can be made here: {error}")
    if done.returncode != 0:
        pytest.skip(f"no {kind} can be mounted here: {done.stderr.strip()}")
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=False)


def free_bytes(disk):
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


def fill(disk, leave=0):
    """Takes every byte but `leave`, and gives the files that do it."""
    ballast = disk / "ballast"
    with open(ballast, "ab", buffering=0) as file:
        for piece in (MIB, 64 * 1024, 4096, 1):
            try:
                while free_bytes(disk) > leave:
                    file.write(b"\0" * min(piece, free_bytes(disk) - leave))
                    os.fsync(file.fileno())
            except OSError:
                continue
    return [ballast]


def take_inodes(disk):
    """Takes every file that there could be, and gives those."""
    made = []
    while True:
        path = disk / f"none-left-{len(made)}"
        try:
            path.touch()
        except OSError:
            return made
        made.append(path)


def give_back(paths):
    for path in paths:
        path.unlink()
