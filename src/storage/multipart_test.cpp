#include "storage/multipart.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/random.hpp"
#include "storage/store.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

class Multipart : public testing::Test {
 protected:
  Multipart() : directory_(fs::temp_directory_path() / ("multipart-" + random_hex(8))) {
    store_.emplace(directory_.string());
    EXPECT_TRUE(store_->create_bucket("bucket", "alice"));
  }
  ~Multipart() override {
    store_.reset();
    fs::remove_all(directory_);
  }

  std::string begin() { return *store_->create_upload("bucket", "key", {}); }
  PartInfo put(const std::string& upload, std::uint32_t number, std::string_view bytes) {
    auto writer = store_->begin_put(false);
    writer.write(bytes);
    return *writer.commit_part({"bucket", "key", upload, number, {}});
  }
  std::expected<ObjectInfo, Refusal> complete(const std::string& upload, const PartInfo& part) {
    Completion completion;
    completion.parts.push_back({part.number, part.etag, {}});
    return store_->complete_upload("bucket", "key", upload, completion);
  }
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(directory_ / "objects"))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }
  static std::string read_all(const ObjectReader& reader) {
    std::string out(reader.info().size, ' ');
    reader.read(0, out);
    return out;
  }

  fs::path directory_;
  std::optional<Store> store_;
};

TEST_F(Multipart, AReaderKeepsWhatIsReplacedMeanwhile) {
  std::string upload = begin();
  ASSERT_TRUE(complete(upload, put(upload, 4, "first")));
  {
    auto reader = store_->open("bucket", "key");
    ASSERT_TRUE(reader);
    ASSERT_TRUE(store_->remove("bucket", "key"));
    EXPECT_EQ(store_->collect_orphans(std::chrono::seconds(0)), 0u);
    EXPECT_EQ(read_all(*reader), "first");
  }
  EXPECT_EQ(files(), 0u);
}

TEST_F(Multipart, SurvivesARestartAndLeavesNoFileBehind) {
  std::string upload = begin();
  put(upload, 1, "replaced");
  put(upload, 2, "not named");
  PartInfo part = put(upload, 1, "kept");
  EXPECT_EQ(files(), 2u);
  auto object = complete(upload, part);
  ASSERT_TRUE(object);
  EXPECT_TRUE(object->etag.ends_with("-1"));
  EXPECT_EQ(files(), 1u);
  store_.reset();
  store_.emplace(directory_.string());
  EXPECT_EQ(store_->collect_orphans(std::chrono::seconds(0)), 0u);
  EXPECT_EQ(read_all(*store_->open("bucket", "key")), "kept");
  EXPECT_EQ(complete(upload, part)->etag, object->etag);
  ASSERT_TRUE(store_->remove("bucket", "key"));
  EXPECT_EQ(files(), 0u);
  EXPECT_EQ(complete(upload, part).error(), Refusal::no_such_upload);
}

TEST_F(Multipart, AbortAndADeletedBucketLeaveNothing) {
  std::string upload = begin();
  put(upload, 1, "bytes");
  ASSERT_TRUE(store_->abort_upload("bucket", "key", upload));
  EXPECT_EQ(files(), 0u);
  upload = begin();
  PartInfo part = put(upload, 1, "bytes");
  ASSERT_TRUE(store_->delete_bucket("bucket"));
  EXPECT_EQ(files(), 0u);
  EXPECT_EQ(store_->collect_orphans(std::chrono::seconds(0)), 0u);
  EXPECT_EQ(complete(upload, part).error(), Refusal::no_such_bucket);
}

}  // namespace
}  // namespace signpost::storage
