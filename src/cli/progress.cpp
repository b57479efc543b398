#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "cli/terminal.hpp"

namespace signpost::cli {
namespace {

constexpr std::chrono::milliseconds pause{100};
constexpr std::size_t longest_name = 40;

std::string shortened(const std::string& name) {
  const std::string text = printable(name);
  // By bytes, and so at the start of a character.
  if (text.size() <= longest_name) return text;
  std::size_t from = text.size() - longest_name;
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0u) == 0x80u) ++from;
  return "..." + text.substr(from);
}

}  // namespace

Progress::Progress(std::string name, std::uint64_t size, bool quiet)
    : name_(std::move(name)),
      size_(size),
      shown_(!quiet && ::isatty(STDERR_FILENO) == 1),
      began_(std::chrono::steady_clock::now()),
      last_(began_) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::add(std::uint64_t bytes) {
  done_ += bytes;
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || now - last_ < pause) return;
  last_ = now;
  show();
}

void Progress::show() {
  const std::chrono::duration<double> spent = last_ - began_;
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(done_) / spent.count());
  const std::uint64_t percent = size_ == 0 ? 100 : done_ * 100 / size_;
  fmt::print(stderr, "\r\x1b[K{}  {:3}%  {} of {}  {}/s", shortened(name_), percent,
             size_text(done_), size_text(size_), size_text(rate));
  std::fflush(stderr);
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  return fmt::format("{:.1f} {}", value, units[unit]);
}

}  // namespace signpost::cli
