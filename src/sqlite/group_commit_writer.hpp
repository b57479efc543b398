#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "sqlite/database.hpp"

namespace signpost::sqlite {

// The one writer of a database: a thread that owns the write connection. Work that queued up while
// the last commit ran is done in one transaction and made durable by one commit, so that writers
// share the cost of an fsync; alone, a writer waits for nobody.
class GroupCommitWriter {
 public:
  // Opens the file; the schema is the caller's business (migrate() first). Throws SqliteError.
  explicit GroupCommitWriter(std::filesystem::path file);
  // Finishes what was submitted.
  ~GroupCommitWriter();
  GroupCommitWriter(const GroupCommitWriter&) = delete;
  GroupCommitWriter& operator=(const GroupCommitWriter&) = delete;

  // Runs work(database) on the writer's thread inside a savepoint and blocks until its group is
  // durable; then gives back what it returned. Must not be called from inside such work.
  // What work throws undoes that work alone and is thrown here. Where the whole group fails, every
  // submitter of it gets GroupFailed, also one whose work had thrown: what that work saw may be
  // gone. The connection is then opened afresh for the next group.
  template <class F, class R = std::invoke_result_t<F&, Database&>>
  R submit(F&& work) {
    if constexpr (std::is_void_v<R>) {
      run_and_wait([&](Database& database) { work(database); });
    } else {
      std::optional<R> result;
      run_and_wait([&](Database& database) { result.emplace(work(database)); });
      return *std::move(result);
    }
  }

  struct Counts {
    std::uint64_t submitted = 0;  // pieces of work taken
    std::uint64_t groups = 0;     // transactions committed
    std::uint64_t failed_groups = 0;
  };
  Counts counts() const;

 private:
  struct Job {
    std::function<void(Database&)> work;
    std::exception_ptr error;
    bool done = false;
    std::condition_variable finished;
  };

  void run_and_wait(std::function<void(Database&)> work);
  void loop();
  void run_group(const std::vector<Job*>& group);
  void run_job(Job& job);

  const std::filesystem::path file_;
  std::unique_ptr<Database> database_;  // the writer's thread alone; null after a failed group

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Job*> queue_;
  bool stopping_ = false;
  Counts counts_;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace signpost::sqlite
