#include "s3server/request_fields.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/try.hpp"
#include "s3/checksum.hpp"
#include "s3/tagging.hpp"
#include "sigv4/sign_header.hpp"

namespace signpost::s3server {
namespace {

using s3::ErrorCode;

constexpr std::string_view amz_prefix = "x-amz-";
constexpr std::string_view metadata_prefix = "x-amz-meta-";
constexpr std::array<std::string_view, 6> system_fields = {
    "content-type",     "cache-control",    "content-disposition",
    "content-encoding", "content-language", "expires"};

// Fields that the operations read themselves, or that change nothing here.
constexpr std::array<std::string_view, 32> known_fields = {
    "x-amz-api-version",  // the SDK for C++ sends it with everything
    "x-amz-bypass-governance-retention",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-mode",
    "x-amz-checksum-type",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-copy-source-if-match",
    "x-amz-copy-source-if-modified-since",
    "x-amz-copy-source-if-none-match",
    "x-amz-copy-source-if-unmodified-since",
    "x-amz-copy-source-range",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-max-parts",
    "x-amz-metadata-directive",
    "x-amz-mp-object-size",
    "x-amz-object-attributes",
    "x-amz-optional-object-attributes",
    "x-amz-part-number-marker",
    "x-amz-request-payer",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-tagging",
    "x-amz-tagging-directive",
    "x-amz-te",  // an offer to take an MD5 behind the body: of the SDK for Java with every GET
    "x-amz-trailer",
    "x-amz-user-agent",
    "x-amz-acl",
    "x-amz-storage-class",
    "x-amz-expected-bucket-owner",
    "x-amz-source-expected-bucket-owner",
};

// Fields that are taken with the one value that says what is so anyway.
struct FixedField {
  std::string_view name;
  std::string_view value;
};
constexpr std::array<FixedField, 3> fixed_fields = {{
    {"x-amz-storage-class", "STANDARD"},
    {"x-amz-object-ownership", "BucketOwnerEnforced"},
    {"x-amz-bucket-object-lock-enabled", "false"},
}};

Outcome not_implemented(std::string_view field) {
  return std::unexpected(Failure(ErrorCode::NotImplemented).detail("Header", std::string(field)));
}

Outcome check_field(const FieldView& field, const std::string& owner) {
  std::string name = to_lower(field.name);
  if (!name.starts_with(amz_prefix) || name.starts_with(metadata_prefix)) return {};
  if (name == "x-amz-acl" && field.value != "private" && field.value != "bucket-owner-full-control")
    return std::unexpected(ErrorCode::AccessControlListNotSupported);
  if (name.starts_with("x-amz-grant-"))
    return std::unexpected(ErrorCode::AccessControlListNotSupported);
  if (name.ends_with("expected-bucket-owner") && field.value != owner)
    return std::unexpected(ErrorCode::AccessDenied);
  for (const FixedField& fixed : fixed_fields) {
    if (fixed.name == name)
      return equal_ignoring_case(field.value, fixed.value) ? Outcome{} : not_implemented(name);
  }
  if (s3::checksum_of_header(name)) return {};
  if (std::ranges::find(known_fields, std::string_view(name)) != known_fields.end()) return {};
  return not_implemented(name);
}

Outcome check_empty_body(const net::RequestHead& head, const sigv4::PayloadHash& payload) {
  if (head.has_body() || payload.kind != sigv4::PayloadKind::sha256) return {};
  if (payload.digest == sha256("")) return {};
  return std::unexpected(ErrorCode::XAmzContentSHA256Mismatch);
}

// The value of the last field so named, or added to it where one is there already.
void append(storage::ObjectFields& fields, std::string name, std::string_view value) {
  for (auto& [n, v] : fields) {
    if (n == name) {
      v.append(",").append(value);
      return;
    }
  }
  fields.emplace_back(std::move(name), value);
}

// What one of the two fields says: "*", or a tag.
std::expected<std::optional<http::ETagList>, Failure> one_tag(const net::RequestHead& head,
                                                              std::string_view name) {
  auto value = joined_field(head, name);
  if (!value) return std::nullopt;
  auto list = http::ETagList::parse(*value);
  if (!list)
    return std::unexpected(Failure(ErrorCode::InvalidArgument, "The entity tag is not valid.")
                               .detail("ArgumentName", std::string(name)));
  if (!list->any && list->tags.size() != 1) {
    return std::unexpected(Failure(ErrorCode::NotImplemented).detail("Header", std::string(name)));
  }
  return *std::move(list);
}

}  // namespace

Outcome check_fields(const net::RequestHead& head, const Authenticated& who) {
  TRYV(check_empty_body(head, who.payload()));
  Outcome outcome;
  who.fields().for_each([&](const FieldView& field) {
    if (outcome) outcome = check_field(field, who.owner());
  });
  return outcome;
}

std::expected<storage::ObjectFields, Failure> object_fields(const net::RequestHead& head,
                                                            const Authenticated& who) {
  storage::ObjectFields out;
  for (std::string_view name : system_fields) {
    auto value = joined_field(head, name);
    if (value && name == "content-encoding") value = strip_aws_chunked(*value);
    if (value && !value->empty()) out.emplace_back(name, *std::move(value));
  }
  std::size_t bytes = 0;
  who.fields().for_each([&](const FieldView& field) {
    std::string name = to_lower(field.name);
    if (!name.starts_with(metadata_prefix)) return;
    bytes += name.size() - metadata_prefix.size() + field.value.size();
    append(out, std::move(name), field.value);
  });
  if (bytes > limits::user_metadata_bytes)
    return std::unexpected(
        Failure(ErrorCode::MetadataTooLarge)
            .detail("Size", std::to_string(bytes))
            .detail("MaxSizeAllowed", std::to_string(limits::user_metadata_bytes)));
  TRY(auto tags, tags_field(who));
  if (tags) out.emplace_back(tagging_field, *std::move(tags));
  return out;
}

std::expected<std::optional<std::string>, Failure> tags_field(const Authenticated& who) {
  auto text = who.fields().get(tagging_field);
  if (!text) return std::nullopt;
  TRY(auto tags, s3::TagSet::parse_query(*text, limits::object_tags));
  if (tags.empty()) return std::nullopt;
  return tags.to_query();
}

std::expected<storage::WriteCondition, Failure> write_condition(const net::RequestHead& head) {
  for (std::string_view name : {"If-Modified-Since", "If-Unmodified-Since"}) {
    if (head.field(name))
      return std::unexpected(
          Failure(ErrorCode::NotImplemented).detail("Header", std::string(name)));
  }
  storage::WriteCondition out;
  TRY(auto if_match, one_tag(head, "If-Match"));
  if (if_match) out.if_match = to_be_matched(*if_match);
  TRY(auto if_none_match, one_tag(head, "If-None-Match"));
  if (if_none_match) {
    out.if_none_match_any = if_none_match->any;
    if (!if_none_match->any) out.if_none_match = if_none_match->tags.front().opaque;
  }
  return out;
}

std::string to_be_matched(const http::ETagList& list) {
  if (list.any) return "*";
  const http::ETag& tag = list.tags.front();
  return tag.weak || tag.opaque == "*" ? tag.to_string() : tag.opaque;
}

std::string strip_aws_chunked(std::string_view content_encoding) {
  std::string out;
  while (!content_encoding.empty()) {
    std::string_view item = content_encoding.substr(0, content_encoding.find(','));
    content_encoding.remove_prefix(std::min(item.size() + 1, content_encoding.size()));
    item = trim(item);
    if (item.empty() || equal_ignoring_case(item, "aws-chunked")) continue;
    if (!out.empty()) out += ", ";
    out += item;
  }
  return out;
}

}  // namespace signpost::s3server
