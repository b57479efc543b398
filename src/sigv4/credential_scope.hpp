#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace signpost::sigv4 {

// The one algorithm that is signed with and accepted.
inline constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
// The last part of every credential scope.
inline constexpr std::string_view scope_terminator = "aws4_request";

// What a signing key is good for: one day, one region, one service (Signature Version 4,
// "credential scope"). The views belong to the text that it was made from.
struct CredentialScope {
  std::string_view day;      // YYYYMMDD, UTC
  std::string_view region;   // "us-east-1"
  std::string_view service;  // "s3"

  // "20130524/us-east-1/s3/aws4_request"
  std::string text() const;
  // The same day, region and service.
  friend bool operator==(const CredentialScope&, const CredentialScope&) = default;
};

// Why a text is no credential.
enum class CredentialError : std::uint8_t {
  too_few_parts,     // not ACCESS-KEY/DAY/REGION/SERVICE/aws4_request
  empty_access_key,  // nothing before the day
  malformed_day,     // not eight digits of a day that exists
  wrong_terminator,  // the last part is not aws4_request
};

// The Credential of an Authorization field, the X-Amz-Credential of a query or of a POST form.
struct Credential {
  std::string_view access_key_id;  // not empty
  CredentialScope scope;           // its day exists; region and service may be anything

  // "ACCESS-KEY/DAY/REGION/SERVICE/aws4_request". Split from the right, because an access key id
  // may itself hold '/'. The views belong to `text`. Every CredentialError is possible.
  static std::expected<Credential, CredentialError> parse(std::string_view text);
  // The same form again.
  std::string text() const;
};

}  // namespace signpost::sigv4
