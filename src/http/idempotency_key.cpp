#include "http/idempotency_key.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/limits.hpp"

namespace signpost::http {
namespace {

bool is_printable(char c) {
  return c >= 0x20 && c <= 0x7E;
}

bool is_bare(char c) {
  return c > 0x20 && c <= 0x7E && c != '"' && c != '\\';
}

// RFC 8941 section 4.2.5, and nothing behind it.
std::optional<std::string> parse_quoted(std::string_view text) {
  text.remove_prefix(1);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '"') return i + 1 == text.size() ? std::optional(std::move(out)) : std::nullopt;
    if (c == '\\') {
      if (++i == text.size() || (text[i] != '"' && text[i] != '\\')) return std::nullopt;
      c = text[i];
    }
    if (!is_printable(c)) return std::nullopt;
    out += c;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> parse_idempotency_key(std::string_view field_value) {
  std::string_view text = trim(field_value);
  std::optional<std::string> key;
  if (text.starts_with('"')) {
    key = parse_quoted(text);
  } else if (std::ranges::all_of(text, is_bare)) {
    key.emplace(text);
  }
  if (!key || key->empty() || key->size() > limits::idempotency_key_bytes) return std::nullopt;
  return key;
}

}  // namespace signpost::http
