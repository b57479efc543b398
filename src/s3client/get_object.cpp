#include <fmt/format.h>

#include "base/try.hpp"
#include "s3client/call.hpp"

namespace signpost::s3client {
namespace {

std::vector<std::pair<std::string, std::string>> to_fields(const GetConditions& conditions) {
  std::vector<std::pair<std::string, std::string>> fields;
  auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value) fields.emplace_back(name, *value);
  };
  add("Range", conditions.range);
  add("If-Match", conditions.if_match);
  add("If-None-Match", conditions.if_none_match);
  add("If-Modified-Since", conditions.if_modified_since);
  add("If-Unmodified-Since", conditions.if_unmodified_since);
  add("If-Range", conditions.if_range);
  return fields;
}

}  // namespace

S3Task<ObjectBody> S3Client::get_object(std::string key, GetConditions conditions) {
  Call call{.method = "GET", .key = key, .fields = to_fields(conditions)};
  CO_TRY(auto exchange, co_await send(call));
  auto head = co_await exchange->read_head();
  if (!head) co_return std::unexpected(transport_error(head.error()));
  if (head->status != 200 && head->status != 206 && head->status != 304)
    co_return std::unexpected(co_await read_error(*head, *exchange));
  ObjectBody body{*std::move(head), std::move(exchange)};
  co_return body;
}

S3Task<std::string> S3Client::get_first_bytes(std::string key, std::size_t limit) {
  GetConditions conditions;
  conditions.range = fmt::format("bytes=0-{}", limit - 1);
  auto object = co_await get_object(std::move(key), std::move(conditions));
  // No range of an empty object can be satisfied (RFC 9110 section 14.1.2).
  if (!object && object.error().is_range_not_satisfiable()) co_return std::string{};
  if (!object) co_return std::unexpected(object.error());
  std::string bytes;
  while (bytes.size() < limit) {
    auto piece = co_await object->exchange->read_some();
    if (!piece) co_return std::unexpected(transport_error(piece.error()));
    if (piece->empty()) break;
    bytes.append(piece->data(), std::min(piece->size(), limit - bytes.size()));
  }
  co_return bytes;
}

}  // namespace signpost::s3client
