#include "sqlite/group_commit_writer.hpp"

#include <algorithm>

namespace signpost::sqlite {

GroupCommitWriter::GroupCommitWriter(std::string file, std::span<const char* const> migrations)
    : file_(std::move(file)) {
  database_.emplace(file_, Access::read_write);
  database_->migrate(migrations);
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
  Job job{change, nullptr};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&job);
  arrived_.notify_one();
  finished_.wait(lock, [&] { return job.done; });
  if (job.error) std::rethrow_exception(job.error);
}

void GroupCommitWriter::loop() {
  std::vector<Job*> group;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      group.swap(waiting_);
    }
    commit_group(group);
    {
      std::scoped_lock lock(mutex_);
      for (Job* job : group) job->done = true;
    }
    finished_.notify_all();
    group.clear();
  }
}

void GroupCommitWriter::apply(Job& job) {
  database_->execute("SAVEPOINT change");
  try {
    job.change(*database_);
  } catch (...) {
    job.error = std::current_exception();
    database_->execute("ROLLBACK TO change");
  }
  database_->execute("RELEASE change");
}

void GroupCommitWriter::commit_group(std::vector<Job*>& group) {
  try {
    // Opened anew after a failure: what a failed fsync left in a connection's cache is not to be
    // believed.
    if (!database_) database_.emplace(file_, Access::read_write);
    database_->execute("BEGIN IMMEDIATE");
    for (Job* job : group) apply(*job);
    database_->execute("COMMIT");
    std::scoped_lock lock(mutex_);
    ++commits_;
  } catch (...) {
    for (Job* job : group)
      if (!job->error) job->error = std::current_exception();
    database_.reset();
  }
}

std::uint64_t GroupCommitWriter::commits() const {
  std::scoped_lock lock(mutex_);
  return commits_;
}

}  // namespace signpost::sqlite
