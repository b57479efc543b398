#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/field_view.hpp"
#include "sigv4/amz_date.hpp"
#include "sigv4/chunk_chain.hpp"
#include "sigv4/credentials.hpp"
#include "sigv4/endpoint.hpp"
#include "sigv4/presign.hpp"

namespace signpost::sigv4 {

// The payload hash of a request whose body is not signed: over TLS alone.
inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
// SHA-256 of nothing: the payload hash of a request without a body.
inline constexpr std::string_view empty_payload =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// A request about to be sent. Nothing is percent-encoded. The views are read during the call alone.
struct HeaderSignRequest {
  std::string_view method;  // "GET", "PUT", ...
  std::string_view bucket;  // empty: the service itself, or a host that is the bucket
  std::string_view key;     // empty: the bucket
  // In the order in which they are to stand in the request-target.
  std::span<const QueryParameter> query = {};
  // Every field that is to be signed beside Host, x-amz-date, x-amz-content-sha256 and
  // x-amz-security-token, which are added here: all other x-amz-* of the request, Content-Type,
  // Content-MD5. In any order and case. Repeated names are joined as Signature Version 4 says.
  std::span<const FieldView> signed_fields = {};
  // x-amz-content-sha256: 64 lower-case hexadecimal digits, `unsigned_payload` or STREAMING-...
  std::string_view payload_hash = empty_payload;
  AmzDate date;  // now, within 15 minutes of the service's clock
};

// What to send: the method and the fields of the HeaderSignRequest, and this.
struct SignedRequest {
  std::string target;  // path and query, percent-encoded: the request-target to send as it is
  std::string host;    // the Host field to send
  // To be added to the request: x-amz-date, x-amz-content-sha256, x-amz-security-token where the
  // credentials have one, Authorization.
  std::vector<std::pair<std::string, std::string>> fields;
  // What an AwsChunkedEncoder needs, where the payload hash is STREAMING-AWS4-HMAC-SHA256-...
  std::optional<ChunkSeed> chunk_seed = {};
};

// Signs with an Authorization field (S3 API reference, "Authenticating Requests: Using the
// Authorization Header"). Any thread may call sign() at any time; the signing key of the day is
// derived once and kept.
class HeaderSigner {
 public:
  // Signs for one access key, region ("us-east-1") and service.
  HeaderSigner(Credentials credentials, std::string region, Endpoint endpoint,
               std::string service = "s3");
  ~HeaderSigner();
  HeaderSigner(HeaderSigner&&) noexcept;             // the other may only be destroyed or assigned
  HeaderSigner& operator=(HeaderSigner&&) noexcept;  // the other may only be destroyed or assigned

  // The signed request. Cannot fail: what the request says is signed as it is.
  SignedRequest sign(const HeaderSignRequest& request) const;

  const Endpoint& endpoint() const;  // lives as long as this object

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace signpost::sigv4
