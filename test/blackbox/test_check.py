"""signpost check: the catalog against the store, and what --repair does."""

import json
import os
import shutil
import sqlite3
import time
from urllib.parse import urlsplit

import pytest

from clients import Gateway, Store
from conftest import STORE_KEY_ID, STORE_SECRET, app_token, running, serve, start_store, write_configuration
from procs import eventually, run
from samples import noise


def check(directory, *arguments, status=0):
    done = run("check", "--data", directory / "data", "--json", *arguments)
    assert done.returncode == status, done
    return json.loads(done.stdout)


def data_files(directory):
    return {path for path in (directory / "data/store/objects").rglob("*") if path.is_file()}


def aged(directory):
    """As if the data files had been written yesterday."""
    for path in data_files(directory):
        os.utime(path, (time.time() - 86_400,) * 2)


@pytest.fixture
def kept(tmp_path, rsa_key):
    """(the folder, the ids of two files, the keys of their objects) of a server that was stopped."""
    config = write_configuration(tmp_path, [rsa_key])
    with running(serve(tmp_path, config=config)) as program:
        caller = Gateway(program.url, program=program).bearing(app_token("chris"))
        files = [caller.upload(noise(100_000, seed=n), "c.bin", "application/octet-stream")["id"] for n in (1, 2)]
        keys = [urlsplit(caller.signed_url(file)["url"]).path.split("/", 2)[2] for file in files]
        bucket = urlsplit(caller.signed_url(files[0])["url"]).path.split("/")[1]
        caller.create("pending.bin", "application/octet-stream", 5)
    return tmp_path, files, bucket, keys


def change_store(directory, change):
    made = json.loads(run("access-key", "create", "--data", directory / "data", "--json").stdout)
    with running(start_store(directory, env={})) as program:
        change(Store(program.url, made["access_key_id"], made["secret_access_key"]))


def test_all_is_well(kept):
    directory, _, _, _ = kept
    found = check(directory)
    assert (found["files"], found["lost"], found["unnamed_count"], found["orphans"], found["objects"]) == (3, [], 0, 0, 2)
    text = run("check", "--data", directory / "data")
    assert text.returncode == 0 and f"3 files of {directory}/data/signpost.db: 0 lost" in text.stdout
    assert found["catalog"] == f"{directory}/data/signpost.db"


def test_a_file_whose_object_is_gone_or_another(kept):
    directory, files, bucket, keys = kept

    def change(store):
        store.bucket = bucket
        assert store.delete(keys[0]).status == 204
        store.put(keys[1], noise(100_000, seed=9))
        store.put("nobody's", b"x")
    change_store(directory, change)
    found = check(directory, status=1)
    assert {(e["file"], e["key"]) for e in found["lost"]} == set(zip(files, keys))
    assert sorted(e["problem"] for e in found["lost"]) == ["is not in the store", "is not the object that the catalog knows"]
    assert found["unnamed"] == [{"bucket": bucket, "key": "nobody's"}] and found["unnamed_count"] == 1
    assert found["damaged"] == []
    text = run("check", "--data", directory / "data", "--repair")
    assert text.returncode == 1 and f"lost: file {files[0]}: {bucket}/{keys[0]} is not in the store" in text.stdout
    again = check(directory, status=1)
    assert again["unnamed_count"] == 1 and len(again["lost"]) == 2, "nothing of the users' is repaired away"


def test_data_files_without_an_object(kept):
    directory, _, _, _ = kept
    before = data_files(directory)
    orphan = directory / "data/store/objects/ab" / ("ab" + "0" * 30 + ".crc32c")
    orphan.write_bytes(b"left over")
    found = check(directory)
    assert (found["orphans"], found["removed"]) == (1, False) and orphan.exists()
    assert "--repair removes them" in run("check", "--data", directory / "data").stdout
    found = check(directory, "--repair")
    assert (found["orphans"], found["removed"]) == (1, True) and data_files(directory) == before
    assert check(directory)["orphans"] == 0


@pytest.mark.parametrize("how", ["missing", "empty"])
@pytest.mark.parametrize("command", [["check", "--repair"], ["store", "--listen", "127.0.0.1:0"], ["serve", "--listen", "127.0.0.1:0", "--store-listen", "127.0.0.1:0"],
                                     ["access-key", "list"]], ids=lambda words: words[0])
def test_a_store_that_lost_its_index_keeps_its_files(kept, command, how):
    """With a new index each of them would belong to no object, and be removed."""
    directory, _, _, _ = kept
    aged(directory)
    before = data_files(directory)
    for part in (directory / "data/store").glob("index.db*"):
        part.unlink()
    if how == "empty":
        (directory / "data/store/index.db").touch()
    done = run(*command, "--data", directory / "data")
    assert done.returncode == 1 and "index.db" in done.stderr and "backup" in done.stderr and not done.stdout, done
    assert data_files(directory) == before


@pytest.mark.parametrize("log_stays", [False, True])
def test_a_lost_index_beside_small_objects_alone_is_no_first_start(tmp_path, log_stays):
    """They were in it, and nothing else tells of them."""
    with running(start_store(tmp_path)) as program:
        Store(program.url, STORE_KEY_ID, STORE_SECRET).create_bucket().put("small", b"in the index")
    folder = tmp_path / "data/store"
    assert not data_files(tmp_path)
    log = folder / "index.db-wal"
    if not log_stays:
        log.unlink(missing_ok=True)
    (folder / "index.db").write_bytes(b"")
    before = log.read_bytes() if log.exists() else None
    done = run("store", "--listen", "127.0.0.1:0", "--data", tmp_path / "data")
    assert done.returncode == 1 and "index.db" in done.stderr and "backup" in done.stderr, done
    assert (log.read_bytes() if log.exists() else None) == before and (folder / "index.db").stat().st_size == 0


def test_a_first_start_that_died_begins_again(tmp_path):
    """Its marker is there, and an index that nothing was written into."""
    with running(start_store(tmp_path)):
        pass
    folder = tmp_path / "data/store"
    for part in folder.glob("index.db*"):
        part.unlink()
    (folder / "index.db").touch()
    marker = (folder / "FORMAT").read_text().splitlines(keepends=True)
    assert marker[2:] == ["index made\n"], marker
    (folder / "FORMAT").write_text("".join(marker[:2]))
    with running(start_store(tmp_path)) as program:
        Store(program.url, STORE_KEY_ID, STORE_SECRET).create_bucket().put("small", b"in the index")
    assert (folder / "FORMAT").read_text() == "".join(marker)


def test_an_index_that_is_too_old_costs_no_file(tmp_path):
    with running(start_store(tmp_path)) as program:
        store = Store(program.url, STORE_KEY_ID, STORE_SECRET).create_bucket()
    old = (tmp_path / "data/store/index.db").read_bytes()
    with running(start_store(tmp_path)) as program:
        store = Store(program.url, STORE_KEY_ID, STORE_SECRET)
        for n in range(101):
            store.put(f"k{n}", noise(20_000, seed=n))
    aged(tmp_path)
    before = data_files(tmp_path)
    assert len(before) == 101
    (tmp_path / "data/store/index.db").write_bytes(old)
    for part in ("index.db-wal", "index.db-shm"):
        (tmp_path / "data/store" / part).unlink(missing_ok=True)
    with running(start_store(tmp_path)) as program:
        eventually(lambda: "signpost check --repair" in program.log())
    assert data_files(tmp_path) == before
    assert check(tmp_path, "--repair")["orphans"] == 101 and data_files(tmp_path) == set()


def test_a_few_data_files_without_an_object_go_at_the_start(kept):
    directory, _, _, _ = kept
    before = data_files(directory)
    for n in range(100):
        (directory / "data/store/objects/ab" / f"ab{n:030x}.crc32c").write_bytes(b"left over")
    aged(directory)
    with running(start_store(directory, env={})) as program:
        eventually(lambda: "100 data files" in program.log())
    assert data_files(directory) == before


def test_a_row_whose_data_file_is_gone(kept):
    directory, _, bucket, keys = kept
    index = sqlite3.connect(directory / "data/store/index.db")
    data, = index.execute("SELECT data FROM object WHERE key=?", (keys[0].encode(),)).fetchone()
    index.close()
    (directory / "data/store/objects" / data[:2] / data).unlink()
    found = check(directory, "--repair", status=1)
    assert [(e["bucket"], e["key"]) for e in found["damaged"]] == [(bucket, keys[0])] and found["lost"] == []
    assert check(directory, status=1)["damaged"], "and stays so: nothing has its bytes"


def test_nothing_is_repaired_away_where_something_is_lost(kept):
    """The rows of an index are lost, here with its log: what the files have may be all that is left."""
    directory, files, _, _ = kept
    (directory / "data/store/index.db-wal").unlink()
    before = data_files(directory)
    assert len(before) == 2
    found = check(directory, "--repair", status=1)
    assert {e["file"] for e in found["lost"]} == set(files) and (found["orphans"], found["removed"]) == (2, False)
    text = run("check", "--data", directory / "data", "--repair")
    assert text.returncode == 1 and "2 data files without an object: kept" in text.stdout
    assert data_files(directory) == before


def test_directories_that_a_backup_left_out(kept):
    """Empty ones are made again; the objects of others are named, and the rest of the store is looked at all the same."""
    directory, _, bucket, _ = kept
    whole = {path.parent for path in data_files(directory)}
    for path in (directory / "data/store/objects").iterdir():
        if path not in whole:
            path.rmdir()
    assert check(directory)["objects"] == 2
    assert len(list((directory / "data/store/objects").iterdir())) == 256
    shutil.rmtree(directory / "data/store/objects")
    found = check(directory, status=1)
    assert len(found["damaged"]) == 2 and found["lost"] == []

    def change(store):
        store.bucket = bucket
        for n in range(20):
            store.put(f"k{n}", noise(20_000, seed=n))
    change_store(directory, change)


def test_a_new_catalog_beside_an_old_store(kept):
    directory, _, bucket, _ = kept
    for path in (directory / "data").glob("signpost.db*"):
        path.unlink()
    with running(serve(directory)):
        pass
    found = check(directory)
    assert found["files"] == 0 and found["unnamed_count"] == 2 and {e["bucket"] for e in found["unnamed"]} == {bucket}


@pytest.mark.parametrize("name", ["signpost.db", "store/index.db"])
def test_a_database_that_is_none_is_named(kept, name):
    directory, _, _, _ = kept
    for path in (directory / "data").glob(name + "*"):
        path.unlink()
    (directory / "data" / name).write_bytes(b"nonsense" * 1000)
    for command in (["check"], ["serve", "--listen", "127.0.0.1:0", "--store-listen", "127.0.0.1:0"]):
        done = run(*command, "--data", directory / "data")
        assert done.returncode == 1 and not done.stdout and f"data/{name}" in done.stderr, done


def test_a_catalog_that_is_elsewhere(kept):
    """Where the configuration says, by a file or by the environment; and never in silence another one or none."""
    directory, files, bucket, keys = kept
    elsewhere = directory / "elsewhere"
    elsewhere.mkdir()
    for name in ("signpost.db", "signpost.db-wal", "signpost.db-shm"):
        if (directory / "data" / name).exists():
            (directory / "data" / name).rename(elsewhere / name)
    change_store(directory, lambda store: store.call("DELETE", f"/{bucket}/{keys[0]}"))
    found = check(directory)
    assert found["catalog"] is None and found["files"] == 0
    text = run("check", "--data", directory / "data")
    assert text.returncode == 0 and "no catalog was looked at" in text.stdout and "--config" in text.stdout
    config = directory / "elsewhere.toml"
    config.write_text(f'[catalog]\nurl = "sqlite:{elsewhere}/signpost.db"\n')
    given = run("check", "--data", directory / "data", "--json", env={"SIGNPOST__CATALOG__URL": f"sqlite:{elsewhere}/signpost.db"})
    for found in (check(directory, "--config", config, status=1), json.loads(given.stdout)):
        assert found["catalog"] == f"{elsewhere}/signpost.db" and found["files"] == 3
        assert [(e["file"], e["key"]) for e in found["lost"]] == [(files[0], keys[0])]


@pytest.mark.parametrize("text, word", [
    ('[catalog]\nurl = "sqlite:other.db"\n', "there is no catalog at"), ("[catalog]\nurl = 1\n", "catalog.url"), ("nonsense", "toml"), (None, "--config"),
    ('[store]\nkind = "s3"\nendpoint = "http://127.0.0.1:1"\nbucket = "photos"\naccess_key_id = "A"\nsecret_access_key = "abcdefgh"\n', "embedded")])
def test_a_configuration_that_names_nothing_to_check(kept, text, word):
    directory, _, _, _ = kept
    config = directory / "wrong.toml"
    if text is not None:
        config.write_text(text)
    done = run("check", "--data", directory / "data", "--config", config)
    assert done.returncode == 2 and word in done.stderr and not done.stdout, done
    assert not (directory / "data/other.db").exists()


def test_a_store_alone_has_no_catalog(tmp_path):
    with running(start_store(tmp_path)):
        pass
    assert check(tmp_path)["files"] == 0 and check(tmp_path)["catalog"] is None
    assert not (tmp_path / "data/signpost.db").exists()
