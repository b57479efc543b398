#include "sigv4/sign_header.hpp"

#include <algorithm>
#include <memory_resource>

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "sigv4/authorization_header.hpp"
#include "sigv4/canonical_request.hpp"
#include "sigv4/credential_scope.hpp"
#include "sigv4/kept_key.hpp"
#include "sigv4/signing_key.hpp"
#include "sigv4/string_to_sign.hpp"

namespace signpost::sigv4 {
namespace {

std::string path_of(const Endpoint& endpoint, std::string_view bucket, std::string_view key) {
  std::string path;
  const bool in_path = endpoint.addressing() == Addressing::path_style && !bucket.empty();
  if (in_path) {
    path += '/';
    percent_encode_to(path, bucket, Slash::keep);
  }
  if (!in_path || !key.empty()) {
    path += '/';
    percent_encode_to(path, key, Slash::keep);
  }
  return path;
}

// In canonical order, so that what is sent is what is signed.
std::string query_of(std::span<const QueryParameter> query) {
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const QueryParameter& parameter : query)
    encoded.emplace_back(percent_encode(parameter.name, Slash::encode),
                         percent_encode(parameter.value, Slash::encode));
  std::vector<EncodedPair> pairs;
  for (const auto& [name, value] : encoded) pairs.push_back({name, value});
  std::pmr::monotonic_buffer_resource memory;
  return std::string(canonical_query(pairs, memory));
}

// Each name once, in lower case, sorted, joined with ';'.
std::string signed_headers_of(std::span<const FieldView> fields) {
  std::vector<std::string> names;
  for (const FieldView& field : fields) names.push_back(to_lower(field.name));
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ';';
    out += name;
  }
  return out;
}

}  // namespace

struct HeaderSigner::State {
  Credentials credentials;
  std::string region;
  Endpoint endpoint;
  std::string service;
  KeptKey key;
};

HeaderSigner::HeaderSigner(Credentials credentials, std::string region, Endpoint endpoint,
                           std::string service)
    : state_(std::make_unique<State>(std::move(credentials), std::move(region), std::move(endpoint),
                                     std::move(service))) {}
HeaderSigner::~HeaderSigner() = default;
HeaderSigner::HeaderSigner(HeaderSigner&&) noexcept = default;
HeaderSigner& HeaderSigner::operator=(HeaderSigner&&) noexcept = default;

const Endpoint& HeaderSigner::endpoint() const {
  return state_->endpoint;
}

SignedRequest HeaderSigner::sign(const HeaderSignRequest& request) const {
  const State& state = *state_;
  const std::string path = path_of(state.endpoint, request.bucket, request.key);
  const std::string query = query_of(request.query);
  SignedRequest out;
  out.target = query.empty() ? path : path + "?" + query;
  out.host = state.endpoint.host(request.bucket);
  out.fields = {{"x-amz-date", std::string(request.date.text())},
                {"x-amz-content-sha256", std::string(request.payload_hash)}};
  if (!state.credentials.session_token.empty())
    out.fields.emplace_back("x-amz-security-token",
                            std::string(state.credentials.session_token.reveal()));

  std::vector<FieldView> fields{{"host", out.host}};
  for (const auto& [name, value] : out.fields) fields.push_back({name, value});
  fields.insert(fields.end(), request.signed_fields.begin(), request.signed_fields.end());
  const std::string signed_headers = signed_headers_of(fields);

  const CredentialScope scope{request.date.day(), state.region, state.service};
  const SigningKey key = state_->key.get(state.credentials.secret_access_key, scope);
  const CanonicalRequest canonical{.method = request.method,
                                   .uri = path,
                                   .query = query,
                                   .fields = fields,
                                   .signed_headers = signed_headers,
                                   .payload_hash = request.payload_hash};
  StringToSign to_sign(request.date, scope.text(), canonical.hash());
  const Signature signature = to_sign.sign(key);
  const std::string credential = Credential{state.credentials.access_key_id, scope}.text();
  const AuthorizationHeader authorization{credential, signed_headers, signature.hex()};
  out.fields.emplace_back("Authorization", authorization.text());
  if (request.payload_hash.starts_with("STREAMING-AWS4-HMAC-SHA256-"))
    out.chunk_seed = ChunkSeed{key, signature, std::string(request.date.text()), scope.text()};
  return out;
}

}  // namespace signpost::sigv4
