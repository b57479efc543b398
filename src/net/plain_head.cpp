#include "net/plain_head.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "net/raw_head.hpp"

namespace signpost::net {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view version = " HTTP/1.1\r\n";
constexpr std::size_t longest_method = 16;

// A table of the bytes that belong to a set.
using Bytes = std::array<bool, 256>;

template <class Predicate>
constexpr Bytes bytes_where(Predicate holds) {
  Bytes out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = holds(static_cast<char>(i));
  return out;
}

constexpr Bytes method_bytes = bytes_where([](char c) { return c >= 'A' && c <= 'Z'; });
constexpr Bytes name_bytes =
    bytes_where([](char c) { return is_digit(c) || is_alpha(c) || c == '-' || c == '_'; });
constexpr Bytes host_bytes = bytes_where([](char c) {
  return is_digit(c) || is_alpha(c) || std::string_view("-._~:[]%!$&'()*+;=").contains(c);
});

// How many bytes at the front belong to the set.
std::size_t count_of(const Bytes& set, std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && set[static_cast<std::uint8_t>(text[count])]) ++count;
  return count;
}

// A request's target: visible ASCII without a fragment. A loop without a branch is one of vectors.
bool is_target(std::string_view text) {
  std::uint8_t others = 0;
  for (const char c : text) {
    const auto byte = static_cast<std::int8_t>(c);
    others |= static_cast<std::uint8_t>(byte <= 0x20 || byte == 0x7f || byte == '#');
  }
  return others == 0;
}

bool read_request_line(std::string_view& rest, RequestHead& out) {
  const std::size_t method = count_of(method_bytes, rest.substr(0, longest_method));
  out.method = rest.substr(0, method);
  rest.remove_prefix(method);
  if (method == 0 || out.method == "CONNECT" || !rest.starts_with(" /")) return false;
  rest.remove_prefix(1);
  out.target = rest.substr(0, rest.find(' '));
  rest.remove_prefix(out.target.size());
  if (!rest.starts_with(version) || !is_target(out.target)) return false;
  rest.remove_prefix(version.size());
  return true;
}

// Whether the field says nothing of how the message is framed, and nothing of the connection but
// what is so anyway.
bool is_plain_field(const FieldView& field) {
  switch (field.name.size()) {
    case 6:
      return !equal_ignoring_case(field.name, "expect");
    case 7:
      return !equal_ignoring_case(field.name, "upgrade");
    case 10:
      return !equal_ignoring_case(field.name, "connection") ||
             equal_ignoring_case(field.value, "keep-alive");
    case 14:
      return !equal_ignoring_case(field.name, "content-length") &&
             !equal_ignoring_case(field.name, "content_length");
    case 16:
      return !equal_ignoring_case(field.name, "proxy-connection");
    case 17:
      return !equal_ignoring_case(field.name, "transfer-encoding") &&
             !equal_ignoring_case(field.name, "transfer_encoding");
    default:
      return true;
  }
}

// "Name: value\r\n" off the front of `rest`.
bool read_field(std::string_view& rest, FieldView& out) {
  const std::size_t name = count_of(name_bytes, rest);
  out.name = rest.substr(0, name);
  rest.remove_prefix(name);
  const std::size_t end = rest.find('\r');
  if (name == 0 || end == rest.npos || !rest.starts_with(':') ||
      !rest.substr(end).starts_with(line_end))
    return false;
  out.value = trim(rest.substr(1, end - 1));
  rest.remove_prefix(end + line_end.size());
  return name + out.value.size() <= limits::header_field_bytes && !has_control_byte(out.value);
}

bool read_fields(std::string_view& rest, RequestHead& out) {
  while (!rest.starts_with(line_end)) {
    FieldView field;
    if (!read_field(rest, field) || !is_plain_field(field)) return false;
    if (equal_ignoring_case(field.name, "host")) {
      if (!out.host.empty() || !is_host(field.value)) return false;
      out.host = field.value;
    }
    out.fields.push_back(field);
    if (out.fields.size() > limits::header_fields) return false;
  }
  return !out.host.empty();
}

}  // namespace

bool is_host(std::string_view host) {
  return !host.empty() && count_of(host_bytes, host) == host.size();
}

bool read_plain_head(std::string_view head, RequestHead& out) {
  return read_request_line(head, out) && read_fields(head, out);
}

}  // namespace signpost::net
