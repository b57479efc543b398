#pragma once

#include <chrono>
#include <expected>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>

#include "sigv4/amz_date.hpp"
#include "sigv4/authorization_query.hpp"
#include "sigv4/credential_scope.hpp"
#include "sigv4/payload_hash.hpp"
#include "sigv4/rejection.hpp"
#include "sigv4/verify.hpp"

namespace signpost::sigv4 {

// What a request says about its signature, the same for both forms, well formed but not yet
// believed. Views of the request or of the memory it was parsed into. Internal to verify.cpp.
struct Claim {
  AuthMode mode;
  Credential credential;
  std::string_view scope;  // credential.scope as it was sent
  AmzDate date;
  std::optional<std::chrono::seconds> expires;  // query form
  std::string_view signed_headers;
  std::string_view signature;
  PayloadHash payload;
  std::string_view payload_hash;
  std::string_view session_token;  // empty: none
  bool has_fields_in_query = false;
};

// Nothing for an anonymous request.
using FoundClaim = std::expected<std::optional<Claim>, Rejection>;

// The scope that nearly every request has, but for its day: what a credential of it ends in is
// known without taking it apart.
struct ExpectedScope {
  ExpectedScope(const std::string& region, const std::string& service);
  std::string region;
  std::string service;
  std::string end;          // "/us-east-1/s3/aws4_request"
  std::string encoded_end;  // the same as in a canonical query
};

// From an Authorization field whose value begins with "AWS4-HMAC-SHA256 ".
FoundClaim claim_of_header(std::string_view authorization, const RequestView& request);
// From the parameters of a query, of which there is at least one.
FoundClaim claim_of_query(const ParsedQuery& query, const RequestView& request,
                          const ExpectedScope& expected, std::pmr::memory_resource& memory);

// The value of a field that may come once at the most; nothing where it did not come. The error is
// the number of times it came.
std::expected<std::optional<std::string_view>, std::size_t> single_field(const RequestView& request,
                                                                         std::string_view name);

}  // namespace signpost::sigv4
