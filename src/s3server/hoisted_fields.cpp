#include "s3server/hoisted_fields.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "base/try.hpp"
#include "http/field_parameters.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;

constexpr std::string_view amz_prefix = "x-amz-";
constexpr std::string_view checksum_prefix = "x-amz-checksum-";

// Those that are no field, in lower case.
constexpr std::array<std::string_view, 11> other_parameters = {
    "x-amz-algorithm",      "x-amz-content-sha256",
    "x-amz-credential",     "x-amz-date",
    "x-amz-expires",        "x-amz-decoded-content-length",
    "x-amz-security-token", "x-amz-sdk-checksum-algorithm",
    "x-amz-signature",      "x-amz-signedheaders",
    "x-amz-trailer"};

bool is_one_of(std::string_view name, const auto& names) {
  return std::ranges::find(names, name) != names.end();
}

bool is_field(std::string_view name) {
  if (!name.starts_with(amz_prefix) || is_one_of(name, other_parameters)) return false;
  const bool is_value = name.starts_with(checksum_prefix) && name != "x-amz-checksum-algorithm" &&
                        name != "x-amz-checksum-mode" && name != "x-amz-checksum-type";
  return !is_value;
}

Outcome add(HoistedFields& fields, std::string name, std::string_view raw_value) {
  auto value = percent_decode(raw_value);
  if (!value) return std::unexpected(ErrorCode::InvalidURI);
  if (!http::is_token(name) || !http::is_field_content(*value))
    return std::unexpected(
        Failure(ErrorCode::InvalidArgument, "Header value cannot be represented.")
            .detail("ArgumentName", is_utf8(name) ? name.substr(0, 128) : std::string()));
  if (std::ranges::find(fields, name, &HoistedFields::value_type::first) != fields.end())
    return std::unexpected(
        Failure(ErrorCode::InvalidArgument, "A query parameter is given more than once.")
            .detail("ArgumentName", name));
  fields.emplace_back(std::move(name), trim(*value));
  return {};
}

}  // namespace

std::expected<HoistedFields, Failure> hoisted_fields(std::string_view query) {
  HoistedFields out;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals));
    if (!name) return std::unexpected(ErrorCode::InvalidURI);
    *name = to_lower(*name);
    if (!is_field(*name)) continue;
    TRYV(add(out, *std::move(name), pair.substr(std::min(equals + 1, pair.size()))));
  }
  return out;
}

}  // namespace signpost::s3server
