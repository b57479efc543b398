#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::cli {

// What an import did, and its progress on a terminal. Of the objects that it names it keeps the
// first thousand of each kind and counts the rest.
class ImportReport {
 public:
  ImportReport(bool json, bool dry_run);

  void entered() { count(entered_); }
  void already() { count(already_); }
  void unmatched(std::string_view key);
  void failed(std::string_view key, std::string reason);
  // What ended it before its time.
  void broke_off(std::string reason) { broken_off_ = std::move(reason); }

  bool all_well() const { return failed_ == 0 && broken_off_.empty(); }
  // The summary, on standard output; as JSON one document.
  void finish(std::string_view bucket, std::string_view prefix, std::string_view last_key);

 private:
  struct Failure {
    std::string key;
    std::string reason;
  };
  void count(std::uint64_t& which);
  void clear_line();
  std::string json_document(std::string_view bucket, std::string_view prefix,
                            std::string_view last_key) const;

  bool json_;
  bool dry_run_;
  bool shows_progress_;
  std::chrono::steady_clock::time_point shown_{};
  std::uint64_t entered_ = 0;
  std::uint64_t already_ = 0;
  std::uint64_t unmatched_ = 0;
  std::uint64_t failed_ = 0;
  std::vector<std::string> unmatched_keys_;
  std::vector<Failure> failures_;
  std::string broken_off_;
};

}  // namespace signpost::cli
