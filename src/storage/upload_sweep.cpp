#include "storage/upload_sweep.hpp"

namespace signpost::storage {

UploadSweep::Round UploadSweep::run(const SweepClocks& clocks) {
  OpenUploads found = store_.idle_uploads(clocks.wall - keep_);
  Round round{.open = found.open};
  for (const std::int64_t upload : sweep_.choose(clocks, found.open, std::move(found.idle))) {
    if (const auto bytes = store_.abort_idle_upload(upload, clocks.wall - keep_)) {
      ++round.aborted;
      round.bytes += *bytes;
    }
  }
  return round;
}

}  // namespace signpost::storage
