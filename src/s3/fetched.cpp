#include "s3/fetched.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "s3/ticket.hpp"

namespace signpost::s3 {
namespace {

constexpr std::size_t place_characters = 64;

// Takes what stands before the first `end` off the front, and that; nothing where there is none.
std::optional<std::string_view> take(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view out = text.substr(0, at);
  text.remove_prefix(at + 1);
  return out;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  const auto word = take(text, ' ');
  if (!word) return std::nullopt;
  const auto number = parse_u64(*word);
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!number || *number > most) return std::nullopt;
  return number;
}

UnixSeconds to_time(std::uint64_t seconds) {
  return UnixSeconds(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

std::optional<Fetched> parse_line(std::string_view line) {
  const auto ticket = take(line, ' ');
  if (!ticket || tags_of(*ticket).empty()) return std::nullopt;
  std::array<std::uint64_t, 4> numbers{};
  for (std::uint64_t& number : numbers) {
    const auto next = take_number(line);
    if (!next) return std::nullopt;
    number = *next;
  }
  auto key = percent_decode(line);
  if (!key || key->empty()) return std::nullopt;
  return Fetched{std::string(*ticket), *std::move(key),     numbers[0],
                 numbers[1],           to_time(numbers[2]), to_time(numbers[3])};
}

}  // namespace

bool is_place(std::string_view text) {
  return text.size() <= place_characters && std::ranges::all_of(text, [](char c) {
           return is_alpha(c) || is_digit(c) || c == '.' || c == '-';
         });
}

std::string write_fetch_report(const FetchReport& report) {
  std::string out = report.next + '\n';
  for (const Fetched& one : report.fetched)
    out += fmt::format("{} {} {} {} {} {}\n", one.ticket, one.requests, one.bytes,
                       one.first.time_since_epoch().count(), one.last.time_since_epoch().count(),
                       percent_encode(one.key, Slash::keep));
  return out;
}

std::optional<FetchReport> parse_fetch_report(std::string_view text) {
  const auto next = take(text, '\n');
  if (!next || !is_place(*next)) return std::nullopt;
  FetchReport report{{}, std::string(*next)};
  while (!text.empty()) {
    const auto line = take(text, '\n');
    auto fetched = line ? parse_line(*line) : std::nullopt;
    if (!fetched) return std::nullopt;
    report.fetched.push_back(*std::move(fetched));
  }
  return report;
}

}  // namespace signpost::s3
