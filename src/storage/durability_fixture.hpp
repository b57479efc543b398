#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "sqlite/database.hpp"
#include "storage/crash_states_fixture.hpp"
#include "storage/store.hpp"

// Every kind of change that a store makes, as steps of which each is acknowledged by itself, and
// what a store may look like when one of them was cut short.
namespace signpost::storage::testing {

inline void put(Store& store, const std::string& key, const std::string& bytes) {
  PutWriter writer = store.begin_put(false, bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += 140'000)
    writer.write(std::string_view(bytes).substr(at, 140'000));
  writer.commit({"photos", key, {}, {}, {}, {}}).value();
}

// Steps that belong together remember their upload.
struct Upload {
  std::string key;
  std::string id = {};
  std::vector<std::string> etags = {};

  void create(Store& store) { id = store.create_upload("photos", key, {}).value(); }
  void part(Store& store, std::uint32_t number, const std::string& bytes) {
    PutWriter writer = store.begin_put(false);
    writer.write(bytes);
    etags.resize(std::max<std::size_t>(etags.size(), number));
    etags[number - 1] = writer.commit_part({"photos", key, id, number, {}}).value().etag;
  }
  void complete(Store& store) {
    store.complete_upload("photos", key, id, {{{1, etags.at(0), {}}}, {}, {}, {}}).value();
  }
  void abort(Store& store) { store.abort_upload("photos", key, id).value(); }
};

struct Flow {
  const char* name;
  std::vector<std::function<void(Store&, Upload&)>> steps;
  const char* upload_key = "k";
};

inline const std::string small = "new " + std::string(300, 'n');
inline const std::string large = std::string(150'000, 'l') + "end";
inline const std::string larger = std::string(279'997, 'L') + "end";

inline void copy(Store& store, const std::string& from, const std::string& key) {
  store.copy(store.open("photos", from).value(), {"photos", key, {}, {}, {}, {}}).value();
}
inline std::function<void(Store&, Upload&)> copying(const std::string& from,
                                                    const std::string& key) {
  return [=](Store& store, Upload&) { copy(store, from, key); };
}
inline std::function<void(Store&, Upload&)> removal(const std::string& key) {
  return [key](Store& store, Upload&) { store.remove("photos", key).value(); };
}
inline std::function<void(Store&, Upload&)> putting(const std::string& key,
                                                    const std::string& bytes) {
  return [key, bytes](Store& store, Upload&) { put(store, key, bytes); };
}

inline std::vector<Flow> flows() {
  const auto create = [](Store& store, Upload& upload) { upload.create(store); };
  const auto part = [](std::uint32_t number, const char* bytes) {
    return [=](Store& store, Upload& upload) { upload.part(store, number, bytes); };
  };
  const auto complete = [](Store& store, Upload& upload) { upload.complete(store); };
  const auto abort = [](Store& store, Upload& upload) { upload.abort(store); };
  return {
      {"put", {putting("k", small)}},
      {"put, large", {putting("k", large)}},
      {"put, synced while it is digested", {putting("k", larger)}},
      {"put, empty", {putting("k", "")}},
      {"overwrite", {putting("old", small)}},
      {"overwrite with nothing", {putting("old", "")}},
      {"overwrite with a file", {putting("old", large)}},
      {"overwrite a file", {putting("file", small)}},
      {"overwrite a file with another", {putting("file", larger)}},
      {"overwrite what was multipart", {putting("multi", small)}},
      {"copy", {copying("source", "k")}},
      {"copy over", {copying("source", "old")}},
      {"copy a file", {copying("file", "k")}},
      {"copy a file over another", {copying("file", "file b")}},
      {"delete", {removal("old")}},
      {"delete a file", {removal("file")}},
      {"delete what was multipart", {removal("multi")}},
      {"delete many", {removal("a"), removal("b"), removal("file"), removal("multi")}},
      {"multipart", {create, part(1, "first"), part(1, "again"), part(2, "left over"), complete}},
      {"multipart over", {create, part(1, "other"), complete}, "multi"},
      {"multipart, aborted", {create, part(1, "first"), part(2, "second"), abort}},
      {"bucket",
       {[](Store& store, Upload&) { store.create_bucket("other", "ann").value(); },
        [](Store& store, Upload&) { store.put_cors("other", "<CORS/>").value(); },
        [](Store& store, Upload&) { store.delete_bucket("other").value(); }}},
  };
}

// Everything that a client can see, with each object's bytes read and compared with their MD5.
inline std::string dump(Store& store) {
  std::string out;
  for (const auto& bucket : store.list_buckets("ann")) {
    out += bucket->name + bucket->cors.value_or("") + ":";
    const ListPage page = store.list({bucket->name, "", "", ""}).value();
    for (const auto& entry : page.entries) {
      auto reader = store.open(bucket->name, entry.object.key).value();
      std::string bytes(reader.info().size, '\0');
      bytes.resize(reader.read(0, bytes));
      const std::string md5 = hex_encode(Md5().update(bytes).finish());
      out += " " + entry.object.key + "=" + md5;
      if (reader.parts().empty() && md5 != reader.info().etag) out += " WRONG";
    }
    const UploadPage uploads = store.list_uploads({bucket->name, "", "", ""}).value();
    for (const UploadInfo& upload : uploads.uploads) {
      out += " upload " + upload.key;
      for (const PartInfo& each :
           store.list_parts(bucket->name, upload.key, upload.id, 0, 1'000).value())
        out += " " + std::to_string(each.number) + "=" + each.etag;
    }
    out += "\n";
  }
  (void)store.check([&](const Store::Damage& damage) { out += "DAMAGED " + damage.what + "\n"; });
  return out;
}

class DurabilityTest : public ::testing::Test {
 protected:
  DurabilityTest() {
    DiskVfs::install();
    Disk::instance().set_syncs(false);  // no power is lost here but in the record of the calls
    root_ = new_directory("durability_test");
    directory_ = root_ + "/store";
    fill();
    base_ = image_of(root_);
  }
  ~DurabilityTest() override {
    Disk::instance().disarm();
    Disk::instance().set_syncs(true);
    std::filesystem::remove_all(root_);
  }

  void fill() {
    Store store(directory_);
    store.create_bucket("photos", "ann").value();
    for (const char* key : {"old", "source", "a", "b"})
      put(store, key, "first " + std::string(key));
    for (const char* key : {"file", "file b"}) put(store, key, large + key);
    Upload multi{"multi"};
    multi.create(store);
    multi.part(store, 1, "of a multipart object");
    multi.complete(store);
  }

  // The store as it was when this test began.
  void reset() { lay_out(base_, root_); }

  // After none of the steps, after the first, and so on.
  std::vector<std::string> dumps_of(const Flow& flow) {
    reset();
    Store store(directory_, std::make_unique<DiskIo>());
    Upload upload{flow.upload_key};
    std::vector<std::string> dumps{dump(store)};
    for (const auto& step : flow.steps) {
      step(store, upload);
      dumps.push_back(dump(store));
    }
    return dumps;
  }

  // No file is too many once the orphans are collected, nor any row of small bytes, and none is
  // missing.
  void expect_tidy(Store& store) {
    store.collect_orphans(std::chrono::seconds{0});
    sqlite::Database index(directory_ + "/index.db", sqlite::Access::read_only);
    auto named = index.prepare(
        "SELECT (SELECT count(*) FROM object WHERE data<>'')"
        " + (SELECT count(*) FROM part WHERE data<>''),"
        " (SELECT count(small) FROM object), (SELECT count(*) FROM small_object)");
    named.step();
    std::int64_t there = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_ + "/objects"))
      there += entry.is_regular_file() ? 1 : 0;
    EXPECT_EQ(named.integer(0), there);
    EXPECT_EQ(named.integer(1), named.integer(2));
  }

  std::string root_;
  std::string directory_;
  Image base_;
};

}  // namespace signpost::storage::testing
