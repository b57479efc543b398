#pragma once

#include <chrono>
#include <cstdint>

#include "base/sweep.hpp"
#include "storage/store.hpp"

namespace signpost::storage {

// Ends multipart uploads that nobody goes on with: neither the upload nor a part of it is younger
// than `keep`, and what else Sweep wants. An upload is known by its row, which is never used again.
class UploadSweep {
 public:
  UploadSweep(Store& store, std::chrono::seconds keep) : store_(store), keep_(keep), sweep_(keep) {}

  // How long to wait between two rounds.
  std::chrono::milliseconds pause() const { return sweep_.pause(); }
  struct Round {
    std::size_t open = 0;
    std::size_t aborted = 0;
    std::uint64_t bytes = 0;  // of their parts
  };
  Round run(const SweepClocks& clocks);

 private:
  Store& store_;
  std::chrono::seconds keep_;
  Sweep<std::int64_t> sweep_;
};

}  // namespace signpost::storage
