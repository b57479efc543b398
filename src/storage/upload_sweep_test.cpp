#include "storage/upload_sweep.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/limits.hpp"
#include "sqlite/database.hpp"
#include "storage/crash_states_fixture.hpp"

namespace signpost::storage {
namespace {

using namespace std::chrono_literals;

class UploadSweepTest : public ::testing::Test {
 protected:
  UploadSweepTest() {
    directory_ = testing::new_directory("upload_sweep_test");
    store_ = std::make_unique<Store>(directory_ + "/store");
    EXPECT_TRUE(store_->create_bucket("photos", "ann"));
  }
  ~UploadSweepTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  std::string begin(const std::string& key = "k") {
    return store_->create_upload("photos", key, {}).value();
  }
  void put_part(const std::string& id, std::uint32_t number = 1) {
    PutWriter writer = store_->begin_put(false);
    writer.write("part");
    ASSERT_TRUE(writer.commit_part({"photos", "k", id, number, {}}));
  }
  // Both clocks go on.
  SweepClocks later(std::chrono::milliseconds by) {
    clocks_.wall += by;
    clocks_.steady += by;
    return clocks_;
  }
  std::size_t open() const {
    return store_->list_uploads({"photos", "", {}, "", ""}).value().uploads.size();
  }

  std::string directory_;
  std::unique_ptr<Store> store_;
  SweepClocks clocks_ = SweepClocks::now();
};

TEST_F(UploadSweepTest, EndsWhatNobodyGoesOnWithAndFreesItsBytes) {
  UploadSweep sweep(*store_, 24h);
  put_part(begin());
  EXPECT_EQ(sweep.run(later(23h)).aborted, 0u);
  EXPECT_EQ(sweep.run(later(2h)).aborted, 0u) << "found idle for the first time";
  const auto round = sweep.run(later(1h));
  EXPECT_EQ(round.open, 1u);
  EXPECT_EQ(round.aborted, 1u);
  EXPECT_EQ(round.bytes, 4u);
  EXPECT_EQ(open(), 0u);
  EXPECT_EQ(store_->collect_orphans(0s), 0u) << "the part's file went with it";
}

TEST_F(UploadSweepTest, LeavesWhatSomebodyGoesOnWith) {
  UploadSweep sweep(*store_, 24h);
  clocks_.wall -= 30h;  // the upload and its part come from the future
  const std::string id = begin();
  EXPECT_EQ(sweep.run(later(0h)).aborted, 0u);
  put_part(id);
  EXPECT_EQ(sweep.run(later(29h)).aborted, 0u);
  EXPECT_EQ(sweep.run(later(1h)).aborted, 0u);
  EXPECT_EQ(open(), 1u);
}

TEST_F(UploadSweepTest, LeavesWhatIsComplete) {
  UploadSweep sweep(*store_, 24h);
  const std::string id = begin();
  put_part(id);
  const auto parts = store_->list_parts("photos", "k", id, 0, 10).value();
  ASSERT_TRUE(store_->complete_upload("photos", "k", id, {{{1, parts[0].etag, {}}}, {}, {}, {}}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sweep.run(later(25h)).open, 0u);
  EXPECT_TRUE(store_->open("photos", "k"));
}

TEST_F(UploadSweepTest, AJumpOfTheClockEndsNothing) {
  UploadSweep sweep(*store_, 24h);
  begin();
  EXPECT_EQ(sweep.run(later(1h)).aborted, 0u);
  clocks_.wall += 24h * 365;
  for (int hour = 0; hour < 23; ++hour) EXPECT_EQ(sweep.run(later(1h)).aborted, 0u) << hour;
  EXPECT_EQ(open(), 1u);
  clocks_.wall -= 24h * 365;  // somebody has noticed
  EXPECT_EQ(sweep.run(later(1h)).aborted, 0u);
  EXPECT_EQ(sweep.run(later(23h)).aborted, 0u);
  EXPECT_EQ(sweep.run(later(1h)).aborted, 1u) << "48 hours have passed, whatever any clock says";
}

TEST_F(UploadSweepTest, NeverMoreThanAShareAtOnce) {
  constexpr std::size_t share = Sweep<std::int64_t>::least_share;
  UploadSweep sweep(*store_, 24h);
  for (std::size_t i = 0; i < share + 50; ++i) begin("k" + std::to_string(i));
  sweep.run(later(25h));
  EXPECT_EQ(sweep.run(later(1h)).aborted, share);
  EXPECT_EQ(sweep.run(later(1h)).aborted, 50u);
}

TEST_F(UploadSweepTest, ThePauseIsAPartOfWhatIsKept) {
  EXPECT_EQ(UploadSweep(*store_, 1s).pause(), 1s);
  EXPECT_EQ(UploadSweep(*store_, 1min).pause(), 15s);
  EXPECT_EQ(UploadSweep(*store_, 24h).pause(), 1h);
}

TEST_F(UploadSweepTest, ABucketHasSoManyUploadsAtOneTime) {
  const std::string insert = fmt::format(
      "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i+1 FROM n WHERE i<{}) INSERT INTO"
      " upload(name, bucket, key, started, fields, checksum_type) SELECT 'u'||i, id, 'k', 0, '', ''"
      " FROM n, bucket",
      limits::open_uploads);
  sqlite::Database(directory_ + "/store/index.db", sqlite::Access::read_write)
      .execute(insert.c_str());
  const std::string last = begin();
  EXPECT_EQ(store_->create_upload("photos", "k", {}).error(), Refusal::too_many_uploads);
  ASSERT_TRUE(store_->create_bucket("others", "ann"));
  EXPECT_TRUE(store_->create_upload("others", "k", {}));
  ASSERT_TRUE(store_->abort_upload("photos", "k", last));
  EXPECT_TRUE(store_->create_upload("photos", "k", {}));
}

}  // namespace
}  // namespace signpost::storage
