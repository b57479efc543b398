#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/request.hpp"
#include "http/problem.hpp"

namespace signpost::gateway {

// One JSON object (RFC 8259), UTF-8, of at most limits::json_depth levels, in which no object has a
// name twice. The error is a sentence for the caller.
std::expected<boost::json::object, std::string> parse_json_object(std::string_view text);

// Whether a text may hold bytes below 0x20 and 0x7f.
enum class ControlCharacters { refused, taken };

// Reads an object's fields by name and remembers the first that is wrong, so that a handler asks
// for all of them and then looks once: finish().
class JsonFields {
 public:
  explicit JsonFields(boost::json::object object) : object_(std::move(object)) {}

  // Absent and null are the same, but for is_null(). A text is of 1 to `max_bytes` bytes without
  // control characters (0 bytes only where `may_be_empty`).
  std::optional<std::string> text(std::string_view name, std::size_t max_bytes,
                                  bool may_be_empty = false);
  std::string required_text(std::string_view name, std::size_t max_bytes);
  // A whole number from 0.
  std::uint64_t required_number(std::string_view name);
  // A duration as a text ("90s", "7d") or as a number of seconds, from one second.
  std::optional<std::chrono::seconds> duration(std::string_view name);
  // An array of texts, each of 1 to `max_bytes` bytes.
  std::vector<std::string> required_texts(std::string_view name, std::size_t max_items,
                                          std::size_t max_bytes);
  std::optional<bool> boolean(std::string_view name);
  // An object of texts: 50 names at most, 8 KiB in all.
  std::optional<std::map<std::string, std::string>> text_map(
      std::string_view name, ControlCharacters control = ControlCharacters::refused);
  // True where the field is there and null.
  bool is_null(std::string_view name);
  bool has(std::string_view name);

  // The object as it came, but for the field of that name.
  std::string text_without(std::string_view name) const;

  // 400 with the first fault, or with a field that nobody asked for.
  std::expected<void, http::Problem> finish() const;

 private:
  const boost::json::value* find(std::string_view name);
  void fault(std::string detail);

  boost::json::object object_;
  std::set<std::string, std::less<>> known_;
  std::optional<std::string> fault_;
};

// The text as an object: 400 where it is not one.
std::expected<JsonFields, http::Problem> json_fields(std::string_view text);

// The request's body: 415 where it is not declared as application/json, 413 above
// limits::json_body_bytes. Where it had to wait for the body it sets Request::waited and gives a
// problem that is never sent: the handler begins anew and finds the body at hand.
net::Task<std::expected<std::string, http::Problem>> read_json_text(Request& request);

// Both in one.
net::Task<std::expected<JsonFields, http::Problem>> read_json(Request& request);

}  // namespace signpost::gateway
