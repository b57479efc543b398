#include "storage/upload_sweep.hpp"

#include <algorithm>

namespace signpost::storage {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

// More than clocks differ that are only being set right bit by bit.
constexpr milliseconds jump = 1min;
constexpr std::size_t share = 10;

}  // namespace

UploadSweep::Clocks UploadSweep::Clocks::now() {
  const auto wall = std::chrono::system_clock::now();
  const auto steady = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::floor<milliseconds>(wall), std::chrono::floor<milliseconds>(steady)};
}

milliseconds UploadSweep::pause() const {
  return std::clamp<milliseconds>(keep_ / 4, 1s, 1h);
}

void UploadSweep::look_at_clocks(const Clocks& clocks) {
  if (before_) {
    const milliseconds drift = (clocks.wall - before_->wall) - (clocks.steady - before_->steady);
    if (drift > jump || drift < -jump) {
      idle_.clear();
      trusted_from_ = clocks.steady + keep_;
    }
  }
  before_ = clocks;
}

UploadSweep::Round UploadSweep::run(const Clocks& clocks) {
  look_at_clocks(clocks);
  const OpenUploads found = store_.idle_uploads(clocks.wall - keep_);
  Round round{.open = found.open};
  const std::size_t most = std::max(least_share, found.open / share);
  decltype(idle_) idle;
  for (const std::int64_t upload : found.idle) {
    const auto known = idle_.find(upload);
    const milliseconds since = known == idle_.end() ? clocks.steady : known->second;
    idle.emplace(upload, since);
    if (since == clocks.steady || clocks.steady < trusted_from_ || round.aborted >= most) continue;
    if (const auto bytes = store_.abort_idle_upload(upload, clocks.wall - keep_)) {
      ++round.aborted;
      round.bytes += *bytes;
      idle.erase(upload);
    }
  }
  idle_ = std::move(idle);
  return round;
}

}  // namespace signpost::storage
