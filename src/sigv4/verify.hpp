#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/field_view.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "sigv4/chunk_chain.hpp"
#include "sigv4/payload_hash.hpp"
#include "sigv4/rejection.hpp"
#include "sigv4/signed_fields.hpp"

namespace signpost::sigv4 {

struct Claim;

// A request as it came, raw: nothing is decoded, lower-cased or joined.
struct RequestView {
  std::string_view method;            // upper case
  std::string_view path;              // the request-target up to the first '?'
  std::string_view query;             // behind it; empty where there is none
  std::span<const FieldView> fields;  // in the order in which they came, repeated ones too
};

// No Authorization field and no parameter of a signature.
struct Anonymous {};

// Where the signature stood: in the Authorization field or in the query.
enum class AuthMode : std::uint8_t { header, query };

// A request whose signature is right. Only Verifier makes one, so that a function that takes one
// cannot be reached without it. It owns what it says.
class Verified {
  struct Maker {
    explicit Maker() = default;
  };

 public:
  // For Verifier alone: nobody else can name a Maker.
  Verified(Maker, const Claim& claim, const SigningKey& key, const Signature& signature);
  // Whose key signed it.
  const std::string& access_key_id() const { return access_key_id_; }
  // Where the signature stood.
  AuthMode mode() const { return mode_; }
  // What the signature says about the body, which is the caller's to check.
  const PayloadHash& payload() const { return payload_; }
  // "host;x-amz-date": lower case, sorted.
  const std::string& signed_headers() const { return signed_headers_; }
  // Views of this object and of `fields`, which must be those that were verified.
  SignedFields signed_fields(std::span<const FieldView> fields) const {
    return {fields, signed_headers_};
  }
  // Query mode: whether there are parameters named x-amz-... beside those of the signature, which
  // are signed too. SDKs move fields of the head there; what they mean is the caller's to say.
  bool has_fields_in_query() const { return has_fields_in_query_; }
  // When it was signed.
  UnixSeconds date() const { return date_; }
  // Query mode: when the URL ends. Nothing in header mode.
  std::optional<UnixSeconds> expires_at() const { return expires_at_; }
  // Temporary credentials' token, where the verifier takes them; it is the caller's to check.
  const std::optional<Secret>& session_token() const { return session_token_; }
  // Where payload() is a signed stream; nothing otherwise.
  const std::optional<ChunkSeed>& chunk_seed() const { return chunk_seed_; }

 private:
  friend class Verifier;
  std::string access_key_id_;
  AuthMode mode_;
  PayloadHash payload_;
  std::string signed_headers_;
  bool has_fields_in_query_;
  UnixSeconds date_;
  std::optional<UnixSeconds> expires_at_;
  std::optional<Secret> session_token_;
  std::optional<ChunkSeed> chunk_seed_;
};

// Who sends a request, as far as signatures can tell.
using Identity = std::variant<Anonymous, Verified>;

// The secret key of an access key id, or null where no such key may be used (now): asked for every
// request, so that a key that was revoked ends at once. Any thread may call it. As long as it hands
// out the same object, the signing key of the day is derived once.
using FindSecret = std::function<SharedSecret(std::string_view access_key_id)>;

// What to do with X-Amz-Security-Token: a store that issues none refuses it.
enum class SessionTokens : std::uint8_t { refuse, accept };

// What a Verifier accepts.
struct VerifierOptions {
  std::string region;                                    // the one region in credential scopes
  std::string service = "s3";                            // the one service
  SessionTokens session_tokens = SessionTokens::refuse;  // what to do with temporary credentials
};

// Checks who sent a request (S3 API reference, "Authenticating Requests (AWS Signature Version
// 4)"), in the header and the query form. One function, closed in what it answers.
//
//   - Neither form present: Anonymous. Both, or one of them twice: refused. Anything that looks
//     like authentication but is not Signature Version 4: refused, never Anonymous.
//   - Host, and every x-amz-* field that came, must be signed. A field listed in SignedHeaders must
//     be there, once in the list, in lower case, in order. An x-amz-* field may come once; only
//     x-amz-meta-* and lists of attributes may come more often.
//   - Header form: x-amz-content-sha256 is required, and the time may be 15 minutes off.
//   - Query form: six parameters, each once; 0 <= X-Amz-Expires <= 604800 (0 has always expired);
//     the time may lie in the past as long as that, and 15 minutes in the future.
//   - The path is encoded once and never normalised; '+' is a plus, in the path and in the query.
//
// Any thread may call verify() at any time. Signing keys are kept as long as find_secret
// gives the same object. A request that is verified allocates for what it returns.
class Verifier {
 public:
  // Asks `find_secret` for each request that is well formed.
  Verifier(VerifierOptions options, FindSecret find_secret);
  ~Verifier();
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;

  // Who sent the request, which arrived at `now`. Every Refusal is possible.
  std::expected<Identity, Rejection> verify(const RequestView& request, UnixSeconds now) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace signpost::sigv4
