#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/field_view.hpp"
#include "sigv4/amz_date.hpp"
#include "sigv4/credentials.hpp"
#include "sigv4/endpoint.hpp"

// AWS Signature Version 4 without sockets, clocks or globals (AWS General Reference, "AWS Signature
// Version 4 for API requests"; for S3, the S3 API reference, "Authenticating Requests"). To sign:
// Presigner, HeaderSigner, AwsChunkedEncoder. To verify: Verifier, AwsChunkedDecoder. What is wrong
// with somebody's input is an error value; nothing here throws but std::bad_alloc.
namespace signpost::sigv4 {

// A query parameter, not percent-encoded. A subresource such as ?acl is {"acl", ""}.
struct QueryParameter {
  std::string_view name;   // UTF-8, not empty
  std::string_view value;  // UTF-8
};

// A request that somebody else is going to send. Everything is literal: nothing here is
// percent-encoded. The views are read during the call alone.
struct PresignRequest {
  std::string_view method;  // "GET", "PUT", ...
  std::string_view bucket;  // empty: the service itself, or a host that is the bucket
  std::string_view key;     // empty: the bucket
  // In the order in which they come in the URL, before the parameters of the signature. None may
  // be a parameter of the signature, but X-Amz-Content-Sha256 may, and takes the place of
  // UNSIGNED-PAYLOAD.
  std::span<const QueryParameter> query = {};
  // Fields that the sender must send with exactly these values, beside Host: Content-Type,
  // Content-Length, If-None-Match, x-amz-checksum-sha256, x-amz-meta-... In any order and case;
  // a name at most once. Without Host.
  std::span<const FieldView> signed_fields = {};
  AmzDate date;                  // when it is signed: the URL is good from then
  std::chrono::seconds expires;  // how long it is good: 1 s to 7 days for S3; the caller checks
};

// Pre-signed URLs (S3 API reference, "Authenticating Requests: Using Query Parameters"). For the
// same request and time the URL is botocore's, byte for byte: the caller's parameters, then
// X-Amz-Algorithm, -Credential, -Date, -Expires, -SignedHeaders, -Security-Token, -Signature.
//
// Any thread may call presign() at any time. The signing key of the day is derived once and kept.
// The URL is the only allocation for requests with up to 16 parameters and 8 fields.
class Presigner {
 public:
  // Signs for one access key, region ("us-east-1") and service.
  Presigner(Credentials credentials, std::string region, Endpoint endpoint,
            std::string service = "s3");
  ~Presigner();
  Presigner(Presigner&&) noexcept;             // the other may then only be destroyed or assigned
  Presigner& operator=(Presigner&&) noexcept;  // the other may then only be destroyed or assigned

  // The URL, ASCII. Cannot fail: what the request says is signed as it is.
  std::string presign(const PresignRequest& request) const;
  // The same behind what is in `out`, of which the request has no view: no allocation where there
  // is room for three characters for each byte that the request says.
  void presign_to(std::string& out, const PresignRequest& request) const;

  const Endpoint& endpoint() const;          // lives as long as this object
  const std::string& access_key_id() const;  // lives as long as this object

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace signpost::sigv4
