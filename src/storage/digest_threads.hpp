#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <future>
#include <memory>
#include <thread>

namespace signpost::storage {

// Threads that compute while those who asked wait for the disk. They live as long as the store: a
// new thread begins on its maker's processor, and only once that waits.
class DigestThreads {
 public:
  // compute(), on one of the threads, or on the one that waits for it where none was free so far.
  // All that compute() refers to must outlive this.
  class Running {
   public:
    Running(DigestThreads& threads, std::function<void()> compute)
        : work_(std::make_shared<Work>(std::move(compute))) {
      boost::asio::post(threads.pool_, [work = work_] {
        if (work->take()) work->compute();
      });
    }
    // Waits for what has begun; what has not never does.
    ~Running() {
      if (!work_->take() && done_.valid()) done_.wait();
    }
    Running(const Running&) = delete;

    // Throws what compute() has thrown.
    void wait() {
      if (work_->take()) work_->compute();
      done_.get();
    }

   private:
    struct Work {
      explicit Work(std::function<void()> call) : compute(std::move(call)) {}
      bool take() { return !taken.exchange(true); }

      std::atomic<bool> taken = false;
      std::packaged_task<void()> compute;
    };

    std::shared_ptr<Work> work_;
    std::future<void> done_ = work_->compute.get_future();
  };

  ~DigestThreads() { pool_.join(); }

 private:
  boost::asio::thread_pool pool_{std::max(1U, std::thread::hardware_concurrency())};
};

}  // namespace signpost::storage
