#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sqlite/database.hpp"

namespace signpost::sqlite {

// Read-only connections to one file: a thread takes one for the length of a query, and the pool
// grows to as many as ever read at once.
class DatabasePool {
 public:
  explicit DatabasePool(std::string file) : file_(std::move(file)) {}

  class Lease {
   public:
    Lease(DatabasePool& pool, std::unique_ptr<Database> database)
        : pool_(&pool), database_(std::move(database)) {}
    Lease(Lease&&) = default;
    ~Lease() {
      if (database_) pool_->give_back(std::move(database_));
    }
    Database* operator->() const { return database_.get(); }
    Database& operator*() const { return *database_; }

   private:
    DatabasePool* pool_;
    std::unique_ptr<Database> database_;
  };

  Lease lease() {
    {
      std::scoped_lock lock(mutex_);
      if (!idle_.empty()) {
        auto database = std::move(idle_.back());
        idle_.pop_back();
        return {*this, std::move(database)};
      }
    }
    return {*this, std::make_unique<Database>(file_, Access::read_only)};
  }

 private:
  void give_back(std::unique_ptr<Database> database) {
    std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(database));
  }

  std::string file_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Database>> idle_;
};

}  // namespace signpost::sqlite
