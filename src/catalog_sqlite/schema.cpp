#include "catalog_sqlite/schema.hpp"

#include <array>

namespace signpost::catalog_sqlite {
namespace {

// Times are seconds since 1970. `metadata` is "4:name5:value..." in the order of the names:
// each text after its length in bytes. The sort expressions of the indexes are those of file_list.
constexpr std::array steps = {
    // 1: users, sessions, files
    R"sql(
  CREATE TABLE user(
    username TEXT PRIMARY KEY COLLATE NOCASE, password_hash TEXT NOT NULL, admin INTEGER NOT NULL,
    disabled INTEGER NOT NULL, created_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE session(
    token_hash BLOB PRIMARY KEY, principal TEXT NOT NULL, groups TEXT NOT NULL,
    admin INTEGER NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX session_principal ON session(principal);
  CREATE INDEX session_end ON session(expires_at);
  CREATE TABLE file(
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    content_type TEXT NOT NULL, size INTEGER, sha256 TEXT, state TEXT NOT NULL,
    owner TEXT NOT NULL, created_by TEXT NOT NULL, album TEXT, metadata BLOB NOT NULL,
    width INTEGER, height INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    bucket TEXT NOT NULL, key TEXT NOT NULL, etag TEXT NOT NULL,
    upload_type TEXT, upload_key TEXT, upload_expires_at INTEGER,
    UNIQUE(bucket, key)
  );
  CREATE INDEX file_by_time ON file(owner, created_at, number);
  CREATE INDEX file_by_name ON file(owner, name, number);
  CREATE INDEX file_by_size ON file(owner, ifnull(size,-1), number);
  CREATE TABLE doomed_object(
    number INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL, key TEXT NOT NULL,
    UNIQUE(bucket, key)
  );
  CREATE TABLE secret(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
)sql",
    // 2: grants. `target` is an id of that kind.
    R"sql(
  CREATE TABLE access_grant(
    kind TEXT NOT NULL, target TEXT NOT NULL, grantee TEXT NOT NULL, role TEXT NOT NULL,
    created_at INTEGER NOT NULL, PRIMARY KEY(kind, target, grantee)
  ) WITHOUT ROWID;
)sql",
    // 3: API tokens. `scopes` are domain::Scope's bits; a token goes with the one that made it.
    R"sql(
  CREATE TABLE api_token(
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, hash BLOB NOT NULL UNIQUE,
    principal TEXT NOT NULL, name TEXT NOT NULL, scopes INTEGER NOT NULL, parent TEXT,
    created_at INTEGER NOT NULL, expires_at INTEGER
  );
  CREATE INDEX api_token_principal ON api_token(principal, number);
  CREATE INDEX api_token_parent ON api_token(parent) WHERE parent IS NOT NULL;
  CREATE INDEX api_token_end ON api_token(expires_at) WHERE expires_at IS NOT NULL;
)sql",
    // 4: albums. What was free text on a file becomes an album of that name.
    R"sql(
  CREATE TABLE album(
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, owner TEXT NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
  );
  CREATE INDEX album_by_owner ON album(owner, number);
  INSERT INTO album(id, name, owner, created_at, updated_at)
    SELECT lower(hex(randomblob(16))), album, owner, min(created_at), max(updated_at)
    FROM file WHERE album IS NOT NULL GROUP BY owner, album;
  UPDATE file SET album=(SELECT album.id FROM album
                         WHERE album.owner=file.owner AND album.name=file.album)
    WHERE album IS NOT NULL;
  CREATE INDEX file_in_album_by_time ON file(album, created_at, number) WHERE album IS NOT NULL;
  CREATE INDEX file_in_album_by_name ON file(album, name, number) WHERE album IS NOT NULL;
  CREATE INDEX file_in_album_by_size ON file(album, ifnull(size,-1), number)
    WHERE album IS NOT NULL;
)sql",
    // 5: what the tickets of a file's URLs are of
    R"sql(
  ALTER TABLE file ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
)sql",
    // 6: answers under Idempotency-Keys, and how many of each principal
    R"sql(
  CREATE TABLE keyed_answer(
    principal TEXT NOT NULL, key TEXT NOT NULL, request BLOB NOT NULL, created_at INTEGER NOT NULL,
    status INTEGER NOT NULL, location TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE(principal, key)
  );
  CREATE INDEX keyed_answer_age ON keyed_answer(created_at);
  CREATE TABLE keyed_answer_count(principal TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TRIGGER keyed_answer_in AFTER INSERT ON keyed_answer BEGIN
    INSERT INTO keyed_answer_count VALUES(new.principal, 1)
      ON CONFLICT(principal) DO UPDATE SET count=count+1;
  END;
  CREATE TRIGGER keyed_answer_out AFTER DELETE ON keyed_answer BEGIN
    UPDATE keyed_answer_count SET count=count-1 WHERE principal=old.principal;
    DELETE FROM keyed_answer_count WHERE principal=old.principal AND count=0;
  END;
)sql",
    // 7: sessions that can be told apart, and ended by who does not hold their token
    R"sql(
  ALTER TABLE session ADD COLUMN id TEXT NOT NULL DEFAULT '';
  ALTER TABLE session ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
  ALTER TABLE session ADD COLUMN address TEXT NOT NULL DEFAULT '';
  UPDATE session SET id=lower(hex(randomblob(12)));
  CREATE UNIQUE INDEX session_id ON session(id);
  CREATE INDEX session_by_time ON session(principal, created_at, id);
  DROP INDEX session_principal;
)sql",
    // 8: withdrawals of URLs: the epochs (file is '' for all that the holder was given), and what
    // the store has yet to be told
    R"sql(
  ALTER TABLE album ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE url_epoch(
    file TEXT NOT NULL, holder TEXT NOT NULL, epoch INTEGER NOT NULL, PRIMARY KEY(file, holder)
  ) WITHOUT ROWID;
  CREATE TABLE withdrawal(number INTEGER PRIMARY KEY AUTOINCREMENT, mark TEXT NOT NULL);
)sql",
    // 9: whether a holder has epochs at all, without reading those of every file
    R"sql(
  CREATE INDEX url_epoch_of_holder ON url_epoch(holder);
)sql",
    // 10: what was fetched with URLs, whom their tickets' tags are of, and up to which place of its
    // list a bucket's store has told
    R"sql(
  CREATE TABLE fetched(
    number INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL, key TEXT NOT NULL,
    ticket TEXT NOT NULL, holder_tag TEXT NOT NULL, file TEXT, requests INTEGER NOT NULL,
    bytes INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
    UNIQUE(ticket, bucket, key)
  );
  CREATE INDEX fetched_of_file ON fetched(file, number) WHERE file IS NOT NULL;
  CREATE INDEX fetched_age ON fetched(last_at);
  CREATE TABLE url_holder(tag TEXT PRIMARY KEY, holder TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE fetch_place(bucket TEXT PRIMARY KEY, place TEXT NOT NULL) WITHOUT ROWID;
)sql",
    // 11: uploads that nobody goes on with
    R"sql(
  CREATE INDEX file_pending ON file(upload_expires_at) WHERE state='pending';
)sql"};

}  // namespace

std::span<const char* const> migrations() {
  return steps;
}

}  // namespace signpost::catalog_sqlite
