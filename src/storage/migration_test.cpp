// A start that brings the index of an earlier program to this one's schema may be cut short
// anywhere: the next one ends it, and nothing of what was stored is lost.
#include "storage/durability_fixture.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <random>

namespace signpost::storage {
namespace {

using namespace testing;

constexpr const char* back_to_schema_1 = R"sql(
  DROP TABLE small_object;
  ALTER TABLE object DROP COLUMN small;
  DROP TABLE fetched;
  DELETE FROM counter WHERE name='fetched_epoch';
  DROP TABLE withdrawn_ticket;
  ALTER TABLE access_key DROP COLUMN bucket;
  ALTER TABLE access_key DROP COLUMN read_only;
  ALTER TABLE bucket DROP COLUMN tags;
  DROP TABLE part;
  DROP TABLE upload;
  ALTER TABLE object DROP COLUMN upload;
  ALTER TABLE object DROP COLUMN parts;
  PRAGMA user_version=1;
)sql";

class MigrationTest : public DurabilityTest {
 protected:
  MigrationTest() {
    std::filesystem::remove_all(directory_);
    {
      Store store(directory_, nullptr, {.small_bytes = 0});
      store.put_access_key({"AKIDEXAMPLE", Secret("secret"), "ann"});
      store.create_bucket("photos", "ann").value();
      store.put_cors("photos", "<CORS/>").value();
      for (const char* key : {"a", "b"}) put(store, key, "first " + std::string(key));
      before_ = dump(store);
    }
    newest_ = schema();
    sqlite::Database(directory_ + "/index.db", sqlite::Access::read_write)
        .execute(back_to_schema_1);
    base_ = image_of(root_);
  }

  std::int64_t schema() const {
    sqlite::Database index(directory_ + "/index.db", sqlite::Access::read_only);
    auto version = index.prepare("PRAGMA user_version");
    version.step();
    return version.integer(0);
  }

  // Starts as if nothing had been, and uses what each schema has brought.
  void expect_whole() {
    {
      Store store(directory_);
      EXPECT_EQ(dump(store), before_);
      EXPECT_EQ(store.find_access_key("AKIDEXAMPLE")->owner, "ann");
      Upload upload{"k"};
      upload.create(store);
      upload.part(store, 1, "part");
      upload.complete(store);
      put(store, "small", small);
      store.put_bucket_tags("photos", "a=b").value();
      const std::vector<std::string> tags{"abcdefgh"};
      const UnixSeconds now{std::chrono::seconds{5}};
      store.withdraw_tickets("photos", tags, now, now + std::chrono::hours{1}).value();
      store.count_fetch("photos", {"abcdefgh", "k", 1, 1, now, now});
      store.keep_fetch_counts();
      EXPECT_EQ(store.report_fetches("photos", "", 10).value().fetched.size(), 1u);
    }
    EXPECT_EQ(schema(), newest_);
  }

  std::string before_;
  std::int64_t newest_ = 0;
};

TEST_F(MigrationTest, GoesThroughEverySchema) {
  EXPECT_EQ(schema(), 1);
  EXPECT_GT(newest_, 4);
  expect_whole();
}

TEST_F(MigrationTest, AnyErrnoAtAnyCallLeavesItToTheNextStart) {
  Disk& disk = Disk::instance();
  int injected = 0;
  for (int number : {EIO, ENOSPC})
    for (auto act : {Disk::Act::fail, Disk::Act::fail_from_there})
      for (int at = 1;; ++at) {
        reset();
        disk.arm(at, act, number);
        bool failed = false;
        try {
          const Store store(directory_, std::make_unique<DiskIo>());
        } catch (const std::runtime_error&) {
          failed = true;
        }
        const std::string fired = disk.fired();
        disk.disarm();
        SCOPED_TRACE("errno " + std::to_string(number) + " at call " + std::to_string(at) + " (" +
                     fired + ")");
        expect_whole();
        ASSERT_FALSE(HasFailure());
        if (fired.empty()) {
          EXPECT_FALSE(failed);
          break;
        }
        ++injected;
      }
  RecordProperty("injected", injected);
  EXPECT_GT(injected, 60);
}

TEST_F(MigrationTest, AKillAtAnyCallLeavesItToTheNextStart) {
  int killed = 0;
  for (auto act : {Disk::Act::kill_before, Disk::Act::kill_after})
    for (int at = 1;; ++at) {
      reset();
      const pid_t child = ::fork();
      if (child == 0) {
        Disk::instance().arm(at, act);
        const Store store(directory_, std::make_unique<DiskIo>());
        ::_exit(0);
      }
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      SCOPED_TRACE("killed at call " + std::to_string(at));
      expect_whole();
      ASSERT_FALSE(HasFailure());
      if (!WIFSIGNALED(status)) break;
      ++killed;
    }
  RecordProperty("killed", killed);
  EXPECT_GT(killed, 30);
}

TEST_F(MigrationTest, TheLossOfPowerAtAnyMomentToo) {
  reset();
  Disk::instance().record(true);
  std::vector<DiskEvent> events;
  {
    const Store store(directory_, std::make_unique<DiskIo>());
    events = Disk::instance().events();
    Disk::instance().record(false);
  }
  std::mt19937_64 random{20261127};
  CrashStates states(base_);
  for (const DiskEvent& event : events) {
    states.apply(event);
    for (const Image& image : {states.lost(), states.kept(), states.random(random)}) {
      lay_out(image, root_);
      expect_whole();
      ASSERT_FALSE(HasFailure()) << event.path;
    }
  }
  EXPECT_GT(events.size(), 20u);
}

}  // namespace
}  // namespace signpost::storage
