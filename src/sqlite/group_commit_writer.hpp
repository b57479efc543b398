#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "sqlite/database.hpp"

namespace signpost::sqlite {

// The one writer of a database file. What many threads submit while one commit is on its way to the
// disk, and until the next one begins, is one transaction, so that an fsync serves all of them.
// submit() returns only when its change is durable.
class GroupCommitWriter {
 public:
  // What somebody who keeps what was read hears, on the writer's thread: that a transaction has
  // begun, so that no other connection commits, and, before its submit() calls return, that it is
  // committed. They must not throw.
  struct Hooks {
    std::function<void()> begun = [] {};
    std::function<void()> committed = [] {};
  };
  GroupCommitWriter(std::string file, std::span<const char* const> migrations, Hooks hooks);
  GroupCommitWriter(std::string file, std::span<const char* const> migrations)
      : GroupCommitWriter(std::move(file), migrations, Hooks()) {}
  ~GroupCommitWriter();

  // Runs change(Database&) on the writer's thread inside the next transaction, in a savepoint of
  // its own: an exception out of it undoes that change alone and comes out here. Where the whole
  // group fails, every change of it gets that exception, also one that had thrown by itself, for
  // what it saw is gone; nothing of the group is there then, but see CommitUnknown.
  template <class F, class R = std::invoke_result_t<F&, Database&>>
  R submit(F change) {
    if constexpr (std::is_void_v<R>) {
      run([&](Database& database) { change(database); });
    } else {
      std::optional<R> result;
      run([&](Database& database) { result.emplace(change(database)); });
      return *std::move(result);
    }
  }

  // Transactions committed so far.
  std::uint64_t commits() const;
  // Changes that the transaction under way does not hold.
  std::size_t waiting() const;

 private:
  struct Job {
    const std::function<void(Database&)>& change;
    std::exception_ptr error = {};
    bool done = false;
    std::condition_variable finished = {};  // of its own: a commit wakes nobody but whom it made
  };

  // Of one transaction, so that who came first gets an answer however many follow.
  static constexpr std::size_t most_changes = 256;

  void run(const std::function<void(Database&)>& change);
  void loop();
  void commit_group(std::vector<Job*>& group);
  void apply_waiting(std::vector<Job*>& group);
  void apply(Job& job);
  void commit();
  void keep_reserve();

  std::string file_;
  Hooks hooks_;
  std::optional<Database> database_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Job*> waiting_;
  std::uint64_t commits_ = 0;  // written by the writer's thread alone
  bool has_reserve_ = false;
  std::int64_t pages_with_room_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace signpost::sqlite
