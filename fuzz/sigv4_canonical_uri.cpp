// Any bytes as a path: decoded once and encoded once, never more, and never the path of another
// key.
#include <cstdint>
#include <memory_resource>

#include "base/percent.hpp"
#include "sigv4/canonical_request.hpp"
#include "sigv4_fixture.hpp"

using namespace signpost;
using sigv4::PathRule;

namespace {

using fuzz::require;

std::optional<std::string> canonical(std::string_view path, PathRule rule) {
  std::pmr::monotonic_buffer_resource memory;
  const auto uri = sigv4::canonical_uri(path, rule, memory);
  if (!uri) return std::nullopt;
  return std::string(*uri);
}

void check_s3(std::string_view path) {
  const auto once = canonical(path, PathRule::s3);
  const auto decoded = percent_decode(path);
  require(once.has_value() == decoded.has_value());
  if (!once) return;
  require(*once == (path.empty() ? "/" : percent_encode(*decoded, Slash::keep)));
  require(canonical(*once, PathRule::s3) == once);
  // The same key spelt with as many escapes as can be.
  constexpr char digits[] = "0123456789abcdef";
  std::string escaped;
  for (const char c : *decoded) {
    const auto byte = static_cast<std::uint8_t>(c);
    escaped += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  if (!path.empty()) require(canonical(escaped, PathRule::s3) == once);
}

void check_normalized(std::string_view path) {
  const auto once = canonical(path, PathRule::normalized);
  if (!once) return;
  require(once->starts_with('/') && once->size() <= 3 * path.size() + 1);
  for (const char* part : {"//", "/./", "/../"}) require(once->find(part) == std::string::npos);
  require(!once->ends_with("/.") && !once->ends_with("/.."));
  require(canonical(*once, PathRule::normalized) == once);
}

// A URL signed for a key is verified at that key's path, and at the path of no other.
void check_signature(std::string_view path) {
  static const std::string query = fuzz::presigned_query();
  static const FieldView fields[] = {{"Host", fuzz::host}};
  if (fuzz::verified({"GET", path, query, fields})) require(percent_decode(path) == "/photos/a");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view path(reinterpret_cast<const char*>(data), size);
  check_s3(path);
  check_normalized(path);
  check_signature(path);
  return 0;
}
