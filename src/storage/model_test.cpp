// A store is a map: random operations on both, with restarts in between, clean ones and kills.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "storage/crash_states_fixture.hpp"
#include "storage/store.hpp"

namespace signpost::storage {
namespace {

using testing::Disk;

struct ModelObject {
  std::string bytes;
  std::string etag;
  std::string note;  // its x-amz-meta-note
};
struct ModelUpload {
  std::string key;
  std::map<std::uint32_t, std::string> parts = {};
};

const std::vector<std::string> keys = {
    "a", "a/b", "a/c", "a/b/d", "a//", "b", "../x", ".", "é", "zz", "\xf0\x9f\x98\x80", " "};

std::string md5(std::string_view bytes) {
  return hex_encode(Md5().update(bytes).finish());
}

class Comparison {
 public:
  Comparison(std::string root, unsigned seed) : root_(std::move(root)), random_(seed) {
    open();
    store_->create_bucket("photos", "ann").value();
  }

  void operate() {
    switch (below(16)) {
      case 0:
      case 1:
      case 2:
        return put();
      case 3:
        return put_if();
      case 4:
      case 5:
        return get(any_key());
      case 6:
        return copy();
      case 7:
      case 8:
        return remove();
      case 9:
      case 10:
        return list();
      case 11:
        return create_upload();
      case 12:
        return put_part();
      case 13:
        return complete();
      case 14:
        return below(3) == 0 ? abort() : list_parts();
      default:
        return below(4) == 0 ? restart() : get(any_key());
    }
  }

  void compare() {
    for (const std::string& key : keys) get(key);
    for (const auto& [id, upload] : uploads_) compare_parts(id);
    std::size_t damaged = 0;
    const auto checked = store_->check([&](const Store::Damage&) { ++damaged; });
    EXPECT_EQ(damaged, 0u);
    EXPECT_EQ(checked.objects, objects_.size());
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  const std::string& any_key() { return keys[below(keys.size())]; }
  std::string any_bytes() {
    static constexpr std::size_t sizes[] = {0,      1,      10,     100,    1'000,  16'384,
                                            16'385, 65'535, 65'536, 65'537, 140'000};
    std::string bytes(sizes[below(std::size(sizes))], '\0');
    const auto base = random_();
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(base >> (i % 57));
    return bytes;
  }

  void open() {
    store_ = std::make_unique<Store>(directory(), std::make_unique<testing::DiskIo>());
  }
  std::string directory() const { return root_ + "/" + std::to_string(generation_); }

  void restart() {
    const std::string before = directory();
    if (below(2) == 0) {
      store_.reset();
      return open();
    }
    // As a kill leaves it: what is on the disk at this moment, its log too, begins a new life.
    testing::Image image;
    ++generation_;
    for (auto& [path, bytes] : testing::image_of(before))
      image[directory() + path.substr(before.size())] = std::move(bytes);
    std::erase_if(image, [](const auto& file) { return file.first.ends_with("-shm"); });
    std::filesystem::create_directory(directory());
    testing::lay_out(image, directory());
    store_.reset();
    std::filesystem::remove_all(before);
    open();
  }

  PutWriter written(const std::string& bytes) {
    PutWriter writer = store_->begin_put(false);
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t count = 1 + below(100'000);
      writer.write(std::string_view(bytes).substr(at, count));
      at += count;
    }
    return writer;
  }

  void put() {
    const std::string& key = any_key();
    ModelObject object{any_bytes(), "", std::to_string(below(100))};
    object.etag = md5(object.bytes);
    auto info = written(object.bytes)
                    .commit({"photos", key, {{"x-amz-meta-note", object.note}}, {}, {}, {}});
    ASSERT_TRUE(info);
    EXPECT_EQ(info->etag, object.etag);
    objects_[key] = object;
  }

  void put_if() {
    const std::string& key = any_key();
    const auto existing = objects_.find(key);
    WriteCondition condition;
    std::optional<Refusal> expected;
    if (below(2) == 0) {
      condition.if_none_match_any = true;
      if (existing != objects_.end()) expected = Refusal::precondition_failed;
    } else {
      const auto& other = objects_.empty() ? ModelObject{"", "none", ""} : objects_.begin()->second;
      condition.if_match = other.etag;
      if (existing == objects_.end())
        expected = Refusal::no_such_key;
      else if (existing->second.etag != other.etag)
        expected = Refusal::precondition_failed;
    }
    const std::string bytes = any_bytes();
    auto info = written(bytes).commit({"photos", key, {}, {}, condition, {}});
    ASSERT_EQ(info.has_value(), !expected);
    if (expected)
      EXPECT_EQ(info.error(), *expected);
    else
      objects_[key] = {bytes, md5(bytes), ""};
  }

  void get(const std::string& key) {
    auto reader = store_->open("photos", key);
    const auto object = objects_.find(key);
    ASSERT_EQ(reader.has_value(), object != objects_.end()) << key;
    if (!reader) return;
    const ModelObject& model = object->second;
    ASSERT_EQ(reader->info().size, model.bytes.size());
    EXPECT_EQ(reader->info().etag, model.etag);
    EXPECT_EQ(reader->info().field("x-amz-meta-note").value_or(""), model.note);
    const std::uint64_t from = below(model.bytes.size() + 1);
    const std::uint64_t count = 1 + below(150'000);
    std::string bytes(count, '\0');
    bytes.resize(reader->read(from, bytes));
    EXPECT_EQ(bytes, model.bytes.substr(from, count));
  }

  void copy() {
    const std::string &from = any_key(), &to = any_key();
    auto reader = store_->open("photos", from);
    ASSERT_EQ(reader.has_value(), objects_.contains(from));
    if (!reader) return;
    ASSERT_TRUE(store_->copy(*reader, {"photos", to, {}, {}, {}, {}}));
    const std::string bytes = objects_[from].bytes;
    objects_[to] = {bytes, md5(bytes), ""};
  }

  void remove() {
    const std::string& key = any_key();
    EXPECT_TRUE(store_->remove("photos", key));
    objects_.erase(key);
  }

  void list() {
    static const std::string prefixes[] = {"", "a", "a/", "a/b", "x", "."};
    const ListQuery query{"photos", prefixes[below(6)], below(2) == 0 ? "/" : "", "", 1 + below(6)};
    std::vector<std::string> expected;
    for (const auto& [key, object] : objects_) {
      if (!key.starts_with(query.prefix)) continue;
      const auto end = query.delimiter.empty() ? std::string::npos
                                               : key.find(query.delimiter, query.prefix.size());
      const std::string entry = end == std::string::npos ? key : key.substr(0, end + 1) + "*";
      if (expected.empty() || expected.back() != entry) expected.push_back(entry);
    }
    std::vector<std::string> found;
    ListQuery next = query;
    for (bool more = true; more;) {
      const ListPage page = store_->list(next).value();
      for (const auto& entry : page.entries)
        found.push_back(entry.object.key + (entry.is_prefix ? "*" : ""));
      next.from = page.next_from;
      more = page.truncated;
    }
    EXPECT_EQ(found, expected);
  }

  void create_upload() {
    const std::string& key = any_key();
    uploads_[store_->create_upload("photos", key, {}).value()] = {key};
  }

  // An upload under way, or one that there never was.
  std::string any_upload() {
    if (uploads_.empty()) return "none";
    return std::next(uploads_.begin(), static_cast<std::ptrdiff_t>(below(uploads_.size())))->first;
  }

  void put_part() {
    const std::string id = any_upload(), bytes = any_bytes();
    const auto number = static_cast<std::uint32_t>(1 + below(3));
    const auto upload = uploads_.find(id);
    const std::string key = upload == uploads_.end() ? "a" : upload->second.key;
    auto part = written(bytes).commit_part({"photos", key, id, number, {}});
    ASSERT_EQ(part.has_value(), upload != uploads_.end());
    if (part) upload->second.parts[number] = bytes;
  }

  void compare_parts(const std::string& id) {
    const ModelUpload& upload = uploads_[id];
    auto parts = store_->list_parts("photos", upload.key, id, 0, 10).value();
    ASSERT_EQ(parts.size(), upload.parts.size());
    for (const PartInfo& part : parts) EXPECT_EQ(part.etag, md5(upload.parts.at(part.number)));
  }
  void list_parts() {
    if (const std::string id = any_upload(); uploads_.contains(id)) compare_parts(id);
  }

  // Of one part, or of two, of which the first is always too small.
  void complete() {
    const std::string id = any_upload();
    if (!uploads_.contains(id) || uploads_[id].parts.empty()) return;
    const ModelUpload upload = uploads_[id];
    Completion completion;
    for (const auto& [number, bytes] : upload.parts)
      if (completion.parts.size() < 1 + below(2))
        completion.parts.push_back({number, md5(bytes), {}});
    auto info = store_->complete_upload("photos", upload.key, id, completion);
    ASSERT_EQ(info.has_value(), completion.parts.size() == 1);
    if (!info) {
      EXPECT_EQ(info.error(), Refusal::part_too_small);
      return;
    }
    objects_[upload.key] = {upload.parts.at(completion.parts[0].number), info->etag, ""};
    EXPECT_TRUE(info->etag.ends_with("-1"));
    uploads_.erase(id);
  }

  void abort() {
    const std::string id = any_upload();
    if (!uploads_.contains(id)) return;
    ASSERT_TRUE(store_->abort_upload("photos", uploads_[id].key, id));
    uploads_.erase(id);
  }

  std::string root_;
  std::mt19937_64 random_;
  int generation_ = 0;
  std::unique_ptr<Store> store_;
  std::map<std::string, ModelObject> objects_;
  std::map<std::string, ModelUpload> uploads_;
};

TEST(ModelTest, AStoreIsAMap) {
  testing::DiskVfs::install();
  Disk::instance().set_syncs(false);
  const unsigned runs = std::getenv("SIGNPOST_LONG") != nullptr ? 10'000 : 200;
  for (unsigned seed = 1; seed <= runs; ++seed) {
    const std::string root = testing::new_directory("model_test");
    {
      Comparison run(root, seed);
      for (int i = 0; i < 200 && !HasFailure(); ++i) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", operation " + std::to_string(i));
        run.operate();
      }
      run.compare();
    }
    std::filesystem::remove_all(root);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  Disk::instance().set_syncs(true);
}

}  // namespace
}  // namespace signpost::storage
