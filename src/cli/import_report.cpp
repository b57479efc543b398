#include "cli/import_report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "cli/outcome.hpp"
#include "cli/terminal.hpp"

namespace signpost::cli {
namespace {

constexpr std::size_t most_names = 1000;
constexpr std::chrono::milliseconds show_every{100};

}  // namespace

ImportReport::ImportReport(bool json, bool dry_run)
    : json_(json), dry_run_(dry_run), shows_progress_(!json && ::isatty(STDERR_FILENO) == 1) {}

void ImportReport::clear_line() {
  if (shows_progress_) fmt::print(stderr, "\r\x1b[K");
}

void ImportReport::count(std::uint64_t& which) {
  ++which;
  const auto now = std::chrono::steady_clock::now();
  if (!shows_progress_ || now - shown_ < show_every) return;
  shown_ = now;
  clear_line();
  fmt::print(stderr, "{} entered, {} there already, {} not matching, {} failed", entered_, already_,
             unmatched_, failed_);
  std::fflush(stderr);
}

void ImportReport::unmatched(std::string_view key) {
  if (unmatched_keys_.size() < most_names) {
    unmatched_keys_.emplace_back(key);
    clear_line();
    if (!json_) fmt::print(stderr, "signpost: does not match: {}\n", printable(key));
  }
  count(unmatched_);
}

void ImportReport::failed(std::string_view key, std::string reason) {
  if (failures_.size() < most_names) {
    clear_line();
    if (!json_) fmt::print(stderr, "signpost: {}: {}\n", printable(key), printable(reason));
    failures_.push_back({std::string(key), std::move(reason)});
  }
  count(failed_);
}

std::string ImportReport::json_document(std::string_view bucket, std::string_view prefix,
                                        std::string_view last_key) const {
  boost::json::array keys;
  for (const std::string& key : unmatched_keys_) keys.emplace_back(key);
  boost::json::array failures;
  for (const Failure& one : failures_)
    failures.emplace_back(boost::json::object{{"key", one.key}, {"reason", one.reason}});
  boost::json::object out{{"bucket", bucket},
                          {"prefix", prefix},
                          {"dry_run", dry_run_},
                          {"entered", entered_},
                          {"already", already_},
                          {"unmatched", unmatched_},
                          {"failed", failed_},
                          {"unmatched_keys", std::move(keys)},
                          {"failures", std::move(failures)},
                          {"last_key", last_key}};
  out["error"] = nullptr;
  if (!broken_off_.empty()) out["error"] = broken_off_;
  return boost::json::serialize(out) + "\n";
}

void ImportReport::finish(std::string_view bucket, std::string_view prefix,
                          std::string_view last_key) {
  clear_line();
  if (!broken_off_.empty()) {
    fmt::print(stderr, "signpost: {}\n", printable(broken_off_));
    if (!last_key.empty())
      fmt::print(stderr, "signpost: all up to '{}' is done; --start-after goes on from there\n",
                 printable(last_key));
  }
  if (json_) return write_out(json_document(bucket, prefix, last_key));
  write_out(fmt::format("{} {}, {} there already, {} not matching, {} failed\n", entered_,
                        dry_run_ ? "would be entered" : "entered", already_, unmatched_, failed_));
}

}  // namespace signpost::cli
