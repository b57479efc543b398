// Any bytes, in any pieces: the strict request reader never reads past its buffer, never asks for
// more for ever, and decodes a body of the length that it announced.
#include "net/request_parser.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/limits.hpp"

using signpost::net::RequestParser;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Feeds the body in pieces of `step` bytes, as a connection does.
void read_body(RequestParser& parser, std::string_view rest, std::size_t step) {
  using Kind = RequestParser::BodyStep::Kind;
  std::string pending;
  std::uint64_t decoded = 0;
  for (;;) {
    auto result = parser.parse_body(pending);
    require(result.consumed <= pending.size());
    require(result.piece.empty() ||
            (result.piece.data() >= pending.data() &&
             result.piece.data() + result.piece.size() <= pending.data() + pending.size()));
    decoded += result.piece.size();
    pending.erase(0, result.consumed);
    if (result.kind == Kind::malformed) return;
    if (result.kind == Kind::done) break;
    if (result.kind == Kind::piece) continue;
    require(pending.size() <= signpost::limits::trailer_bytes);
    if (rest.empty()) return;
    pending += rest.substr(0, step);
    rest.remove_prefix(std::min(step, rest.size()));
  }
  if (parser.head().content_length) require(decoded == *parser.head().content_length);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::size_t step = data[0] % 64 + 1;
  std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  RequestParser parser;
  auto result = parser.parse_head(bytes);
  if (auto* parsed = std::get_if<RequestParser::Parsed>(&result)) {
    const auto& head = parser.head();
    require(parsed->consumed <= bytes.size());
    require(!head.host.empty() || head.count("host") == 1);
    require(!(head.chunked && head.content_length));
    read_body(parser, bytes.substr(parsed->consumed), step);
  }
  return 0;
}
