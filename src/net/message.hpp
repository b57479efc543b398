#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/field_view.hpp"

namespace signpost::net {

// The head of a request that the strict reader let through (RFC 9112; docs/adr/0002): HTTP/1.0 or
// 1.1, a known-shape method token, a target in origin form (or "*" for OPTIONS), exactly one Host,
// at most one Content-Length or "Transfer-Encoding: chunked", no folded lines, no control bytes.
// The views live as long as the Exchange.
struct RequestHead {
  std::string_view method;
  std::string_view target;  // raw, as signed: path and query, nothing decoded
  std::string_view path;    // target up to the first '?'
  std::string_view query;   // after it
  bool has_query = false;
  std::string_view host;
  std::vector<FieldView> fields;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;

  // The value of the field, whatever the case of its name; the first where there are several.
  std::optional<std::string_view> field(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

// An ordered list of fields to send. Names and values are checked when they are written: a value
// with a control character is a broken invariant of the caller and aborts the answer with 500.
class Headers {
 public:
  Headers& add(std::string name, std::string value) {
    if (fields_.empty()) fields_.reserve(usual_fields);
    fields_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  // Takes the fields of `others`, each in place of one of that name.
  Headers& take(Headers&& others);
  // Replaces every field of that name.
  Headers& set(std::string_view name, std::string value);
  std::optional<std::string_view> get(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  static constexpr std::size_t usual_fields = 12;  // one allocation for nearly every answer
  std::vector<std::pair<std::string, std::string>> fields_;
};

// A whole answer. Content-Length, Date and Connection are written by the connection.
struct Response {
  unsigned status = 200;
  Headers headers;
  std::string body;
};

// The standard reason phrase (RFC 9110 section 15), or "Unknown".
std::string_view reason_phrase(unsigned status);

}  // namespace signpost::net
