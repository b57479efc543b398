#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sigv4/canonical_request.hpp"

namespace signpost::sigv4 {

// The query parameters that a signature may have (S3 API reference, "Authenticating Requests: Using
// Query Parameters"). The first six are required.
enum class AuthParameter : std::uint8_t {
  algorithm,
  credential,
  date,
  expires,
  signed_headers,
  signature,
  security_token,
};
inline constexpr std::size_t auth_parameters = 7;           // how many there are
inline constexpr std::size_t required_auth_parameters = 6;  // and must be there
// "X-Amz-Algorithm" and so on. Total.
std::string_view parameter_name(AuthParameter parameter);
// Whether that is the name of one, as it is written in a query.
bool is_auth_parameter(std::string_view name);

// Why a query is refused before its signature is looked at.
enum class QueryError : std::uint8_t {
  broken_escape,  // '%' without two hexadecimal digits
  repeated,       // a parameter of the signature comes twice, whatever its values
  misspelt,       // a parameter of the signature in another case: x-amz-signature
};

// A raw query, taken apart once for everything that needs it. Names and values are in canonical
// encoding; '+' is a plus.
class ParsedQuery {
 public:
  // What is wrong, and where.
  struct Error {
    QueryError error;       // which of the three
    std::string_view name;  // of the parameter, encoded, as it came
  };

  // Views of `raw_query` or of `memory`. Every QueryError is possible.
  static std::expected<ParsedQuery, Error> parse(std::string_view raw_query,
                                                 std::pmr::memory_resource& memory);

  // Whether that parameter came, though it may be empty.
  bool has(AuthParameter parameter) const { return at(parameter).has_value(); }
  // Whether any parameter of a signature is there.
  bool has_any() const;
  // The encoded value.
  const std::optional<std::string_view>& at(AuthParameter parameter) const {
    return auth_[static_cast<std::size_t>(parameter)];
  }
  // X-Amz-Content-Sha256 in any case: the SDK for JavaScript puts it into the query.
  const std::optional<std::string_view>& content_sha256() const { return content_sha256_; }
  // Whether there are parameters named x-amz-... (any case) that belong to no signature.
  bool has_fields() const { return has_fields_; }
  // Whether there are parameters of Signature Version 2.
  bool is_version_2() const { return version_2_; }
  // canonical_query() of all but X-Amz-Signature. A view of the query, of this object's memory or
  // of `memory`.
  std::string_view canonical(std::pmr::memory_resource& memory);

 private:
  explicit ParsedQuery(std::pmr::memory_resource& memory) : pairs_(&memory) {}
  // A parameter as it came.
  struct RawPair {
    std::string_view name;
    std::string_view value;
    bool canonical;  // both are in canonical encoding, and a '=' stands between them
  };
  class RawPairs;
  std::optional<Error> add(const RawPair& raw, std::pmr::memory_resource& memory);
  using Known = std::optional<std::size_t>;  // which AuthParameter a name is, if any
  std::optional<Error> classify(const EncodedPair& pair, Known parameter);

  std::array<std::optional<std::string_view>, auth_parameters> auth_;
  std::optional<std::string_view> content_sha256_;
  bool has_fields_ = false;
  bool version_2_ = false;
  std::pmr::vector<EncodedPair> pairs_;  // all but X-Amz-Signature
  Known last_;                           // of the last of them
  // What canonical() gives, as far as it stands at the front of the query; not where pairs_ must be
  // encoded or sorted first.
  std::optional<std::string_view> canonical_;
};

// X-Amz-Expires: decimal digits, 0 to 604800 seconds. The error is a sentence.
std::expected<std::chrono::seconds, std::string_view> parse_expires(std::string_view text);

}  // namespace signpost::sigv4
