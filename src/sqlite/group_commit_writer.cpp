#include "sqlite/group_commit_writer.hpp"

#include <sqlite3.h>

#include <algorithm>

#include "sqlite/log_reserve.hpp"

namespace signpost::sqlite {
namespace {

// One for each thread: an exception that several threads hold is freed by whichever is last.
std::exception_ptr copy_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const CommitUnknown& error) {
    return std::make_exception_ptr(
        CommitUnknown(error.result(), error.what(), error.system_errno()));
  } catch (const Error& error) {
    return std::make_exception_ptr(Error(error.result(), error.what(), error.system_errno()));
  } catch (...) {
    return failure;
  }
}

}  // namespace

GroupCommitWriter::GroupCommitWriter(std::string file, std::span<const char* const> migrations,
                                     Hooks hooks)
    : file_(std::move(file)), hooks_(std::move(hooks)) {
  database_.emplace(file_, Access::read_write);
  database_->migrate(migrations);
  keep_reserve();
  thread_ = std::thread([this] { loop(); });
}

GroupCommitWriter::~GroupCommitWriter() {
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

void GroupCommitWriter::run(const std::function<void(Database&)>& change) {
  Job job{change};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&job);
  arrived_.notify_one();
  job.finished.wait(lock, [&] { return job.done; });
  if (job.error) std::rethrow_exception(job.error);
}

void GroupCommitWriter::loop() {
  std::vector<Job*> group;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
    }
    commit_group(group);
    {
      // With the lock: a job that hears that it is done goes.
      std::scoped_lock lock(mutex_);
      for (Job* job : group) {
        job->done = true;
        job->finished.notify_one();
      }
    }
    group.clear();
  }
}

// What comes while the others are applied goes to the disk with them, instead of waiting for
// another fsync.
void GroupCommitWriter::apply_waiting(std::vector<Job*>& group) {
  for (std::size_t at = 0;; ++at) {
    if (at == group.size()) {
      std::scoped_lock lock(mutex_);
      if (waiting_.empty() || at >= most_changes) return;
      group.insert(group.end(), waiting_.begin(), waiting_.end());
      waiting_.clear();
    }
    apply(*group[at]);
  }
}

void GroupCommitWriter::apply(Job& job) {
  database_->prepare("SAVEPOINT change").run();
  try {
    job.change(*database_);
  } catch (...) {
    // On a full or failing disk SQLite undoes the transaction, savepoints and all: the group has
    // failed, and this is why.
    if (!database_->in_transaction()) throw;
    job.error = std::current_exception();
    database_->prepare("ROLLBACK TO change").run();
  }
  database_->prepare("RELEASE change").run();
}

void GroupCommitWriter::commit() {
  try {
    database_->prepare("COMMIT").run();
  } catch (const Error& error) {
    // SQLITE_FULL is a write into the log that failed, and the last write is what makes a commit.
    // Anything else may have come after it: a failed fsync says nothing about what is on the disk.
    if ((error.result() & 0xff) == SQLITE_FULL) throw;
    throw CommitUnknown(error.result(), error.what(), error.system_errno());
  }
}

void GroupCommitWriter::commit_group(std::vector<Job*>& group) {
  std::exception_ptr failure;
  try {
    // Opened anew after a failure: what a failed fsync left in a connection's cache is not to be
    // believed.
    if (!database_) {
      database_.emplace(file_, Access::read_write);
      has_reserve_ = false;  // the log may be another file now
    }
    database_->prepare("BEGIN IMMEDIATE").run();
    hooks_.begun();
    apply_waiting(group);
    const std::int64_t pages = database_->page_count();
    commit();
    hooks_.committed();
    pages_with_room_ = std::min(pages_with_room_, pages);
    if (pages > pages_with_room_ && database_->make_room(pages)) pages_with_room_ = pages;
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    for (Job* job : group) job->error = copy_of(failure);
    failure = nullptr;
    database_.reset();
    return;
  }
  {
    std::scoped_lock lock(mutex_);
    ++commits_;
  }
  keep_reserve();
}

// Where the disk had no room for it, it may have some later.
void GroupCommitWriter::keep_reserve() {
  constexpr std::uint64_t try_every = 64;
  if (has_reserve_ || commits_ % try_every != 0) return;
  has_reserve_ = reserve_log(file_);
}

std::uint64_t GroupCommitWriter::commits() const {
  std::scoped_lock lock(mutex_);
  return commits_;
}

std::size_t GroupCommitWriter::waiting() const {
  std::scoped_lock lock(mutex_);
  return waiting_.size();
}

}  // namespace signpost::sqlite
