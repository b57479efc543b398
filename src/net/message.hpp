#pragma once

#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
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
  Headers() = default;
  Headers(const Headers&) = default;
  Headers(Headers&&) noexcept = default;
  Headers& operator=(const Headers&) = default;
  Headers& operator=(Headers&&) noexcept = default;
  ~Headers();
  Headers& add(std::string_view name, std::string_view value);
  // Adds it unless a field of that name is there.
  Headers& add_default(std::string_view name, std::string_view value) {
    return get(name) ? *this : add(name, value);
  }
  // Replaces every field of that name.
  Headers& set(std::string_view name, std::string_view value);
  std::optional<std::string_view> get(std::string_view name) const;
  // The fields in their order, as FieldView; they hold until the next change.
  auto all() const {
    return places_ | std::views::transform([this](const Place& place) { return view(place); });
  }
  // As they stand on the wire (RFC 9112 section 5): "Name: value\r\n" for each. Throws
  // std::logic_error where a field has a control character, or no name.
  std::string_view wire() const;

 private:
  struct Place {
    std::size_t begin, name, value;  // in text_; bytes
  };
  static constexpr std::size_t usual_fields = 12;
  static constexpr std::size_t usual_bytes = 1536;
  // The text of the last one of this thread, for the next: it is larger than what the heap keeps at
  // hand.
  static thread_local std::string spare_;

  FieldView view(const Place& place) const {
    const std::string_view text = text_;
    return {text.substr(place.begin, place.name),
            text.substr(place.begin + place.name + 2, place.value)};
  }

  std::string text_;
  std::vector<Place> places_;
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
