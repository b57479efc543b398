#include "s3/post_policy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/try.hpp"
#include "json/strict.hpp"

namespace signpost::s3 {
namespace {

// A document is an object of a list of lists.
constexpr std::size_t policy_depth = 4;
constexpr std::size_t shown_bytes = 200;

// Fields that no condition needs to name; x-ignore-... is not in a PostForm at all.
constexpr std::array<std::string_view, 4> free_fields = {"x-amz-signature", "signature",
                                                         "awsaccesskeyid", "policy"};

std::unexpected<Error> invalid(std::string why) {
  return std::unexpected(
      Error{ErrorCode::InvalidPolicyDocument, "Invalid Policy: " + std::move(why), {}});
}

std::unexpected<Error> denied(std::string why) {
  return std::unexpected(
      Error{ErrorCode::AccessDenied, "Invalid according to Policy: " + std::move(why), {}});
}

// The items of a comma-separated list, or the whole where the field is none.
bool each_starts_with(std::string_view list, std::string_view prefix) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (!trim(list.substr(0, comma)).starts_with(prefix)) return false;
    if (comma == std::string_view::npos) return true;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

std::expected<void, Error> ContentLengthRange::check_so_far(std::uint64_t bytes) const {
  if (bytes <= most) return {};
  return std::unexpected(Error{ErrorCode::EntityTooLarge,
                               "Your proposed upload exceeds the maximum allowed size",
                               {{"MaxSizeAllowed", std::to_string(most)}}});
}

std::expected<void, Error> ContentLengthRange::check_whole(std::uint64_t bytes) const {
  TRYV(check_so_far(bytes));
  if (bytes >= least) return {};
  return std::unexpected(
      Error{ErrorCode::EntityTooSmall,
            "Your proposed upload is smaller than the minimum allowed size",
            {{"ProposedSize", std::to_string(bytes)}, {"MinSizeAllowed", std::to_string(least)}}});
}

// Reads the conditions of a document into a policy.
struct PostPolicy::Parser {
  PostPolicy out;

  std::expected<void, Error> add(Match match, std::string_view field,
                                 const boost::json::value& value) {
    if (!value.is_string()) return invalid("a condition's value must be a string.");
    out.conditions_.push_back({match, to_lower(field), std::string(value.get_string())});
    return {};
  }
  // {"field": "value"}: one match or more, each exact.
  std::expected<void, Error> take_object(const boost::json::object& object) {
    for (const auto& [name, value] : object) TRYV(add(Match::equals, name, value));
    return {};
  }
  std::expected<void, Error> take_range(const boost::json::value& least,
                                        const boost::json::value& most) {
    const auto number = [](const boost::json::value& value) -> std::optional<std::uint64_t> {
      if (value.is_uint64()) return value.get_uint64();
      if (value.is_int64() && value.get_int64() >= 0)
        return static_cast<std::uint64_t>(value.get_int64());
      return std::nullopt;
    };
    const auto from = number(least);
    const auto to = number(most);
    if (!from || !to || *from > *to)
      return invalid("content-length-range wants two integers from 0, the smaller one first.");
    // Where there are several, all must hold.
    out.range_.least = std::max(out.range_.least, *from);
    out.range_.most = std::min(out.range_.most, *to);
    return {};
  }
  // ["eq", "$field", "value"] and its like.
  std::expected<void, Error> take_list(const boost::json::array& list) {
    if (list.size() != 3 || !list[0].is_string())
      return invalid("a condition in a list is an operator and two values.");
    const std::string_view match = list[0].get_string();
    if (match == "content-length-range") return take_range(list[1], list[2]);
    if (match != "eq" && match != "starts-with")
      return invalid("the operators are eq, starts-with and content-length-range.");
    if (!list[1].is_string() || !std::string_view(list[1].get_string()).starts_with('$'))
      return invalid("a condition names its field as \"$field\".");
    const std::string_view field = list[1].get_string();
    return add(match == "eq" ? Match::equals : Match::starts_with, field.substr(1), list[2]);
  }
  std::expected<void, Error> take_condition(const boost::json::value& condition) {
    if (condition.is_object()) return take_object(condition.get_object());
    if (condition.is_array()) return take_list(condition.get_array());
    return invalid("a condition is an object or a list.");
  }
};

std::expected<PostPolicy, Error> PostPolicy::parse(std::string_view base64) {
  const auto text = base64_decode(base64);
  if (!text) return invalid("it is not Base64.");
  const auto document = json::parse_strict(*text, policy_depth);
  if (!document || !document->is_object()) return invalid("Invalid JSON.");
  const boost::json::object& object = document->get_object();
  for (const auto& [name, value] : object) {
    if (name != "expiration" && name != "conditions")
      return invalid("Unexpected member; it has expiration and conditions.");
  }
  const auto* expiration = object.if_contains("expiration");
  const auto* conditions = object.if_contains("conditions");
  if (expiration == nullptr || !expiration->is_string())
    return invalid("it must have an expiration.");
  const auto end = parse_rfc3339(expiration->get_string());
  if (!end) return invalid("expiration must be a time as 2026-11-24T04:05:06Z.");
  if (conditions == nullptr || !conditions->is_array())
    return invalid("it must have a list of conditions.");
  Parser parser;
  parser.out.expiration_ = *end;
  for (const auto& condition : conditions->get_array()) TRYV(parser.take_condition(condition));
  if (parser.out.range_.least > parser.out.range_.most)
    return invalid("no length is in each content-length-range.");
  return std::move(parser.out);
}

bool PostPolicy::covers(std::string_view field) const {
  return std::ranges::find(conditions_, field, &Condition::field) != conditions_.end();
}

std::expected<void, Error> PostPolicy::check_time(UnixSeconds signed_at, UnixSeconds now) const {
  if (now >= expiration_) return denied("Policy expired.");
  if (expiration_ - signed_at > limits::presigned_lifetime)
    return denied("it may end seven days after x-amz-date at the latest.");
  return {};
}

// Who signed the policy meant these fields and no others.
std::expected<void, Error> PostPolicy::check_coverage(const PostForm& form) const {
  std::vector<std::string_view> extra;
  for (const PostForm::Field& field : form.fields()) {
    const bool is_free = std::ranges::find(free_fields, field.name) != free_fields.end();
    if (is_free || covers(field.name)) continue;
    extra.push_back(field.name);
  }
  if (!extra.empty())
    return denied(fmt::format("Extra input fields: {:.{}}", fmt::to_string(fmt::join(extra, ", ")),
                              shown_bytes));
  if (!covers("bucket")) return denied("no condition names the bucket.");
  return {};
}

std::expected<ContentLengthRange, Error> PostPolicy::check(const PostForm& form,
                                                           std::string_view bucket,
                                                           UnixSeconds signed_at,
                                                           UnixSeconds now) const {
  TRYV(check_time(signed_at, now));
  if (auto named = form.get("bucket"); named && *named != bucket)
    return denied("the form's bucket is not the bucket that it was sent to.");
  for (const Condition& condition : conditions_) {
    const auto value = condition.field == "bucket" ? bucket : form.get(condition.field);
    bool holds = value.has_value();
    if (holds && condition.match == Match::equals) holds = *value == condition.value;
    if (holds && condition.match == Match::starts_with)
      holds = condition.field == "content-type" ? each_starts_with(*value, condition.value)
                                                : value->starts_with(condition.value);
    if (holds) continue;
    const char* match = condition.match == Match::equals ? "eq" : "starts-with";
    return denied("Policy Condition failed: [\"" + std::string(match) + "\", \"$" +
                  condition.field.substr(0, shown_bytes) + "\", \"" +
                  condition.value.substr(0, shown_bytes) + "\"]");
  }
  TRYV(check_coverage(form));
  return range_;
}

}  // namespace signpost::s3
