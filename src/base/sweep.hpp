#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace signpost {

// The clock that says when things were, and one that nobody sets.
struct SweepClocks {
  std::chrono::sys_time<std::chrono::milliseconds> wall;
  std::chrono::milliseconds steady;  // since any moment
  static SweepClocks now() {
    using std::chrono::milliseconds;
    const auto wall = std::chrono::system_clock::now();
    const auto steady = std::chrono::steady_clock::now().time_since_epoch();
    return {std::chrono::floor<milliseconds>(wall), std::chrono::floor<milliseconds>(steady)};
  }
};

// Chooses what may go because nobody has gone on with it for `keep`. Two proofs are needed: the
// records say so, and a round before this one has found them say so too, a pause apart by the
// steady clock. After a jump of the other clock nothing goes until `keep` has passed by the steady
// one, and in no round more than a tenth of what is open, or least_share where that is more.
template <class Key>
class Sweep {
 public:
  static constexpr std::size_t least_share = 100;

  explicit Sweep(std::chrono::seconds keep) : keep_(keep) {}

  // How long to wait between two rounds.
  std::chrono::milliseconds pause() const {
    using namespace std::chrono_literals;
    return std::clamp<std::chrono::milliseconds>(keep_ / 4, 1s, 1h);
  }

  // One round: `open` is how much there is in all, `idle` what the records say of it.
  std::vector<Key> choose(const SweepClocks& clocks, std::size_t open, std::vector<Key> idle) {
    look_at_clocks(clocks);
    const std::size_t most = std::max(least_share, open / share);
    std::vector<Key> chosen;
    std::map<Key, std::chrono::milliseconds> found;
    for (Key& key : idle) {
      const auto known = idle_since_.find(key);
      const auto since = known == idle_since_.end() ? clocks.steady : known->second;
      if (since < clocks.steady && clocks.steady >= trusted_from_ && chosen.size() < most)
        chosen.push_back(std::move(key));
      else
        found.emplace(std::move(key), since);
    }
    idle_since_ = std::move(found);
    return chosen;
  }

 private:
  // More than clocks differ that are only being set right bit by bit.
  static constexpr std::chrono::minutes jump{1};
  static constexpr std::size_t share = 10;

  void look_at_clocks(const SweepClocks& clocks) {
    if (before_) {
      const auto drift = (clocks.wall - before_->wall) - (clocks.steady - before_->steady);
      if (drift > jump || drift < -jump) {
        idle_since_.clear();
        trusted_from_ = clocks.steady + keep_;
      }
    }
    before_ = clocks;
  }

  std::chrono::seconds keep_;
  std::optional<SweepClocks> before_;
  std::chrono::milliseconds trusted_from_{0};            // by the steady clock
  std::map<Key, std::chrono::milliseconds> idle_since_;  // by the steady clock
};

}  // namespace signpost
