#pragma once

#include <chrono>
#include <expected>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "domain/content_type.hpp"
#include "domain/file.hpp"
#include "gateway/request.hpp"
#include "http/content_disposition.hpp"
#include "http/problem.hpp"
#include "http/query.hpp"

// Query parameters that several endpoints share.
namespace signpost::gateway {

// 400 for a parameter that is none of these: a caller who asks for what is not offered must not be
// given something else.
std::expected<void, http::Problem> only_parameters(const http::Query& query,
                                                   std::initializer_list<std::string_view> known);

// Who is to own what a body creates: the caller, unless it names another. 400 where that is no
// principal; whether the caller may is domain::decide()'s to say.
std::expected<domain::Principal, http::Problem> declared_owner(std::optional<std::string> text,
                                                               const domain::Caller& caller);

// Whose things a list is to be of: the caller's, unless `principal` names another. 400 where that
// is no principal; 404 where it is another's and the caller no admin.
std::expected<domain::Principal, http::Problem> asked_principal(const http::Query& query,
                                                                const domain::Caller& caller);

// `limit` of a list: 1 to 1000, 100 where it is absent. 400 for another.
std::expected<std::size_t, http::Problem> list_limit(const http::Query& query);

// The place in a list that `cursor` names, if it was sealed for that binding (domain/cursor.hpp);
// nothing where there is none. 400 for another.
std::expected<std::optional<std::string>, http::Problem> list_position(Request& request,
                                                                       std::string_view binding);

// `expires_in`, a duration ("3m") or seconds. 400 where it is neither, or below one second.
std::expected<std::optional<std::chrono::seconds>, http::Problem> expires_in(
    const http::Query& query);

// How a caller wants a URL, or the bytes. What is not set is the configuration's choice.
struct DeliveryWish {
  std::optional<std::chrono::seconds> expires_in;
  std::optional<http::Disposition> disposition;
  std::optional<std::string> filename;  // sanitised
};

// `disposition`'s word. 400 for another than inline and attachment.
std::expected<std::optional<http::Disposition>, http::Problem> disposition_word(
    std::optional<std::string_view> text);

// `expires_in`, `disposition` and `filename`. 400 where one is wrong.
std::expected<DeliveryWish, http::Problem> delivery_wish(const http::Query& query);

// How a browser is to take the file. Active types are attachments whatever is wished.
std::string content_disposition(const DeliveryWish& wish, const domain::File& file,
                                std::span<const std::string> inline_types);

}  // namespace signpost::gateway
