// Any bytes as a query: what is taken apart comes together again in one canonical way, whatever the
// order, and no query is verified but those that mean the same as the signed one.
#include <algorithm>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "base/percent.hpp"
#include "sigv4/authorization_query.hpp"
#include "sigv4_fixture.hpp"

using namespace signpost;
using sigv4::ParsedQuery;

namespace {

using fuzz::require;

// The canonical query, or nothing where the query is refused.
std::optional<std::string> canonical(std::string_view query) {
  std::pmr::monotonic_buffer_resource memory;
  auto parsed = ParsedQuery::parse(query, memory);
  if (!parsed) return std::nullopt;
  return std::string(parsed->canonical(memory));
}

std::vector<std::string_view> pairs_of(std::string_view query) {
  std::vector<std::string_view> pairs;
  for (;;) {
    const auto end = query.find('&');
    pairs.push_back(query.substr(0, end));
    if (end == std::string_view::npos) return pairs;
    query.remove_prefix(end + 1);
  }
}

// The canonical query, made without the library's own parser: decoded, sorted, encoded.
std::optional<std::string> plainly(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string_view pair : pairs_of(query)) {
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = percent_decode(pair.substr(0, equals));
    const auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) return std::nullopt;
    if (*name == "X-Amz-Signature") continue;
    pairs.emplace_back(percent_encode(*name, Slash::encode), percent_encode(*value, Slash::encode));
  }
  std::ranges::sort(pairs);
  std::string out;
  for (const auto& [name, value] : pairs) out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

void check_canonical(std::string_view query) {
  const auto once = canonical(query);
  if (!once) return;
  require(once == plainly(query));
  require(canonical(*once) == once);
  std::string reversed;
  for (const std::string_view pair : pairs_of(query)) reversed = std::string(pair) + "&" + reversed;
  require(canonical(reversed) == once);
}

void check_verdict(const std::string& query) {
  static const std::string signed_query = fuzz::presigned_query();
  static const FieldView fields[] = {{"Host", fuzz::host}};
  const sigv4::RequestView request{"GET", "/photos/a", query, fields};
  if (fuzz::verified(request)) require(canonical(query) == canonical(signed_query));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  check_canonical(bytes);
  check_verdict(bytes);
  // Behind and before a signed query, nothing may be added that means something.
  check_verdict(fuzz::presigned_query() + "&" + bytes);
  check_verdict(bytes + "&" + fuzz::presigned_query());
  return 0;
}
