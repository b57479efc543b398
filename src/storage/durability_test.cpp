// Whatever happens to the disk, to the process or to the power: what was acknowledged is there, and
// nothing is there in half.
#include "base/random.hpp"
#include "storage/durability_fixture.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <random>
#include <thread>

namespace signpost::storage {
namespace {

using namespace testing;
using Kind = DiskEvent::Kind;

// SIGNPOST_LONG=1: the numbers that take minutes.
bool is_long() {
  return std::getenv("SIGNPOST_LONG") != nullptr;
}

// Runs the steps from `first` on until one fails; how many are done then.
struct Progress {
  std::size_t done;
  bool failed = false;
  bool unknown = false;    // the failed one may be there or not
  bool disk_full = false;  // said so
};
Progress run_steps(const Flow& flow, Store& store, Upload& upload, std::size_t first = 0) {
  Progress progress{first};
  try {
    for (; progress.done < flow.steps.size(); ++progress.done)
      flow.steps[progress.done](store, upload);
  } catch (const IoError& error) {
    progress.failed = true;
    progress.disk_full = error.is_disk_full();
  } catch (const sqlite::Error& error) {
    progress.failed = true;
    progress.unknown = dynamic_cast<const sqlite::CommitUnknown*>(&error) != nullptr;
    progress.disk_full = error.is_disk_full();
  }
  return progress;
}

TEST_F(DurabilityTest, AnyErrnoAtAnyCallChangesNothingAndCanBeTriedAgain) {
  Disk& disk = Disk::instance();
  int injected = 0;
  const auto sweep = [&](const Flow& flow, const std::vector<std::string>& dumps, int number,
                         Disk::Act act) {
    for (int at = 1;; ++at) {
      reset();
      Store store(directory_, std::make_unique<DiskIo>());
      Upload upload{flow.upload_key};
      disk.arm(at, act, number);
      const Progress progress = run_steps(flow, store, upload);
      const std::string fired = disk.fired();
      SCOPED_TRACE(std::string(flow.name) + ", errno " + std::to_string(number) + " at call " +
                   std::to_string(at) + " (" + fired + ")");
      disk.disarm();
      if (fired.empty()) {
        EXPECT_FALSE(progress.failed);
        return;
      }
      ++injected;
      // The one call whose failure does not matter is the one after the commit.
      EXPECT_TRUE(progress.failed || fired == "unlink");
      const std::string now = dump(store);
      EXPECT_TRUE(now == dumps[progress.done] ||
                  (progress.unknown && now == dumps[progress.done + 1]))
          << now;
      if (progress.failed && !progress.unknown && (number == ENOSPC || number == EDQUOT))
        EXPECT_TRUE(progress.disk_full || number == EDQUOT);
      if (!progress.unknown) {
        EXPECT_FALSE(run_steps(flow, store, upload, progress.done).failed);
        EXPECT_EQ(dump(store), dumps.back());
      }
      expect_tidy(store);
      ASSERT_FALSE(HasFailure());
    }
  };
  for (const Flow& flow : flows()) {
    const auto dumps = dumps_of(flow);
    std::vector<int> numbers = {EIO, ENOSPC};
    if (is_long()) numbers.insert(numbers.end(), {EDQUOT, EMFILE, EROFS, ENOMEM});
    for (int number : numbers) sweep(flow, dumps, number, Disk::Act::fail);
    for (int number : {EIO, ENOSPC}) sweep(flow, dumps, number, Disk::Act::fail_from_there);
  }
  RecordProperty("injected", injected);
  EXPECT_GT(injected, is_long() ? 1'500 : 700);
}

TEST_F(DurabilityTest, AKillAtAnyCallLosesNothing) {
  int killed = 0;
  const auto kill_at = [&](const Flow& flow, Disk::Act act, int at) {
    reset();
    int pipe[2];
    EXPECT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      Disk::instance().arm(at, act);
      Store store(directory_, std::make_unique<DiskIo>());
      Upload upload{flow.upload_key};
      for (const auto& step : flow.steps) {
        step(store, upload);
        if (::write(pipe[1], "A", 1) != 1) ::_exit(1);
      }
      ::_exit(0);
    }
    ::close(pipe[1]);
    std::size_t acknowledged = 0;
    for (char byte = 0; ::read(pipe[0], &byte, 1) == 1;) ++acknowledged;
    ::close(pipe[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) ++killed;
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return std::pair(acknowledged, WIFSIGNALED(status));
  };
  for (const Flow& flow : flows()) {
    const auto dumps = dumps_of(flow);
    for (auto act : {Disk::Act::kill_before, Disk::Act::kill_after})
      for (int at = 1;; ++at) {
        SCOPED_TRACE(std::string(flow.name) + ", killed at call " + std::to_string(at));
        const auto [acknowledged, was_killed] = kill_at(flow, act, at);
        Store store(directory_);
        const std::string now = dump(store);
        EXPECT_TRUE(now == dumps[acknowledged] ||
                    (acknowledged < flow.steps.size() && now == dumps[acknowledged + 1]))
            << acknowledged << " acknowledged, and now\n"
            << now;
        expect_tidy(store);
        put(store, "afterwards", small);
        ASSERT_FALSE(HasFailure());
        if (!was_killed) break;
      }
  }
  RecordProperty("killed", killed);
  EXPECT_GT(killed, 300);
}

// What happened to the disk, and what a client may see at each moment.
struct History {
  Image before;
  std::vector<DiskEvent> events;
  std::vector<std::string> dumps;  // by the number of acknowledgements
};

class PowerLossTest : public DurabilityTest {
 protected:
  History record(const Flow& flow) {
    History history{base_, {}, dumps_of(flow)};
    reset();
    Disk::instance().record(true);
    {
      Store store(directory_, std::make_unique<DiskIo>());
      Upload upload{flow.upload_key};
      for (const auto& step : flow.steps) {
        step(store, upload);
        Disk::instance().add({Kind::acknowledged, ""});
      }
      history.events = Disk::instance().events();
      Disk::instance().record(false);
    }
    return history;
  }

  // From nothing: the store is made, then a bucket, then an object.
  History record_first_start() {
    std::filesystem::remove_all(directory_);
    History history{image_of(root_), {}, {""}};
    Disk::instance().record(true);
    {
      Store store(directory_, std::make_unique<DiskIo>());
      store.create_bucket("photos", "ann").value();
      Disk::instance().add({Kind::acknowledged, ""});
      history.dumps.push_back(dump(store));
      put(store, "k", large);
      Disk::instance().add({Kind::acknowledged, ""});
      history.dumps.push_back(dump(store));
      history.events = Disk::instance().events();
      Disk::instance().record(false);
    }
    return history;
  }

  // Nothing where the store starts on that disk and has what it must have; else what is wrong.
  std::string wrong_with(const Image& image, const History& history, std::size_t acknowledged) {
    lay_out(image, root_);
    ++states_;
    std::string now;
    try {
      Store store(directory_);
      now = dump(store);
    } catch (const std::exception& error) {
      return std::string("it fails: ") + error.what();
    }
    if (now == history.dumps[acknowledged]) return "";
    if (acknowledged + 1 < history.dumps.size() && now == history.dumps[acknowledged + 1])
      return "";
    return std::to_string(acknowledged) + " changes were acknowledged, and there is\n" + now;
  }

  // The power goes after each event, and the disk then holds each of several things that it may.
  // The first finding, or nothing.
  std::string lose_power(const History& history, std::optional<std::size_t> without,
                         int random_states, bool only_when_acknowledged) {
    CrashStates states(history.before);
    std::size_t acknowledged = 0;
    for (std::size_t at = 0; at < history.events.size(); ++at) {
      const DiskEvent& event = history.events[at];
      if (at != without) states.apply(event);
      if (event.kind == Kind::acknowledged) ++acknowledged;
      if (only_when_acknowledged && event.kind != Kind::acknowledged) continue;
      if (without && at < *without) continue;  // nothing is missing yet
      const auto found = [&](const Image& image) {
        std::string wrong = wrong_with(image, history, acknowledged);
        if (!wrong.empty()) wrong = "after event " + std::to_string(at) + ": " + wrong;
        return wrong;
      };
      if (std::string wrong = found(states.lost()); !wrong.empty()) return wrong;
      if (std::string wrong = found(states.kept()); !wrong.empty()) return wrong;
      for (int i = 0; i < random_states; ++i)
        if (std::string wrong = found(states.random(random_)); !wrong.empty()) return wrong;
    }
    return "";
  }

  std::mt19937_64 random_{20261124};
  int states_ = 0;
};

TEST_F(PowerLossTest, WhatWasAcknowledgedIsThere) {
  for (const Flow& flow : flows()) {
    SCOPED_TRACE(flow.name);
    EXPECT_EQ(lose_power(record(flow), std::nullopt, is_long() ? 12 : 1, false), "");
    ASSERT_FALSE(HasFailure());
  }
  RecordProperty("states", states_);
  EXPECT_GT(states_, is_long() ? 5'000 : 1'000);
}

TEST_F(PowerLossTest, TheFirstStartToo) {
  EXPECT_EQ(lose_power(record_first_start(), std::nullopt, is_long() ? 5 : 1, false), "");
}

// Several writers at once, whose changes share commits of the index and syncs of directories: each
// has a key of its own, one all of them have.
class ManyWritersTest : public PowerLossTest {
 protected:
  static constexpr int writers = 6;
  static constexpr const char* shared_key = "everybody's";
  static std::string key_of(int writer) { return "writer " + std::to_string(writer); }
  // What comes after what under each key; nothing: it is not there.
  using Contents = std::optional<std::string>;
  static const std::vector<Contents>& contents() {
    static const std::vector<Contents> all = {
        std::nullopt, small, large, larger, std::nullopt, large, small, std::nullopt, "", larger};
    return all;
  }

  static void take_step(Store& store, const std::string& key, std::size_t step) {
    if (const Contents& bytes = contents()[step])
      put(store, key, *bytes);
    else
      store.remove("photos", key).value();
  }

  static void write(Store& store, int writer) {
    const std::string key = key_of(writer);
    for (std::size_t step = 1; step < contents().size(); ++step) {
      take_step(store, key, step);
      Disk::instance().add({Kind::acknowledged, key});
    }
    put(store, shared_key, large + std::to_string(writer));
    Disk::instance().add({Kind::acknowledged, shared_key});
  }

  static void at_once(const std::function<void(int)>& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) threads.emplace_back(work, i);
    for (std::thread& each : threads) each.join();
  }

  // The same where some call fails: what failed changed nothing, unless it is said that this is not
  // known, and is done when it is tried again.
  static void write_all_the_same(Store& store, int writer, std::atomic<int>& failed) {
    const std::string key = key_of(writer);
    for (std::size_t step = 1; step < contents().size();) {
      bool unknown = false;
      try {
        take_step(store, key, step);
        EXPECT_TRUE(read(store, key) == contents()[step]) << key << ", step " << step;
        ++step;
        continue;
      } catch (const sqlite::CommitUnknown&) {
        unknown = true;
      } catch (const IoError&) {
      } catch (const sqlite::Error&) {
      }
      ++failed;
      const Contents now = read(store, key);
      const bool done = unknown && now == contents()[step];
      EXPECT_TRUE(done || now == contents()[step - 1]) << key << ", step " << step << " failed";
      if (done) ++step;
    }
  }

  std::vector<DiskEvent> record_all() {
    reset();
    Disk::instance().record(true);
    Store store(directory_, std::make_unique<DiskIo>());
    at_once([&](int writer) { write(store, writer); });
    std::vector<DiskEvent> events = Disk::instance().events();
    Disk::instance().record(false);
    return events;
  }

  static Contents read(Store& store, const std::string& key) {
    auto reader = store.open("photos", key);
    if (!reader) return std::nullopt;
    std::string bytes(reader->info().size, '\0');
    bytes.resize(reader->read(0, bytes));
    return bytes;
  }

  // Nothing where the store has on that disk what was acknowledged, and of what was under way all
  // or nothing.
  std::string wrong_with(const Image& image, const std::map<std::string, std::size_t>& told) {
    lay_out(image, root_);
    ++states_;
    const auto times = [&](const std::string& key) {
      const auto at = told.find(key);
      return at == told.end() ? std::size_t{0} : at->second;
    };
    try {
      Store store(directory_);
      for (int i = 0; i < writers; ++i) {
        const std::size_t step = times(key_of(i));
        const Contents now = read(store, key_of(i));
        if (now != contents()[step] &&
            (step + 1 == contents().size() || now != contents()[step + 1]))
          return key_of(i) + " is not what it was after step " + std::to_string(step);
      }
      const Contents shared = read(store, shared_key);
      if (shared ? shared->size() != large.size() + 1 || !shared->starts_with(large)
                 : times(shared_key) > 0)
        return std::string(shared_key) + " is lost";
    } catch (const std::exception& error) {
      return std::string("it fails: ") + error.what();
    }
    return "";
  }
};

TEST_F(ManyWritersTest, WhatWasAcknowledgedToAnyIsThere) {
  const std::vector<DiskEvent> events = record_all();
  CrashStates states(base_);
  std::map<std::string, std::size_t> told;
  for (std::size_t at = 0; at < events.size(); ++at) {
    states.apply(events[at]);
    if (events[at].kind == Kind::acknowledged)
      ++told[events[at].path];
    else if (!is_long() && at % 8 != 0)
      continue;
    SCOPED_TRACE("after event " + std::to_string(at) + " of " + std::to_string(events.size()));
    EXPECT_EQ(wrong_with(states.lost(), told), "");
    EXPECT_EQ(wrong_with(states.random(random_), told), "");
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_EQ(told.size(), writers + 1u);
  EXPECT_EQ(told[key_of(0)] + 1, contents().size());
  EXPECT_GT(states_, 150);
}

TEST_F(ManyWritersTest, AFailureChangesNothingOfAnybodysAndCanBeTriedAgain) {
  Disk& disk = Disk::instance();
  std::atomic<int> failed = 0;
  int injected = 0;
  for (const int number : {EIO, ENOSPC})
    for (int at = 1;; at += is_long() ? 1 : 12) {
      reset();
      Store store(directory_, std::make_unique<DiskIo>());
      disk.arm(at, Disk::Act::fail, number);
      at_once([&](int writer) { write_all_the_same(store, writer, failed); });
      const std::string fired = disk.fired();
      disk.disarm();
      SCOPED_TRACE("errno " + std::to_string(number) + " at call " + std::to_string(at) + " (" +
                   fired + ")");
      for (int i = 0; i < writers; ++i)
        EXPECT_TRUE(read(store, key_of(i)) == contents().back()) << key_of(i);
      expect_tidy(store);
      ASSERT_FALSE(HasFailure());
      if (fired.empty()) break;
      ++injected;
    }
  EXPECT_GT(injected, 40);
  EXPECT_GT(failed, 40);
}

bool is_sync(const DiskEvent& event) {
  return event.kind == Kind::sync_file || event.kind == Kind::sync_directory;
}

// The index's log begins with 32 bytes of its own, which SQLite syncs before any commit: against
// what the sync of the commit does not keep apart. It carries nothing that was acknowledged.
bool is_of_log_header(const std::vector<DiskEvent>& events, std::size_t at) {
  return at > 0 && events[at - 1].kind == Kind::write && events[at - 1].text.size() == 32 &&
         events[at - 1].path.ends_with("-wal");
}

// Else the tests above prove nothing.
TEST_F(PowerLossTest, NoSyncCanBeLeftOut) {
  int left_out = 0;
  for (const Flow& flow : flows()) {
    const History history = record(flow);
    for (std::size_t at = 0; at < history.events.size(); ++at) {
      if (!is_sync(history.events[at]) || is_of_log_header(history.events, at)) continue;
      // Each start syncs the directories that one which died may have made: these count for the
      // first one alone, below.
      const std::string& path = history.events[at].path;
      if (path == root_ || path == directory_ || path == directory_ + "/objects") continue;
      ++left_out;
      EXPECT_NE(lose_power(history, at, 2, true), "")
          << flow.name << ": event " << at << ", " << history.events[at].path;
    }
  }
  RecordProperty("left_out", left_out);
  EXPECT_GT(left_out, 45);  // each flow has some
}

TEST_F(PowerLossTest, NoSyncOfTheFirstStartCanBeLeftOut) {
  const History history = record_first_start();
  int left_out = 0;
  for (std::size_t at = 0; at < history.events.size(); ++at) {
    const DiskEvent& event = history.events[at];
    if (!is_sync(event) || event.path.find("/index.db") != std::string::npos) continue;
    // The marker is written again before anything is acknowledged: what its first sync is for, and
    // that of the name which it vouches for, shows where the power goes between the two.
    const auto is_of_marker = [](const DiskEvent& e) { return e.path.ends_with("/FORMAT.new"); };
    const bool is_before_marker = event.path == directory_ && is_of_marker(history.events[at + 1]);
    // SQLite syncs this one too, when it makes its log: to leave out one of the two shows nothing.
    if (event.path == directory_ && !is_before_marker) continue;
    ++left_out;
    const bool between = is_of_marker(event) || is_before_marker;
    EXPECT_NE(lose_power(history, at, between ? 12 : 2, !between), "")
        << "event " << at << ", " << event.path;
  }
  EXPECT_GT(left_out, 5);
}

}  // namespace
}  // namespace signpost::storage
