"""Mistakes on the command line: what is wrong, and where it is told what is right. Exit status 2, and nothing on standard output."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import running, serve
from procs import eventually, run


def refused(*arguments):
    done = run(*arguments)
    assert done.returncode == 2 and not done.stdout and done.stderr.startswith("signpost: ") and done.stderr.count("\n") == 1, done
    return done.stderr


@pytest.mark.parametrize("arguments, name", [
    (["doctor"], "signpost doctor"), (["doctor", "--help"], "signpost doctor"), (["lss", "x", "--json"], "signpost lss"), (["help"], "signpost help"),
    (["token", "foo", "x"], "signpost token foo"), (["token", "foo", "--help"], "signpost token foo"), (["presign", "gte", "s3://a/b"], "signpost presign gte")], ids=str)
def test_what_is_no_command_is_named(arguments, name):
    assert f"there is no command '{name}'" in refused(*arguments)


@pytest.mark.parametrize("arguments, text", [
    ([], "a command is missing. `signpost --help`"), (["--json"], "a command is missing. `signpost --help`"), (["token"], "a command is missing. `signpost token --help`"),
    (["token", "create"], "name is required. `signpost token create --help`"), (["ls", "--no-such"], "--no-such. `signpost ls --help`"),
    (["store", "--data", "d"], "--listen is required. `signpost store --help`"), (["presign", "get", "s3://a/b", "extra"], "extra. `signpost presign get --help`")], ids=str)
def test_a_mistake_names_the_help_that_tells_more(arguments, text):
    assert text in refused(*arguments)


def test_a_url_in_the_wrong_place_is_not_repeated():
    signature = "X-Amz-Signature=" + "0123456789abcdef" * 4
    assert signature not in refused("presign", "get", "s3://a/b", f"https://x.example/a?{signature}")


def test_the_version_is_told_both_ways():
    assert run("--version").stdout == run("version").stdout and run("--version").returncode == 0


def test_access_keys_are_made_side_by_side_and_while_a_server_starts_and_stops(tmp_path):
    with running(serve(tmp_path)):
        pass

    def make(_):
        done = run("access-key", "create", "--data", tmp_path / "data", "--json")
        assert done.returncode == 0, done
        return json.loads(done.stdout)["access_key_id"]
    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(make, range(6)))
        before = (tmp_path / "data/serve.lock").read_text()
        starting = threads.submit(serve, tmp_path)
        eventually(lambda: (tmp_path / "data/serve.lock").read_text() not in ("", before), 10, every=0.001)
        made += threads.map(make, range(3))
        with running(starting.result()) as program:
            program.process.terminate()
            made += threads.map(make, range(3))
    listed = json.loads(run("access-key", "list", "--data", tmp_path / "data", "--json").stdout)["items"]
    assert len(set(made)) == 12 and set(made) < {key["access_key_id"] for key in listed}
