#pragma once

#include <csignal>
#include <mutex>
#include <string>
#include <thread>

namespace signpost::cli {

class GatewayClient;

// An entry whose upload is under way: taken back where that fails, and where SIGINT, SIGTERM or
// SIGHUP ends the program. A second signal ends it at once. Made before the entry is, and before
// any other thread.
class EntryOnSignal {
 public:
  explicit EntryOnSignal(GatewayClient& client);
  // No signal takes it back any more. Where one has come, the program ends in here.
  ~EntryOnSignal();
  EntryOnSignal(const EntryOnSignal&) = delete;
  EntryOnSignal& operator=(const EntryOnSignal&) = delete;

  // What a DELETE takes back.
  void made(std::string target);
  // Once; a note says where that fails.
  void take_back();

 private:
  void watch();
  bool is_made();
  void wait_until_made();

  GatewayClient& client_;
  sigset_t before_{};
  sigset_t ending_{};
  int signals_ = -1;
  int ended_ = -1;
  std::mutex mutex_;
  std::string target_;
  std::jthread thread_;
};

}  // namespace signpost::cli
