#include "gateway/json_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/limits.hpp"
#include "base/time.hpp"
#include "base/try.hpp"
#include "domain/content_type.hpp"
#include "gateway/problem_response.hpp"
#include "json/strict.hpp"

namespace signpost::gateway {
namespace json = boost::json;
namespace {

constexpr std::size_t map_names = 50;
constexpr std::size_t map_bytes = 8 * 1024;
constexpr std::size_t map_name_bytes = 128;
// A body that was read within that time was there: nothing can have changed meanwhile.
constexpr std::chrono::milliseconds came_with_the_head{1};

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

std::expected<json::object, std::string> parse_json_object(std::string_view text) {
  auto value = signpost::json::parse_strict(text, limits::json_depth);
  if (!value) {
    switch (value.error()) {
      case signpost::json::StrictError::malformed:
        return std::unexpected("The body is not JSON in UTF-8.");
      case signpost::json::StrictError::too_deep:
        return std::unexpected("The body is nested too deep.");
      case signpost::json::StrictError::duplicate:
        return std::unexpected("An object of the body has a name twice.");
    }
  }
  if (!value->is_object()) return std::unexpected("The body is not a JSON object.");
  return std::move(value->get_object());
}

const json::value* JsonFields::find(std::string_view name) {
  known_.emplace(name);
  const json::value* value = object_.if_contains(name);
  return value && !value->is_null() ? value : nullptr;
}

void JsonFields::fault(std::string detail) {
  if (!fault_) fault_ = std::move(detail);
}

bool JsonFields::is_null(std::string_view name) {
  known_.emplace(name);
  const json::value* value = object_.if_contains(name);
  return value && value->is_null();
}

bool JsonFields::has(std::string_view name) {
  return find(name) != nullptr;
}

std::optional<std::string> JsonFields::text(std::string_view name, std::size_t max_bytes,
                                            bool may_be_empty) {
  const json::value* value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    fault(fmt::format("{} is not a string.", name));
    return std::nullopt;
  }
  std::string out(value->get_string());
  if (out.size() > max_bytes) fault(fmt::format("{} is longer than {} bytes.", name, max_bytes));
  if (out.empty() && !may_be_empty) fault(fmt::format("{} is empty.", name));
  if (has_control_character(out)) fault(fmt::format("{} holds a control character.", name));
  return out;
}

std::string JsonFields::required_text(std::string_view name, std::size_t max_bytes) {
  if (!find(name)) fault(fmt::format("{} is missing.", name));
  return text(name, max_bytes).value_or("");
}

std::uint64_t JsonFields::required_number(std::string_view name) {
  const json::value* value = find(name);
  if (!value) {
    fault(fmt::format("{} is missing.", name));
    return 0;
  }
  if (value->is_int64() && value->get_int64() >= 0)
    return static_cast<std::uint64_t>(value->get_int64());
  if (value->is_uint64()) return value->get_uint64();
  fault(fmt::format("{} is not a whole number from 0.", name));
  return 0;
}

std::optional<std::chrono::seconds> JsonFields::duration(std::string_view name) {
  const json::value* value = find(name);
  if (!value) return std::nullopt;
  std::optional<std::chrono::seconds> out;
  if (value->is_string()) out = parse_duration(value->get_string());
  if (value->is_int64()) out = parse_duration(std::to_string(value->get_int64()));
  if (!out || out->count() < 1)
    fault(fmt::format("{} is not a duration such as 90s, 12h or 7d.", name));
  return out;
}

std::vector<std::string> JsonFields::required_texts(std::string_view name, std::size_t max_items,
                                                    std::size_t max_bytes) {
  std::vector<std::string> out;
  const json::value* value = find(name);
  if (!value || !value->is_array() || value->get_array().empty()) {
    fault(fmt::format("{} is not an array of at least one string.", name));
    return out;
  }
  if (value->get_array().size() > max_items) {
    fault(fmt::format("{} has more than {} items.", name, max_items));
    return out;
  }
  for (const json::value& item : value->get_array()) {
    const auto* text = item.if_string();
    if (!text || text->empty() || text->size() > max_bytes) {
      fault(fmt::format("{} holds what is not a string of 1 to {} bytes.", name, max_bytes));
      return out;
    }
    out.emplace_back(*text);
  }
  return out;
}

std::optional<bool> JsonFields::boolean(std::string_view name) {
  const json::value* value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_bool()) {
    fault(fmt::format("{} is neither true nor false.", name));
    return std::nullopt;
  }
  return value->get_bool();
}

std::optional<std::map<std::string, std::string>> JsonFields::text_map(std::string_view name,
                                                                       ControlCharacters control) {
  const json::value* value = find(name);
  if (!value) return std::nullopt;
  std::map<std::string, std::string> out;
  if (!value->is_object()) {
    fault(fmt::format("{} is not an object.", name));
    return out;
  }
  std::size_t bytes = 0;
  for (const auto& [key, entry] : value->get_object()) {
    if (!entry.is_string()) {
      fault(fmt::format("{} holds what is not a string.", name));
      return out;
    }
    std::string_view entry_text = entry.get_string();
    bytes += key.size() + entry_text.size();
    if (key.empty() || key.size() > map_name_bytes)
      fault(fmt::format("A name in {} is not of 1 to {} bytes.", name, map_name_bytes));
    if (control == ControlCharacters::refused &&
        (has_control_character(key) || has_control_character(entry_text)))
      fault(fmt::format("{} holds a control character.", name));
    out.emplace(key, entry_text);
  }
  if (out.size() > map_names) fault(fmt::format("{} has more than {} names.", name, map_names));
  if (bytes > map_bytes) fault(fmt::format("{} is larger than {} bytes.", name, map_bytes));
  return out;
}

std::string JsonFields::text_without(std::string_view name) const {
  json::object rest = object_;
  rest.erase(name);
  return json::serialize(rest);
}

std::expected<void, http::Problem> JsonFields::finish() const {
  if (fault_) return std::unexpected(invalid(*fault_));
  for (const auto& field : object_)
    if (!known_.contains(std::string_view(field.key())))
      return std::unexpected(invalid(
          fmt::format("{} is not a field of this request.", http::json_quote(field.key()))));
  return {};
}

std::expected<JsonFields, http::Problem> json_fields(std::string_view text) {
  auto object = parse_json_object(text);
  if (!object) return std::unexpected(invalid(std::move(object.error())));
  return JsonFields(*std::move(object));
}

net::Task<std::expected<std::string, http::Problem>> read_json_text(Request& request) {
  if (request.body) co_return std::move(*request.body);
  const net::RequestHead& head = request.head();
  auto declared = domain::MediaType::parse(head.field("Content-Type").value_or(""));
  if (!declared || declared->essence() != "application/json" || head.count("Content-Type") != 1 ||
      head.field("Content-Encoding"))
    co_return std::unexpected(
        problem(415, "unsupported_media_type", "The body must be plain application/json."));
  const auto began = std::chrono::steady_clock::now();
  auto body = co_await request.exchange.read_all(limits::json_body_bytes);
  if (!body) co_return std::unexpected(to_problem(body.error()));
  request.waited = std::chrono::steady_clock::now() - began > came_with_the_head;
  if (!request.waited) co_return *std::move(body);
  request.body = std::make_unique<std::string>(*std::move(body));
  co_return std::unexpected(problem(408, "request_timeout", "The body came late."));
}

net::Task<std::expected<JsonFields, http::Problem>> read_json(Request& request) {
  CO_TRY(std::string text, co_await read_json_text(request));
  co_return json_fields(text);
}

}  // namespace signpost::gateway
