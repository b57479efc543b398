#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "storage/store.hpp"

namespace signpost::storage {

// Ends multipart uploads that nobody goes on with. Two proofs are needed: the index says that
// neither the upload nor a part of it is younger than `keep`, and this sweep has found it so
// before, a pause apart by a clock that nobody sets. After a jump of the other clock nothing goes
// until `keep` has passed by the steady one, and in no round more than a tenth of what is open, or
// least_share where that is more.
class UploadSweep {
 public:
  static constexpr std::size_t least_share = 100;
  struct Clocks {
    Milliseconds wall;
    std::chrono::milliseconds steady;  // since any moment
    static Clocks now();
  };

  UploadSweep(Store& store, std::chrono::seconds keep) : store_(store), keep_(keep) {}

  // How long to wait between two rounds.
  std::chrono::milliseconds pause() const;
  struct Round {
    std::size_t open = 0;
    std::size_t aborted = 0;
    std::uint64_t bytes = 0;  // of their parts
  };
  Round run(const Clocks& clocks);

 private:
  void look_at_clocks(const Clocks& clocks);

  Store& store_;
  std::chrono::seconds keep_;
  std::optional<Clocks> before_;
  std::chrono::milliseconds trusted_from_{0};  // by the steady clock
  // Since when by the steady clock each was found idle: by its row, which is never used again.
  std::unordered_map<std::int64_t, std::chrono::milliseconds> idle_;
};

}  // namespace signpost::storage
