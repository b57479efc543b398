#include "gateway/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/time.hpp"
#include "base/try.hpp"
#include "domain/cursor.hpp"
#include "domain/file_name.hpp"
#include "gateway/list_page.hpp"
#include "gateway/problem_response.hpp"

namespace signpost::gateway {
namespace {

constexpr std::size_t default_limit = 100;
constexpr std::size_t max_limit = 1000;

}  // namespace

std::expected<void, http::Problem> only_parameters(const http::Query& query,
                                                   std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : query.all())
    if (std::ranges::find(known, std::string_view(name)) == known.end())
      return std::unexpected(
          invalid(fmt::format("{} is not a parameter here.", http::json_quote(name))));
  return {};
}

std::expected<domain::Principal, http::Problem> declared_owner(std::optional<std::string> text,
                                                               const domain::Caller& caller) {
  if (!text) return caller.principal;
  auto owner = domain::Principal::parse(*text);
  if (!owner) return std::unexpected(invalid("owner is not of the form user:ISSUER:SUBJECT."));
  return *std::move(owner);
}

std::expected<domain::Principal, http::Problem> asked_principal(const http::Query& query,
                                                                const domain::Caller& caller) {
  auto text = query.get("principal");
  if (!text) return caller.principal;
  auto principal = domain::Principal::parse(*text);
  if (!principal) return std::unexpected(invalid("principal is not user:ISSUER:SUBJECT."));
  if (*principal != caller.principal && !caller.admin) return std::unexpected(not_found());
  return *std::move(principal);
}

std::expected<std::size_t, http::Problem> list_limit(const http::Query& query) {
  auto text = query.get("limit");
  if (!text) return default_limit;
  auto number = parse_u64(*text);
  if (!number || *number < 1 || *number > max_limit)
    return std::unexpected(invalid("limit is not a number from 1 to 1000."));
  return static_cast<std::size_t>(*number);
}

std::expected<std::optional<std::string>, http::Problem> list_position(Request& request,
                                                                       std::string_view binding) {
  auto cursor = request.query.get("cursor");
  if (!cursor) return std::nullopt;
  auto position = domain::open_cursor(request.shared().cursor_key, binding, *cursor);
  if (!position) return std::unexpected(wrong_cursor());
  return position;
}

std::expected<std::optional<std::chrono::seconds>, http::Problem> expires_in(
    const http::Query& query) {
  auto text = query.get("expires_in");
  if (!text) return std::nullopt;
  auto duration = parse_duration(*text);
  if (!duration || duration->count() < 1)
    return std::unexpected(invalid("expires_in is not a duration such as 90s, 3m or 12h."));
  return duration;
}

std::expected<std::optional<http::Disposition>, http::Problem> disposition_word(
    std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  auto asked = domain::parse_disposition(*text);
  if (!asked) return std::unexpected(invalid("disposition is neither inline nor attachment."));
  return asked;
}

std::expected<DeliveryWish, http::Problem> delivery_wish(const http::Query& query) {
  DeliveryWish wish;
  TRY(wish.expires_in, expires_in(query));
  TRY(wish.disposition, disposition_word(query.get("disposition")));
  if (auto text = query.get("filename")) {
    auto clean = domain::sanitize_file_name(*text);
    if (!clean) return std::unexpected(invalid("filename is not UTF-8."));
    wish.filename = *std::move(clean);
  }
  return wish;
}

std::string content_disposition(const DeliveryWish& wish, const domain::File& file,
                                std::span<const std::string> inline_types) {
  auto disposition = domain::disposition_of(file.content_type, wish.disposition, inline_types);
  return http::content_disposition(disposition, wish.filename ? *wish.filename : file.name);
}

}  // namespace signpost::gateway
